//! `POST /settings/domains`: claims a domain, checks its DNS record, or removes it. People are recognised and created by name only
//! under a verified domain.

use vestibule_admin::{
    self as admin,
    provider::domains::{
        name::normalise,
        renewal::{self, DnsAnswer},
    },
};
use vestibule_core::sets::DomainProof;
use vestibule_store::{
    Error,
    providers::{
        domain_claims::{self, DomainClaim},
        domains::{self, Domain},
    },
};
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::Administrator,
        error::{PageError, PageResult},
        form::{Fields, Form},
    },
    settings::page::{SettingsForm, show},
};

/// The form: a domain, and the button that was pressed.
pub struct DomainForm {
    domain: String,
    button: Button,
}

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

/// Done, or a sentence for the administrator.
type Outcome = Result<Result<(), String>, PageError>;

/// Runs the action of the pressed button.
pub async fn post(form: Form<Administrator, DomainForm>) -> PageResult {
    let Form { visitor: administrator, fields: DomainForm { domain: typed, button } } = form;
    let outcome = match (normalise(&typed), button) {
        (Err(problem), _) => Err(problem),
        (Ok(domain), Button::Claim) => claim(&administrator, domain).await?,
        (Ok(domain), Button::Check) => check(&administrator, domain).await?,
        (Ok(domain), Button::Remove) => remove(&administrator, domain).await?,
        (Ok(_), Button::Unknown) => Err("the form doesn't say what to do".to_owned()),
    };
    match outcome {
        Ok(()) => Ok(administrator.redirect("/settings#domains")),
        Err(problem) => {
            let form = SettingsForm { domain: typed, problem, ..SettingsForm::default() };
            show(&administrator, form).await
        }
    }
}

async fn claim(administrator: &Administrator, domain: String) -> Outcome {
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    administrator
        .change(move |conn| admin::provider::domains::claim(conn, &actor, &workspace_id, &domain).map(drop))
        .await
}

/// Checks the record of a claimed domain, or again that of a domain that a record verified.
async fn check(administrator: &Administrator, domain: String) -> Outcome {
    let (workspace_id, wanted) = (administrator.workspace_id(), domain.clone());
    let found = administrator
        .read(move |conn| {
            let claim = domain_claims::find(conn, &workspace_id, &wanted)?;
            Ok((claim, domains::find(conn, &workspace_id, &wanted)?))
        })
        .await?;
    match found {
        (Some(claim), _) => verify(administrator, claim).await,
        (None, Some(row)) if row.verified_by == DomainProof::Dns => renew(administrator, row).await,
        (None, _) => Ok(Err(format!("{domain} is not waiting to be verified"))),
    }
}

async fn verify(administrator: &Administrator, claim: DomainClaim) -> Outcome {
    let domain = claim.domain.clone();
    let finding =
        admin::provider::domains::ask(administrator.state().config().sign_in.dns_server, &claim).await;
    let actor = administrator.actor();
    let saved = administrator
        .state()
        .write(move |conn| admin::provider::domains::apply(conn, &actor, &claim, &finding))
        .await;
    match saved {
        // The page shows the finding with the claim. A claim that was removed meanwhile is not found.
        Ok(_) | Err(Error::NotFound) => Ok(Ok(())),
        Err(Error::Conflict(_)) => Ok(Err(format!("{domain} belongs to another workspace already"))),
        Err(error) => Err(administrator.failed(&error)),
    }
}

async fn renew(administrator: &Administrator, row: Domain) -> Outcome {
    let answer = renewal::ask(administrator.state().config().sign_in.dns_server, &row.domain).await;
    if let DnsAnswer::Unknown(why) = &answer {
        return Ok(Err(format!("The DNS lookup of {} failed: {why}", row.domain)));
    }
    let (grace, actor) = (renewal::grace(administrator.state()), administrator.actor());
    administrator
        .write(move |conn| renewal::renew(conn, &actor, (&row.workspace_id, &row.domain), &answer, grace))
        .await?;
    Ok(Ok(()))
}

async fn remove(administrator: &Administrator, domain: String) -> Outcome {
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    administrator
        .write(move |conn| admin::provider::domains::remove(conn, &actor, &workspace_id, &domain))
        .await?;
    Ok(Ok(()))
}
