//! `POST /settings/domains`: claims a domain, checks its DNS record, or removes it. People are recognised and created by name only
//! under a verified domain.

use vestibule_admin::{
    self as admin, Actor,
    provider::domains::{
        name::normalise,
        renewal::{self, DnsAnswer},
    },
    refusal,
};
use vestibule_core::{ids::WorkspaceId, sets::DomainProof};
use vestibule_store::{
    Error,
    providers::{
        domain_claims::{self, DomainClaim},
        domains::{self, Domain},
    },
};
use vestibule_web::{State, http::input::Parameters};

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
    settings::page::{SettingsForm, show},
};

/// The form: a domain, and the button that was pressed.
pub struct DomainForm {
    pub(crate) domain: String,
    button: Button,
}

#[derive(Clone, Copy)]
enum Button {
    Claim,
    Check,
    Remove,
    Unknown,
}

impl Fields for DomainForm {
    fn read(form: &Parameters) -> Self {
        let button = match form.text("do") {
            "claim" => Button::Claim,
            "check" => Button::Check,
            "remove" => Button::Remove,
            _ => Button::Unknown,
        };
        Self { domain: form.text("domain").to_owned(), button }
    }
}

impl DomainForm {
    /// Whether the button takes a domain away.
    pub(crate) fn removes(&self) -> bool {
        matches!(self.button, Button::Remove)
    }
}

/// Runs the action of the pressed button.
pub async fn post(form: Form<Administrator, DomainForm>) -> PageResult {
    let Form { visitor: administrator, fields } = form;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let outcome = run(administrator.state(), &workspace_id, actor, &fields).await;
    match outcome.map_err(|error| administrator.failed(&error))? {
        Ok(()) => Ok(administrator.redirect("/settings#domains")),
        Err(problem) => {
            let form = SettingsForm { domain: fields.domain, problem, ..SettingsForm::default() };
            show(&administrator, form).await
        }
    }
}

/// Done, or a sentence for the administrator.
type Outcome = Result<Result<(), String>, Error>;

/// Runs the action of the pressed button for this actor.
pub(crate) async fn run(
    state: &State,
    workspace_id: &WorkspaceId,
    actor: Actor,
    form: &DomainForm,
) -> Outcome {
    let domain = match normalise(&form.domain) {
        Ok(domain) => domain,
        Err(problem) => return Ok(Err(problem)),
    };
    match form.button {
        Button::Claim => claim(state, workspace_id.clone(), actor, domain).await,
        Button::Check => check(state, workspace_id.clone(), actor, domain).await,
        Button::Remove => remove(state, workspace_id.clone(), actor, domain).await,
        Button::Unknown => Ok(Err("the form doesn't say what to do".to_owned())),
    }
}

async fn claim(state: &State, workspace_id: WorkspaceId, actor: Actor, domain: String) -> Outcome {
    let claimed = state
        .write(move |conn| admin::provider::domains::claim(conn, &actor, &workspace_id, &domain).map(drop));
    refusal::sentence(claimed.await)
}

/// Checks the record of a claimed domain, or again that of a domain that a record verified.
async fn check(state: &State, workspace_id: WorkspaceId, actor: Actor, domain: String) -> Outcome {
    let wanted = domain.clone();
    let found = state
        .read(move |conn| {
            let claim = domain_claims::find(conn, &workspace_id, &wanted)?;
            Ok::<_, Error>((claim, domains::find(conn, &workspace_id, &wanted)?))
        })
        .await?;
    match found {
        (Some(claim), _) => verify(state, actor, claim).await,
        (None, Some(row)) if row.verified_by == DomainProof::Dns => renew(state, actor, row).await,
        (None, _) => Ok(Err(format!("{domain} is not waiting to be verified"))),
    }
}

async fn verify(state: &State, actor: Actor, claim: DomainClaim) -> Outcome {
    let domain = claim.domain.clone();
    let finding = admin::provider::domains::ask(state.config().sign_in.dns_server, &claim).await;
    let saved =
        state.write(move |conn| admin::provider::domains::apply(conn, &actor, &claim, &finding)).await;
    match saved {
        // The page shows the finding with the claim. A claim that was removed meanwhile is not found.
        Ok(_) | Err(Error::NotFound) => Ok(Ok(())),
        Err(Error::Conflict(_)) => Ok(Err(format!("{domain} belongs to another workspace already"))),
        Err(error) => Err(error),
    }
}

async fn renew(state: &State, actor: Actor, row: Domain) -> Outcome {
    let answer = renewal::ask(state.config().sign_in.dns_server, &row.domain).await;
    if let DnsAnswer::Unknown(why) = &answer {
        return Ok(Err(format!("The DNS lookup of {} failed: {why}", row.domain)));
    }
    let grace = renewal::grace(state);
    state
        .write(move |conn| renewal::renew(conn, &actor, (&row.workspace_id, &row.domain), &answer, grace))
        .await?;
    Ok(Ok(()))
}

async fn remove(state: &State, workspace_id: WorkspaceId, actor: Actor, domain: String) -> Outcome {
    state
        .write(move |conn| admin::provider::domains::remove(conn, &actor, &workspace_id, &domain).map(drop))
        .await?;
    Ok(Ok(()))
}
