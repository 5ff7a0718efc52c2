//! The requests of one action: Okta's headers (facts §2.4), the wait after a 429, the refresh of an expired or refused token, and a record
//! of every exchange.

use std::time::Duration;

use actix_web::{dev::Decompress, http::header::ContentEncoding, web::Bytes};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use reqwest::{Method, Response, header};
use serde_json::Value;

use super::{
    bodies, oauth,
    settings::{ScimAuth, ScimSettings},
};
use crate::{
    directory::{App, Style},
    okta::Okta,
    support::exchange::{Exchange, Failure, short},
};

/// Okta gives up after ten attempts (facts §2.6).
const ATTEMPTS: u32 = 10;

/// A response.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    text: String,
    retry_after: Option<u64>,
}

pub(super) struct Trip {
    pub(super) okta: Okta,
    pub(super) app: App,
    pub(super) settings: ScimSettings,
    pub(super) exchanges: Vec<Exchange>,
}

impl Trip {
    /// Starts an action. Fails when provisioning is not enabled.
    pub(super) fn start(okta: &Okta, app: &App) -> Result<Self, Failure> {
        let org = okta.org();
        let state = org.app(&app.client_id).ok_or_else(|| Failure::early("There is no such app."))?;
        let settings = state.scim.clone().ok_or_else(|| {
            Failure::early(format!("Provisioning is not enabled for {}.", app.settings.label))
        })?;
        Ok(Self { okta: okta.clone(), app: state.app.clone(), settings, exchanges: Vec::new() })
    }

    pub(super) fn wizard(&self) -> bool {
        self.app.settings.style == Style::Wizard
    }

    /// Whether users are updated by PATCH.
    pub(super) fn patches_users(&self) -> bool {
        !self.wizard() && self.settings.support_patch_for_user
    }

    /// Sends a request; `sent` is its summary. Any status is a result; a missing response is a failure.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        sent: &str,
    ) -> Result<Reply, Failure> {
        let mut refreshed = false;
        let mut attempt = 1;
        let mut missing_hint = 300;
        loop {
            let authorization = self.authorization().await?;
            let reply = self.send_once(&method, path, body, sent, authorization.as_deref()).await?;
            let oauth = matches!(self.settings.auth, ScimAuth::OAuth(_));
            if reply.status == 401 && oauth && !refreshed {
                refreshed = true;
                oauth::refresh(self, authorization.as_deref()).await?;
            } else if reply.status == 429 && attempt < ATTEMPTS {
                // An HTTP-date or a missing header counts as five minutes, doubled each time.
                let seconds = reply.retry_after.unwrap_or(missing_hint);
                missing_hint = missing_hint.saturating_mul(2);
                attempt += 1;
                tokio::time::sleep(Duration::from_secs(seconds).min(self.okta.longest_wait())).await;
            } else {
                return Ok(reply);
            }
        }
    }

    pub(super) async fn authorization(&mut self) -> Result<Option<String>, Failure> {
        Ok(Some(match &self.settings.auth {
            ScimAuth::RawHeader(token) => token.clone(),
            ScimAuth::Bearer(token) => format!("Bearer {token}"),
            ScimAuth::Basic(user, password) => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
            }
            ScimAuth::OAuth(_) => format!("Bearer {}", oauth::access_token(self).await?),
        }))
    }

    async fn send_once(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        sent: &str,
        authorization: Option<&str>,
    ) -> Result<Reply, Failure> {
        let url = format!("{}{path}", self.settings.base_url.trim_end_matches('/'));
        let mut request = self
            .okta
            .http()
            .request(method.clone(), &url)
            .header(header::USER_AGENT, "Okta SCIM Client 1.0.0")
            .header(header::ACCEPT, "application/scim+json")
            .header(header::ACCEPT_CHARSET, "utf-8")
            .header(header::ACCEPT_ENCODING, "gzip,deflate");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8")
                .body(body.to_string());
        }
        let answer = match request.send().await {
            Ok(response) => read(response).await,
            Err(error) => Err(error.to_string()),
        };
        let (status, received, shown) = match &answer {
            Ok(reply) => (reply.status, line(reply), reply.body.clone()),
            Err(error) => (0, short(error, 200), None),
        };
        self.write_down(Exchange {
            at: self.okta.now(),
            method: method.to_string(),
            url,
            sent: sent.to_owned(),
            sent_body: body.map(bodies::shown),
            status,
            received,
            body: shown,
        });
        answer.map_err(|error| self.failure(format!("The service gave no answer: {}.", short(&error, 200))))
    }

    pub(super) fn write_down(&mut self, exchange: Exchange) {
        self.okta.org().record(exchange.clone());
        self.exchanges.push(exchange);
    }

    /// Sends a request whose response must have one of `statuses`.
    pub(super) async fn expect(
        &mut self,
        statuses: &[u16],
        method: Method,
        path: &str,
        body: Option<&Value>,
        sent: &str,
    ) -> Result<Reply, Failure> {
        let reply = self.send(method, path, body, sent).await?;
        if statuses.contains(&reply.status) {
            return Ok(reply);
        }
        let detail = reply.body.as_ref().and_then(|body| body.get("detail")).and_then(Value::as_str);
        let said = detail.map_or_else(|| short(&reply.text, 120), str::to_owned);
        Err(self.failure(format!("Could not {sent}: the service answered {} ({said}).", reply.status)))
    }

    /// The JSON document of a reply that must have one.
    pub(super) fn document(&mut self, reply: Reply, sent: &str) -> Result<Value, Failure> {
        let sentence = format!("Could not {sent}: Invalid JSON: {}", short(&reply.text, 120));
        reply.body.filter(Value::is_object).ok_or_else(|| self.failure(sentence))
    }

    /// A failure with the exchanges so far.
    pub(super) fn failure(&mut self, sentence: impl Into<String>) -> Failure {
        Failure { sentence: sentence.into(), exchanges: std::mem::take(&mut self.exchanges) }
    }
}

async fn read(response: Response) -> Result<Reply, String> {
    let status = response.status().as_u16();
    let text_of = |name: header::HeaderName| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let retry_after = text_of(header::RETRY_AFTER).and_then(|value| value.trim().parse().ok());
    let encoding = match text_of(header::CONTENT_ENCODING).as_deref() {
        Some("gzip") => ContentEncoding::Gzip,
        Some("deflate") => ContentEncoding::Deflate,
        _ => ContentEncoding::Identity,
    };
    let packed = response.bytes().await.map_err(|error| error.to_string())?;
    let text = unpack(&packed, encoding).await?;
    Ok(Reply { status, body: serde_json::from_str(&text).ok(), text, retry_after })
}

/// Decompresses a response. reqwest does not, because `Accept-Encoding` is set by hand to Okta's value.
async fn unpack(packed: &[u8], encoding: ContentEncoding) -> Result<String, String> {
    // The decoder processes pieces of this size without a thread.
    let pieces = packed.chunks(2048).map(|piece| Ok(Bytes::copy_from_slice(piece)));
    let mut stream = Decompress::new(stream::iter(pieces.collect::<Vec<_>>()), encoding);
    let mut whole = Vec::new();
    while let Some(piece) = stream.next().await {
        whole.extend_from_slice(&piece.map_err(|error| error.to_string())?);
    }
    Ok(String::from_utf8_lossy(&whole).into_owned())
}

/// Summary of a response.
fn line(reply: &Reply) -> String {
    let Some(body) = &reply.body else { return short(&reply.text, 120) };
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some(total) = body.get("totalResults") {
        return format!("{total} found");
    }
    if let Some(detail) = text("detail") {
        return short(detail, 160);
    }
    let name = text("userName").or_else(|| text("displayName")).unwrap_or("a document");
    match text("id") {
        Some(id) => format!("{name}, id {id}"),
        None => name.to_owned(),
    }
}
