//! The form of a new API token. The product's scopes say what a token may do; the page offers a choice if there are several.

use vestibule_web::State;

use crate::layout::token_form::{CheckedToken, TokenFields, TokenForm};

/// The longest life of an API token, in days.
const LONGEST_DAYS: i64 = 365;

/// The form before anything was typed.
pub(crate) fn empty(state: &State) -> TokenForm {
    let fields = TokenFields { name: String::new(), days: "90".to_owned(), scopes: Vec::new() };
    with(fields, state)
}

/// The token to issue, or the form with its first problem.
pub(super) fn check(fields: TokenFields, state: &State) -> Result<CheckedToken, TokenForm> {
    let form = with(fields, state);
    let needs_scope = form.scopes.len() > 1;
    form.check(LONGEST_DAYS, needs_scope)
}

fn with(fields: TokenFields, state: &State) -> TokenForm {
    let offered = state.config().tokens.api_scopes.split(' ');
    TokenForm::new(fields, offered.map(|scope| (scope.to_owned(), "")))
}
