//! The frame of every page, and the page that refuses: what happened, what to do, a reference that finds the event.
//! Works without script; a strict Content-Security-Policy; nothing secret in a title or a URL.

pub(crate) mod navigation;

use std::borrow::Cow;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use url::{Host, Url};

use crate::{
    State,
    pages::navigation::{PARTS, Part},
};

/// The stylesheet, compiled in.
pub const STYLE: &str = include_str!("../assets/vestibule.css");
/// The script, compiled in: copying, and numbers that change while a page is looked at.
pub const SCRIPT: &str = include_str!("../assets/vestibule.js");

/// The icon, compiled in.
pub const ICON: &str = include_str!("../assets/vestibule.svg");

/// What stands around a page's content.
#[derive(Debug, Clone, Default)]
pub struct Around<'a> {
    /// The workspace's name, when the page belongs to one.
    pub workspace: Option<&'a str>,
    /// Whether to offer the account and signing out.
    pub signed_in: bool,
    /// Whether to offer the administrator's pages: to whoever may see them.
    pub reader: bool,
    /// The path of this page, from which the frame knows in which part it stands.
    pub path: &'a str,
    /// The form token for signing out.
    pub csrf: &'a str,
    /// Where the page's forms may lead besides here: a browser checks redirects after a form against the policy.
    pub form_targets: FormTargets<'a>,
}

impl Around<'_> {
    /// The parts of the administrator's pages, for whoever may see them.
    fn parts(&self) -> &'static [Part] {
        if self.reader { &PARTS } else { &[] }
    }

    /// The links within the part this page stands in, if there are several.
    fn within(&self) -> Option<&'static Part> {
        self.parts().iter().find(|part| part.holds(self.path)).filter(|part| part.links.len() > 1)
    }
}

/// Where forms may lead.
#[derive(Debug, Clone, Copy, Default)]
pub enum FormTargets<'a> {
    /// Our own origin.
    #[default]
    Own,
    /// Also there: the form's answer redirects to this URL.
    And(&'a Url),
    /// Anywhere: the sign-in form redirects to whatever provider the workspace uses.
    Anywhere,
}

#[derive(Template)]
#[template(path = "frame.html")]
struct Frame<'a> {
    title: &'a str,
    region: &'a str,
    around: &'a Around<'a>,
    content: &'a str,
}

/// The text, so that characters in it that set a direction turn nothing outside of it (Unicode Standard Annex #9 §2.4: FIRST STRONG
/// ISOLATE and POP DIRECTIONAL ISOLATE around it, none of their kind in it). For places that can hold no element; else `<bdi>`.
pub fn isolate(text: &str) -> Cow<'_, str> {
    let sets_direction = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(sets_direction) {
        return Cow::Borrowed(text);
    }
    let inner: String = text.chars().filter(|letter| !matches!(letter, '\u{2066}'..='\u{2069}')).collect();
    Cow::Owned(format!("\u{2068}{inner}\u{2069}"))
}

/// Renders a page: the content in the frame, with the headers every page carries.
pub fn render(
    state: &State,
    status: StatusCode,
    title: &str,
    around: &Around<'_>,
    content: &impl Template,
) -> HttpResponse {
    let framed = content.render().and_then(|content| {
        Frame { title: &isolate(title), region: &state.config().region.name, around, content: &content }
            .render()
    });
    let forms = match around.form_targets {
        FormTargets::Own => "; form-action 'self'".to_owned(),
        FormTargets::And(target) => format!("; form-action 'self' {}", source(target)),
        FormTargets::Anywhere => String::new(),
    };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'{forms}"
    );
    match framed {
        Ok(html) => HttpResponse::build(status)
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .insert_header((header::REFERRER_POLICY, "no-referrer"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .content_type("text/html; charset=utf-8")
            .body(html),
        Err(error) => {
            tracing::error!(%error, title, "page.failed");
            HttpResponse::InternalServerError().body("This page could not be made. The reason is in the log.")
        }
    }
}

/// The source expression that lets a form's answer go to a URL (CSP Level 3 §2.3.1): its origin, or its scheme alone where the grammar
/// can't write the host, which has labels of letters, digits and hyphens. A `;` or `,` in a host would begin another directive or
/// policy, and browsers take no percent-encoded host, so such a host is never written.
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

/// A page that refuses.
#[derive(Debug, Clone, Template)]
#[template(path = "refused.html")]
pub struct Refused {
    /// The status; the page itself never shows a bare number.
    pub status: StatusCode,
    /// What happened, as a heading.
    pub title: String,
    /// What happened, in a sentence or two.
    pub happened: String,
    /// What to do, one line each.
    pub todo: Vec<String>,
    /// What finds the event in the log or the trail.
    pub reference: String,
}

impl Refused {
    /// A refusal without advice.
    pub fn new(status: StatusCode, title: impl Into<String>, happened: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            happened: happened.into(),
            todo: Vec::new(),
            reference: String::new(),
        }
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn advise(mut self, line: impl Into<String>) -> Self {
        self.todo.push(line.into());
        self
    }

    /// Adds the reference.
    #[must_use]
    pub fn refer(mut self, reference: impl Into<String>) -> Self {
        self.reference = reference.into();
        self
    }

    /// The page.
    pub fn page(&self, state: &State) -> HttpResponse {
        render(state, self.status, &self.title, &Around::default(), self)
    }
}

/// Logs a failure of ours and returns its page, which does not show the cause. It is not always known whether a change was made: the
/// database may have stopped answering during the commit.
pub fn failure(request_id: &str, error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "request.failed");
    Refused::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "This did not work",
        "Vestibule could not reach its database or finish the work. If you changed something, look whether it is there before you \
         change it again.",
    )
    .advise("Try again in a minute.")
    .advise("If it stays so, give the operator the reference below.")
    .refer(request_id)
}

/// Logs a failure of ours and answers with its page.
pub fn failed(state: &State, request_id: &str, error: &dyn std::fmt::Display) -> HttpResponse {
    failure(request_id, error).page(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_sets_a_direction_sets_its_own_alone() {
        assert_eq!(isolate("Ada"), "Ada");
        assert_eq!(isolate("A\u{202e}da"), "\u{2068}A\u{202e}da\u{2069}");
        assert_eq!(isolate("A\u{2069}\u{202e}da\u{2067}"), "\u{2068}A\u{202e}da\u{2069}");
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
            // What the grammar has no host for.
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
