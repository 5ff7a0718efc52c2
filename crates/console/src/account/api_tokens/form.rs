//! The form of a new API token. What a token may do is named by the product's scopes; the form offers a choice where there are
//! several. Pure.

use vestibule_web::{State, http::input::Parameters};

use crate::layout::form::Fields;

/// The longest life of an API token, in days.
const LONGEST_DAYS: i64 = 365;

/// The fields as sent.
pub struct TokenFields {
    name: String,
    days: String,
    scopes: Vec<String>,
}

impl Fields for TokenFields {
    fn read(form: &Parameters) -> Self {
        Self {
            name: form.text("name").to_owned(),
            days: form.text("days").to_owned(),
            scopes: form.names_below("scope."),
        }
    }
}

/// The form as the page shows it: as last typed, with what is wrong with a field.
pub(crate) struct NewToken {
    pub name: String,
    pub days: String,
    /// Each scope on offer, and whether it is ticked.
    pub scopes: Vec<(String, bool)>,
    problem: Option<(&'static str, &'static str)>,
}

/// A token to issue.
pub(crate) struct CheckedToken {
    pub name: String,
    pub days: i64,
    pub scopes: Vec<String>,
}

impl NewToken {
    /// The form before anything was typed.
    pub(crate) fn empty(state: &State) -> Self {
        let fields = TokenFields { name: String::new(), days: "90".to_owned(), scopes: Vec::new() };
        Self::typed(fields, state)
    }

    pub(super) fn typed(fields: TokenFields, state: &State) -> Self {
        let TokenFields { name, days, scopes: ticked } = fields;
        let offered = state.config().tokens.api_scopes.split(' ');
        let scopes = offered.map(|scope| (scope.to_owned(), ticked.iter().any(|one| one == scope))).collect();
        Self { name, days, scopes, problem: None }
    }

    /// The problem with this field.
    pub(crate) fn problem(&self, field: &str) -> Option<&'static str> {
        self.problem.filter(|(named, _)| *named == field).map(|(_, problem)| problem)
    }

    pub(crate) fn has_problem(&self) -> bool {
        self.problem.is_some()
    }

    /// The token to issue, or the form with its first problem.
    pub(super) fn check(mut self) -> Result<CheckedToken, Self> {
        let name = self.name.trim();
        let days = self.days.trim().parse::<i64>();
        let ticked: Vec<String> =
            self.scopes.iter().filter(|(_, ticked)| *ticked).map(|(scope, _)| scope.clone()).collect();
        self.problem = if name.is_empty() || name.chars().count() > 80 {
            Some(("name", "Give the token a name of 1 to 80 characters."))
        } else if self.scopes.len() > 1 && ticked.is_empty() {
            Some(("scope", "Choose what the token may do."))
        } else if !matches!(days, Ok(1..=LONGEST_DAYS)) {
            Some(("days", "Days must be a number from 1 to 365."))
        } else {
            None
        };
        match days {
            Ok(days) if self.problem.is_none() => {
                Ok(CheckedToken { name: name.to_owned(), days, scopes: ticked })
            }
            _ => Err(self),
        }
    }
}
