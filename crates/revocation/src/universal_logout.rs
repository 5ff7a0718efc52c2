//! `POST /api/okta/universal-logout`: ends all access of a user (draft-parecki-oauth-global-token-revocation-05, as Okta sends it).
//!
//! The checks follow Okta's order where possible: 401, 400, 403, 404, 422, 204. The body is read before 403, because only the body names
//! the user. Okta reads only the status; the response body is for people who read logs. A second request for the same user is 204 again;
//! the same token again is 401.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;
use vestibule_core::{
    ids::{DEPLOYMENT, UserId},
    sets::EndReason,
};
use vestibule_store::{
    Conn, Error, Tx,
    people::users::{self, User},
    providers::connections,
    safeguards::assertions,
    trail::events::{self, Cause, kinds::UniversalLogout},
    workspaces,
};
use vestibule_web::{
    State,
    config::region,
    http::{
        bearer::{self, Credential},
        input, request,
    },
    observe::{inspect, sightings::SightingKind},
    outbound::issuer_keys::{IssuerKeys, Unproven},
};

use crate::{
    assertion::{self, Unverified},
    caller::{self, Caller},
    refusal::{self, Refusal, clip},
    sub_id::{self, SubId},
    subjects,
};

/// Path of the endpoint.
pub const PATH: &str = "/api/okta/universal-logout";

/// Handles a request to end all access of a user.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<IssuerKeys>,
) -> HttpResponse {
    let mut caller = None;
    match revoke(&req, payload, &state, &keys, &mut caller).await {
        Ok(ended) => {
            tracing::info!(people = ended, "revocation.completed");
            state.metrics().revoked();
            HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish()
        }
        Err(refusal) => {
            refusal::inspect(&inspect::of(&req), &refusal);
            match caller {
                Some(caller) => refusal::record(&req, &state, &caller, &refusal).await,
                // No workspace is known, so the sighting is the deployment's; the doctor of each workspace mentions it.
                None => {
                    state.sightings().note(
                        &DEPLOYMENT,
                        SightingKind::LogoutUnsigned,
                        refusal.reason(),
                        state.now(),
                    );
                }
            }
            refusal::answer(&req, &state, &refusal)
        }
    }
}

async fn revoke(
    req: &HttpRequest,
    payload: web::Payload,
    state: &State,
    keys: &IssuerKeys,
    recipient: &mut Option<Caller>,
) -> Result<usize, Refusal> {
    let token = read_token(req)?;
    let note = inspect::of(req);
    note.understood("token", || token.describe());
    let callers = callers(state, &token, recipient).await;
    if let Some(recipient) = recipient {
        note.claims(&recipient.workspace_id);
    }
    let callers = proven(state, keys, callers?, &token).await?;
    let Some(caller) = callers.first().cloned() else { return Err(Refusal::Unknown) };
    // While several workspaces claim the app, none sees what its provider sends.
    if let [only] = callers.as_slice() {
        note.proves(&only.workspace_id);
    }
    note.understood("checks", || {
        json!(["typ, alg and shape", "iss and sub name a connection", "signature", "exp, nbf, iat", "aud"])
    });
    state.limits().revocations(&caller.workspace_id).map_err(Refusal::TooMany)?;

    let media_type = input::media_type(req);
    if !media_type
        .as_deref()
        .is_some_and(|media_type| media_type == "application/json" || media_type.ends_with("+json"))
    {
        let description = "the content type must be application/json".to_owned();
        return Err(Refusal::Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, description));
    }
    // A body that is too large is a 400 too, because Okta knows no other status for it (draft-parecki §4).
    let malformed = |description: String| Refusal::Malformed(StatusCode::BAD_REQUEST, description);
    let body = input::body(payload, 65_536).await.map_err(|error| malformed(error.to_string()))?;
    let sub_id = sub_id::parse(&body).map_err(malformed)?;
    note.understood("subject", || sub_id.describe());
    // An issuer may name its own people only, or users of this service.
    if let SubId::IssSub { iss, .. } = &sub_id
        && iss.trim_end_matches('/') != caller.issuer.trim_end_matches('/')
        && iss.trim_end_matches('/') != caller.org.trim_end_matches('/')
        && iss.trim_end_matches('/') != state.config().region.api_url
    {
        return Err(Refusal::Forbidden(format!("{iss} is not the issuer that signed this request")));
    }

    let (now, cause) = (state.now(), request::cause(req, "okta:universal-logout"));
    let ended =
        state.write_access(move |conn| end_at_each(conn, &callers, &token, &sub_id, &cause, now)).await?;
    for user in &ended {
        note.changed(|| {
            let epoch = json!({ "before": user.epoch - 1, "after": user.epoch });
            json!({ "changed": format!("Users/{}", user.user_id), "attributes": { "all access": "ended", "epoch": epoch } })
        });
    }
    Ok(ended.len())
}

fn read_token(req: &HttpRequest) -> Result<Unverified, Refusal> {
    match bearer::credential(req) {
        Credential::Token(token) => Ok(Unverified::read(&token)?),
        Credential::None => Err(Refusal::Unauthenticated("no_token", "there is no bearer token".to_owned())),
        Credential::Basic { .. } | Credential::Dpop(_) | Credential::Unreadable => Err(
            Refusal::Unauthenticated("no_token", "the Authorization header has no bearer token".to_owned()),
        ),
    }
}

/// Connections in this region that (iss, sub) names, at least one.
///
/// That is the one that has proven this issuer and client id, or all that claim them while none has proven them. Then access ends in
/// each workspace, which is safe: the issuer has signed the request, and a workspace that claims another's app only ends the
/// sessions of its own users. `recipient` is set to the connection whose administrator may see a refusal, also if only the issuer
/// matches and no other workspace has it.
async fn callers(
    state: &State,
    token: &Unverified,
    recipient: &mut Option<Caller>,
) -> Result<Vec<Caller>, Refusal> {
    let (issuer, client_id, region) =
        (token.issuer.clone(), token.subject.clone(), state.config().region.name.clone());
    let (found, of_issuer) = state
        .read(move |conn| {
            let here = |conn: &mut Conn, connection: Option<connections::Connection>| {
                let Some(connection) = connection else { return Ok(None) };
                let is_here = workspaces::find(conn, &connection.workspace_id, &region)?.is_some();
                Ok::<_, Error>(Some(connection).filter(|_| is_here))
            };
            let found = caller::list(conn, &issuer, &client_id, &region)?;
            if !found.is_empty() {
                let only = if let [only] = found.as_slice() { Some(only.clone()) } else { None };
                return Ok((found, only));
            }
            let of_issuer = connections::find_by_issuer(conn, &issuer)?;
            Ok::<_, Error>((Vec::new(), here(conn, of_issuer)?.map(Caller::from)))
        })
        .await
        .map_err(|error| Refusal::Unavailable(error.to_string()))?;
    *recipient = of_issuer;
    if !found.is_empty() {
        return Ok(found);
    }
    let description = format!(
        "no workspace in region {} is connected to iss {} with client id {} (sub)",
        state.config().region.name,
        clip(&token.issuer),
        clip(&token.subject)
    );
    Err(Refusal::Unproven("unknown_caller", description))
}

/// The connections, at least one, whose key has signed the token. Its times and audience are checked, too. Connections of OpenID Connect
/// have the same issuer and client id, so the same keys; each of SAML has keys of its own.
async fn proven(
    state: &State,
    keys: &IssuerKeys,
    callers: Vec<Caller>,
    token: &Unverified,
) -> Result<Vec<Caller>, Refusal> {
    let mut proven = Vec::new();
    let mut refused = None;
    for caller in callers {
        if !caller.has_own_keys() && !proven.is_empty() {
            proven.push(caller);
            continue;
        }
        match verify(state, keys, &caller, token).await {
            Ok(()) => proven.push(caller),
            Err(refusal) if caller.has_own_keys() => refused = Some(refusal),
            Err(refusal) => return Err(refusal),
        }
    }
    match refused {
        Some(refusal) if proven.is_empty() => Err(refusal),
        _ => Ok(proven),
    }
}

/// Verifies the signature, then times and audience.
async fn verify(
    state: &State,
    keys: &IssuerKeys,
    caller: &Caller,
    token: &Unverified,
) -> Result<(), Refusal> {
    caller.verify(state, keys, token).await.map_err(|unproven| match unproven {
        Unproven::Keys(error) => Refusal::Unproven("keys_unreachable", error),
        Unproven::Signature => Refusal::Unproven("signature", Unproven::SIGNATURE.to_owned()),
        Unproven::Busy(busy) => Refusal::Busy(busy),
    })?;
    let endpoint = state.api_url(PATH);
    token.check(&endpoint, state.now()).map_err(|refusal| match (&refusal, region::other(&state.config().region, &audience(&refusal))) {
        (_, Some(other)) => Refusal::Unauthenticated(
            "other_region",
            format!("{refusal}: the token is for region {other}; in Okta, set the Global token revocation endpoint to {endpoint}"),
        ),
        (_, None) => refusal.into(),
    })
}

fn audience(refusal: &assertion::Refusal) -> String {
    match refusal {
        assertion::Refusal::Audience(audience, _) => audience.clone(),
        _ => String::new(),
    }
}

/// Ends the user's access in the workspace of each connection, in one transaction. Succeeds if at least one workspace has the user. If none
/// has, nothing changes and the result is [`Refusal::Unknown`].
fn end_at_each(
    conn: &mut Tx<'_>,
    callers: &[Caller],
    token: &Unverified,
    sub_id: &SubId,
    cause: &Cause,
    now: i64,
) -> Result<Vec<User>, Refusal> {
    let mut ended = Vec::new();
    for caller in callers {
        match end(conn, caller, token, sub_id, cause, now) {
            Err(Refusal::Unknown) if callers.len() > 1 => {}
            done => ended.extend(done?),
        }
    }
    if ended.is_empty() { Err(Refusal::Unknown) } else { Ok(ended) }
}

/// Uses up the token and ends all access of the users in this workspace. A refusal changes nothing, so that a token for an unknown user
/// may be sent again when the user exists.
fn end(
    conn: &mut Tx<'_>,
    caller: &Caller,
    token: &Unverified,
    sub_id: &SubId,
    cause: &Cause,
    now: i64,
) -> Result<Vec<User>, Refusal> {
    let workspace_id = &caller.workspace_id;
    if !assertions::accept(conn, workspace_id, &token.issuer, &token.id, token.remembered_until())? {
        return Err(Refusal::Unauthenticated("replayed", "this token was used before".to_owned()));
    }
    let users = subjects::find_users(conn, (workspace_id, &caller.issuer), sub_id)?;
    if users.is_empty() {
        return Err(Refusal::Unknown);
    }
    // All rows are locked in order before the first event is recorded, so that two writers can't deadlock.
    let mut ids: Vec<UserId> = users.into_iter().map(|user| user.user_id).collect();
    ids.sort();
    let locked: Result<Vec<User>, Error> =
        ids.iter().map(|user_id| users::get_locked(conn, workspace_id, user_id)).collect();
    let mut locked = locked?;
    for user in &mut locked {
        users::end_all_access(conn, user, cause, EndReason::UniversalLogout, now)?;
        let data = UniversalLogout { issuer: &caller.org, jti: &token.id };
        events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    }
    Ok(locked)
}
