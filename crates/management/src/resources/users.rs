//! `/workspaces/{workspace}/users`: people with their roles, entitlements and live access.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_admin::{self as admin, people::NewUser};
use vestibule_core::{fold::fold, time::rfc3339};
use vestibule_store::{
    Conn,
    access::{sessions, tokens},
    people::users::{self, User},
    rights::roles,
    search::{Column, Condition, From, Key, Op, Page, Place, Rows, Test},
};
use vestibule_web::{State, receipts};

use crate::http::{
    answer::{Answer, Outcome},
    endpoint::{self, Call, Caller},
    problem::Problem,
};

const FILTERS: [&str; 3] = ["user_name", "email", "active"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    user_name: String,
    given_name: Option<String>,
    family_name: Option<String>,
    display_name: Option<String>,
    #[serde(default)]
    emails: Vec<String>,
    external_id: Option<String>,
    active: Option<bool>,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    roles: Vec<String>,
}

/// `GET /workspaces/{workspace}/users`: in the order of their ids; names and addresses without regard to letter case.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&FILTERS)?;
        let from = match &paging.after {
            Some(id) => From::After(Key { value: None, id: id.clone() }),
            None => From::Skip(0),
        };
        let page = Page { condition: condition(caller)?, sort: None, from, count: paging.sought() };
        let list = |conn: &mut Conn| Ok::<_, Problem>(users::list(conn, &workspace_id, &page)?.resources);
        let found = match page.condition.is_indexed() {
            true => list(conn)?,
            false => caller.state().search_on(conn, &workspace_id, list)?,
        };
        paging.answer(caller, found.iter().map(|user| (user.user_id.clone(), line(user))).collect())
    })
    .await
}

/// `POST /workspaces/{workspace}/users`: creates a user by hand, such as the first administrator.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let new: New = caller.body()?;
        let wanted = named(conn, &workspace_id, &new.roles)?;
        let new = NewUser {
            user_name: new.user_name,
            given_name: new.given_name,
            family_name: new.family_name,
            display_name: new.display_name,
            emails: new.emails,
            external_id: new.external_id,
            inactive: new.active == Some(false),
        };
        let user = admin::people::create(conn, &caller.actor, &workspace_id, &new)?;
        admin::assignments::replace_roles(conn, &caller.actor, &user, &wanted)?;
        Answer::created(describe(conn, &user, caller)?)
    })
    .await
}

/// `GET /workspaces/{workspace}/users/{user}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let user = in_path(conn, caller)?;
        Answer::ok(describe(conn, &user, caller)?)
    })
    .await
}

/// `PUT /workspaces/{workspace}/users/{user}/roles`: the assigned roles become exactly these.
pub async fn set_roles(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let user = in_path(conn, caller)?;
        let asked: Roles = caller.body()?;
        let wanted = named(conn, &user.workspace_id, &asked.roles)?;
        admin::assignments::replace_roles(conn, &caller.actor, &user, &wanted)?;
        Answer::ok(describe(conn, &user, caller)?)
    })
    .await
}

/// `POST /workspaces/{workspace}/users/{user}/end-access`: ends sessions, codes, grants and tokens. What ended is counted
/// after the commit.
pub async fn end_access(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let call = match Call::receive(&req, payload, &state).await {
        Ok(call) => call,
        Err(problem) => return endpoint::finish(&req, &state, Err(problem)),
    };
    let ended = call.change(|conn, caller| {
        caller.query(&[])?;
        caller.no_body()?;
        let (workspace_id, user_id) = (caller.workspace(conn)?.workspace_id, caller.id("user")?);
        let (user, ended) = admin::people::end_access(conn, &caller.actor, &workspace_id, &user_id)?;
        Answer::ok(json!({
            "id": user_id, "workspace": workspace_id, "epoch": user.epoch, "receipt": ended.receipt_id,
        }))
    });
    let outcome = match ended.await {
        Ok(answer) => counted(&state, answer).await,
        Err(problem) => Err(problem),
    };
    endpoint::finish(&req, &state, outcome)
}

/// Adds the numbers of ended sessions and tokens to an answer that names the receipt, which may be the answer to a repeated request.
async fn counted(state: &State, mut answer: Answer) -> Outcome {
    let Some(members) = answer.body.as_mut().and_then(Value::as_object_mut) else { return Ok(answer) };
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, seen_at) = ((text("workspace"), text("receipt")), state.now());
    let counts = receipts::count_one(state, name, seen_at).await?.ended().unwrap_or_default();
    members.shift_remove("workspace");
    members.insert("sessions".to_owned(), counts.sessions.into());
    members.insert("tokens".to_owned(), counts.tokens().into());
    Ok(answer)
}

/// The user in the path.
pub(crate) fn in_path(conn: &mut Conn, caller: &Caller<'_>) -> Result<User, Problem> {
    let workspace_id = caller.workspace(conn)?.workspace_id;
    Ok(users::get(conn, &workspace_id, &caller.id("user")?)?)
}

fn condition(caller: &Caller<'_>) -> Result<Condition, Problem> {
    let query = caller.query(&[&FILTERS[..], &["limit", "cursor"]].concat())?;
    let mut all = Vec::new();
    if let Some(name) = query.get("user_name") {
        all.push(Condition::Is(Place::Column(Column::UserName), Test::Text(Op::Equal, fold(name))));
    }
    if let Some(email) = query.get("email") {
        let same = Condition::Is(Place::Row(Column::Email), Test::Text(Op::Equal, fold(email)));
        all.push(Condition::Any(Rows::Emails, Box::new(same)));
    }
    if let Some(active) = query.get("active") {
        let truth = active.parse().map_err(|_| Problem::field("active", "must be true or false"))?;
        all.push(Condition::Is(Place::Column(Column::Active), Test::Truth(truth)));
    }
    Ok(if all.is_empty() { Condition::Always } else { Condition::And(all) })
}

/// The ids of the roles that a body names.
fn named(conn: &mut Conn, workspace_id: &str, names: &[String]) -> Result<Vec<String>, Problem> {
    let known = roles::list(conn, workspace_id)?;
    let mut wanted: Vec<String> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let role = roles::named(&known, name)
            .ok_or_else(|| Problem::field(&format!("roles[{place}]"), "is no role of this workspace"))?;
        if !wanted.contains(&role.role_id) {
            wanted.push(role.role_id.clone());
        }
    }
    Ok(wanted)
}

/// A user as listed.
fn line(user: &User) -> Value {
    json!({
        "id": user.user_id,
        "user_name": user.user_name,
        "external_id": user.external_id,
        "display_name": user.display_name,
        "email": user.email,
        "active": user.active,
        "source": user.source,
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
    })
}

/// A user with roles, entitlements and live access.
pub(crate) fn describe(conn: &mut Conn, user: &User, caller: &Caller<'_>) -> Result<Value, Problem> {
    let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
    let roles = effective.roles.iter().map(|one| json!({ "id": one.role_id, "source": one.source }));
    let roles: Vec<_> = roles.collect();
    let entitled = effective.entitlements.iter();
    let entitled: Vec<_> =
        entitled.map(|one| json!({ "id": one.entitlement_id, "source": one.source })).collect();
    let mut document = line(user);
    if let Some(members) = document.as_object_mut() {
        let more = [
            ("roles", roles.into()),
            ("entitlements", entitled.into()),
            ("epoch", user.epoch.into()),
            ("revoked_at", user.revoked_at.map(rfc3339).into()),
            ("sessions", sessions::count_live(conn, user, caller.now)?.into()),
            ("tokens", tokens::count_live(conn, user, caller.now)?.into()),
        ];
        members.extend(more.into_iter().map(|(name, value): (&str, Value)| (name.to_owned(), value)));
    }
    Ok(document)
}
