//! Begins a trip to a SAML provider: an AuthnRequest by HTTP-Redirect or HTTP-POST (SAML Bindings §3.4, §3.5; Profiles §4.1.4.1).
//!
//! No RelayState is sent. The response names the request that it answers, under the provider's signature, and the stored login of this
//! request has the return URL; a RelayState would be an unsigned copy of it.

use actix_web::{HttpRequest, HttpResponse, cookie::time::Duration};
use serde_json::json;
use vestibule_core::{sets::LoginPurpose, time::SECOND};
use vestibule_saml::{
    logout::Kind,
    request::{AuthnRequest, new_id},
};
use vestibule_store::{
    access::{logins, secrets},
    providers::saml_connections::SamlConnection,
};
use vestibule_web::{
    State,
    http::{browser, session::host_cookie},
    observe::{inspect, sightings::SightingKind},
};

use super::{
    addresses,
    send::{Outgoing, current_signer, send},
};
use crate::{
    refusal::Refusal,
    start::{self, LoginRequest},
};

/// How long a browser counts as sent on from an unsolicited response, in seconds.
const LOOP_SECONDS: i64 = 30;

/// Starts a login: stores it, and sends the browser to the provider with an AuthnRequest.
pub(crate) async fn begin(
    req: &HttpRequest,
    state: &State,
    connection: &SamlConnection,
    request: LoginRequest<'_>,
) -> Result<HttpResponse, Refusal> {
    let now = state.now();
    // A provider may report the time of its assertion as that of the authentication, so only a new authentication proves its age (Core
    // §3.4.1, ForceAuthn).
    let fresh = request.fresh || request.max_age.is_some();
    let id = new_id(secrets::random()?);
    let ours = addresses::of(&state.config().region.api_url, connection);
    let xml = AuthnRequest {
        id: &id,
        issued_at: now / SECOND,
        destination: &connection.sso_url,
        acs_url: &ours.acs_url,
        issuer: &ours.entity_id,
        force_authn: fresh,
    }
    .xml();
    let signer = match connection.signs_requests {
        true => Some(current_signer(state).await?),
        false => None,
    };
    let message = Outgoing {
        kind: Kind::Request,
        binding: connection.sso_binding,
        url: &connection.sso_url,
        xml,
        relay_state: None,
        signer: signer.as_ref(),
        title: "Continue to sign in",
        text: "Your organization signs you in with",
        name: &connection.name,
        in_frame: false,
    };
    let answer = send(state, message)?;
    state.sightings().note_of(connection.key(), SightingKind::SignInBegan, "", now);
    let browser = start::browser_cookie(req, state)?;
    let handle = logins::saml_handle(&connection.workspace_id, &id);
    let login = logins::Login {
        workspace_id: connection.workspace_id.clone(),
        state_digest: handle.digest,
        browser_digest: secrets::digest(browser.value()),
        issuer: connection.issuer.clone(),
        client_id: ours.entity_id,
        nonce: id,
        verifier: String::new(),
        return_to: request.return_to,
        fresh,
        purpose: if request.tester.is_some() { LoginPurpose::Test } else { LoginPurpose::SignIn },
        tester: request.tester.unwrap_or_default(),
        // As with `prompt=login` in OpenID Connect: the response is checked against it.
        max_age: if request.fresh { Some(0) } else { request.max_age },
        leaves: request.leaves,
        created_at: now,
        expires_at: now + logins::LIFETIME,
        connection_id: connection.connection_id.to_string(),
        typed_email: start::typed_email(request.login_hint),
    };
    inspect::of(req).understood("sent_to", || {
        json!({ "issuer": login.issuer, "connection": login.connection_id, "purpose": login.purpose, "fresh": fresh })
    });
    let purpose = login.purpose;
    state.write_access(move |conn| logins::begin(conn, &login)).await?;
    tracing::info!(workspace = %connection.workspace_id, fresh, %purpose, "login.started");
    let mut answer = answer;
    answer.add_cookie(&browser).map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(answer)
}

/// Marks the browser as sent on from an unsolicited response, for [`check_loop`].
pub(crate) fn mark_sent_on(
    req: &HttpRequest,
    state: &State,
    mut answer: HttpResponse,
) -> Result<HttpResponse, Refusal> {
    let seen = browser::value_or_new(state, req, "unsolicited")?;
    let seen = host_cookie(state, "unsolicited", seen, Duration::seconds(LOOP_SECONDS));
    answer.add_cookie(&seen).map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok(answer)
}

/// Refuses a second trip that an unsolicited response starts in this browser within half a minute: the provider answers without our
/// request, and would do so for ever. Okta does it when the saved sign-in URL is the app's embed link.
pub(crate) fn check_loop(
    req: &HttpRequest,
    state: &State,
    connection: Option<&SamlConnection>,
) -> Result<(), Refusal> {
    if browser::value(state, req, "unsolicited").is_none() {
        return Ok(());
    }
    if let Some(connection) = connection {
        state.sightings().note_of(connection.key(), SightingKind::SamlLoop, "", state.now());
    }
    Err(Refusal::SamlLoop)
}
