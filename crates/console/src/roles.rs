//! `/roles`: the rules by which groups give roles and grants, the roles with who gives them how often, the grants, and making new
//! ones. What one role is, and who holds it, is `role`.

pub(crate) mod catalog;
pub mod mapping;
pub mod role;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{self as admin, entitlements::NewEntitlement, refusal, roles::NewRole};
use vestibule_core::sets::AssignmentSource;
use vestibule_store::{
    Error,
    rights::{
        entitlements::{self, Entitlement},
        roles::{Role, holders},
    },
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
    },
    roles::catalog::{Gift, Known},
};

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage<'a> {
    csrf: &'a str,
    may_change: bool,
    saved: bool,
    gifts: Vec<Gift>,
    roles: Vec<Line>,
    entitlements: Vec<Entitlement>,
    form: Form,
}

/// A role as listed.
struct Line {
    role: Role,
    is_default: bool,
    by_hand: i64,
    by_okta: i64,
    rules: usize,
}

/// The forms as last typed, and what is wrong with them.
#[derive(Default)]
struct Form {
    name: String,
    description: String,
    problem: String,
    grant: String,
    grant_description: String,
    grant_problem: String,
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match auth::reader(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, Form::default()).await,
        Err(answer) => answer,
    }
}

/// `POST /roles`: makes a role.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, sent) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let (name, description) = (sent.text("name").to_owned(), sent.text("description").to_owned());
    let form = Form { name: name.clone(), description: description.clone(), ..Form::default() };
    let by_okta = sent.get("by_okta").is_some();
    let made = state.write(move |conn| {
        let new = NewRole { id: None, name: &name, description: &description, by_okta };
        admin::roles::create(conn, &actor, &workspace_id, new)
    });
    match refusal::sentence(made.await) {
        Ok(Ok(role)) => auth::redirect(state.app_url(&format!("/roles/{}", role.role_id))),
        Ok(Err(problem)) => show(&req, &state, &visitor, Form { problem, ..form }).await,
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `POST /entitlements`: makes an entitlement, which rules then grant.
pub async fn create_entitlement(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, sent) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let (name, about) = (sent.text("name").to_owned(), sent.text("description").to_owned());
    let form = Form { grant: name.clone(), grant_description: about.clone(), ..Form::default() };
    let made = state.write(move |conn| {
        let new = NewEntitlement { id: None, name: &name, description: &about };
        admin::entitlements::create(conn, &actor, &workspace_id, new)
    });
    match refusal::sentence(made.await) {
        Ok(Ok(_)) => auth::redirect(state.app_url("/roles?saved=1#grants")),
        Ok(Err(grant_problem)) => show(&req, &state, &visitor, Form { grant_problem, ..form }).await,
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `GET /entitlements/{id}/delete`: asks first.
pub async fn ask_delete_entitlement(
    req: HttpRequest,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let visitor = match auth::administrator(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let (workspace_id, id) = (visitor.workspace.workspace_id.clone(), path.into_inner());
    let named = state.read(move |conn| {
        let all = entitlements::list(conn, &workspace_id)?;
        Ok::<_, Error>(all.into_iter().find(|one| one.entitlement_id == id))
    });
    match named.await {
        Ok(Some(one)) => Confirm {
            csrf: &visitor.signed_in.csrf,
            title: format!("Delete the grant “{}”?", pages::isolate(&one.display_name)),
            lines: vec![
                "Everybody who has it loses it at once, however they got it, and no rule grants it any more."
                    .to_owned(),
                "It can't be undone: a new one of this name is granted to nobody.".to_owned(),
            ],
            action: format!("/entitlements/{}/delete", one.entitlement_id),
            button: "Delete this grant",
            back: "/roles#grants".to_owned(),
        }
        .page(&state, &visitor),
        Ok(None) => no_grant(&req, &state),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `POST /entitlements/{id}/delete`: with every assignment of it, and out of every rule.
pub async fn delete_entitlement(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, id) = (visitor.workspace.workspace_id.clone(), path.into_inner());
    let actor = visitor.actor(&req, state.now());
    let deleted = state.write(move |conn| admin::entitlements::delete(conn, &actor, &workspace_id, &id));
    match deleted.await {
        Ok(true) => auth::redirect(state.app_url("/roles?saved=1#grants")),
        Ok(false) => no_grant(&req, &state),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

fn no_grant(req: &HttpRequest, state: &State) -> HttpResponse {
    auth::nothing_here(req, state, "No grant is at this address", "Look for it on the page Roles.")
}

async fn show(req: &HttpRequest, state: &State, visitor: &Visitor, form: Form) -> HttpResponse {
    let workspace_id = visitor.workspace.workspace_id.clone();
    let read = state.read(move |conn| {
        Ok::<_, Error>((Known::read(conn, &workspace_id)?, holders::count_assigned(conn, &workspace_id)?))
    });
    let (known, assigned) = match read.await {
        Ok(read) => read,
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let number = |role: &Role, manual: bool| {
        let of_role = assigned
            .iter()
            .filter(|(id, source, _)| *id == role.role_id && (*source == AssignmentSource::Manual) == manual);
        of_role.map(|(_, _, number)| number).sum()
    };
    let line = |role: &Role| Line {
        is_default: role.role_id == visitor.workspace.default_role,
        by_hand: number(role, true),
        by_okta: number(role, false),
        rules: known.rules.iter().filter(|rule| rule.roles.contains(&role.role_id)).count(),
        role: role.clone(),
    };
    let refused = !form.problem.is_empty() || !form.grant_problem.is_empty();
    let content = RolesPage {
        csrf: &visitor.signed_in.csrf,
        may_change: visitor.may_change(),
        saved: Parameters::of_query(req).is_ok_and(|query| query.get("saved").is_some()) && !refused,
        gifts: known.rules.iter().map(|rule| known.gift(rule)).collect(),
        roles: known.roles.iter().map(line).collect(),
        entitlements: known.entitlements,
        form,
    };
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    pages::render(state, status, "Roles", &visitor.around(), &content)
}
