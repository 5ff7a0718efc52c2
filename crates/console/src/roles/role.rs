//! `/roles/{id}`: one role, what gives it, who holds it from where, a page at a time; its name, whether Okta may give it, whether it
//! is the default, and deleting it. What takes it from people is asked first.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{
    self as admin, Actor, Refusal, refusal,
    roles::{RoleChange, check_deletable},
    workspaces::WorkspaceChange,
};
use vestibule_store::{
    Conn, Error,
    people::users::{self, Brief},
    rights::roles::{self, Effective, OWNER, Role, effective::effective, holders::Among},
};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::{
    layout::{
        auth::{self, Visitor},
        confirm::Confirm,
        pager, role_source,
    },
    roles::catalog::{Gift, Known},
};

#[derive(Template)]
#[template(path = "role.html")]
struct RolePage<'a> {
    csrf: &'a str,
    may_change: bool,
    is_default: bool,
    /// Whether this visitor may say who owns.
    may_own: bool,
    is_deletable: bool,
    role: Role,
    gifts: Vec<Gift>,
    people: Vec<(Brief, String)>,
    path: String,
    from: String,
    next: String,
    saved: bool,
    problem: String,
}

/// Shows the page.
pub async fn get(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    match auth::reader(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, path.into_inner(), String::new()).await,
        Err(answer) => answer,
    }
}

/// `POST /roles/{id}`: its name and description, or that it is the default.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, sent) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let insecure = state.config().okta.allow_insecure_issuers;
    change(req, &state, visitor, path.into_inner(), move |conn, visitor, role, actor| {
        if sent.text("do") == "default" {
            let default_role = Some(role.role_id.clone());
            let change = WorkspaceChange { default_role, ..WorkspaceChange::default() };
            return admin::workspaces::change(conn, actor, &visitor.workspace, &change, insecure).map(drop);
        }
        let (name, description) = (Some(sent.text("name")), Some(sent.text("description")));
        let change = RoleChange { name, description, by_okta: None };
        admin::roles::change(conn, actor, role, change).map(drop)
    })
    .await
}

/// `GET /roles/{id}/ceiling`: asks whether Okta may give it from now on, or may not.
pub async fn ask_ceiling(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    ask(&req, &state, path.into_inner(), |role, csrf| Confirm {
        csrf,
        title: if role.by_okta {
            format!("Keep “{}” out of Okta's reach?", pages::isolate(&role.display_name))
        } else {
            format!("Let Okta give “{}”?", pages::isolate(&role.display_name))
        },
        lines: if role.by_okta {
            vec![
                "Everybody who holds it from Okta, by assignment or through a group, loses it at once. Who was given it by hand keeps it.".to_owned(),
                "Okta no longer sees it at /Roles, and a push that assigns it is refused.".to_owned(),
            ]
        } else {
            vec![
                "Okta may assign it, and rules may give it to members of groups. Whom Okta assigned it before, or a rule gives it, holds it at once.".to_owned(),
            ]
        },
        action: format!("/roles/{}/ceiling", role.role_id),
        button: if role.by_okta { "Okta may not give it" } else { "Okta may give it" },
        back: format!("/roles/{}", role.role_id),
    })
    .await
}

/// `POST /roles/{id}/ceiling`: the other way round.
pub async fn set_ceiling(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    change(req, &state, visitor, path.into_inner(), |conn, _, role, actor| {
        let change = RoleChange { by_okta: Some(!role.by_okta), ..RoleChange::default() };
        admin::roles::change(conn, actor, role, change).map(drop)
    })
    .await
}

/// `GET /roles/{id}/delete`: asks first.
pub async fn ask_delete(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    ask(&req, &state, path.into_inner(), |role, csrf| Confirm {
        csrf,
        title: format!("Delete the role “{}”?", pages::isolate(&role.display_name)),
        lines: vec![
            "Everybody who holds it loses it at once, however they got it, and no rule gives it any more. Who holds no other then holds the default role.".to_owned(),
            "It can't be undone: a new role of this name is nobody's.".to_owned(),
        ],
        action: format!("/roles/{}/delete", role.role_id),
        button: "Delete this role",
        back: format!("/roles/{}", role.role_id),
    })
    .await
}

/// `POST /roles/{id}/delete`: with every assignment of it and every rule that gives it.
pub async fn delete(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    change(req, &state, visitor, path.into_inner(), |conn, visitor, role, actor| {
        admin::roles::delete(conn, actor, &visitor.workspace, role)
    })
    .await
}

/// Changes the role in one transaction; then the page, or where the role was, the list.
async fn change(
    req: HttpRequest,
    state: &State,
    visitor: Visitor,
    role_id: String,
    job: impl FnOnce(&mut Conn, &Visitor, &Role, &Actor) -> Result<(), Refusal> + Send + 'static,
) -> HttpResponse {
    let (actor, wanted) = (visitor.actor(&req, state.now()), role_id.clone());
    let who = visitor.clone();
    let done = state.write(move |conn| {
        let role = find(conn, &who.workspace.workspace_id, &wanted)?.ok_or(Error::NotFound)?;
        job(conn, &who, &role, &actor)
    });
    match refusal::sentence(done.await) {
        Ok(Ok(())) if req.path().ends_with("/delete") => auth::redirect(state.app_url("/roles?saved=1")),
        Ok(Ok(())) => auth::redirect(state.app_url(&format!("/roles/{role_id}?saved=1"))),
        Ok(Err(problem)) => show(&req, state, &visitor, role_id, problem).await,
        Err(Error::NotFound) => nothing(&req, state),
        Err(error) => pages::failed(state, &request::id(&req), &error),
    }
}

/// The page that asks an administrator.
async fn ask(
    req: &HttpRequest,
    state: &State,
    role_id: String,
    question: impl for<'a> FnOnce(&Role, &'a str) -> Confirm<'a>,
) -> HttpResponse {
    let visitor = match auth::administrator(req, state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let workspace_id = visitor.workspace.workspace_id.clone();
    match state.read(move |conn| find(conn, &workspace_id, &role_id)).await {
        Ok(Some(role)) => question(&role, &visitor.signed_in.csrf).page(state, &visitor),
        Ok(None) => nothing(req, state),
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}

async fn show(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    role_id: String,
    problem: String,
) -> HttpResponse {
    let query = match Parameters::of_query(req) {
        Ok(query) => query,
        Err(error) => return auth::unreadable(state, &error),
    };
    let (workspace_id, after) = (visitor.workspace.workspace_id.clone(), query.text("after").to_owned());
    let from = after.clone();
    let read = state.read(move |conn| {
        let Some(role) = find(conn, &workspace_id, &role_id)? else { return Ok(None) };
        let mut ids = Among::holders(conn, &role)?.page(conn, &workspace_id, &after, pager::COUNT + 1)?;
        let next = pager::next_of(&mut ids);
        let known = Known::read(conn, &workspace_id)?;
        Ok::<_, Error>(Some((people(conn, &role, &ids)?, next, known, role)))
    });
    let (people, next, known, role) = match read.await {
        Ok(Some(read)) => read,
        Ok(None) => return nothing(req, state),
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let giving = known.rules.iter().filter(|rule| rule.roles.contains(&role.role_id));
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let content = RolePage {
        csrf: &visitor.signed_in.csrf,
        may_change: visitor.may_change(),
        may_own: role.role_id != OWNER || visitor.signed_in.is_owner(),
        is_default: role.role_id == visitor.workspace.default_role,
        is_deletable: check_deletable(&visitor.workspace, &role).is_ok(),
        gifts: giving.map(|rule| known.gift(rule)).collect(),
        people,
        path: format!("/roles/{}", role.role_id),
        from,
        next,
        saved: query.get("saved").is_some() && problem.is_empty(),
        problem,
        role,
    };
    let title = content.role.display_name.clone();
    pages::render(state, status, &title, &visitor.around(), &content)
}

/// These people, and from where each holds the role.
fn people(conn: &mut Conn, role: &Role, ids: &[String]) -> Result<Vec<(Brief, String)>, Error> {
    let workspace_id = &role.workspace_id;
    let mut own = roles::own(conn, workspace_id, ids)?;
    let mut grounds = roles::shared(conn, workspace_id)?;
    let mut people = Vec::new();
    for brief in users::briefs(conn, workspace_id, ids)? {
        grounds = grounds.of(own.remove(&brief.user_id).unwrap_or_default());
        let Effective { roles, .. } = effective(&grounds);
        let of_role = roles.iter().filter(|held| held.role_id == role.role_id);
        let sources: Vec<String> = of_role.map(|held| role_source::words(&held.source)).collect();
        people.push((brief, sources.join(", ")));
    }
    Ok(people)
}

/// The role of exactly this id.
fn find(conn: &mut Conn, workspace_id: &str, role_id: &str) -> Result<Option<Role>, Error> {
    Ok(roles::list(conn, workspace_id)?.into_iter().find(|role| role.role_id == role_id))
}

fn nothing(req: &HttpRequest, state: &State) -> HttpResponse {
    auth::nothing_here(req, state, "No role is at this address", "Look for the role on the page Roles.")
}
