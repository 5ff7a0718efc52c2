//! `GET|POST /api/okta/scim/oauth/authorize`: an administrator lets Okta manage the people of their workspace.
//! The checks, in order: client, redirect URI (a wrong one redirects nowhere), response type, scope, PKCE method; then a
//! signed-in administrator of the client's workspace (of their own, for the client all customers share).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use askama::Template;
use serde_json::json;
use url::Url;
use vestibule_store::{
    clients::{self, Client},
    codes::{self, Approval},
    events, workspaces,
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    input::{BodyError, Parameters},
    page::{self, Around, FormTargets, Refused},
    request,
    session::{self, SignedIn},
};

use crate::scope;

/// What the client asks, once client and redirect URI are known to belong together.
struct Asked {
    client: Client,
    redirect_uri: Url,
    state: String,
    scope: String,
    code_challenge: Option<String>,
}

/// Why there is no approval page.
enum Refusal {
    /// A page, and no redirect: who asks is not known to be who they say.
    Page(Box<Refused>),
    /// Back to the client with an error (RFC 6749 §4.1.2.1).
    Client {
        redirect_uri: Box<Url>,
        state: String,
        error: &'static str,
        description: String,
    },
    /// Sign in first.
    SignIn(String),
    Internal(String),
}

impl From<vestibule_store::Error> for Refusal {
    fn from(error: vestibule_store::Error) -> Self {
        Refusal::Internal(error.to_string())
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Refusal::Page(Box::new(refused))
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        Refusal::from(
            Refused::new(
                error.status(),
                "This request can't be read",
                format!("Vestibule can't read it: {error}."),
            )
            .advise("Start again in Okta with Authenticate."),
        )
    }
}

#[derive(Template)]
#[template(path = "approve.html")]
struct ApprovePage<'a> {
    client: &'a str,
    workspace: &'a str,
    administrator: &'a str,
    host: &'a str,
    scopes: Vec<&'static str>,
    cancel: String,
    fields: Vec<(&'static str, String)>,
}

/// Shows the approval page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let shown = async {
        let parameters = Parameters::of_query(&req)?;
        let asked = check(&state, &parameters).await?;
        let (signed_in, workspace) = administrator(&req, &state, &asked, &parameters).await?;
        Ok(approval_page(&state, &asked, &signed_in, &workspace))
    };
    shown.await.unwrap_or_else(|refusal| refuse(&req, &state, refusal))
}

/// Approves: the form came back.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let approved = async {
        let parameters = Parameters::of_form(&req, payload).await?;
        let asked = check(&state, &parameters).await?;
        let (signed_in, _) = administrator(&req, &state, &asked, &parameters).await?;
        if !signed_in.sent(parameters.text("csrf")) {
            return Err(Refusal::from(
                Refused::new(
                    StatusCode::FORBIDDEN,
                    "Nothing was approved",
                    "The form was not one of this session's pages.",
                )
                .advise("Start again in Okta with Authenticate."),
            ));
        }
        approve(&req, &state, asked, signed_in).await
    };
    approved.await.unwrap_or_else(|refusal| refuse(&req, &state, refusal))
}

async fn check(state: &State, parameters: &Parameters) -> Result<Asked, Refusal> {
    let stop = |what: &str| {
        Refusal::from(
            Refused::new(StatusCode::BAD_REQUEST, "Okta's request does not fit", what)
                .advise("In Okta, compare Client ID, Authorize endpoint and the callback address with the ones registered here.")
                .advise("The operator registers callback addresses with: vestibule client create --kind scim --redirect-uri …"),
        )
    };
    let client_id = parameters.get("client_id").ok_or_else(|| stop("It names no client_id."))?.to_owned();
    let client = state.read(move |conn| clients::find(conn, &client_id)).await?;
    let client = client.filter(|client| client.kind == "scim").ok_or_else(|| {
        stop(&format!("Its client_id is not that of a SCIM client in region {}.", state.config().region.name))
    })?;
    // RFC 9700 §2.1: exact comparison, and never a redirect to an address that is not registered.
    let redirect_uri = parameters.get("redirect_uri").ok_or_else(|| stop("It names no redirect_uri."))?;
    if !client.may_redirect_to(redirect_uri) {
        return Err(stop("Its redirect_uri is not registered for this client, so nothing is sent there."));
    }
    let redirect_uri = Url::parse(redirect_uri).map_err(|_| stop("Its redirect_uri is no URL."))?;

    let client_state = parameters.text("state").to_owned();
    let tell = |error, description: String| Refusal::Client {
        redirect_uri: Box::new(redirect_uri.clone()),
        state: client_state.clone(),
        error,
        description,
    };
    if parameters.get("response_type") != Some("code") {
        return Err(tell("unsupported_response_type", "response_type must be code".to_owned()));
    }
    let scope =
        scope::requested(parameters.get("scope")).map_err(|unknown| tell("invalid_scope", unknown))?;
    let code_challenge = parameters.get("code_challenge").map(str::to_owned);
    // RFC 7636 §4.3: absent means plain, which RFC 9700 §2.1.1 rules out; a method alone means that the challenge got lost.
    let method = parameters.get("code_challenge_method");
    if (code_challenge.is_some() || method.is_some()) && method != Some("S256") {
        return Err(tell("invalid_request", "code_challenge_method must be S256".to_owned()));
    }
    if code_challenge.as_ref().map_or(method.is_some(), |challenge| challenge.len() != 43) {
        return Err(tell("invalid_request", "code_challenge must have 43 characters".to_owned()));
    }
    Ok(Asked { client, redirect_uri, state: client_state, scope, code_challenge })
}

/// The signed-in administrator who may approve this, and their workspace.
async fn administrator(
    req: &HttpRequest,
    state: &State,
    asked: &Asked,
    parameters: &Parameters,
) -> Result<(SignedIn, Workspace), Refusal> {
    let signed_in = session::find(state, req).await?;
    let fits = |signed_in: &SignedIn| {
        asked.client.is_deployment_wide() || signed_in.user.workspace_id == asked.client.workspace_id
    };
    let Some(signed_in) = signed_in.filter(fits) else {
        return Err(Refusal::SignIn(sign_in_url(state, asked, parameters)?));
    };
    let (workspace_id, region) = (signed_in.user.workspace_id.clone(), state.config().region.name.clone());
    let workspace = state
        .read(move |conn| workspaces::find(conn, &workspace_id, &region))
        .await?
        .ok_or_else(|| Refusal::SignIn(state.app_url("/auth")))?;
    if !signed_in.is_administrator() {
        return Err(Refusal::from(
            Refused::new(
                StatusCode::FORBIDDEN,
                "Only an administrator can approve this",
                format!(
                    "You are signed in to {} as {}, without the role Owner or Admin.",
                    workspace.name,
                    signed_in.user.greeting()
                ),
            )
            .advise("Ask an owner or admin of the workspace to do this step.")
            .advise("Or sign out, and sign in as somebody who is."),
        ));
    }
    Ok((signed_in, workspace))
}

/// Where to sign in, so that the browser comes back here: straight to the client's workspace, or by e-mail for the
/// client that all customers share.
fn sign_in_url(state: &State, asked: &Asked, parameters: &Parameters) -> Result<String, Refusal> {
    let broken = |error: url::ParseError| Refusal::Internal(error.to_string());
    let mut back = Url::parse(&state.api_url("/api/okta/scim/oauth/authorize")).map_err(broken)?;
    for (name, value) in asked.fields(parameters) {
        back.query_pairs_mut().append_pair(name, &value);
    }
    let mut url = if asked.client.is_deployment_wide() {
        Url::parse(&state.app_url("/auth")).map_err(broken)?
    } else {
        let mut url = Url::parse(&state.api_url("/api/okta/oidc/login")).map_err(broken)?;
        url.query_pairs_mut().append_pair("team_id", &asked.client.workspace_id);
        url
    };
    url.query_pairs_mut().append_pair("target_link_uri", back.as_str());
    Ok(url.into())
}

impl Asked {
    /// The request again, for the way through sign-in and for the form.
    fn fields(&self, parameters: &Parameters) -> Vec<(&'static str, String)> {
        [
            "response_type",
            "client_id",
            "redirect_uri",
            "state",
            "scope",
            "code_challenge",
            "code_challenge_method",
        ]
        .into_iter()
        .filter_map(|name| Some((name, parameters.get(name)?.to_owned())))
        .collect()
    }

    /// The answer's address: the redirect URI with these pairs added to its query.
    fn answer(redirect_uri: &Url, state: &str, pairs: &[(&str, &str)]) -> String {
        let mut url = redirect_uri.clone();
        for (name, value) in
            pairs.iter().copied().chain([("state", state)]).filter(|(_, value)| !value.is_empty())
        {
            url.query_pairs_mut().append_pair(name, value);
        }
        url.into()
    }
}

fn approval_page(state: &State, asked: &Asked, signed_in: &SignedIn, workspace: &Workspace) -> HttpResponse {
    let origin = asked.redirect_uri.origin().ascii_serialization();
    let mut fields = vec![
        ("response_type", "code".to_owned()),
        ("client_id", asked.client.client_id.clone()),
        ("redirect_uri", asked.redirect_uri.to_string()),
        ("scope", asked.scope.clone()),
        ("csrf", signed_in.csrf.clone()),
    ];
    if !asked.state.is_empty() {
        fields.push(("state", asked.state.clone()));
    }
    if let Some(challenge) = &asked.code_challenge {
        fields.push(("code_challenge", challenge.clone()));
        fields.push(("code_challenge_method", "S256".to_owned()));
    }
    let content = ApprovePage {
        client: &asked.client.name,
        workspace: &workspace.name,
        administrator: signed_in.user.greeting(),
        host: asked.redirect_uri.host_str().unwrap_or_default(),
        scopes: asked.scope.split(' ').map(scope::in_words).collect(),
        cancel: Asked::answer(&asked.redirect_uri, &asked.state, &[("error", "access_denied")]),
        fields,
    };
    let around = Around {
        workspace: Some(&workspace.name),
        form_targets: FormTargets::And(&origin),
        ..Around::default()
    };
    page::render(
        state,
        StatusCode::OK,
        &format!("{} asks to manage people", asked.client.name),
        &around,
        &content,
    )
}

async fn approve(
    req: &HttpRequest,
    state: &State,
    asked: Asked,
    signed_in: SignedIn,
) -> Result<HttpResponse, Refusal> {
    let (now, cause) = (state.now(), request::cause(req, signed_in.actor()));
    let (redirect_uri, client_state) = (asked.redirect_uri.clone(), asked.state.clone());
    let code = state
        .write(move |conn| {
            let approval = Approval {
                client_id: &asked.client.client_id,
                redirect_uri: asked.redirect_uri.as_str(),
                scope: &asked.scope,
                code_challenge: asked.code_challenge.as_deref(),
            };
            let code = codes::issue(conn, &signed_in.user, signed_in.session.epoch, &approval, now)?;
            let target = format!("client:{}", asked.client.client_id);
            let data = json!({ "client": asked.client.name, "scope": asked.scope });
            events::record(
                conn,
                &signed_in.user.workspace_id,
                "client_approved",
                &cause,
                &target,
                &data,
                now,
            )?;
            Ok::<_, vestibule_store::Error>(code)
        })
        .await?;
    tracing::info!("oauth.approved");
    Ok(redirect(Asked::answer(&redirect_uri, &client_state, &[("code", &code)])))
}

fn refuse(req: &HttpRequest, state: &State, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Page(refused) => {
            // The title only: the sentence may name a person.
            tracing::warn!(reason = refused.title, "oauth.refused");
            state.metrics().refused("oauth", "authorize");
            refused.refer(request::id(req)).page(state)
        }
        Refusal::Client { redirect_uri, state: client_state, error, description } => {
            tracing::warn!(reason = error, detail = description, "oauth.refused");
            redirect(Asked::answer(
                &redirect_uri,
                &client_state,
                &[("error", error), ("error_description", &description)],
            ))
        }
        Refusal::SignIn(url) => redirect(url),
        Refusal::Internal(error) => page::failed(state, &request::id(req), &error),
    }
}

fn redirect(url: String) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .finish()
}
