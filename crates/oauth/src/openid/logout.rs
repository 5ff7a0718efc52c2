//! `GET|POST /oauth/logout` (OpenID Connect RP-Initiated Logout 1.0): an app signs its person out here. With an ID token of
//! ours about the browser's session that is done at once; else the person is asked. The session ends, and what apps were given
//! under it. Nobody is sent to an address that is not registered.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use serde_json::{Map, Value, json};
use url::Url;
use vestibule_store::{
    Error,
    access::sessions::{self, Which},
    oauth::clients::{self, Client},
    people::users,
    trail::events::{self, kinds::SignedOut},
};
use vestibule_web::{
    State,
    crypto::signing,
    http::{
        input::{BodyError, Parameters},
        request,
        session::{self, SignedIn},
    },
    pages::{self, FormTargets, Frame, Refused},
};

const CARRIED: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint"];

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage<'a> {
    client: &'a str,
    person: &'a str,
    fields: Vec<(&'static str, String)>,
}

enum Refusal {
    Page(Box<Refused>),
    Internal(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let refused = Refused::new(error.status(), "This request can't be read", error.to_string());
        Refusal::Page(Box::new(refused))
    }
}

/// Signs out, or asks.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let left = async { leave(&req, &state, &Parameters::of_query(&req)?).await };
    left.await.unwrap_or_else(|refusal| refuse(&req, &state, refusal))
}

/// The same; and the answer to what was asked.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let left = async { leave(&req, &state, &Parameters::of_form(&req, payload).await?).await };
    left.await.unwrap_or_else(|refusal| refuse(&req, &state, refusal))
}

async fn leave(req: &HttpRequest, state: &State, parameters: &Parameters) -> Result<HttpResponse, Refusal> {
    let hint = hint(state, parameters).await?;
    let client = client(state, parameters, hint.as_ref()).await?;
    let target = target(state, parameters, client.as_ref())?;
    let signed_in = session::find(state, req).await?;
    let hinted = |name: &str| hint.as_ref().and_then(|hint| hint.get(name)).and_then(Value::as_str);
    let is_about = |signed_in: &SignedIn| hinted("sid") == Some(signed_in.session.session_id.as_str());
    let Some(signed_in) = signed_in else {
        // The cookie does not come with another site's form; the ID token names its session itself.
        if let (Some(workspace), Some(user), Some(sid)) = (hinted("team_id"), hinted("sub"), hinted("sid")) {
            end(req, state, [workspace, user, sid].map(str::to_owned), client.as_ref()).await?;
        }
        return Ok(gone(state, &target));
    };
    if !is_about(&signed_in) && !signed_in.sent(parameters.text("csrf")) {
        return ask(state, parameters, client.as_ref(), &signed_in, &target);
    }
    let SignedIn { user, session, .. } = &signed_in;
    let named = [&user.workspace_id, &user.user_id, &session.session_id].map(Clone::clone);
    end(req, state, named, client.as_ref()).await?;
    Ok(gone(state, &target))
}

/// The claims of an ID token of ours, expired or not (§2): the signature is what counts.
async fn hint(state: &State, parameters: &Parameters) -> Result<Option<Map<String, Value>>, Refusal> {
    let Some(compact) = parameters.get("id_token_hint") else { return Ok(None) };
    let claims = signing::read(state, "JWT", compact).await;
    let claims = claims.map_err(|error| Refusal::Internal(error.to_string()))?;
    let ours = |claims: &Map<String, Value>| claims.get("iss") == Some(&json!(state.config().region.api_url));
    Ok(claims.filter(ours))
}

/// The app: whom the ID token is for; else who it says it is, which the person is shown.
async fn client(
    state: &State,
    parameters: &Parameters,
    hint: Option<&Map<String, Value>>,
) -> Result<Option<Client>, Refusal> {
    let audience = hint.and_then(|hint| hint.get("aud")).and_then(Value::as_str);
    let named = parameters.get("client_id");
    if let (Some(audience), Some(named)) = (audience, named)
        && audience != named
    {
        return Err(unfit("Its client_id is not the one its id_token_hint is for."));
    }
    let Some(client_id) = audience.or(named).map(str::to_owned) else { return Ok(None) };
    Ok(state.read(move |conn| clients::find(conn, &client_id)).await?)
}

/// Where to go then: exactly an address that the app is registered with (§3), else our own page.
fn target(state: &State, parameters: &Parameters, client: Option<&Client>) -> Result<String, Refusal> {
    let Some(wanted) = parameters.get("post_logout_redirect_uri") else {
        return Ok(state.app_url("/auth?signed_out=1"));
    };
    let registered = client.map(Client::post_logout_redirect_uris).unwrap_or_default();
    if !registered.iter().any(|uri| uri == wanted) {
        return Err(unfit(
            "Its post_logout_redirect_uri is not registered for the app, so nobody is sent there.",
        ));
    }
    let mut url = Url::parse(wanted).map_err(|error| Refusal::Internal(error.to_string()))?;
    if let Some(given) = parameters.get("state") {
        url.query_pairs_mut().append_pair("state", given);
    }
    Ok(url.into())
}

fn unfit(what: &str) -> Refusal {
    let refused = Refused::new(StatusCode::BAD_REQUEST, "The app's request does not fit", what)
        .advise("You are still signed in. Sign out on your account page.")
        .advise(
            "The operator registers addresses with: vestibule client create --post-logout-redirect-uri …",
        );
    Refusal::Page(Box::new(refused))
}

async fn end(
    req: &HttpRequest,
    state: &State,
    [workspace_id, user_id, session_id]: [String; 3],
    client: Option<&Client>,
) -> Result<(), Refusal> {
    let (now, by) = (state.now(), client.map(|client| client.client_id.clone()));
    let cause = request::cause(req, format!("user:{user_id}"));
    let ended = state.write(move |conn| {
        let Some(user) = users::find(conn, &workspace_id, &user_id)? else { return Ok(()) };
        if !sessions::end_of_user(conn, &user, Which::One(&session_id), now)?.is_empty() {
            let data = SignedOut { session: &session_id, okta: false, client: by.as_deref() };
            events::record(conn, &workspace_id, &cause, user.target(), &data, now)?;
        }
        Ok::<_, Error>(())
    });
    Ok(ended.await?)
}

fn ask(
    state: &State,
    parameters: &Parameters,
    client: Option<&Client>,
    signed_in: &SignedIn,
    target: &str,
) -> Result<HttpResponse, Refusal> {
    let mut fields: Vec<_> =
        CARRIED.into_iter().filter_map(|name| Some((name, parameters.get(name)?.to_owned()))).collect();
    fields.push(("csrf", signed_in.csrf.clone()));
    let content = LogoutPage {
        client: client.map(|client| client.name.as_str()).unwrap_or_default(),
        person: signed_in.user.greeting(),
        fields,
    };
    let target = Url::parse(target).map_err(|error| Refusal::Internal(error.to_string()))?;
    let frame = Frame { form_targets: FormTargets::And(&target), ..Frame::default() };
    Ok(pages::render(state, StatusCode::OK, "Sign out?", &frame, &content))
}

fn gone(state: &State, to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .cookie(session::removal(state))
        .finish()
}

fn refuse(req: &HttpRequest, state: &State, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Page(refused) => {
            tracing::warn!(reason = refused.explanation, "oauth.sign_out_refused");
            state.metrics().refused("oauth", "logout");
            refused.refer(request::id(req)).page(state)
        }
        Refusal::Internal(error) => pages::failed(state, &request::id(req), &error),
    }
}
