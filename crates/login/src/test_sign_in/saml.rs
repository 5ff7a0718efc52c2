//! Test sign-in through a SAML connection. The login has the purpose `test`, and a response that answers it is kept with all its checks
//! ([`acs`](crate::saml::acs)). Here the browser that began it gets the report. Nobody is signed in or linked, and nobody is created but a
//! first owner by a set-up link. The login is used up, and the ID of a verified assertion is remembered, so that the assertion can't be used again.

mod attributes;
mod report;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    time::Micros,
};
use vestibule_saml::response::{Assertion, Report as Verification, Verdict};
use vestibule_store::{
    Tx,
    access::{
        logins::{self, Login},
        secrets::Presented,
    },
    providers::{saml_certificates, saml_connections, saml_connections::SamlConnection},
    safeguards::assertions,
    trail::events::{self, Cause, Target, kinds::TestSignIn},
};
use vestibule_web::{
    State,
    http::request,
    observe::inspect,
    pages::{self, Frame, Layout},
};

use super::{SETUP_LINK, back, report::Report};
use crate::{
    person::{self, Terms, Trip, join::Join},
    refusal::Refusal,
    saml::{
        arrive::{LEEWAY, pending},
        claims, joined,
    },
};

/// A response that answers a test sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TestAnswer {
    connection_id: ConnectionId,
    /// ID of the request that it answers.
    request_id: String,
    /// Name and verdict of every check, in order.
    checks: Vec<(String, Verdict)>,
    /// The assertion as it was read. Anybody may have written it, unless `is_verified`.
    facts: Option<Assertion>,
    /// Whether every check was run and none failed.
    is_verified: bool,
    /// Fingerprint of the certificate whose key signed.
    fitting: Option<String>,
}

impl TestAnswer {
    /// The part of a verification that is kept.
    pub fn of(login: &Login, connection: &SamlConnection, verification: &Verification) -> Self {
        let checks = verification.checks.iter();
        Self {
            connection_id: connection.connection_id.clone(),
            request_id: login.nonce.clone(),
            checks: checks.map(|check| (check.name.to_owned(), check.verdict.clone())).collect(),
            facts: verification.unverified().cloned(),
            is_verified: verification.assertion().is_some(),
            fitting: verification.fitting_certificate().map(str::to_owned),
        }
    }

    fn verified(&self) -> Option<&Assertion> {
        self.facts.as_ref().filter(|_| self.is_verified)
    }
}

/// Receives the browser, and renders the report if the browser began the test.
pub(crate) async fn conclude(
    req: &HttpRequest,
    state: &State,
    workspace_id: WorkspaceId,
    answer: TestAnswer,
) -> Result<HttpResponse, Refusal> {
    let handle = logins::saml_handle(&workspace_id, &answer.request_id);
    let login = pending(req, state, &handle).await?;
    let note = inspect::of(req);
    note.proves(&workspace_id);
    note.understood(
        "login",
        || json!({ "issuer": login.issuer, "purpose": login.purpose, "fresh": login.fresh }),
    );
    let cause = request::cause(req, login.tester.as_str());
    let join = match answer.verified() {
        Some(assertion) => join(state, &workspace_id, assertion, &login, &answer.connection_id).await?,
        None => None,
    };
    let back = back(state, &login.tester);
    let ending = Ending { handle, login, answer, join, cause, now: state.now() };
    let mut report = state.write_access(move |conn| ending.conclude(conn)).await?;
    report.back = back;
    tracing::info!(workspace = %workspace_id, outcome = report.outcome, "login.tested");
    let frame = Frame { layout: Layout::Wide, ..Frame::default() };
    Ok(pages::render(state, StatusCode::OK, "Test sign-in", &frame, &report))
}

/// The users whom the UID attribute names, if they have to be searched before the transaction.
async fn join(
    state: &State,
    workspace_id: &WorkspaceId,
    assertion: &Assertion,
    login: &Login,
    connection_id: &ConnectionId,
) -> Result<Option<Join>, Refusal> {
    let (wanted, id) = (workspace_id.clone(), connection_id.clone());
    let connection = state.read(move |conn| saml_connections::find(conn, &wanted, &id)).await?;
    let connection = connection.ok_or(Refusal::Changed)?;
    let names = connection.attribute_names()?;
    let Ok(claims) = claims::read(assertion, &names, Trip::from(login)) else { return Ok(None) };
    Ok(joined::terms(state, &connection, &names, &claims).await?.join)
}

/// Everything that the transaction needs.
struct Ending {
    handle: Presented,
    login: Login,
    answer: TestAnswer,
    join: Option<Join>,
    cause: Cause,
    now: Micros,
}

impl Ending {
    fn conclude(self, conn: &mut Tx<'_>) -> Result<Report, Refusal> {
        let Self { handle, login, answer, join, cause, now } = self;
        let workspace_id = &login.workspace_id;
        logins::take(conn, &handle, &login.browser_digest, now)?.ok_or(Refusal::Spent)?;
        let connection = saml_connections::find(conn, workspace_id, &answer.connection_id)?;
        let connection = connection.ok_or(Refusal::Changed)?;
        let certificates = saml_certificates::list(conn, &connection)?;
        let names = connection.attribute_names()?;
        let (mut person, mut created) = (None, false);
        if let Some(assertion) = answer.verified() {
            let until = assertion.not_on_or_after + LEEWAY;
            let is_new = assertions::accept(conn, workspace_id, &assertion.issuer, &assertion.id, until)?;
            let claims = claims::read(assertion, &names, Trip::from(&login));
            let preview = match &claims {
                Ok(claims) => {
                    let terms = Terms::of_saml(&connection, &names).joining(join);
                    if is_new && login.tester == SETUP_LINK {
                        created = person::first::administrator(conn, &terms, claims, &cause, now)?;
                    }
                    Some(person::preview(conn, &terms, claims)?)
                }
                Err(_) => None,
            };
            person = Some(report::Person { is_new, claims, preview });
        }
        let tested = report::Tested {
            answer: &answer,
            connection: &connection,
            certificates: &certificates,
            names: &names,
            asked_again: login.fresh,
            person,
            now,
        };
        let mut report = tested.report();
        report.created = created;
        let target = report.user_id.clone();
        let target = target.as_deref().map_or(Target::Connection, Target::User);
        let data = TestSignIn { outcome: report.outcome, detail: &report.detail };
        report.reference = events::record(conn, workspace_id, &cause, target, &data, now)?;
        Ok(report)
    }
}
