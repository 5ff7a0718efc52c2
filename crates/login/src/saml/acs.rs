//! `POST /api/okta/saml/acs/{team_id}`: verifies the response that the provider's page posts (SAML Profiles §4.1.4). The POST comes from
//! another site, so it brings no cookie: a verified response is kept for a minute, and a redirect brings the browser back with its cookies.
//! A response that fails a check, or that a stranger posts, uses up no login.
//!
//! A response that answers a test sign-in is kept with all its checks, whatever their results, and leads to the report.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use url::Url;
use vestibule_core::{
    ids::WorkspaceId,
    sets::{LoginPurpose, Unsolicited},
};
use vestibule_jose::SignatureError;
use vestibule_saml::{
    certificate::Certificate,
    response::{self, Assertion, Claimed, Expected, Report, Verdict},
};
use vestibule_store::{
    Error,
    access::{
        logins::{self, Login},
        secrets::Presented,
    },
    providers::{
        saml_certificates,
        saml_connections::{self, SamlConnection},
    },
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    config::region,
    crypto::saml_keys,
    http::{input::Parameters, redirect, request, return_to},
    observe::{
        inspect::{self, redact},
        sightings::SightingKind,
    },
};

use super::{
    addresses,
    answer::{self, Answer, StoredAnswer},
    sentences,
    trusted::{self, Trusted},
};
use crate::{finish, person::Protocol, refusal::Refusal, test_sign_in::saml::TestAnswer};

/// Largest form, in bytes: a response of 256 KiB in base64, percent-encoded.
const LONGEST_FORM: usize = 512 * 1024;

/// Receives a response.
pub async fn post(
    req: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    match receive(&req, &path, payload, &state).await {
        Ok(response) => response,
        Err(refusal) => {
            refusal.inspect(&inspect::of(&req));
            refusal.page(&state, &request::id(&req))
        }
    }
}

async fn receive(
    req: &HttpRequest,
    team_id: &str,
    payload: web::Payload,
    state: &State,
) -> Result<HttpResponse, Refusal> {
    let unknown = |id: &str| Refusal::UnknownWorkspace(region::not_here(&state.config().region, id));
    let workspace_id = WorkspaceId::parse_exact(team_id).ok_or_else(|| unknown("this workspace"))?;
    let note = inspect::of(req);
    note.claims(&workspace_id);
    // Bindings §3.5.4: one SAMLResponse and at most one RelayState; a repeated parameter is refused.
    let form = Parameters::of_form_within(req, payload, LONGEST_FORM).await;
    let form = form.map_err(|error| Refusal::Malformed(error.to_string()))?;
    note.understood("parameters", || form.names().collect());
    let value = form.get("SAMLResponse");
    let value = value.ok_or_else(|| Refusal::Malformed("the form lacks SAMLResponse".to_owned()))?;
    let claimed = claimed(state, &workspace_id, value).await?;
    let request = claimed.in_response_to.as_ref().map(|id| logins::saml_handle(&workspace_id, id));
    let (workspace, trusted, test) = read(state, &workspace_id, request).await?;
    let workspace = workspace.ok_or_else(|| unknown(&workspace_id))?;
    if trusted.is_empty() && test.is_none() {
        return Err(Refusal::not_connected(state, workspace).await?);
    }
    let Trusted { connection, certificates } = pick(trusted, &claimed, test.as_ref())?;
    let kind = connection.kind();
    // A test also works while sign-in is switched off.
    if !connection.enabled && test.is_none() {
        return Err(Refusal::SwitchedOff(workspace.name).of(kind));
    }
    state.sightings().note_of(connection.key(), SightingKind::SignInCameBack, "", state.now());
    let response = (value, claimed.is_encrypted);
    let mut report = verify(state, &connection, certificates, response).await?;
    if report.failure().is_some_and(|(check, _)| check == "signature")
        && let Some(certificates) = trusted::newer(req, state, &connection).await?
    {
        report = verify(state, &connection, certificates, response).await?;
    }
    inspect_report(&note, &report, &workspace_id);
    if let Some(test) = test {
        return carry(state, &workspace_id, StoredAnswer::Test(TestAnswer::of(&test, &connection, &report)))
            .await;
    }
    let outcome = match report.assertion() {
        Some(assertion) => {
            let certificate = report.fitting_certificate().unwrap_or_default();
            let signed = (assertion, certificate);
            accept(state, &workspace, &connection, signed, form.get("RelayState")).await
        }
        None => Err(failure(state, &connection, &report).await?),
    };
    match outcome.map_err(|refusal| refusal.of(kind)) {
        Err(refusal) if refusal.needs_event() => {
            let of = (&workspace_id, connection.issuer.as_str());
            finish::refuse(req, state, of, (Protocol::Saml, report.is_signed()), &refusal).await
        }
        concluded => concluded,
    }
}

/// What the response claims; nothing, if it can't be read. Parsing costs as much as verifying, so it waits in the same queues.
async fn claimed(state: &State, workspace_id: &WorkspaceId, value: &str) -> Result<Claimed, Refusal> {
    let (signer, value) = (format!("saml {workspace_id}"), value.to_owned());
    let claimed = state.in_turn(&signer, move || response::claimed(&value)).await;
    Ok(claimed.map_err(|_| Refusal::Busy)?.unwrap_or_default())
}

/// The workspace and its SAML connections, with their certificates; and the pending test sign-in with this request, if there is one.
async fn read(
    state: &State,
    workspace_id: &WorkspaceId,
    request: Option<Presented>,
) -> Result<(Option<Workspace>, Vec<Trusted>, Option<Login>), Refusal> {
    let (workspace_id, region) = (workspace_id.clone(), state.config().region.name.clone());
    let now = state.now();
    state
        .read(move |conn| {
            let workspace = workspaces::find(conn, &workspace_id, &region)?;
            let trusted = trusted::all(conn, &workspace_id)?;
            let login = match request {
                Some(request) => logins::find(conn, &request, now)?,
                None => None,
            };
            let test = login.filter(|login| login.purpose == LoginPurpose::Test);
            Ok::<_, Error>((workspace, trusted, test))
        })
        .await
        .map_err(Refusal::from)
}

/// The connection that a test sign-in began with, or the one that a response claims to be of. The claim only chooses which certificates
/// must have signed it.
fn pick(mut trusted: Vec<Trusted>, claimed: &Claimed, test: Option<&Login>) -> Result<Trusted, Refusal> {
    if let Some(test) = test {
        trusted.retain(|one| *one.connection.connection_id == test.connection_id);
        return trusted.pop().ok_or(Refusal::Changed);
    }
    trusted::pick(trusted, claimed.issuer.as_deref()).ok_or_else(|| Refusal::Saml {
        check: "issuer",
        reason: "the response is of none of the workspace's SAML connections".to_owned(),
    })
}

async fn verify(
    state: &State,
    connection: &SamlConnection,
    certificates: Vec<Certificate>,
    (value, is_encrypted): (&str, bool),
) -> Result<Report, Refusal> {
    let ours = addresses::of(&state.config().region.api_url, connection);
    let (issuer, value, now) = (connection.issuer.clone(), value.to_owned(), state.now());
    let keys = if is_encrypted { saml_keys::all(state).await? } else { Vec::new() };
    let keys: Vec<_> = keys.into_iter().map(|own| own.signer.key().clone()).collect();
    let tried = certificates.len();
    let check = move || {
        let expected = Expected {
            acs_url: &ours.acs_url,
            entity_id: &ours.entity_id,
            idp_issuer: &issuer,
            certificates: &certificates,
            decryption_keys: &keys,
            now,
        };
        response::verify(&value, &expected)
    };
    let signer = format!("saml {}", connection.connection_id);
    let outcome = move |report: &Report| match report.is_signed() {
        true => Ok(tried),
        false => Err(SignatureError::NoKey),
    };
    state.verifying(&signer, check, outcome).await.map_err(|_| Refusal::Busy)
}

/// Continues with a verified assertion, and the fingerprint of the certificate that signed it.
async fn accept(
    state: &State,
    workspace: &Workspace,
    connection: &SamlConnection,
    (assertion, certificate): (&Assertion, &str),
    relay_state: Option<&str>,
) -> Result<HttpResponse, Refusal> {
    // Profiles §4.1.5: nothing proves that this browser asked for an unsolicited response.
    let return_to = match (&assertion.in_response_to, connection.unsolicited) {
        (Some(_), _) => None,
        (None, Unsolicited::Off) => return Err(Refusal::Unsolicited),
        (None, choice) => {
            let safe = |text| return_to::safe(&state.config().region, &workspace.origins(), text);
            let return_to = relay_state.and_then(safe);
            if choice == Unsolicited::Start {
                return begin_own(state, connection, return_to);
            }
            return_to
        }
    };
    let answer = Answer {
        connection_id: connection.connection_id.clone(),
        certificate: certificate.to_owned(),
        assertion: assertion.clone(),
        return_to,
    };
    carry(state, &workspace.workspace_id, StoredAnswer::Answer(answer)).await
}

/// Stores the outcome, and redirects the browser to an address of ours, to which it sends its cookies.
async fn carry(
    state: &State,
    workspace_id: &WorkspaceId,
    kept: StoredAnswer,
) -> Result<HttpResponse, Refusal> {
    let ticket = answer::store(state, workspace_id, &kept).await?;
    let url = Url::parse_with_params(&state.api_url("/api/okta/saml/arrive"), [("ticket", ticket)]);
    let url = url.map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(redirect::see_other(url.as_str()).finish())
}

/// Starts a sign-in of our own in place of an unsolicited response, which is not trusted.
fn begin_own(
    state: &State,
    connection: &SamlConnection,
    return_to: Option<String>,
) -> Result<HttpResponse, Refusal> {
    let mut pairs = vec![
        ("team_id", connection.workspace_id.to_string()),
        ("connection", connection.connection_id.to_string()),
        ("from", "provider".to_owned()),
    ];
    pairs.extend(return_to.map(|url| ("target_link_uri", url)));
    let url = Url::parse_with_params(&state.api_url("/api/okta/saml/login"), pairs);
    let url = url.map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(redirect::see_other(url.as_str()).finish())
}

/// The refusal of a response that failed a check.
async fn failure(state: &State, connection: &SamlConnection, report: &Report) -> Result<Refusal, Refusal> {
    let (check, reason) = report.failure().unwrap_or(("response", "it could not be verified"));
    if !["signature", "decrypted_signature"].contains(&check) {
        return Ok(Refusal::Saml { check, reason: reason.to_owned() });
    }
    let SamlConnection { workspace_id, connection_id, .. } = connection.clone();
    // Read again, because the metadata may have been fetched just now.
    let about = state.read(move |conn| {
        let Some(current) = saml_connections::find(conn, &workspace_id, &connection_id)? else {
            return Ok(None);
        };
        let certificates = saml_certificates::list(conn, &current)?;
        Ok::<_, Error>(Some(sentences::about_certificates(&current, &certificates)))
    });
    let about = about.await?.ok_or(Refusal::Changed)?;
    Ok(Refusal::Saml { check, reason: format!("{reason}; {about}") })
}

/// Shows the checks in the request inspector, and assigns the request to the workspace if a certificate has signed the response.
fn inspect_report(note: &inspect::Note, report: &Report, workspace_id: &WorkspaceId) {
    note.understood("checks", || {
        let checks = report.checks.iter().map(|check| {
            let verdict: Value = match &check.verdict {
                Verdict::Passed => "passed".into(),
                Verdict::NotApplicable => "not present, not required".into(),
                Verdict::NotReached => "not checked".into(),
                Verdict::Failed(why) => format!("failed: {}", redact::clip(why)).into(),
            };
            (check.name.to_owned(), verdict)
        });
        Value::Object(checks.collect())
    });
    if report.is_signed() {
        note.proves(workspace_id);
    }
    if let Some(assertion) = report.assertion() {
        note.understood("subject", || json!(assertion.name_id.value));
    }
}
