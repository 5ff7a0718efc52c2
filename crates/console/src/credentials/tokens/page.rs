//! The page `/tokens`. A secret is on the page that answers its creation and nowhere else.

use askama::Template;
use vestibule_core::providers::Provider;

use crate::{
    credentials::tokens::{form, listed::Listed},
    layout::{access::Reader, error::PageResult, token_form::TokenForm, visitor::Visitor},
};

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage<'a> {
    provider: &'static Provider,
    csrf: &'a str,
    may_change: bool,
    /// Whether something was just ended.
    ended: bool,
    problem: String,
    issued: Option<IssuedSecret>,
    form: TokenForm,
    listed: Listed,
}

/// A secret just issued.
pub(super) struct IssuedSecret {
    /// Heading: the kind of the secret.
    pub title: String,
    pub secret: String,
    /// What to do with it.
    pub advice: String,
    /// What the secret does not allow; empty: no such limit.
    pub limit: &'static str,
}

/// What the page shows besides the lists.
pub(super) enum Answer {
    /// Nothing.
    Lists,
    /// A secret just issued.
    Issued(IssuedSecret),
    /// A form to correct.
    Form(TokenForm),
    /// Why the request was refused.
    Problem(String),
}

/// `GET /tokens`
pub async fn get(reader: Reader) -> PageResult {
    show(&reader, Answer::Lists).await
}

/// Renders the page.
pub(super) async fn show(visitor: &Visitor, answer: Answer) -> PageResult {
    let (workspace_id, now) = (visitor.workspace_id(), visitor.state().now());
    let listed = visitor.read(move |conn| Listed::read(conn, &workspace_id, now)).await?;
    let (mut issued, mut form, mut problem) = (None, form::empty(), String::new());
    match answer {
        Answer::Lists => {}
        Answer::Issued(secret) => issued = Some(secret),
        Answer::Form(typed) => form = typed,
        Answer::Problem(sentence) => problem = sentence,
    }
    let content = TokensPage {
        provider: visitor.provider(),
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        ended: visitor.query_is("ended=1"),
        problem,
        issued,
        form,
        listed,
    };
    let has_problem = content.form.has_problem() || !content.problem.is_empty();
    visitor.form_page("Provisioning tokens and OAuth connections", has_problem, &content)
}
