//! `/integrations/okta/conflicts`: people whom Okta let in, and of whom only an administrator can say who they are here. Vestibule
//! never joins two people by itself (design rule 9).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{self as admin, Refusal, conflicts::Settlement, refusal};
use vestibule_core::time;
use vestibule_store::{
    Conn, Error,
    people::users::{self, User},
    providers::conflicts::{self, Conflict},
    rights::roles,
};
use vestibule_web::{State, http::request, pages};

use crate::layout::auth::{self, Visitor};

/// How many are shown.
const SHOWN: i64 = 100;

#[derive(Template)]
#[template(path = "conflicts.html")]
struct ConflictsPage<'a> {
    csrf: &'a str,
    may_change: bool,
    rows: Vec<Row>,
    problem: String,
}

struct Row {
    issuer: String,
    subject: String,
    at_okta: String,
    /// What the form names at first. Nothing where one press would hand a user to whoever wrote their address.
    suggested: String,
    user: Option<Candidate>,
    why: &'static str,
    at: String,
}

/// The user here whom the person may be.
struct Candidate {
    id: String,
    name: String,
    active: bool,
    /// The names of the roles they hold.
    roles: Vec<String>,
}

/// Shows the list.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match auth::reader(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, String::new()).await,
        Err(answer) => answer,
    }
}

/// Settles one: a link to the user of a name, or off the list.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let text = |name: &str| form.text(name).to_owned();
    let (issuer, subject, user_name, what) = (text("issuer"), text("subject"), text("user_name"), text("do"));
    let settled = state.write(move |conn| {
        let identity = (issuer.as_str(), subject.as_str());
        // Settled meanwhile by somebody else.
        if conflicts::find(conn, &workspace_id, identity.0, identity.1)?.is_none() {
            return Ok(());
        }
        let user_id;
        let settlement = match what.as_str() {
            "link" => {
                let Some(user) = users::find_by_user_name(conn, &workspace_id, &user_name)? else {
                    let user_name = pages::isolate(&user_name);
                    return Err(Refusal::Conflict(format!("there is no user {user_name} in this workspace")));
                };
                user_id = user.user_id;
                Settlement::Link(&user_id)
            }
            "new" => Settlement::New,
            "dismiss" => Settlement::Dismiss,
            _ => return Err(Refusal::Conflict("the form doesn't say what to do".to_owned())),
        };
        admin::conflicts::settle(conn, &actor, &workspace_id, identity, settlement)
    });
    match refusal::sentence(settled.await) {
        Ok(Ok(())) => auth::redirect(state.app_url("/integrations/okta/conflicts")),
        Ok(Err(problem)) => show(&req, &state, &visitor, problem).await,
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

async fn show(req: &HttpRequest, state: &State, visitor: &Visitor, problem: String) -> HttpResponse {
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let read = state.read(move |conn| {
        let conflicts = conflicts::list(conn, &workspace_id, SHOWN)?;
        conflicts.into_iter().map(|conflict| row(conn, conflict, now)).collect::<Result<Vec<_>, Error>>()
    });
    match read.await {
        Ok(rows) => {
            let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let content = ConflictsPage {
                csrf: &visitor.signed_in.csrf,
                may_change: visitor.may_change(),
                rows,
                problem,
            };
            pages::render(state, status, "Who is this?", &visitor.around(), &content)
        }
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}

fn row(conn: &mut Conn, conflict: Conflict, now: i64) -> Result<Row, Error> {
    let user = match &conflict.user_id {
        Some(user_id) => users::find(conn, &conflict.workspace_id, user_id)?,
        None => None,
    };
    let by_email = conflict.reason == conflicts::EMAIL;
    let user = match user {
        Some(user) => Some(candidate(conn, user)?),
        None => None,
    };
    Ok(Row {
        suggested: user.as_ref().filter(|_| !by_email).map_or_else(String::new, |user| user.name.clone()),
        why: match conflict.reason.as_str() {
            conflicts::SHARED => "Several users here have this address",
            conflicts::EMAIL => {
                "Only their e-mail address says that they are this user, and anybody may have written it there"
            }
            conflicts::UNLINKED => "The link was undone",
            conflicts::ISSUER_CHANGED => {
                "The identity provider changed, and this user has a role in the console: an owner says who they are"
            }
            _ => "The user of that name belongs to another Okta user",
        },
        user,
        at: time::relative(conflict.created_at, now),
        issuer: conflict.issuer,
        subject: conflict.subject,
        at_okta: conflict.user_name,
    })
}

fn candidate(conn: &mut Conn, user: User) -> Result<Candidate, Error> {
    let mut roles: Vec<String> = roles::held(conn, &user.workspace_id, &user.user_id)?
        .into_iter()
        .map(|role| role.display_name)
        .collect();
    roles.dedup();
    Ok(Candidate { id: user.user_id, name: user.user_name, active: user.active, roles })
}
