//! The forms of the steps: each step has one, whose button says what to do. Who sent it may change the workspace's set-up.

use vestibule_admin::{
    Actor, Refusal,
    access::provisioning_tokens::{self, NewProvisioningToken},
    provider::{
        connection::{self, Settings},
        saml_connection::switches,
    },
    refusal,
    workspaces::{self, WorkspaceChange},
};
use vestibule_core::sets::OktaAppKind;
use vestibule_store::{
    Error, Tx,
    providers::{connections, domains, saml_connections},
    workspaces::Workspace,
};
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        error::{PageError, PageResult},
        form::Fields,
    },
    settings::domains::{DomainForm, run},
    setup::{
        caller::{Caller, Sent},
        content::Issued,
        credentials,
        page::{Shown, show},
        step::Step,
    },
};

/// How long a token lives that a step creates, in days.
const DAYS: i64 = 365;

/// Does what the form of a step says.
pub(super) async fn act(caller: &Caller, step: Step, sent: &Sent) -> PageResult {
    match step {
        Step::App => app(caller, &sent.0).await,
        Step::Credentials => credentials::save(caller, &sent.0).await,
        Step::Test => switch(caller, sent.0.text("do")).await,
        Step::Provisioning => token(caller).await,
        Step::Domain => domain(caller, &sent.0).await,
        Step::Create | Step::Logout | Step::Done => Ok(caller.request().redirect(&caller.path(step))),
    }
}

/// The kind of app that a form names.
pub(super) fn chosen(form: &Parameters) -> Option<OktaAppKind> {
    let kind: OktaAppKind = form.text("app_kind").parse().ok()?;
    (kind != OktaAppKind::Unknown).then_some(kind)
}

/// Saves the kind of app.
pub(super) fn set_app(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace: &Workspace,
    kind: OktaAppKind,
    allow_insecure: bool,
) -> Result<(), Error> {
    let change = WorkspaceChange { okta_app: Some(kind), ..WorkspaceChange::default() };
    match workspaces::change(conn, actor, workspace, &change, allow_insecure) {
        Ok(_) => Ok(()),
        Err(Refusal::Store(error)) => Err(error),
        // The kind exists, so nothing else is refused.
        Err(refusal) => Err(Error::Conflict(refusal.to_string())),
    }
}

async fn app(caller: &Caller, form: &Parameters) -> PageResult {
    let Some(kind) = chosen(form) else {
        let problem = "choose one of the kinds of apps".to_owned();
        return show(caller, Step::App, Shown { problem, ..Shown::default() }).await;
    };
    let (actor, workspace) = (caller.actor(), caller.workspace().clone());
    let allow_insecure = caller.state().config().okta.allow_insecure_issuers;
    let saved = caller.state().write(move |conn| set_app(conn, &actor, &workspace, kind, allow_insecure));
    saved.await.map_err(|error| caller.failed(&error))?;
    Ok(caller.request().redirect(&caller.path(Step::Create)))
}

/// Turns sign-in on or off, through the connection that the steps set up.
async fn switch(caller: &Caller, button: &str) -> PageResult {
    let on = match button {
        "on" => true,
        "off" => false,
        _ => {
            let problem = "the form doesn't say what to do".to_owned();
            return show(caller, Step::Test, Shown { problem, ..Shown::default() }).await;
        }
    };
    let (actor, id, state) =
        (caller.actor(), caller.workspace().workspace_id.clone(), caller.state().clone());
    let allow_insecure = state.config().okta.allow_insecure_issuers;
    let is_saml = is_saml(caller).await?;
    let switched = caller.state().write(move |conn| {
        if is_saml {
            let first = saml_connections::list(conn, &id)?.into_iter().next().ok_or(Error::NotFound)?;
            return switches::enable(conn, &actor, &first, on, allow_insecure);
        }
        let first = connections::find_first(conn, &id)?.ok_or(Error::NotFound)?;
        let settings = Settings { enabled: Some(on), ..Settings::of(&first) };
        connection::save(conn, &actor, state.sealer(), &id, settings)?;
        Ok(())
    });
    let problem = match refusal::sentence(switched.await) {
        Ok(Ok(())) => return Ok(caller.request().redirect(&caller.path(Step::Test))),
        Ok(Err(problem)) => problem,
        Err(Error::NotFound) => "there is no connection yet; enter the credentials first".to_owned(),
        Err(error) => return Err(caller.failed(&error)),
    };
    show(caller, Step::Test, Shown { problem, ..Shown::default() }).await
}

/// Whether the app that was chosen is one of SAML, or the workspace has no other.
pub(super) async fn is_saml(caller: &Caller) -> Result<bool, PageError> {
    let id = caller.workspace().workspace_id.clone();
    caller
        .request()
        .read(move |conn| {
            let chosen = vestibule_store::providers::setup_progress::find(conn, &id)?.app_kind;
            Ok(match chosen {
                OktaAppKind::Unknown => {
                    connections::find_first(conn, &id)?.is_none()
                        && !saml_connections::list(conn, &id)?.is_empty()
                }
                kind => kind == OktaAppKind::Saml,
            })
        })
        .await
}

/// Creates a provisioning token and shows it once.
async fn token(caller: &Caller) -> PageResult {
    let (actor, id) = (caller.actor(), caller.workspace().workspace_id.clone());
    let issued = caller.state().write(move |conn| {
        let new = NewProvisioningToken { name: "Set-up", scopes: &[], days: Some(DAYS) };
        provisioning_tokens::create(conn, &actor, &id, new)
    });
    // Nothing in it was typed, so a refusal is an internal error.
    let (token, secret) = issued.await.map_err(|error: Refusal| caller.failed(&error))?;
    if caller.is_link() {
        tracing::warn!(workspace = %caller.workspace().workspace_id, "setup_link.token_created");
    }
    let issued = Some(Issued { name: token.name, secret });
    show(caller, Step::Provisioning, Shown { issued, ..Shown::default() }).await
}

/// Claims a domain, checks its record, or withdraws the claim. A set-up link removes no verified domain.
async fn domain(caller: &Caller, form: &Parameters) -> PageResult {
    let form = DomainForm::read(form);
    let id = &caller.workspace().workspace_id;
    if caller.is_link() && form.removes() {
        let (workspace_id, domain) = (id.clone(), form.domain.clone());
        let is_verified = caller
            .request()
            .read(move |conn| Ok(domains::find(conn, &workspace_id, &domain)?.is_some()))
            .await?;
        if is_verified {
            let problem = "only an administrator may remove a verified domain".to_owned();
            return show(caller, Step::Domain, Shown { problem, ..Shown::default() }).await;
        }
    }
    let outcome = run(caller.state(), id, caller.actor(), &form).await;
    match outcome.map_err(|error| caller.failed(&error))? {
        Ok(()) => Ok(caller.request().redirect(&caller.path(Step::Domain))),
        Err(problem) => {
            let shown = Shown { domain: form.domain, problem, ..Shown::default() };
            show(caller, Step::Domain, shown).await
        }
    }
}
