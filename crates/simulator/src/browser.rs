//! A pretend browser for the demo and tests: cookies, redirects, forms. It follows redirects itself and records each hop. It must use only
//! what servers send. No scripts, no images; one page at a time.

mod cookies;
mod forms;
mod markup;
mod page;

use std::sync::Arc;

use reqwest::{
    Method, StatusCode, Url,
    header::{self, HeaderMap},
};

pub use forms::{Button, Field, Form};
pub use page::{Hop, Link, Page};

use cookies::Cookies;

use crate::{directory::Person, support::http};

/// The most redirects that browsers follow.
const HOPS: usize = 20;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The URL is invalid, or the server did not answer.
    #[error("could not open {0}: {1}")]
    Unreachable(String, String),
    /// Too many redirects.
    #[error("more than {HOPS} redirects, the last to {0}")]
    TooManyRedirects(String),
    /// The page has no such element. The second string is the text of the page.
    #[error("no {0} on the page, which says: {1}")]
    Missing(String, String),
}

/// One browser with its own cookies. Clones share them, like tabs.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    cookies: Arc<Cookies>,
}

impl Browser {
    /// A browser without cookies. Fails only when TLS can't be set up.
    pub fn new() -> Result<Self, BrowserError> {
        let client = http::client().map_err(|error| unreachable("the network", &error))?;
        Ok(Self { client, cookies: Arc::default() })
    }

    /// Opens a URL, as if it was typed.
    pub async fn get(&self, url: &str) -> Result<Page, BrowserError> {
        self.travel(Method::GET, parse(url)?, None, None).await
    }

    /// Follows a link of a page, given its text or its URL.
    pub async fn follow(&self, page: &Page, link: &str) -> Result<Page, BrowserError> {
        let found = page.links().into_iter().find(|found| found.text == link || found.href == link);
        let found = found.ok_or_else(|| page.missing(format!("link \"{link}\"")))?;
        self.travel(Method::GET, page.resolve(&found.href)?, None, Some(page)).await
    }

    /// Fills in a form and presses its first button. Other fields keep the values of the page. A name that the form does
    /// not have is an error, because a person could not fill it in.
    pub async fn submit(
        &self,
        page: &Page,
        form: &Form,
        fields: &[(&str, &str)],
    ) -> Result<Page, BrowserError> {
        self.send(page, form, form.buttons.first(), fields).await
    }

    /// Like `submit`, with the button that has this text, in any form of the page.
    pub async fn press(
        &self,
        page: &Page,
        button: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page, BrowserError> {
        let form = page.form_with_button(button)?;
        let pressed = form.buttons.iter().find(|found| found.text == button);
        self.send(page, &form, pressed, fields).await
    }

    /// Fills in the org's sign-in form and returns the page after all redirects.
    pub async fn sign_in_to_okta(&self, page: &Page, person: &Person) -> Result<Page, BrowserError> {
        let form = page.form_with_field("identifier")?;
        self.submit(page, &form, &[("identifier", &person.login), ("password", &person.password)]).await
    }

    /// Posts the SAML message of a page, as the page's script does in a browser (SAML Bindings §3.5.4). A POST to another site sends only
    /// cookies with `SameSite=None`, and each port counts as a site.
    pub async fn post_saml(&self, page: &Page) -> Result<Page, BrowserError> {
        let form = page.saml_form()?;
        self.submit(page, &form, &[]).await
    }

    /// Continues from a page of the org until the service responds with its own page or the org refuses. Signs the person in where the org
    /// asks, and posts each SAML message.
    pub async fn sign_in_by_saml(&self, page: &Page, person: &Person) -> Result<Page, BrowserError> {
        let mut page = page.clone();
        for _ in 0..HOPS {
            page = if page.saml_form().is_ok() {
                self.post_saml(&page).await?
            } else if page.status == 200 && page.form_with_field("identifier").is_ok() {
                self.sign_in_to_okta(&page, person).await?
            } else {
                return Ok(page);
            };
        }
        Err(BrowserError::TooManyRedirects(page.url.into()))
    }

    /// Opens the frames of a page and posts the SAML messages in them, until a page has none. Returns the last page of each frame.
    pub async fn open_frames(&self, page: &Page) -> Result<Vec<Page>, BrowserError> {
        let mut ends = Vec::new();
        for frame in page.frames() {
            let mut inner = self.travel(Method::GET, page.resolve(&frame)?, None, Some(page)).await?;
            for _ in 0..HOPS {
                if inner.saml_form().is_err() {
                    break;
                }
                inner = self.post_saml(&inner).await?;
            }
            ends.push(inner);
        }
        Ok(ends)
    }

    /// The cookie of this name that would be sent to `url`.
    pub fn cookie(&self, url: &str, name: &str) -> Option<String> {
        self.cookies.value(&Url::parse(url).ok()?, name)
    }

    /// Sets a cookie as if `url` had set it: `name=value; Path=/`.
    pub fn set_cookie(&self, url: &str, cookie: &str) {
        if let Ok(url) = Url::parse(url) {
            self.cookies.set(&url, cookie);
        }
    }

    async fn send(
        &self,
        page: &Page,
        form: &Form,
        button: Option<&Button>,
        fields: &[(&str, &str)],
    ) -> Result<Page, BrowserError> {
        let pairs = form.filled(button, fields).map_err(|name| page.missing(format!("field \"{name}\"")))?;
        let action = button.and_then(|button| button.action.as_deref()).unwrap_or(&form.action);
        let mut url = page.resolve(action)?;
        if form.method == Method::POST {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            return self.travel(Method::POST, url, Some(body), Some(page)).await;
        }
        url.query_pairs_mut().clear().extend_pairs(pairs);
        self.travel(Method::GET, url, None, Some(page)).await
    }

    /// One request and every redirect after it.
    async fn travel(
        &self,
        mut method: Method,
        mut url: Url,
        mut body: Option<String>,
        from: Option<&Page>,
    ) -> Result<Page, BrowserError> {
        let origin = from.map(|page| page.url.clone());
        let mut hops = Vec::new();
        let mut site = Distance::None;
        while hops.len() <= HOPS {
            site = site.worst(origin.as_ref(), &url);
            let mut request = self
                .client
                .request(method.clone(), url.clone())
                .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
                .header(header::USER_AGENT, "Mozilla/5.0 (pretend browser)")
                .header("Sec-Fetch-Site", site.name())
                .header("Sec-Fetch-Mode", "navigate")
                .header("Sec-Fetch-Dest", "document");
            // To a browser two ports of loopback are one site. Here they are two sites, like a service and its Okta in production.
            let cross_site_post = method == Method::POST && site > Distance::Origin;
            if let Some(cookies) = self.cookies.header(&url, cross_site_post) {
                request = request.header(header::COOKIE, cookies);
            }
            if let Some(body) = &body {
                let origin =
                    origin.as_ref().map_or("null".to_owned(), |url| url.origin().ascii_serialization());
                request = request
                    .header(header::ORIGIN, origin)
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body.clone());
            }
            let response = request.send().await.map_err(|error| unreachable(url.as_str(), &error))?;
            self.cookies.take_in(&url, response.headers());
            let status = response.status();
            hops.push(Hop { method: method.to_string(), url: url.to_string(), status: status.as_u16() });
            let Some(next) = target(status, response.headers(), &url) else {
                let headers = response.headers().clone();
                let html = response.text().await.map_err(|error| unreachable(url.as_str(), &error))?;
                return Ok(Page { url, status: status.as_u16(), headers, html, hops });
            };
            // 307 and 308 repeat the request; the others become a GET, as in browsers.
            if !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
                method = Method::GET;
                body = None;
            }
            url = next;
        }
        Err(BrowserError::TooManyRedirects(url.into()))
    }
}

fn target(status: StatusCode, headers: &HeaderMap, url: &Url) -> Option<Url> {
    let location = headers.get(header::LOCATION).filter(|_| status.is_redirection())?;
    url.join(location.to_str().ok()?).ok()
}

fn parse(url: &str) -> Result<Url, BrowserError> {
    Url::parse(url).map_err(|error| BrowserError::Unreachable(url.to_owned(), error.to_string()))
}

fn unreachable(url: &str, error: &reqwest::Error) -> BrowserError {
    BrowserError::Unreachable(url.to_owned(), error.to_string())
}

/// `Sec-Fetch-Site`: the largest distance between the origins of a chain of redirects and the page that began it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    None,
    Origin,
    Site,
    Cross,
}

impl Distance {
    fn worst(self, from: Option<&Url>, to: &Url) -> Self {
        let Some(from) = from else { return Distance::None };
        let now = if from.origin() == to.origin() {
            Distance::Origin
        } else if from.scheme() == to.scheme() && from.host_str() == to.host_str() {
            // The port is no part of a site.
            Distance::Site
        } else {
            Distance::Cross
        };
        self.max(now)
    }

    fn name(self) -> &'static str {
        match self {
            Distance::None => "none",
            Distance::Origin => "same-origin",
            Distance::Site => "same-site",
            Distance::Cross => "cross-site",
        }
    }
}
