//! `/integrations/okta`: what to paste where in Okta, in Okta's own words and template syntaxes, and the settings that
//! come back from it. The set-up link shows the same steps (`setup`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use secrecy::SecretString;
use vestibule_store::{
    Conn, Error, Micros, SECOND, clients, conflicts, connections,
    connections::Connection,
    domains,
    events::{self, Cause},
    groups, id,
    secret::Kind,
    setup_links, tokens, users,
    workspaces::Workspace,
};
use vestibule_web::{
    State,
    connect::{self, AUTH_METHODS, Settings, SettingsError},
    discovery::{Discovered, discover},
    input::Parameters,
    page, request,
};

use crate::{door, held::Held, sessions::Moment};

/// For how long an administrator is told that a set-up link was used: thirty days.
const LINKS_TOLD: Micros = 30 * 86_400 * SECOND;

/// Everything the steps show.
#[derive(Template)]
#[template(path = "okta.html")]
pub(crate) struct OktaPage {
    pub workspace: Workspace,
    pub connection: Option<Connection>,
    pub found: Option<Discovered>,
    pub conflicts: usize,
    pub held: Held,
    pub domains: Vec<String>,
    pub users: i64,
    pub groups: i64,
    pub provisioning: usize,
    pub provisioned: i64,
    pub sign_ins: i64,
    pub logouts: i64,
    /// The newest Universal Logout that was refused, and why.
    pub refused: Option<(Moment, String)>,
    pub scim_clients: usize,
    pub link_used: Option<Moment>,
    pub api: String,
    pub app: String,
    pub form: Form,
}

impl OktaPage {
    /// A URL on the API host.
    fn api(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    /// A catalog app's URL in Okta's OIDC template syntax (okta-facts §2.3).
    fn oidc_template(&self, path: &str) -> String {
        format!("{}{path}{{app.team_id}}", self.api)
    }

    /// A catalog app's URL in Okta's SCIM template syntax: the quotes are typed literally (okta-facts §2.3).
    fn scim_template(&self, path: &str) -> String {
        format!("'{}{path}' + app.team_id", self.api)
    }

    /// Whether this is a set-up link's page: the steps alone, nothing else of the workspace.
    fn by_link(&self) -> bool {
        self.form.by_link
    }

    /// How the client may authenticate, as the form offers it: value and words.
    fn auth_methods(&self) -> [(&'static str, &'static str); 4] {
        let words = [
            "Client secret, as this Okta prefers",
            "Client secret (client_secret_basic)",
            "Client secret (client_secret_post)",
            "Public key / Private key (private_key_jwt)",
        ];
        std::array::from_fn(|index| {
            (
                AUTH_METHODS.get(index).copied().unwrap_or_default(),
                words.get(index).copied().unwrap_or_default(),
            )
        })
    }

    fn post_logout(&self) -> String {
        format!("{}/auth", self.app)
    }

    /// The same URL with this workspace's id.
    fn own(&self, path: &str) -> String {
        format!("{}{path}{}", self.api, self.workspace.workspace_id)
    }
}

/// The settings form as last typed.
#[derive(Default, Clone)]
pub(crate) struct Form {
    pub action: String,
    pub csrf: String,
    pub domain: String,
    pub client_id: String,
    pub enabled: bool,
    pub jit: bool,
    pub auth_method: String,
    pub dpop: bool,
    pub groups_claim: String,
    pub problem: String,
    pub saved: bool,
    /// Whether it stands on a set-up link's page.
    pub by_link: bool,
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let visitor = match door::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let form = Form {
        action: "/integrations/okta".to_owned(),
        csrf: visitor.signed_in.csrf.clone(),
        saved: req.query_string() == "saved=1",
        ..Form::default()
    };
    match gather(&state, &visitor.workspace, form, true).await {
        Ok(content) => page::render(&state, StatusCode::OK, "Okta", &visitor.around(), &content),
        Err(error) => page::failed(&state, &request::id(&req), &error),
    }
}

/// Saves the settings.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match door::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let cause = request::cause(&req, visitor.signed_in.actor());
    match save(&state, &visitor.workspace.workspace_id, &form, cause, None, |_| Ok(())).await {
        Ok(()) => door::redirect(state.app_url("/integrations/okta?saved=1")),
        Err(SettingsError::Field(problem)) => {
            let typed = Form {
                action: "/integrations/okta".to_owned(),
                csrf: visitor.signed_in.csrf.clone(),
                ..typed(&form, problem)
            };
            match gather(&state, &visitor.workspace, typed, false).await {
                Ok(content) => page::render(
                    &state,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Okta",
                    &visitor.around(),
                    &content,
                ),
                Err(error) => page::failed(&state, &request::id(&req), &error),
            }
        }
        Err(SettingsError::Store(error)) => page::failed(&state, &request::id(&req), &error),
    }
}

/// The form as typed, with what is wrong with it. Never the secret.
pub(crate) fn typed(form: &Parameters, problem: String) -> Form {
    Form {
        domain: form.text("domain").to_owned(),
        client_id: form.text("client_id").to_owned(),
        enabled: form.get("enabled").is_some(),
        jit: form.get("jit").is_some(),
        auth_method: form.text("auth_method").to_owned(),
        dpop: form.get("dpop").is_some(),
        groups_claim: form.text("groups_claim").to_owned(),
        problem,
        ..Form::default()
    }
}

/// Reads what the steps show; `stored` fills the form from the saved settings.
pub(crate) async fn gather(
    state: &State,
    workspace: &Workspace,
    form: Form,
    stored: bool,
) -> Result<OktaPage, Error> {
    let (workspace, api, app, now) = (workspace.clone(), state.api_url(""), state.app_url(""), state.now());
    state
        .read(move |conn| {
            let workspace_id = workspace.workspace_id.clone();
            let connection = connections::find(conn, &workspace_id)?;
            let mut form = form;
            if stored {
                form.enabled = connection.as_ref().is_none_or(|connection| connection.enabled);
                form.jit = connection.as_ref().is_some_and(|connection| connection.jit);
                if let Some(connection) = &connection {
                    form.domain =
                        connection.issuer.strip_prefix("https://").unwrap_or(&connection.issuer).to_owned();
                    form.client_id.clone_from(&connection.client_id);
                    form.auth_method.clone_from(&connection.auth_method);
                    form.dpop = connection.dpop;
                    form.groups_claim.clone_from(&connection.groups_claim);
                }
            }
            let mut provisioning = tokens::list_of_workspace(conn, &workspace_id, Kind::Provisioning)?.len();
            provisioning += tokens::list_of_workspace(conn, &workspace_id, Kind::Refresh)?.len();
            let scim =
                |clients: Vec<clients::Client>| clients.iter().filter(|client| client.kind == "scim").count();
            let shared = scim(clients::list(conn, id::DEPLOYMENT)?);
            Ok(OktaPage {
                domains: domains::list(conn, &workspace_id)?,
                users: users::count(conn, &workspace_id)?,
                groups: groups::count(conn, &workspace_id)?,
                link_used: setup_links::last_used(conn, &workspace_id, now - LINKS_TOLD)?
                    .map(|at| Moment::of(at, now)),
                scim_clients: shared + scim(clients::list(conn, &workspace_id)?),
                provisioning,
                provisioned: users::count_provisioned(conn, &workspace_id)?,
                sign_ins: events::count(conn, &workspace_id, "signed_in")?,
                logouts: events::count(conn, &workspace_id, "universal_logout")?,
                refused: events::newest(conn, &workspace_id, "universal_logout_refused")?
                    .map(|event| (Moment::of(event.at, now), detail(&event.data))),
                found: connection.as_ref().and_then(Discovered::of),
                conflicts: conflicts::list(conn, &workspace_id, 100)?.len(),
                held: Held::of(conn, &workspace_id, now)?,
                connection,
                workspace,
                api,
                app,
                form,
            })
        })
        .await
}

/// The sentence that an event holds.
fn detail(data: &str) -> String {
    let data: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
    data.get("detail").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

/// Checks what was typed against the provider's own discovery document, then saves it, with what must come before it in
/// the same transaction, as a set-up link is used up, and then told (`also`: the trail's counter comes last).
pub(crate) async fn save<T: Send + 'static>(
    state: &State,
    workspace_id: &str,
    form: &Parameters,
    cause: Cause,
    also: Option<&'static str>,
    before: impl FnOnce(&mut Conn) -> Result<T, SettingsError> + Send + 'static,
) -> Result<T, SettingsError> {
    let typed = form.text("domain").trim();
    let allow_insecure = state.config().okta.allow_insecure_issuers;
    let issuer = if typed.contains("://") {
        connect::check_issuer(typed, allow_insecure)
    } else if typed.contains('/') {
        connect::check_issuer(&format!("https://{typed}"), allow_insecure)
    } else {
        connect::issuer_of_domain(typed)
    }
    .map_err(SettingsError::Field)?;
    let discovered = discover(state, &issuer).await.map_err(SettingsError::Field)?;
    let settings = Settings {
        issuer,
        auth_method: form.get("auth_method").map(str::to_owned),
        dpop: form.get("auth_method").map(|_| form.get("dpop").is_some()),
        groups_claim: form.get("groups_claim").map(str::to_owned),
        discovered: Some(discovered),
        client_id: form.text("client_id").to_owned(),
        client_secret: form.get("client_secret").map(|secret| SecretString::from(secret.to_owned())),
        enabled: Some(form.get("enabled").is_some()),
        jit: Some(form.get("jit").is_some()),
    };
    let (state_of_job, workspace_id, now) = (state.clone(), workspace_id.to_owned(), state.now());
    state
        .write(move |conn| {
            let came = before(conn)?;
            connect::save(conn, state_of_job.sealer(), &workspace_id, settings, &cause, now)?;
            if let Some(kind) = also {
                events::record(conn, &workspace_id, kind, &cause, "workspace", &serde_json::json!({}), now)?;
            }
            Ok(came)
        })
        .await
}
