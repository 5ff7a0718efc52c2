//! The cookies of the pretend browser. Loopback counts as secure, as in browsers, so that `Secure` and `__Host-` cookies work there. A
//! POST from another site carries only cookies with `SameSite=None`; a cookie without the attribute is `Lax`.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use reqwest::{
    Url,
    cookie::{CookieStore, Jar},
    header::{HeaderMap, HeaderValue, SET_COOKIE},
};

#[derive(Default)]
pub(super) struct Cookies {
    jar: Jar,
    /// Host and name of the cookies with `SameSite=None`.
    cross_site: Mutex<BTreeSet<(String, String)>>,
}

impl Cookies {
    /// The value of `Cookie` for a request; none without a cookie.
    pub(super) fn header(&self, url: &Url, cross_site_post: bool) -> Option<String> {
        let all = self.jar.cookies(&seen_as(url))?;
        let host = url.host_str().unwrap_or_default();
        let cross_site = self.cross_site.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default();
            !cross_site_post || cross_site.contains(&(host.to_owned(), name.to_owned()))
        };
        let pairs: Vec<&str> = all.to_str().ok()?.split("; ").filter(sent).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The value of a cookie that would be sent to a URL.
    pub(super) fn value(&self, url: &Url, name: &str) -> Option<String> {
        let header = self.header(url, false)?;
        let mut pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
    }

    /// Stores the cookies of a response.
    pub(super) fn take_in(&self, url: &Url, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            if let Ok(cookie) = cookie.to_str() {
                self.set(url, cookie);
            }
        }
    }

    /// Stores the cookie of one `Set-Cookie`.
    pub(super) fn set(&self, url: &Url, cookie: &str) {
        let Ok(value) = HeaderValue::from_str(cookie) else { return };
        let name = cookie.split(['=', ';']).next().unwrap_or_default().trim();
        let key = (url.host_str().unwrap_or_default().to_owned(), name.to_owned());
        let is_none = |part: &str| part.trim().eq_ignore_ascii_case("SameSite=None");
        let mut cross_site = self.cross_site.lock().unwrap_or_else(PoisonError::into_inner);
        if cookie.split(';').any(is_none) {
            cross_site.insert(key);
        } else {
            cross_site.remove(&key);
        }
        self.jar.set_cookies(&mut std::iter::once(&value), &seen_as(url));
    }
}

fn seen_as(url: &Url) -> Url {
    let mut url = url.clone();
    if matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
        // http to https is always allowed.
        let _ = url.set_scheme("https");
    }
    url
}
