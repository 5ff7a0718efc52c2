//! `/account/tokens`: one's own API tokens, made, shown once, revoked. What a token may do is the product's words; a choice
//! is offered where there are several.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, Refusal, api_tokens::NewApiToken};
use vestibule_core::time;
use vestibule_store::access::tokens::Token;
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::{
    account,
    layout::auth::{self, Visitor},
};

/// The longest an API token may live, in days.
const LONGEST_DAYS: i64 = 365;

/// The form of a new token as last typed, and what is wrong with a field of it.
pub(crate) struct Form {
    pub name: String,
    pub days: String,
    /// What it could do, and whether it was ticked.
    pub scopes: Vec<(String, bool)>,
    problem: Option<(&'static str, &'static str)>,
}

impl Form {
    /// As first shown.
    pub(crate) fn fresh(state: &State) -> Self {
        let scopes = offered(state).map(|scope| (scope.to_owned(), false)).collect();
        Self { name: String::new(), days: "90".to_owned(), scopes, problem: None }
    }

    /// What is wrong with this field, if anything.
    pub(crate) fn problem(&self, field: &str) -> Option<&'static str> {
        self.problem.filter(|(named, _)| *named == field).map(|(_, problem)| problem)
    }

    /// Whether nothing is.
    pub(crate) fn is_well(&self) -> bool {
        self.problem.is_none()
    }

    fn typed(form: &Parameters, state: &State) -> Self {
        let scopes = offered(state)
            .map(|scope| (scope.to_owned(), form.get(&format!("scope.{scope}")).is_some()))
            .collect();
        Self { name: form.text("name").to_owned(), days: form.text("days").to_owned(), scopes, problem: None }
    }

    fn judge(mut self) -> Result<Wanted, Self> {
        let name = self.name.trim();
        let days = self.days.trim().parse::<i64>();
        let ticked: Vec<String> =
            self.scopes.iter().filter(|(_, ticked)| *ticked).map(|(scope, _)| scope.clone()).collect();
        self.problem = if name.is_empty() || name.chars().count() > 80 {
            Some(("name", "Give the token a name of 1 to 80 characters."))
        } else if self.scopes.len() > 1 && ticked.is_empty() {
            Some(("scope", "Choose what the token may do."))
        } else if !matches!(days, Ok(1..=LONGEST_DAYS)) {
            Some(("days", "Days must be a number from 1 to 365."))
        } else {
            None
        };
        match days {
            Ok(days) if self.is_well() => Ok(Wanted { name: name.to_owned(), days, scopes: ticked }),
            _ => Err(self),
        }
    }
}

/// What was asked for, in order.
struct Wanted {
    name: String,
    days: i64,
    scopes: Vec<String>,
}

/// A token as listed.
pub(crate) struct Row {
    pub id: String,
    pub name: String,
    pub scope: String,
    pub created: String,
    pub created_exact: String,
    pub expires: String,
    pub used: String,
}

impl Row {
    pub(crate) fn of(token: Token, now: i64) -> Self {
        Self {
            id: token.token_id,
            name: token.name,
            scope: token.scope,
            created: time::relative(token.created_at, now),
            created_exact: time::rfc3339(token.created_at),
            expires: token.expires_at.map_or_else(|| "never".to_owned(), |at| time::relative(at, now)),
            used: used(token.last_used_at, now),
        }
    }
}

/// When a credential was last used; what is written down may be an hour old.
pub(crate) fn used(at: Option<i64>, now: i64) -> String {
    match at {
        None => "never".to_owned(),
        Some(at) if now - at < 3600 * time::SECOND => "within the hour".to_owned(),
        Some(at) => time::relative(at, now),
    }
}

/// `POST /account/tokens`: makes an API token and shows it once.
pub async fn create(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match visitor_and_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let wanted = match Form::typed(&form, &state).judge() {
        Ok(wanted) => wanted,
        Err(form) => return account::show(&req, &state, &visitor, None, form).await,
    };
    // The session's epoch, not the user's: what races with a revocation is born dead.
    let (user, epoch) = (visitor.signed_in.user.clone(), visitor.signed_in.session.epoch);
    let (actor, name) = (visitor.person(&req, state.now()), wanted.name.clone());
    let default_scope = state.config().tokens.api_scopes.clone();
    let issued = state.write(move |conn| {
        let new = NewApiToken {
            name: &wanted.name,
            scopes: &wanted.scopes,
            default_scope: &default_scope,
            days: wanted.days,
        };
        admin::api_tokens::create(conn, &actor, (&user, epoch), new)
    });
    match issued.await {
        Ok((_, plain)) => {
            account::show(&req, &state, &visitor, Some((&name, &plain)), Form::fresh(&state)).await
        }
        Err(Refusal::Store(error)) => pages::failed(&state, &request::id(&req), &error),
        Err(refusal) => pages::failed(&state, &request::id(&req), &refusal),
    }
}

/// `POST /account/tokens/{id}/revoke`: ends one API token.
pub async fn revoke(
    req: HttpRequest,
    payload: web::Payload,
    path: web::Path<String>,
    state: web::Data<State>,
) -> HttpResponse {
    let (visitor, _) = match visitor_and_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let actor = visitor.person(&req, state.now());
    let (user, token_id) = (visitor.signed_in.user, path.into_inner());
    let revoked = state.write(move |conn| admin::api_tokens::revoke(conn, &actor, &user, &token_id));
    match revoked.await {
        Ok(_) => auth::redirect(state.app_url("/account")),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

async fn visitor_and_form(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
) -> Result<(Visitor, Parameters), HttpResponse> {
    let visitor = auth::visitor(req, state).await?;
    let form = auth::form(req, payload, state, &visitor).await?;
    Ok((visitor, form))
}

fn offered(state: &State) -> impl Iterator<Item = &str> {
    state.config().tokens.api_scopes.split(' ')
}
