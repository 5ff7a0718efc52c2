//! The form of a new provisioning token: as typed, and what is wrong with a field of it. Pure.

use vestibule_admin::provisioning_tokens::SCOPES;
use vestibule_web::http::input::Parameters;

use super::rows::scope_in_words;

/// The longest a provisioning token may live, in days, as in the management API.
const LONGEST_DAYS: i64 = 3650;

/// As last typed.
pub(crate) struct Form {
    pub name: String,
    pub days: String,
    /// Scope, what it lets do, and whether it was ticked.
    pub scopes: Vec<(&'static str, &'static str, bool)>,
    problem: Option<(&'static str, &'static str)>,
}

/// What was asked for, in order.
#[derive(Debug, PartialEq)]
pub(crate) struct Wanted {
    pub name: String,
    pub days: i64,
    pub scopes: Vec<String>,
}

impl Form {
    /// As first shown.
    pub(crate) fn fresh() -> Self {
        Self::with(String::new(), "365".to_owned(), |_| true)
    }

    pub(crate) fn typed(form: &Parameters) -> Self {
        let ticked = |scope: &str| form.get(&format!("scope.{scope}")).is_some();
        Self::with(form.text("name").to_owned(), form.text("days").to_owned(), ticked)
    }

    fn with(name: String, days: String, ticked: impl Fn(&str) -> bool) -> Self {
        let scopes = SCOPES.map(|scope| (scope, scope_in_words(scope), ticked(scope)));
        Self { name, days, scopes: scopes.to_vec(), problem: None }
    }

    /// What is wrong with this field, if anything.
    pub(crate) fn problem(&self, field: &str) -> Option<&'static str> {
        self.problem.filter(|(named, _)| *named == field).map(|(_, problem)| problem)
    }

    /// Whether nothing is.
    pub(crate) fn is_well(&self) -> bool {
        self.problem.is_none()
    }

    pub(crate) fn judge(mut self) -> Result<Wanted, Self> {
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
            Ok(days) if self.is_well() => Ok(Wanted { name: name.to_owned(), days, scopes }),
            _ => Err(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_of_its_field() {
        let judged = |name: &str, days: &str, ticked: bool| {
            Form::with(name.to_owned(), days.to_owned(), |_| ticked).judge()
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
            let form = judged(name, days, ticked).err().unwrap();
            assert!(form.problem(field).is_some(), "{name} {days} {ticked}");
        }
        let wanted = judged(" Okta ", " 30 ", true).ok().unwrap();
        assert_eq!((wanted.name.as_str(), wanted.days, wanted.scopes.len()), ("Okta", 30, 3));
    }
}
