//! The form of a new token: as typed, and what is wrong with a field of it. Pure.

use vestibule_web::http::input::Parameters;

use crate::layout::form::Fields;

/// The fields as sent.
pub struct TokenFields {
    pub(crate) name: String,
    pub(crate) days: String,
    /// The ticked scopes.
    pub(crate) scopes: Vec<String>,
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

/// The form as a page shows it.
pub(crate) struct TokenForm {
    pub name: String,
    pub days: String,
    pub scopes: Vec<ScopeChoice>,
    problem: Option<(&'static str, String)>,
}

/// A scope on offer.
pub(crate) struct ScopeChoice {
    pub name: String,
    /// What it allows; empty: the name says it.
    pub words: &'static str,
    pub ticked: bool,
}

/// A token to issue.
#[derive(Debug, PartialEq)]
pub(crate) struct CheckedToken {
    pub name: String,
    pub days: i64,
    pub scopes: Vec<String>,
}

impl TokenForm {
    /// The form with these fields and scopes.
    pub(crate) fn new(fields: TokenFields, offered: impl Iterator<Item = (String, &'static str)>) -> Self {
        let TokenFields { name, days, scopes: ticked } = fields;
        let scopes = offered
            .map(|(name, words)| ScopeChoice { ticked: ticked.contains(&name), name, words })
            .collect();
        Self { name, days, scopes, problem: None }
    }

    /// The problem with this field.
    pub(crate) fn problem(&self, field: &str) -> Option<&str> {
        self.problem.as_ref().filter(|(named, _)| *named == field).map(|(_, problem)| problem.as_str())
    }

    pub(crate) fn has_problem(&self) -> bool {
        self.problem.is_some()
    }

    /// The token to issue, or the form with its first problem.
    pub(crate) fn check(mut self, longest_days: i64, needs_scope: bool) -> Result<CheckedToken, Self> {
        let name = self.name.trim();
        let days = self.days.trim().parse().ok().filter(|days| (1..=longest_days).contains(days));
        let scopes: Vec<String> =
            self.scopes.iter().filter(|scope| scope.ticked).map(|scope| scope.name.clone()).collect();
        self.problem = match days {
            _ if name.is_empty() || name.chars().count() > 80 => {
                Some(("name", "Give the token a name of 1 to 80 characters.".to_owned()))
            }
            _ if needs_scope && scopes.is_empty() => {
                Some(("scope", "Choose what the token may do.".to_owned()))
            }
            None => Some(("days", format!("Days must be a number from 1 to {longest_days}."))),
            Some(days) => return Ok(CheckedToken { name: name.to_owned(), days, scopes }),
        };
        Err(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_field() {
        let checked = |name: &str, days: &str, ticked: bool| {
            let scopes = if ticked { vec!["read".to_owned(), "write".to_owned()] } else { Vec::new() };
            let fields = TokenFields { name: name.to_owned(), days: days.to_owned(), scopes };
            let offered = ["read", "write"].map(|scope| (scope.to_owned(), "")).into_iter();
            TokenForm::new(fields, offered).check(3650, true)
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
        assert_eq!((wanted.name.as_str(), wanted.days, wanted.scopes.len()), ("Okta", 30, 2));
    }
}
