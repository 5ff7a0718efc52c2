//! Step-up: the browser is sent to authenticate anew, and the way back carries the moment, sealed. The seal belongs to this
//! browser (by a cookie of its own) and to this request: one person's link satisfies nobody else's step-up, and an old one no new
//! request.

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
    http::{
        input::Parameters,
        session::{cookie_name, host_cookie},
    },
};

use super::{PATH, fields, here, refusal::Refusal};

/// The parameter that carries the sealed moment.
pub(super) const SENT_AT: &str = "sent_at";

/// How long the way through sign-in may take.
pub(super) const WAY_BACK: Micros = 15 * 60 * SECOND;

/// The name of the cookie that knows the browser again, and the length of its value.
const COOKIE: &str = "step_up";
const COOKIE_LENGTH: usize = 43;

/// The address to come back to, with the moment sealed into it, and the cookie that the browser comes back with.
///
/// # Errors
/// When nothing can be sealed.
pub(super) fn way_back(
    req: &HttpRequest,
    state: &State,
    parameters: &Parameters,
) -> Result<(Url, Cookie<'static>), Refusal> {
    // One value serves the requests of several tabs.
    let browser = match browser(req, state) {
        Some(value) => value,
        None => secrets::nonce()?,
    };
    let sealed = state
        .sealer()
        .seal(&context(&browser, parameters), &state.now().to_string())
        .map_err(|error| Refusal::Internal(error.to_string()))?;
    let mut back = here(state, PATH, parameters)?;
    let carried: Vec<(String, String)> =
        back.query_pairs().into_owned().filter(|(name, _)| name != SENT_AT).collect();
    back.query_pairs_mut().clear().extend_pairs(carried).append_pair(SENT_AT, &sealed);
    Ok((back, host_cookie(state, COOKIE, browser, Duration::seconds(WAY_BACK / SECOND))))
}

/// When this browser was sent to authenticate anew for this request, if it was.
pub(super) fn sent_at(req: &HttpRequest, state: &State, parameters: &Parameters) -> Option<Micros> {
    let context = context(&browser(req, state)?, parameters);
    let opened = state.sealer().open(&context, parameters.get(SENT_AT)?).ok()?;
    opened.expose_secret().parse().ok()
}

fn browser(req: &HttpRequest, state: &State) -> Option<String> {
    let cookie = req.cookie(&cookie_name(state, COOKIE))?;
    Some(cookie.value().to_owned()).filter(|value| value.len() == COOKIE_LENGTH)
}

/// What the seal is bound to: the browser, and everything that the client asked.
fn context(browser: &str, parameters: &Parameters) -> String {
    let asked = fields(parameters).into_iter().filter(|(name, _)| *name != SENT_AT);
    let asked = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    format!("oauth step-up {} {}", secrets::digest(browser), secrets::digest(&asked))
}
