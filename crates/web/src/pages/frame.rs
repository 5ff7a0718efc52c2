//! The frame of a page, and rendering a page in it with the headers of every page.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use url::{Host, Url};
use vestibule_core::providers::Provider;

use super::{
    asset::{OWN, OwnAssets},
    isolate::isolate,
    navigation::{self, SECTIONS, Section},
    theme::Theme,
};
use crate::{State, brand::Brand};

/// What surrounds the content of a page: the workspace's name and the navigation.
#[derive(Debug, Clone, Default)]
pub struct Frame<'a> {
    /// The workspace's name, when the page belongs to one.
    pub workspace: Option<&'a str>,
    /// Whether to offer the account and signing out.
    pub signed_in: bool,
    /// The name of the signed-in person.
    pub person: &'a str,
    /// The form of a page without navigation.
    pub layout: Layout,
    /// Whether to offer the administrator's pages.
    pub reader: bool,
    /// Whether the workspace is observed: pages for administrators say so.
    pub observed: bool,
    /// The workspace's identity provider, whose name its section has.
    pub provider: Option<&'static Provider>,
    /// The path of this page, which selects its section of the navigation.
    pub path: &'a str,
    /// The form token for signing out.
    pub csrf: &'a str,
    /// Where the page's forms may lead: a browser checks redirects after a form against the policy.
    pub form_targets: FormTargets<'a>,
    /// URL of the one site that may show the page in a frame; `None`: no site may.
    pub framed_by: Option<&'a Url>,
}

/// The form of a page without navigation.
#[derive(Debug, Clone, Copy, Default)]
pub enum Layout {
    /// One card in the middle: sign-in, consent, refusals.
    #[default]
    Card,
    /// As wide as a page of the console: set-up, reports.
    Wide,
}

impl Frame<'_> {
    /// The class of the page's body.
    fn class(&self) -> &'static str {
        match self.layout {
            _ if self.signed_in => "app",
            Layout::Card => "centered",
            Layout::Wide => "wide",
        }
    }

    /// The sections of the administrator's pages; none for a person who may not see them.
    fn sections(&self) -> &'static [Section] {
        if self.reader { &SECTIONS } else { &[] }
    }

    /// The title of a section.
    fn title(&self, section: &Section) -> &'static str {
        match (section.title, self.provider) {
            (navigation::PROVIDER, Some(provider)) => provider.page(),
            (title, _) => title,
        }
    }

    /// The section of this page, if it has several pages.
    fn section(&self) -> Option<&'static Section> {
        self.sections()
            .iter()
            .find(|section| section.contains(self.path))
            .filter(|section| section.links.len() > 1)
    }
}

/// Where forms may lead.
#[derive(Debug, Clone, Copy, Default)]
pub enum FormTargets<'a> {
    /// Vestibule's origin only.
    #[default]
    Own,
    /// Also this URL, to which the form's answer redirects.
    And(&'a Url),
    /// Anywhere: the sign-in form redirects to the provider of the workspace.
    Anywhere,
}

#[derive(Template)]
#[template(path = "frame.html")]
struct Document<'a> {
    title: &'a str,
    theme: Theme,
    brand: &'a Brand,
    own: &'a OwnAssets,
    /// The name of the region, where there are several.
    region: Option<&'a str>,
    frame: &'a Frame<'a>,
    content: &'a str,
}

/// Renders a page: the content in the frame, with the headers of every page.
pub fn render(
    state: &State,
    status: StatusCode,
    title: &str,
    frame: &Frame<'_>,
    content: &impl Template,
) -> HttpResponse {
    let document = content.render().and_then(|content| {
        let region = &state.config().region;
        let region = (!region.others.is_empty()).then_some(region.name.as_str());
        let title = &isolate(title);
        Document {
            title,
            theme: Theme::current(),
            brand: &state.brand(),
            own: &OWN,
            region,
            frame,
            content: &content,
        }
        .render()
    });
    let forms = match frame.form_targets {
        FormTargets::Own => "; form-action 'self'".to_owned(),
        FormTargets::And(target) => format!("; form-action 'self' {}", source(target)),
        FormTargets::Anywhere => String::new(),
    };
    let ancestors = frame.framed_by.map_or_else(|| "'none'".to_owned(), ancestor);
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors {ancestors}{forms}"
    );
    match document {
        Ok(html) => HttpResponse::build(status)
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .content_type("text/html; charset=utf-8")
            .body(html),
        Err(error) => {
            tracing::error!(%error, title, "page.failed");
            HttpResponse::InternalServerError()
                .body("This page could not be rendered. The reason is in the log.")
        }
    }
}

/// The source expression of a URL (CSP Level 3 §2.3.1): its origin, or only its scheme where the grammar has no such host, which has
/// labels of letters, digits and hyphens. A `;` or `,` in a host would begin another directive or policy, and browsers accept no
/// percent-encoded host, so such a host is never written.
fn source(target: &Url) -> String {
    let scheme = target.scheme();
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let host = match target.host() {
        Some(Host::Domain(name)) if name.split('.').all(label) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        _ => return format!("{scheme}:"),
    };
    match target.port() {
        _ if !["https", "http"].contains(&scheme) => format!("{scheme}:"),
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

/// The source expression of the one site that may frame a page; `'none'` where the grammar has no such host, because a scheme alone
/// would allow every site.
fn ancestor(site: &Url) -> String {
    let source = source(site);
    if source.contains("://") { source } else { "'none'".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_of_one_site_or_of_none() {
        for (url, expected) in [
            ("https://acme.okta.com/app/x", "https://acme.okta.com"),
            ("https://acme_1.okta.com/app/x", "'none'"),
            ("https://acme.okta.com;sandbox/x", "'none'"),
            ("com.example.app:/x", "'none'"),
        ] {
            assert_eq!(ancestor(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn a_form_target_is_written_as_the_policy_s_grammar_wants_it() {
        for (url, expected) in [
            ("https://app.example/cb?x=1", "https://app.example"),
            ("https://app.example:443/cb", "https://app.example"),
            ("https://app.example:8443/cb", "https://app.example:8443"),
            ("http://localhost:3000/cb", "http://localhost:3000"),
            ("http://127.0.0.1:9/cb", "http://127.0.0.1:9"),
            ("https://b\u{fc}cher.example/cb", "https://xn--bcher-kva.example"),
            ("https://B%C3%BCcher.example/cb", "https://xn--bcher-kva.example"),
            // Hosts that the grammar of CSP does not allow.
            ("http://[::1]:9/cb", "http:"),
            ("https://app_1.example/cb", "https:"),
            ("https://app.example./cb", "https:"),
            ("https://app.example;sandbox/cb", "https:"),
            ("https://app.example,sandbox/cb", "https:"),
            ("https://app'example'/cb", "https:"),
            ("com.example.app:/cb", "com.example.app:"),
            ("com.example.app://host%3Bsandbox/cb", "com.example.app:"),
            ("com.example.app://b%C3%BCcher/cb", "com.example.app:"),
        ] {
            assert_eq!(source(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
