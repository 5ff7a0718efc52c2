//! The page that leads on to another address after a form. A browser checks redirects after a form against the policy of the page that has the
//! form, so a redirect to another site would be blocked; this page has a policy of its own.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use url::Url;

use super::frame::{FormTargets, Frame, render};
use crate::State;

#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage<'a> {
    title: &'a str,
    text: &'a str,
    action: String,
    fields: Vec<(String, String)>,
}

/// Renders the page. The form is sent at once, or by its button where scripts are off.
pub fn onward(state: &State, title: &str, text: &str, to: &Url) -> HttpResponse {
    let fields = to.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let mut action = to.clone();
    action.set_query(None);
    let content = OnwardPage { title, text, action: action.into(), fields };
    let frame = Frame { form_targets: FormTargets::Anywhere, ..Frame::default() };
    render(state, StatusCode::OK, title, &frame, &content)
}
