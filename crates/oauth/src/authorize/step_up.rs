//! Step-up authentication: redirects the browser to authenticate again, with the sealed time of the redirect in the return URL. The seal is
//! bound to this browser by a cookie, and to this request: the URL is useless in another browser and for another request.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, time::Duration},
};
use secrecy::ExposeSecret;
use url::{Url, form_urlencoded};
use vestibule_core::time::{Micros, SECOND};
use vestibule_store::access::secrets;
use vestibule_web::{
    State,
    http::{browser, input::Parameters, session::host_cookie},
};

use super::{
    parameters::{PATH, SENT_AT, authorize_url, fields},
    refusal::Refusal,
};

/// How long signing in may take.
pub(super) const RETURN_TIME_LIMIT: Micros = 15 * 60 * SECOND;

/// Name of the cookie that recognises the browser.
const COOKIE: &str = "step_up";

/// URL to return to, with the sealed time, and the cookie for the browser.
pub(super) fn return_url(
    req: &HttpRequest,
    state: &State,
    parameters: &Parameters,
) -> Result<(Url, Cookie<'static>), Refusal> {
    let browser = browser::value_or_new(state, req, COOKIE)?;
    let sealed = state
        .sealer()
        .seal(&context(&browser, parameters), &state.now().to_string())
        .map_err(|error| Refusal::Internal(error.to_string()))?;
    let mut url = authorize_url(state, PATH, parameters)?;
    let others: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| name != SENT_AT).collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(SENT_AT, &sealed);
    Ok((url, host_cookie(state, COOKIE, browser, Duration::seconds(RETURN_TIME_LIMIT / SECOND))))
}

/// When this browser was redirected to authenticate again for this request, if it was.
pub(super) fn sent_at(req: &HttpRequest, state: &State, parameters: &Parameters) -> Option<Micros> {
    let context = context(&browser::value(state, req, COOKIE)?, parameters);
    let opened = state.sealer().open(&context, parameters.get(SENT_AT)?).ok()?;
    opened.expose_secret().parse().ok()
}

/// Sealing context: the browser and all parameters of the request.
fn context(browser: &str, parameters: &Parameters) -> String {
    let pairs = fields(parameters).into_iter().filter(|(name, _)| *name != SENT_AT);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("oauth step-up {} {}", secrets::digest(browser), secrets::digest(&query))
}
