//! `Idempotency-Key` on POST (draft-ietf-httpapi-idempotency-key-header): for a day, the same key with the same request gets the
//! first answer and runs nothing. A refused request changed nothing, is not stored, and may be repeated. Answers are stored
//! sealed, because some contain a secret.

use actix_web::{
    HttpRequest,
    http::{Method, StatusCode},
};
use secrecy::ExposeSecret;
use vestibule_store::{Tx, access::secrets, safeguards::idempotent_requests};
use vestibule_web::crypto::seal::columns::idempotent_request_context;

use crate::http::{
    answer::{Answer, Outcome},
    endpoint::{Caller, InvalidKey},
    problem::Problem,
};

const HEADER: &str = "idempotency-key";

/// The key of a request: a string in quotes (RFC 9651 §3.3.3), or the bare text that most clients send.
pub(crate) fn key(req: &HttpRequest) -> Result<Option<String>, InvalidKey> {
    let mut headers = req.headers().get_all(HEADER);
    let Some(header) = headers.next() else { return Ok(None) };
    let text = header.to_str().map_err(|_| InvalidKey)?.trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let visible = bare.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if headers.next().is_none() && visible && (1..=255).contains(&bare.len()) {
        Ok(Some(bare.to_owned()))
    } else {
        Err(InvalidKey)
    }
}

/// Runs the work unless it has run. All in the caller's transaction, so that a crash can't run it twice.
pub(crate) fn once(
    conn: &mut Tx<'_>,
    caller: &Caller<'_>,
    work: impl FnOnce(&mut Tx<'_>) -> Outcome,
) -> Outcome {
    if caller.call.method != Method::POST {
        return work(conn);
    }
    let key = caller.call.idempotency_key.clone().map_err(|InvalidKey| {
        Problem::field("Idempotency-Key", "must be one text of 1 to 255 visible ASCII characters")
    })?;
    let Some(key) = key else { return work(conn) };
    let context = idempotent_request_context(&caller.key_id, &key);
    if let Some(before) =
        idempotent_requests::begin(conn, &caller.key_id, &key, &digest(caller)?, caller.now)?
    {
        if before.request_digest != digest(caller)? {
            return Err(Problem::Reused);
        }
        let sealer = caller.state().sealer();
        let opened =
            sealer.open(&context, &before.body).map_err(|error| Problem::Internal(error.to_string()))?;
        let body = serde_json::from_str(opened.expose_secret())
            .map_err(|error| Problem::Internal(error.to_string()))?;
        let status = u16::try_from(before.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        return Ok(Answer { status: status.unwrap_or(StatusCode::OK), body });
    }
    let answer = work(conn)?;
    let body = serde_json::to_string(&answer.body).map_err(|error| Problem::Internal(error.to_string()))?;
    let sealed = caller.state().sealer().seal(&context, &body);
    let sealed = sealed.map_err(|error| Problem::Internal(error.to_string()))?;
    idempotent_requests::finish(conn, &caller.key_id, &key, answer.status.as_u16(), &sealed)?;
    Ok(answer)
}

/// Digest of a request: path, query and body.
fn digest(caller: &Caller<'_>) -> Result<String, Problem> {
    let call = caller.call;
    let body = call.body.as_ref().map_err(|error| Problem::from(error.clone()))?;
    let body = secrets::digest(&String::from_utf8_lossy(body));
    Ok(secrets::digest(&format!("{}\n{}\n{body}", call.path, call.query_text)))
}
