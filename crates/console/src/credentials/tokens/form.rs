//! The form of a new provisioning token.

use vestibule_admin::access::provisioning_tokens::SCOPES;

use crate::{
    credentials::tokens::rows::scope_in_words,
    layout::token_form::{CheckedToken, TokenFields, TokenForm},
};

/// The longest life of a provisioning token, in days, as in the management API.
const LONGEST_DAYS: i64 = 3650;

/// The form before anything was typed: every scope is ticked.
pub(super) fn empty() -> TokenForm {
    let scopes = SCOPES.map(str::to_owned).to_vec();
    with(TokenFields { name: String::new(), days: "365".to_owned(), scopes })
}

/// The token to issue, or the form with its first problem.
pub(super) fn check(fields: TokenFields) -> Result<CheckedToken, TokenForm> {
    with(fields).check(LONGEST_DAYS, true)
}

fn with(fields: TokenFields) -> TokenForm {
    TokenForm::new(fields, SCOPES.into_iter().map(|scope| (scope.to_owned(), scope_in_words(scope))))
}
