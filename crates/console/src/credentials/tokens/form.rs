//! The form of a new provisioning token: as typed, and what is wrong with a field of it. Pure.

use vestibule_admin::provisioning_tokens::SCOPES;
use vestibule_web::http::input::Parameters;

use crate::{credentials::tokens::rows::scope_in_words, layout::form::Fields};

/// The longest life of a provisioning token, in days, as in the management API.
const LONGEST_DAYS: i64 = 3650;

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
pub(super) struct NewToken {
    pub name: String,
    pub days: String,
    /// Each scope, what it allows, and whether it is ticked.
    pub scopes: Vec<(&'static str, &'static str, bool)>,
    problem: Option<(&'static str, &'static str)>,
}

/// A token to issue.
#[derive(Debug, PartialEq)]
pub(super) struct CheckedToken {
    pub name: String,
    pub days: i64,
    pub scopes: Vec<String>,
}

impl NewToken {
    /// The form before anything was typed.
    pub(super) fn empty() -> Self {
        Self::with(String::new(), "365".to_owned(), |_| true)
    }

    pub(super) fn typed(fields: TokenFields) -> Self {
        let TokenFields { name, days, scopes } = fields;
        Self::with(name, days, |scope| scopes.iter().any(|one| one == scope))
    }

    fn with(name: String, days: String, ticked: impl Fn(&str) -> bool) -> Self {
        let scopes = SCOPES.map(|scope| (scope, scope_in_words(scope), ticked(scope)));
        Self { name, days, scopes: scopes.to_vec(), problem: None }
    }

    /// The problem with this field.
    pub(super) fn problem(&self, field: &str) -> Option<&'static str> {
        self.problem.filter(|(named, _)| *named == field).map(|(_, problem)| problem)
    }

    pub(super) fn has_problem(&self) -> bool {
        self.problem.is_some()
    }

    /// The token to issue, or the form with its first problem.
    pub(super) fn check(mut self) -> Result<CheckedToken, Self> {
        let name = self.name.trim();
        let days = self.days.trim().parse::<i64>();
        let scopes: Vec<String> = self
            .scopes
            .iter()
            .filter(|(_, _, ticked)| *ticked)
            .map(|(scope, _, _)| (*scope).to_owned())
            .collect();
        self.problem = if name.is_empty() || name.chars().count() > 80 {
            Some(("name", "Give the token a name of 1 to 80 characters."))
        } else if scopes.is_empty() {
            Some(("scope", "Choose what the token may do."))
        } else if !matches!(days, Ok(1..=LONGEST_DAYS)) {
            Some(("days", "Days must be a number from 1 to 3650."))
        } else {
            None
        };
        match days {
            Ok(days) if self.problem.is_none() => Ok(CheckedToken { name: name.to_owned(), days, scopes }),
            _ => Err(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_field() {
        let checked = |name: &str, days: &str, ticked: bool| {
            NewToken::with(name.to_owned(), days.to_owned(), |_| ticked).check()
        };
        let long = "x".repeat(81);
        for (name, days, ticked, field) in [
            ("", "30", true, "name"),
            (" ", "30", true, "name"),
            (long.as_str(), "30", true, "name"),
            ("Okta", "30", false, "scope"),
            ("Okta", "", true, "days"),
            ("Okta", "0", true, "days"),
            ("Okta", "3651", true, "days"),
            ("Okta", "soon", true, "days"),
        ] {
            let form = checked(name, days, ticked).err().unwrap();
            assert!(form.problem(field).is_some(), "{name} {days} {ticked}");
        }
        let wanted = checked(" Okta ", " 30 ", true).ok().unwrap();
        assert_eq!((wanted.name.as_str(), wanted.days, wanted.scopes.len()), ("Okta", 30, 3));
    }
}
