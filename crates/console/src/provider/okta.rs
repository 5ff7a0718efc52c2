//! `/integrations/okta`: what to paste where in Okta, in Okta's own words and template syntaxes, the settings that come back from it,
//! and what the doctor says. The set-up link shows the same steps (`setup`).

mod app_kind;
mod check;
mod state;
mod view;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use secrecy::SecretString;
use vestibule_admin::{
    self as admin, Actor,
    connection::{self, Settings, SettingsError, address},
    end_access::{self, EndAccess},
    workspaces::WorkspaceChange,
};
use vestibule_store::{Conn, providers::setup_progress, workspaces::Workspace};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    outbound::discovery::discover,
    pages,
};

use crate::layout::auth;

pub use app_kind::post as post_app_kind;
pub use check::post as post_check;
pub use state::get as get_state;
pub(crate) use view::gather;

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
    /// Whether who looks may change nothing.
    pub read_only: bool,
    /// Whether it stands on a set-up link's page.
    pub by_link: bool,
    /// The kind of app that the address asks for, where nobody may save one.
    pub app_kind: String,
}

/// The kind of app that an address asks for.
pub(crate) fn asked_kind(req: &HttpRequest) -> String {
    let query = Parameters::of_query(req).unwrap_or_default();
    known_kind(query.text("app_kind")).unwrap_or_default().to_owned()
}

fn known_kind(text: &str) -> Option<&'static str> {
    [setup_progress::CATALOG, setup_progress::OWN].into_iter().find(|kind| text == *kind)
}

/// Shows the page.
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let form = Form {
        action: "/integrations/okta".to_owned(),
        csrf: visitor.signed_in.csrf.clone(),
        read_only: !visitor.may_change(),
        saved: req.query_string() == "saved=1",
        ..Form::default()
    };
    match gather(&state, &visitor.workspace, form, true).await {
        Ok(content) => pages::render(&state, StatusCode::OK, "Okta", &visitor.around(), &content),
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// Saves the settings.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    // Who saves goes on, and can settle who the others are.
    let by = By {
        actor: visitor.actor(&req, state.now()),
        spared: visitor.signed_in.user.user_id.clone(),
        uses_link: false,
    };
    match save(&state, &visitor.workspace, &form, by, |_| Ok(())).await {
        Ok(()) => auth::redirect(state.app_url("/integrations/okta?saved=1")),
        Err(SettingsError::Field(problem)) => {
            let typed = Form {
                action: "/integrations/okta".to_owned(),
                csrf: visitor.signed_in.csrf.clone(),
                ..typed(&form, problem)
            };
            match gather(&state, &visitor.workspace, typed, false).await {
                Ok(content) => pages::render(
                    &state,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Okta",
                    &visitor.around(),
                    &content,
                ),
                Err(error) => pages::failed(&state, &request::id(&req), &error),
            }
        }
        Err(SettingsError::Store(error)) => pages::failed(&state, &request::id(&req), &error),
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
        app_kind: known_kind(form.text("app_kind")).unwrap_or_default().to_owned(),
        problem,
        ..Form::default()
    }
}

/// Who saves the form.
pub(crate) struct By {
    pub actor: Actor,
    /// The user who keeps their access when everybody's is ended; empty: nobody does.
    pub spared: String,
    /// Whether a set-up link is used up by it.
    pub uses_link: bool,
}

impl By {
    /// Somebody with a set-up link, which the operator made.
    pub(crate) fn link(req: &HttpRequest, state: &State, uses_link: bool) -> Self {
        let actor = Actor::operator(request::cause(req, "setup_link"), state.now());
        Self { actor, spared: String::new(), uses_link }
    }
}

/// Checks what was typed against the provider's own discovery document, then saves it, with what must come before it in
/// the same transaction, as a set-up link is used up.
pub(crate) async fn save<T: Send + 'static>(
    state: &State,
    workspace: &Workspace,
    form: &Parameters,
    By { actor, spared, uses_link }: By,
    before: impl FnOnce(&mut Conn) -> Result<T, SettingsError> + Send + 'static,
) -> Result<T, SettingsError> {
    let typed = form.text("domain").trim();
    let allow_insecure = state.config().okta.allow_insecure_issuers;
    let issuer = if typed.contains("://") {
        address::check_issuer(typed, allow_insecure)
    } else if typed.contains('/') {
        address::check_issuer(&format!("https://{typed}"), allow_insecure)
    } else {
        address::of_okta_domain(typed)
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
        end_access: match form.get("end_access") {
            Some(_) => EndAccess::IfReplaced(spared),
            None => EndAccess::No,
        },
    };
    let app_kind = known_kind(form.text("app_kind"));
    let (state_of_job, workspace) = (state.clone(), workspace.clone());
    let saved = state
        .write(move |conn| {
            let came = before(conn)?;
            connection::save(conn, &actor, state_of_job.sealer(), &workspace.workspace_id, settings)?;
            if app_kind.is_some() {
                let change = WorkspaceChange { okta_app: app_kind, ..WorkspaceChange::default() };
                admin::workspaces::change(conn, &actor, &workspace, &change, allow_insecure)?;
            }
            if uses_link {
                admin::setup::record_link_used(conn, &actor, &workspace.workspace_id)?;
            }
            Ok(came)
        })
        .await;
    end_access::resume_soon(state);
    saved
}
