//! `/people/{id}`: one person of the workspace, what they may do and from where, what lives of theirs, and ending it. Ending all
//! access asks first, on a page that names the person and what ends; then it goes the one way (design rule 2).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use vestibule_admin::{self as admin, Actor, refusal};
use vestibule_core::{sets::UserSource, time::Micros};
use vestibule_store::{
    Conn, Error,
    access::{
        sessions::{self, Which},
        tokens,
    },
    oauth::grants,
    people::users::{self, User},
    providers::identities,
    rights::roles::{self, Effective, Role},
    trail::{
        events,
        receipts::{self, Counts, Receipt},
    },
};
use vestibule_web::{
    State,
    http::request,
    pages::{self, Refused},
};

use crate::{
    account::{
        api_tokens, apps,
        sessions::{Moment, Row, rows},
    },
    audit::trail_lines::{self, Line, Party},
    layout::{
        auth::{self, Visitor},
        role_source,
        short_list::Shown,
    },
    people::person_roles::{Choice, choices},
};

/// How many receipts the page shows.
const SHOWN: i64 = 10;
/// How many lines of the trail it shows.
const TOLD: i64 = 20;

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage<'a> {
    csrf: &'a str,
    may_change: bool,
    person: Person,
    choices: Vec<Choice>,
    ended: bool,
    saved: bool,
    freed: bool,
    problem: String,
}

#[derive(Template)]
#[template(path = "end_access.html")]
struct EndAccessPage<'a> {
    csrf: &'a str,
    person: Person,
    workspace: &'a str,
}

/// Everything the pages show of somebody.
struct Person {
    user: User,
    effective: Effective,
    identities: Vec<(String, String, Moment)>,
    sessions: Shown<Row>,
    apps: Shown<apps::Row>,
    tokens: Shown<api_tokens::Row>,
    known: Vec<Role>,
    history: Vec<Line>,
    revoked: Option<Moment>,
    receipts: Vec<Proof>,
}

/// A receipt as the page shows it.
struct Proof {
    id: String,
    at: Moment,
    why: &'static str,
    actor: String,
    ended: String,
}

impl Proof {
    fn of(receipt: Receipt, actor: Party, now: Micros) -> Self {
        let why = match receipt.reason.as_str() {
            "universal_logout" => "Universal Logout",
            "deactivated" => "Deactivated in Okta",
            "administrator" => "An administrator",
            "operator" => "The operator",
            "identity_changed" => "Signs in as somebody else since",
            _ => "Okta",
        };
        let ended = receipt.ended().map_or_else(|| "being counted".to_owned(), |counts| in_words(&counts));
        Self {
            at: Moment::of(receipt.in_force_at.unwrap_or(receipt.acted_at), now),
            why,
            ended,
            actor: actor.words,
            id: receipt.receipt_id,
        }
    }
}

/// "2 browsers, 1 API token"
fn in_words(counts: &Counts) -> String {
    let one = |number: i64, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    };
    let parts: Vec<String> = [
        one(counts.sessions, "browser", "browsers"),
        one(counts.api, "API token", "API tokens"),
        one(counts.access + counts.refresh, "app token", "app tokens"),
        one(counts.mcp, "AI client token", "AI client tokens"),
        one(counts.codes, "sign-in under way", "sign-ins under way"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { "nothing was open".to_owned() } else { parts.join(", ") }
}

impl Person {
    /// The roles and entitlements, each with where it comes from, in words.
    fn roles(&self) -> Vec<(&str, String)> {
        let roles = self.effective.roles.iter();
        roles.map(|held| (held.display_name.as_str(), role_source::words(&held.source))).collect()
    }

    fn entitlements(&self) -> Vec<(&str, String)> {
        let held = self.effective.entitlements.iter();
        held.map(|one| (one.entitlement_id.as_str(), role_source::words(&one.source))).collect()
    }

    /// Whether SCIM keeps the user.
    fn is_by_scim(&self) -> bool {
        self.user.source == UserSource::Scim
    }

    /// Who made the row, in words.
    fn source(&self) -> &'static str {
        match self.user.source {
            UserSource::Scim => "Okta, by provisioning",
            UserSource::Jit => "the first sign-in",
            UserSource::Operator => "the operator",
        }
    }
}

/// Shows the person.
pub async fn get(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    show(&req, &state, &path, String::new()).await
}

/// The page, with what is wrong with what was sent.
pub(crate) async fn show(req: &HttpRequest, state: &State, user_id: &str, problem: String) -> HttpResponse {
    let (visitor, person) = match open(req, state, user_id).await {
        Ok(opened) => opened,
        Err(answer) => return answer,
    };
    let title = person.user.greeting().to_owned();
    let content = PersonPage {
        csrf: &visitor.signed_in.csrf,
        may_change: visitor.may_change(),
        choices: choices(&person.known, &person.effective, visitor.signed_in.is_owner()),
        person,
        ended: req.query_string() == "ended=1",
        saved: req.query_string() == "saved=1",
        freed: req.query_string() == "freed=1",
        problem,
    };
    let status = if content.problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    pages::render(state, status, &title, &visitor.around(), &content)
}

/// `GET /people/{id}/end-access`: asks first.
pub async fn ask(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    if let Err(answer) = auth::administrator(&req, &state).await {
        return answer;
    }
    let (visitor, person) = match open(&req, &state, &path).await {
        Ok(opened) => opened,
        Err(answer) => return answer,
    };
    let (csrf, workspace) = (visitor.signed_in.csrf.as_str(), visitor.workspace.name.as_str());
    let content = EndAccessPage { csrf, person, workspace };
    pages::render(&state, StatusCode::OK, "End all access", &visitor.around(), &content)
}

/// `POST /people/{id}/end-access`: ends it.
pub async fn end_access(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let user_id = path.into_inner();
    carry_out(&req, payload, &state, user_id.clone(), move |conn, workspace_id, actor| {
        admin::people::end_access(conn, actor, workspace_id, &user_id).map(drop)
    })
    .await
}

/// `POST /people/{id}/free-external-id`: takes the `externalId` from somebody deactivated, so that another may have it.
pub async fn free_external_id(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, user_id) = (visitor.workspace.workspace_id.clone(), path.into_inner());
    let (actor, who) = (visitor.actor(&req, state.now()), user_id.clone());
    let freed =
        state.write(move |conn| admin::identities::free_external_id(conn, &actor, &workspace_id, &who));
    match refusal::sentence(freed.await) {
        Ok(Ok(_)) => auth::redirect(state.app_url(&format!("/people/{user_id}?freed=1"))),
        Ok(Err(problem)) => show(&req, &state, &user_id, problem).await,
        Err(Error::NotFound) => nobody(&req, &state),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `POST /people/{id}/sessions/{session}/end`: ends one of their sessions.
pub async fn end_session(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> HttpResponse {
    let (user_id, session_id) = path.into_inner();
    carry_out(&req, payload, &state, user_id.clone(), move |conn, workspace_id, actor| {
        let user = users::get(conn, workspace_id, &user_id)?;
        admin::sessions::end(conn, actor, &user, Which::One(&session_id)).map(drop)
    })
    .await
}

/// `POST /people/{id}/apps/{grant}/end`: ends what they let an app do for them.
pub async fn end_app(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> HttpResponse {
    let (user_id, grant_id) = path.into_inner();
    carry_out(&req, payload, &state, user_id.clone(), move |conn, workspace_id, actor| {
        let user = users::get(conn, workspace_id, &user_id)?;
        admin::grants::end_of_user(conn, actor, &user, &grant_id).map(drop)
    })
    .await
}

/// `POST /people/{id}/tokens/{token}/revoke`: ends one of their API tokens.
pub async fn revoke_token(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> HttpResponse {
    let (user_id, token_id) = path.into_inner();
    carry_out(&req, payload, &state, user_id.clone(), move |conn, workspace_id, actor| {
        let user = users::get(conn, workspace_id, &user_id)?;
        admin::api_tokens::revoke(conn, actor, &user, &token_id).map(drop)
    })
    .await
}

/// An administrator's form, done to a person of the administrator's own workspace; then their page again.
async fn carry_out(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    user_id: String,
    job: impl FnOnce(&mut Conn, &str, &Actor) -> Result<(), Error> + Send + 'static,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(req, payload, state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(req, state.now()));
    match state.write(move |conn| job(conn, &workspace_id, &actor)).await {
        Ok(()) => auth::redirect(state.app_url(&format!("/people/{user_id}?ended=1"))),
        Err(Error::NotFound) => nobody(req, state),
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}

async fn open(req: &HttpRequest, state: &State, user_id: &str) -> Result<(Visitor, Person), HttpResponse> {
    let visitor = auth::reader(req, state).await?;
    let (workspace_id, user_id, now) =
        (visitor.workspace.workspace_id.clone(), user_id.to_owned(), state.now());
    let here = visitor.signed_in.session.session_id.clone();
    match state.read(move |conn| gather(conn, &workspace_id, &user_id, &here, now)).await {
        Ok(Some(person)) => Ok((visitor, person)),
        Ok(None) => Err(nobody(req, state)),
        Err(error) => Err(pages::failed(state, &request::id(req), &error)),
    }
}

fn gather(
    conn: &mut Conn,
    workspace_id: &str,
    user_id: &str,
    here: &str,
    now: Micros,
) -> Result<Option<Person>, Error> {
    let Some(user) = users::find(conn, workspace_id, user_id)? else { return Ok(None) };
    let moment = |at| Moment::of(at, now);
    let known = identities::list(conn, workspace_id, user_id)?;
    // What a deactivated person holds opens nothing, so it is not shown as if it did.
    let (mut sessions, mut apps, mut tokens) = (Shown::default(), Shown::default(), Shown::default());
    if user.active {
        sessions = rows(sessions::list_live(conn, &user, now)?, here, now);
        apps = Shown::of(grants::list_of_user(conn, &user)?, |app| apps::Row::of(app, now));
        tokens = Shown::of(tokens::list_api(conn, &user, now)?, |token| api_tokens::Row::of(token, now));
    }
    let receipts = receipts::list(conn, workspace_id, Some(user_id), None, SHOWN)?;
    let actors: Vec<&str> = receipts.iter().map(|receipt| receipt.actor.as_str()).collect();
    let actors = trail_lines::parties(conn, workspace_id, &actors)?;
    let events = events::of_target(conn, workspace_id, user.target(), TOLD)?;
    Ok(Some(Person {
        effective: roles::effective(conn, workspace_id, user_id)?,
        identities: known
            .into_iter()
            .map(|known| (known.issuer, known.subject, moment(known.created_at)))
            .collect(),
        sessions,
        apps,
        tokens,
        known: roles::list(conn, workspace_id)?,
        history: trail_lines::lines(conn, workspace_id, events, now)?,
        revoked: user.revoked_at.map(moment),
        receipts: receipts
            .into_iter()
            .zip(actors)
            .map(|(receipt, actor)| Proof::of(receipt, actor, now))
            .collect(),
        user,
    }))
}

pub(crate) fn nobody(req: &HttpRequest, state: &State) -> HttpResponse {
    Refused::new(
        StatusCode::NOT_FOUND,
        "Nobody is at this address",
        "The person was deleted, or belongs to another workspace.",
    )
    .advise("Look for them by name on the page People.")
    .refer(request::id(req))
    .page(state)
}
