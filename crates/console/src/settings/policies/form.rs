//! The form of the sign-in policies: as stored, as typed, and what is wrong with a field. Pure.

use vestibule_admin::{
    Refusal,
    workspaces::{Limit, Seconds, WorkspaceChange},
};
use vestibule_store::workspaces::Workspace;
use vestibule_web::http::input::Parameters;

use crate::layout::form::Fields;

/// The form, as typed or as stored. A number is empty where the deployment's default applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    pub(crate) session_hours: String,
    pub(crate) idle_minutes: String,
    pub(crate) max_age_minutes: String,
    pub(crate) origins: String,
}

impl Policies {
    /// The stored policies.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let number = |seconds: Option<i64>, unit: i64| {
            seconds.map(|seconds: i64| (seconds / unit).to_string()).unwrap_or_default()
        };
        Self {
            session_hours: number(workspace.session_seconds, 3600),
            idle_minutes: number(workspace.idle_seconds, 60),
            max_age_minutes: number(workspace.max_age_seconds, 60),
            origins: workspace.origins().join("\n"),
        }
    }

    /// The change to make, or a sentence about the first number that is wrong.
    pub(super) fn change(&self) -> Result<WorkspaceChange, String> {
        Ok(WorkspaceChange {
            session: Some(number("Hours a session lasts", Limit::SessionHours, &self.session_hours)?),
            idle: Some(number("Minutes without a request", Limit::IdleMinutes, &self.idle_minutes)?),
            max_age: Some(number("Minutes since the sign-in", Limit::MaxAgeMinutes, &self.max_age_minutes)?),
            allowed_origins: Some(self.origins.split_whitespace().map(str::to_owned).collect()),
            ..WorkspaceChange::default()
        })
    }
}

impl Fields for Policies {
    fn read(form: &Parameters) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        Self {
            session_hours: text("session_hours"),
            idle_minutes: text("idle_minutes"),
            max_age_minutes: text("max_age_minutes"),
            origins: text("origins"),
        }
    }
}

fn number(label: &str, limit: Limit, typed: &str) -> Result<Option<Seconds>, String> {
    limit.parse(typed).map_err(|refusal| match refusal {
        Refusal::Field(_, words) => format!("{label} {words}, or empty"),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_named() {
        let typed = |hours: &str, idle: &str, age: &str, origins: &str| Policies {
            session_hours: hours.to_owned(),
            idle_minutes: idle.to_owned(),
            max_age_minutes: age.to_owned(),
            origins: origins.to_owned(),
        };
        let change = typed("12", "0", "", "https://b.example\n https://a.example").change().unwrap();
        let seconds = |limit: Option<Option<Seconds>>| limit.unwrap().map(Seconds::get);
        assert_eq!(
            (seconds(change.session), seconds(change.idle), seconds(change.max_age)),
            (Some(43_200), Some(0), None)
        );
        assert_eq!(change.allowed_origins.unwrap(), ["https://b.example", "https://a.example"]);
        for (policies, words) in [
            (typed("0", "", "", ""), "Hours a session lasts must be a whole number from 1"),
            (typed("8761", "", "", ""), "Hours a session lasts"),
            (typed("1.5", "", "", ""), "Hours a session lasts"),
            (typed("", "-1", "", ""), "Minutes without a request"),
            (typed("", "", "soon", ""), "Minutes since the sign-in"),
        ] {
            let problem = policies.change().err().unwrap();
            assert!(problem.contains(words), "{policies:?}: {problem}");
        }
    }
}
