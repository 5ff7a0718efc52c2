//! `/workspaces/{workspace}/users`: people with their roles, entitlements and live access.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use vestibule_admin::{self as admin, people::NewUser};
use vestibule_core::{
    fold::fold,
    ids::{RoleId, UserId, WorkspaceId},
    time::rfc3339,
};
use vestibule_store::{
    Conn,
    access::{sessions, tokens},
    people::users::{self, User},
    rights::roles,
    search::{Column, Condition, From, Key, Op, Page, Place, Rows, Test},
};
use vestibule_web::{State, receipts};

use crate::{
    http::{
        answer::{Answer, Outcome},
        endpoint::{self, Call, Caller},
        problem::Problem,
    },
    types::{
        self,
        users::{AssignedRoles, EndedAccess, Sourced, UserWithAccess},
    },
};

const FILTERS: [&str; 3] = ["user_name", "email", "active"];

/// `GET /workspaces/{workspace}/users`: in the order of their ids. The filters by name and address ignore letter case.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&FILTERS)?;
        let from = match &paging.after {
            Some(id) => From::After(Key { value: None, id: id.clone() }),
            None => From::Skip(0),
        };
        let page = Page { condition: condition(caller)?, sort: None, from, count: paging.fetch_limit() };
        let list = |conn: &mut Conn| Ok::<_, Problem>(users::list(conn, &workspace_id, &page)?.resources);
        let found = match page.condition.is_indexed() {
            true => list(conn)?,
            false => caller.state().search_on(conn, &workspace_id, list)?,
        };
        paging.answer(
            caller,
            found.iter().map(|user| (user.user_id.to_string(), types::users::User::from(user))).collect(),
        )
    })
    .await
}

/// `POST /workspaces/{workspace}/users`: creates a user by hand, such as the first administrator.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let new: types::users::NewUser = caller.body()?;
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
        admin::rights::assignments::replace_roles(conn, &caller.actor, &user, &wanted)?;
        Answer::created(with_access(conn, &user, caller)?)
    })
    .await
}

/// `GET /workspaces/{workspace}/users/{user}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let user = in_path(conn, caller)?;
        Answer::ok(with_access(conn, &user, caller)?)
    })
    .await
}

/// `PUT /workspaces/{workspace}/users/{user}/roles`: the assigned roles become exactly these.
pub async fn set_roles(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let user = in_path(conn, caller)?;
        let asked: AssignedRoles = caller.body()?;
        let wanted = named(conn, &user.workspace_id, &asked.roles)?;
        admin::rights::assignments::replace_roles(conn, &caller.actor, &user, &wanted)?;
        Answer::ok(with_access(conn, &user, caller)?)
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
        let (workspace_id, user_id) = (caller.workspace(conn)?.workspace_id, caller.user_id()?);
        let (user, ended) = admin::people::end_access(conn, &caller.actor, &workspace_id, &user_id)?;
        Answer::ok(Ending {
            id: user_id,
            workspace: workspace_id,
            epoch: user.epoch,
            receipt: ended.receipt_id,
        })
    });
    let outcome = match ended.await {
        Ok(answer) => counted(&state, answer).await,
        Err(problem) => Err(problem),
    };
    endpoint::finish(&req, &state, outcome)
}

/// An end of access that is not counted yet; stored as the answer to a repeated request.
#[derive(Serialize, Deserialize)]
struct Ending {
    id: UserId,
    workspace: WorkspaceId,
    epoch: i64,
    receipt: String,
}

/// Adds the numbers of ended sessions and tokens, also to the answer to a repeated request.
async fn counted(state: &State, answer: Answer) -> Outcome {
    let ending = serde_json::from_value::<Ending>(answer.body.unwrap_or_default());
    let ending = ending.map_err(|error| Problem::Internal(error.to_string()))?;
    let (name, now) = ((ending.workspace, ending.receipt.clone()), state.now());
    let counts = receipts::count_one(state, name, now).await?.ended()?.unwrap_or_default();
    Answer::ok(EndedAccess {
        id: ending.id.into_string(),
        epoch: ending.epoch,
        receipt: ending.receipt,
        sessions: counts.sessions,
        tokens: counts.tokens(),
    })
}

/// The user in the path.
pub(crate) fn in_path(conn: &mut Conn, caller: &Caller<'_>) -> Result<User, Problem> {
    let workspace_id = caller.workspace(conn)?.workspace_id;
    Ok(users::get(conn, &workspace_id, &caller.user_id()?)?)
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
fn named(conn: &mut Conn, workspace_id: &WorkspaceId, names: &[String]) -> Result<Vec<RoleId>, Problem> {
    let known = roles::list(conn, workspace_id)?;
    let mut wanted: Vec<RoleId> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let role = roles::named(&known, name)
            .ok_or_else(|| Problem::field(&format!("roles[{place}]"), "is no role of this workspace"))?;
        if !wanted.contains(&role.role_id) {
            wanted.push(role.role_id.clone());
        }
    }
    Ok(wanted)
}

/// A user with their rights, and the number of live sessions and tokens.
pub(crate) fn with_access(
    conn: &mut Conn,
    user: &User,
    caller: &Caller<'_>,
) -> Result<UserWithAccess, Problem> {
    let effective = roles::effective(conn, &user.workspace_id, &user.user_id)?;
    let roles = effective.roles.into_iter();
    let roles = roles.map(|role| Sourced { id: role.role_id.into_string(), source: role.source.to_string() });
    let entitlements = effective.entitlements.into_iter();
    let entitlements = entitlements
        .map(|one| Sourced { id: one.entitlement_id.into_string(), source: one.source.to_string() });
    Ok(UserWithAccess {
        user: user.into(),
        roles: roles.collect(),
        entitlements: entitlements.collect(),
        epoch: user.epoch,
        revoked_at: user.revoked_at.map(rfc3339),
        sessions: sessions::count_live(conn, user, caller.now)?,
        tokens: tokens::count_live(conn, user, caller.now)?,
    })
}
