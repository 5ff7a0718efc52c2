//! The frame of every page, and the page that refuses: what happened, what to do, a reference that finds the event.
//! Works without script; a strict Content-Security-Policy; nothing secret in a title or a URL.

use actix_web::{HttpResponse, http::StatusCode, http::header};
use askama::Template;

use crate::{
    State,
    parts::{PARTS, Part},
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
    /// Also this origin, to which the form's answer redirects.
    And(&'a str),
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

/// Renders a page: the content in the frame, with the headers every page carries.
pub fn render(
    state: &State,
    status: StatusCode,
    title: &str,
    around: &Around<'_>,
    content: &impl Template,
) -> HttpResponse {
    let framed = content.render().and_then(|content| {
        Frame { title, region: &state.config().region.name, around, content: &content }.render()
    });
    let forms = match around.form_targets {
        FormTargets::Own => "; form-action 'self'".to_owned(),
        FormTargets::And(origin) => format!("; form-action 'self' {origin}"),
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

/// The page for a failure of ours: logged once, answered without its cause. Whether a change was made is not always known: the
/// database may have stopped answering during the commit.
pub fn failed(state: &State, request_id: &str, error: &dyn std::fmt::Display) -> HttpResponse {
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
    .page(state)
}
