//! `/tokens`: what opens this workspace to provisioning: provisioning tokens, and OAuth clients of SCIM with what was granted to
//! them. A secret stands on the page that answers its making and nowhere else; auditors see what there is and no button.

mod form;
mod oauth;
mod rows;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use form::Form;
use rows::{ClientRow, GrantRow, TokenRow};
use vestibule_admin::{self as admin, Refusal, provisioning_tokens::NewProvisioningToken};
use vestibule_core::{
    ids::DEPLOYMENT,
    sets::{ClientKind, TokenKind},
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    access::tokens::{self, Token},
    oauth::{client_secrets, clients, grants},
    people::users,
};
use vestibule_web::{State, http::request, pages};

use crate::layout::{
    auth::{self, Visitor},
    confirm::Confirm,
};

pub use oauth::{add_secret, ask_end_grant, ask_end_secret, end_grant, end_secret};

/// How many tokens and grants the page shows.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage<'a> {
    csrf: &'a str,
    may_change: bool,
    ended: bool,
    problem: String,
    made: Option<Made>,
    form: Form,
    held: Held,
}

/// A secret just made, shown this once.
pub(crate) struct Made {
    /// What it is, as a heading.
    pub title: String,
    pub secret: String,
    /// What to do with it.
    pub advice: &'static str,
    /// What it does not do, if that has to be said.
    pub limit: &'static str,
}

/// What is said of a token that no owner made.
const NOT_OWNERS: &str =
    "It neither gives nor takes the role Owner, because you are no owner: an owner makes one that does.";

/// What has to be said of what a token may do.
fn limit(token: &Token) -> &'static str {
    if token.may_give_owner || !token.may("scim.write") { "" } else { NOT_OWNERS }
}

/// What the workspace has.
struct Held {
    tokens: Vec<TokenRow>,
    more_tokens: usize,
    clients: Vec<ClientRow>,
    grants: Vec<GrantRow>,
    more_grants: usize,
}

impl Held {
    fn of(conn: &mut Conn, workspace_id: &str, now: Micros) -> Result<Self, Error> {
        let mut list = tokens::list_of_workspace(conn, workspace_id, TokenKind::Provisioning)?;
        let more_tokens = list.len().saturating_sub(SHOWN);
        list.truncate(SHOWN);
        let own = clients::registered(conn, workspace_id, ClientKind::Scim)?;
        let secrets = client_secrets::of_workspace(conn, workspace_id)?;
        let shared = clients::registered(conn, DEPLOYMENT, ClientKind::Scim)?;
        let mut given = grants::list_of_scim(conn, workspace_id)?;
        let more_grants = given.len().saturating_sub(SHOWN);
        given.truncate(SHOWN);
        let ids: Vec<String> = given.iter().map(|(grant, _)| grant.grant_id.clone()).collect();
        let refreshed = tokens::last_given(conn, workspace_id, &ids)?;
        let approvers: Vec<String> =
            given.iter().filter_map(|(grant, _)| grant.approved_by.clone()).collect();
        let people = users::briefs(conn, workspace_id, &approvers)?;
        Ok(Self {
            tokens: list.into_iter().map(|token| TokenRow::of(token, now)).collect(),
            more_tokens,
            clients: own
                .iter()
                .map(|client| ClientRow::own(client, &secrets, now))
                .chain(shared.iter().map(ClientRow::shared))
                .collect(),
            grants: given.into_iter().map(|given| GrantRow::of(given, &people, &refreshed, now)).collect(),
            more_grants,
        })
    }
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    match auth::reader(&req, &state).await {
        Ok(visitor) => show(&req, &state, &visitor, None, Form::fresh(), String::new()).await,
        Err(answer) => answer,
    }
}

/// `POST /tokens`: makes a provisioning token and shows it once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let wanted = match Form::typed(&form).judge() {
        Ok(wanted) => wanted,
        Err(form) => return show(&req, &state, &visitor, None, form, String::new()).await,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let issued = state.write(move |conn| {
        let new =
            NewProvisioningToken { name: &wanted.name, scopes: &wanted.scopes, days: Some(wanted.days) };
        admin::provisioning_tokens::create(conn, &actor, &workspace_id, new)
    });
    match issued.await {
        Ok((token, secret)) => {
            let advice =
                "Paste it in Okta, or give it to whoever provisions. Copy it now: it is not shown again.";
            let limit = limit(&token);
            let title = format!("Provisioning token “{}”", pages::isolate(&token.name));
            let made = Made { title, secret, advice, limit };
            show(&req, &state, &visitor, Some(made), Form::fresh(), String::new()).await
        }
        Err(Refusal::Store(error)) => pages::failed(&state, &request::id(&req), &error),
        Err(refusal) => pages::failed(&state, &request::id(&req), &refusal),
    }
}

/// `POST /tokens/{id}/rotate`: a second one like it, shown once; the first goes on until it is revoked.
pub async fn rotate(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let rotated = state.write(move |conn| {
        admin::provisioning_tokens::rotate(conn, &actor, &workspace_id, &auth::id_of(&path))
    });
    match rotated.await {
        Ok(Some((token, secret))) => {
            let advice = "Copy it now: it is not shown again. Put it in the place of the old one, which goes on until you revoke it below.";
            let limit = limit(&token);
            let title = format!("A second token “{}”", pages::isolate(&token.name));
            let made = Made { title, secret, advice, limit };
            show(&req, &state, &visitor, Some(made), Form::fresh(), String::new()).await
        }
        Ok(None) => gone(&req, &state),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `GET /tokens/{id}/revoke`: asks first.
pub async fn ask_revoke(req: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::administrator(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let found = state.read(move |conn| {
        tokens::find_of_workspace(conn, &workspace_id, TokenKind::Provisioning, &auth::id_of(&path))
    });
    let token = match found.await {
        Ok(Some(token)) => TokenRow::of(token, now),
        Ok(None) => return gone(&req, &state),
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    let used = match token.used.as_str() {
        "never" => "It was never used.".to_owned(),
        used => format!("It was last used {used}."),
    };
    let confirm = Confirm {
        csrf: &visitor.signed_in.csrf,
        title: format!("Revoke the token “{}”?", pages::isolate(&token.name)),
        lines: vec![
            format!("Made {}. It may {}. {used}", token.created.told, token.may),
            "Whoever uses it is refused from the next request on: if Okta does, nobody is created, changed or deactivated any more \
             until Okta has another token. People stay as they are."
                .to_owned(),
            "It can't be undone.".to_owned(),
        ],
        action: format!("/tokens/{}/revoke", token.id),
        button: "Revoke this token",
        back: "/tokens".to_owned(),
    };
    confirm.page(&state, &visitor)
}

/// `POST /tokens/{id}/revoke`: ends it.
pub async fn revoke(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let (workspace_id, actor) = (visitor.workspace.workspace_id.clone(), visitor.actor(&req, state.now()));
    let revoked = state.write(move |conn| {
        admin::provisioning_tokens::revoke(conn, &actor, &workspace_id, &auth::id_of(&path))
    });
    ended(&req, &state, revoked.await)
}

/// Back to the page that says that something ended.
fn ended(req: &HttpRequest, state: &State, done: Result<bool, Error>) -> HttpResponse {
    match done {
        Ok(true) => auth::redirect(state.app_url("/tokens?ended=1")),
        Ok(false) => gone(req, state),
        Err(error) => pages::failed(state, &request::id(req), &error),
    }
}

fn gone(req: &HttpRequest, state: &State) -> HttpResponse {
    auth::nothing_here(req, state, "This is not here", "Look for it on the page Tokens.")
}

/// The page, with a secret just made, a form to be filled in again, or what stands against what was sent.
async fn show(
    req: &HttpRequest,
    state: &State,
    visitor: &Visitor,
    made: Option<Made>,
    form: Form,
    problem: String,
) -> HttpResponse {
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let held = match state.read(move |conn| Held::of(conn, &workspace_id, now)).await {
        Ok(held) => held,
        Err(error) => return pages::failed(state, &request::id(req), &error),
    };
    let well = form.is_well() && problem.is_empty();
    let content = TokensPage {
        csrf: &visitor.signed_in.csrf,
        may_change: visitor.may_change(),
        ended: req.query_string() == "ended=1",
        problem,
        made,
        form,
        held,
    };
    let status = if well { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = "Provisioning tokens and OAuth connections";
    pages::render(state, status, title, &visitor.around(), &content)
}
