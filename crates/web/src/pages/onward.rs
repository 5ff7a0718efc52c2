//! Pages that send the browser on to another site by a form. A browser checks redirects after a form against the policy of the page that
//! has the form, so a redirect to another site would be blocked; these pages have a policy of their own.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use url::Url;

use super::frame::{FormTargets, Frame, render};
use crate::State;

/// What a page says.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Title and heading.
    pub title: &'a str,
    /// What happens next.
    pub text: &'a str,
}

#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage<'a> {
    words: Words<'a>,
    method: &'a str,
    action: &'a str,
    fields: &'a [(String, String)],
}

/// A page that leads to this address by GET. A script sends the form at once; without scripts, its button does.
pub fn onward(state: &State, words: Words<'_>, to: &Url) -> HttpResponse {
    let fields: Vec<(String, String)> =
        to.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let mut action = to.clone();
    action.set_query(None);
    page(state, words, ("get", &action), &fields)
}

/// A page that posts these fields to this address, in the same way.
pub fn post_onward(state: &State, words: Words<'_>, to: &Url, fields: &[(String, String)]) -> HttpResponse {
    page(state, words, ("post", to), fields)
}

fn page(
    state: &State,
    words: Words<'_>,
    (method, action): (&str, &Url),
    fields: &[(String, String)],
) -> HttpResponse {
    let content = OnwardPage { words, method, action: action.as_str(), fields };
    let frame = Frame { form_targets: FormTargets::Anywhere, ..Frame::default() };
    render(state, StatusCode::OK, words.title, &frame, &content)
}
