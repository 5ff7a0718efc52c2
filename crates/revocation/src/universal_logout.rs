//! `POST /api/okta/universal-logout` (draft-parecki-oauth-global-token-revocation-05, as Okta sends it).
//!
//! Judged in Okta's order as far as one can: 401, 400, 403, 404, 422, 204 (only the body says whom it means, so it is read
//! before 403). Okta reads the status only; the body is for the person who reads the log. A repeat for a user without live access is 204 again; a repeat of the same token is 401.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;
use vestibule_core::ids::{self, DEPLOYMENT};
use vestibule_store::{
    Conn, Error,
    people::users::{self, User},
    providers::{
        connections::{self, Connection},
        identities,
    },
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
    observe::{inspect, sightings::Sight},
};

use crate::{
    assertion::{self, Unverified},
    keys::{Keys, Unproven},
    refusal::{self, Refusal, clip},
    sub_id::{self, SubId},
};

/// The endpoint's path.
pub const PATH: &str = "/api/okta/universal-logout";

/// Ends all access of one user.
pub async fn post(
    req: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
    keys: web::Data<Keys>,
) -> HttpResponse {
    let mut caller = None;
    match revoke(&req, payload, &state, &keys, &mut caller).await {
        Ok(ended) => {
            tracing::info!(people = ended, "revocation.completed");
            state.metrics().revoked();
            HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish()
        }
        Err(refusal) => {
            refusal::note(&inspect::of(&req), &refusal);
            match caller {
                Some(connection) => refusal::tell(&req, &state, &connection, &refusal).await,
                // Nobody's trail, but every doctor may wonder whether it was theirs.
                None => {
                    state.sightings().note(DEPLOYMENT, Sight::LogoutUnsigned, refusal.reason(), state.now());
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
    keys: &Keys,
    known: &mut Option<Connection>,
) -> Result<usize, Refusal> {
    let token = read_token(req)?;
    let note = inspect::of(req);
    note.understood("token", || token.told());
    let callers = callers(state, &token, known).await;
    if let Some(known) = known {
        note.claims(&known.workspace_id);
    }
    let callers = callers?;
    // They have the same issuer and client id, so the same keys.
    let Some(connection) = callers.first().cloned() else { return Err(Refusal::Unknown) };
    verify(state, keys, &connection, &token).await?;
    // Whoever claims an app without having proven it is not shown what the app's provider sends.
    if let [only] = callers.as_slice() {
        note.proves(&only.workspace_id);
    }
    note.understood("checks", || {
        json!(["typ, alg and shape", "iss and sub name a connection", "signature", "exp, nbf, iat", "aud"])
    });
    state.limits().revocations(&connection.workspace_id).map_err(Refusal::TooMany)?;

    let media_type = input::media_type(req);
    if !media_type
        .as_deref()
        .is_some_and(|media_type| media_type == "application/json" || media_type.ends_with("+json"))
    {
        let sentence = "the content type must be application/json".to_owned();
        return Err(Refusal::Malformed(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
    }
    // Too large is malformed, too: these statuses are all that Okta knows (draft-parecki §4).
    let malformed = |sentence: String| Refusal::Malformed(StatusCode::BAD_REQUEST, sentence);
    let body = input::body(payload, 65_536).await.map_err(|error| malformed(error.to_string()))?;
    let sub_id = sub_id::parse(&body).map_err(malformed)?;
    note.understood("subject", || sub_id.told());
    // An issuer speaks for its own people only.
    if let SubId::IssSub { iss, .. } = &sub_id
        && iss.trim_end_matches('/') != connection.issuer.trim_end_matches('/')
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
        Credential::Basic { .. } | Credential::Unreadable => Err(Refusal::Unauthenticated(
            "no_token",
            "the Authorization header holds no bearer token".to_owned(),
        )),
    }
}

/// The connections that (iss, sub) names, at least one, all in this region: the one that has proven this issuer and client id, or
/// every one that claims them while none has. Ending access in each is the safe side then: the issuer has signed, and people
/// who must be out are out wherever they are; a workspace that claims an app of somebody else's loses its own people's sessions
/// only, until the other's first sign-in settles it. `known` is whose administrator may be told of a refusal: also of one
/// for a client that is not theirs, when the issuer is theirs alone.
async fn callers(
    state: &State,
    token: &Unverified,
    known: &mut Option<Connection>,
) -> Result<Vec<Connection>, Refusal> {
    let (issuer, client_id, region) =
        (token.issuer.clone(), token.subject.clone(), state.config().region.name.clone());
    let (found, of_issuer) = state
        .read(move |conn| {
            let here = |conn: &mut Conn, connection: Option<Connection>| {
                let Some(connection) = connection else { return Ok(None) };
                let lives = workspaces::find(conn, &connection.workspace_id, &region)?.is_some();
                Ok::<_, Error>(Some(connection).filter(|_| lives))
            };
            let found = connections::list_by_caller(conn, &issuer, &client_id, &region)?;
            if !found.is_empty() {
                let only = if let [only] = found.as_slice() { Some(only.clone()) } else { None };
                return Ok((found, only));
            }
            let of_issuer = connections::find_by_issuer(conn, &issuer)?;
            Ok::<_, Error>((Vec::new(), here(conn, of_issuer)?))
        })
        .await
        .map_err(|error| Refusal::Unavailable(error.to_string()))?;
    *known = of_issuer;
    if !found.is_empty() {
        return Ok(found);
    }
    let sentence = format!(
        "no workspace in region {} is connected to iss {} with client id {} (sub)",
        state.config().region.name,
        clip(&token.issuer),
        clip(&token.subject)
    );
    Err(Refusal::Unproven("unknown_caller", sentence))
}

async fn verify(
    state: &State,
    keys: &Keys,
    connection: &Connection,
    token: &Unverified,
) -> Result<(), Refusal> {
    keys.prove(state, connection, &token.jws).await.map_err(|unproven| match unproven {
        Unproven::Keys(error) => Refusal::Unproven("keys_unreachable", error),
        Unproven::Signature => Refusal::Unproven("signature", Unproven::SIGNATURE.to_owned()),
        Unproven::Busy(busy) => Refusal::Busy(busy),
    })?;
    token.check_times(state.now())?;
    let endpoint = state.api_url(PATH);
    token.check_audience(&endpoint).map_err(|refusal| match (&refusal, region::other(&state.config().region, &audience(&refusal))) {
        (_, Some(other)) => Refusal::Unauthenticated(
            "other_region",
            format!("{refusal}: the token is meant for region {other}; in Okta, set the Global token revocation endpoint to {endpoint}"),
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

/// Ends the person's access at each of these connections, in one transaction. Where one of them knows the person it is done; nobody
/// anywhere is [`Refusal::Unknown`], and nothing is changed.
fn end_at_each(
    conn: &mut Conn,
    connections: &[Connection],
    token: &Unverified,
    sub_id: &SubId,
    cause: &Cause,
    now: i64,
) -> Result<Vec<User>, Refusal> {
    let mut ended = Vec::new();
    for connection in connections {
        match end(conn, connection, token, sub_id, cause, now) {
            Err(Refusal::Unknown) if connections.len() > 1 => {}
            done => ended.extend(done?),
        }
    }
    if ended.is_empty() { Err(Refusal::Unknown) } else { Ok(ended) }
}

/// One transaction: the token once, the user in this workspace or 404, the end of all access. A refusal changes nothing,
/// so that a token whose user was unknown may be sent again once the user is there.
fn end(
    conn: &mut Conn,
    connection: &Connection,
    token: &Unverified,
    sub_id: &SubId,
    cause: &Cause,
    now: i64,
) -> Result<Vec<User>, Refusal> {
    let workspace_id = &connection.workspace_id;
    if !assertions::accept(conn, workspace_id, &token.issuer, &token.id, token.remembered_until())? {
        return Err(Refusal::Unauthenticated("replayed", "this token was used before".to_owned()));
    }
    let meant = find(conn, connection, sub_id)?;
    if meant.is_empty() {
        return Err(Refusal::Unknown);
    }
    // All rows are locked, in order, before the first event takes the trail's counter: so no two writers wait in a ring.
    let mut ids: Vec<String> = meant.into_iter().map(|user| user.user_id).collect();
    ids.sort();
    let locked: Result<Vec<User>, Error> =
        ids.iter().map(|user_id| users::get_locked(conn, workspace_id, user_id)).collect();
    let mut locked = locked?;
    for user in &mut locked {
        users::end_all_access(conn, user, cause, "universal_logout", now)?;
        let data = UniversalLogout { issuer: &connection.issuer, jti: &token.id };
        events::record(conn, workspace_id, cause, user.target(), &data, now)?;
    }
    Ok(locked)
}

/// Whom the identifier names in the caller's workspace. An e-mail address that several users share ends the access of
/// each: leaving the wrong one signed in is worse than signing one too many out.
pub(crate) fn find(conn: &mut Conn, connection: &Connection, sub_id: &SubId) -> Result<Vec<User>, Error> {
    let workspace_id = &connection.workspace_id;
    match sub_id {
        SubId::Email(email) => {
            let mut meant = users::list_by_email(conn, workspace_id, email)?;
            let mut named = users::list_by_user_name(conn, workspace_id, email)?;
            named.retain(|named| !meant.iter().any(|user| user.user_id == named.user_id));
            meant.extend(named);
            Ok(meant)
        }
        SubId::IssSub { sub, .. } => {
            if let Some(user_id) = identities::find_user(conn, workspace_id, &connection.issuer, sub)? {
                return Ok(users::find(conn, workspace_id, &user_id)?.into_iter().collect());
            }
            by_id(conn, workspace_id, sub)
        }
        SubId::Opaque(opaque) => by_id(conn, workspace_id, opaque),
    }
}

/// By our id, else by the provider's name for the person (okta-facts §1.3: which one arrives is not documented). Our id comes
/// first: nobody chooses it, so no `externalId` can shield the person whom the id names.
fn by_id(conn: &mut Conn, workspace_id: &str, text: &str) -> Result<Vec<User>, Error> {
    if let Some(user_id) = ids::parse(text)
        && let Some(user) = users::find(conn, workspace_id, &user_id)?
    {
        return Ok(vec![user]);
    }
    if let Some(user) = users::find_by_external_id(conn, workspace_id, text)? {
        return Ok(vec![user]);
    }
    // With the subject format Email, Okta may send the user name as the id within the app.
    users::list_by_user_name(conn, workspace_id, text)
}
