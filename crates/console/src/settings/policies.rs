//! `POST /settings/sign-in`: how long sessions of this workspace last, how recent a sign-in at Okta must be, and where people
//! may be sent afterwards.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{
    self as admin, Refusal, refusal,
    workspaces::{Limit, Seconds, WorkspaceChange},
};
use vestibule_store::workspaces::Workspace;
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::{layout::auth, settings};

/// The form, as typed or as stored. Numbers are empty where nothing of the workspace's own is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Policies {
    pub session_hours: String,
    pub idle_minutes: String,
    pub max_age_minutes: String,
    pub origins: String,
}

impl Policies {
    /// As stored.
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

    fn typed(form: &Parameters) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
        Self {
            session_hours: text("session_hours"),
            idle_minutes: text("idle_minutes"),
            max_age_minutes: text("max_age_minutes"),
            origins: text("origins"),
        }
    }

    /// The change that they ask for, or a sentence about the first number that is wrong.
    fn read(&self) -> Result<WorkspaceChange, String> {
        Ok(WorkspaceChange {
            session: Some(number("Hours a session lasts", Limit::SessionHours, &self.session_hours)?),
            idle: Some(number("Minutes without a request", Limit::IdleMinutes, &self.idle_minutes)?),
            max_age: Some(number(
                "Minutes since the sign-in at Okta",
                Limit::MaxAgeMinutes,
                &self.max_age_minutes,
            )?),
            allowed_origins: Some(self.origins.split_whitespace().map(str::to_owned).collect()),
            ..WorkspaceChange::default()
        })
    }
}

fn number(label: &str, limit: Limit, typed: &str) -> Result<Option<Seconds>, String> {
    limit.parse(typed).map_err(|refusal| match refusal {
        Refusal::Field(_, words) => format!("{label} {words}, or empty"),
        other => other.to_string(),
    })
}

/// Saves them.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let typed = Policies::typed(&form);
    let saved = match typed.read() {
        Ok(change) => {
            let (workspace, actor) = (visitor.workspace.clone(), visitor.actor(&req, state.now()));
            let insecure = state.config().okta.allow_insecure_issuers;
            let saved = state
                .write(move |conn| admin::workspaces::change(conn, &actor, &workspace, &change, insecure));
            refusal::sentence(saved.await)
        }
        Err(problem) => Ok(Err(problem)),
    };
    match saved {
        Ok(Ok(_)) => auth::redirect(state.app_url("/settings?saved=1#sign-in")),
        Ok(Err(problem)) => {
            let shown =
                settings::Form { policies: Some(typed), sign_in_problem: problem, ..Default::default() };
            settings::show(&req, &state, &visitor, shown).await
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_or_named() {
        let typed = |hours: &str, idle: &str, age: &str, origins: &str| Policies {
            session_hours: hours.to_owned(),
            idle_minutes: idle.to_owned(),
            max_age_minutes: age.to_owned(),
            origins: origins.to_owned(),
        };
        let change = typed("12", "0", "", "https://b.example\n https://a.example").read().unwrap();
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
            (typed("", "", "soon", ""), "Minutes since the sign-in at Okta"),
        ] {
            let problem = policies.read().err().unwrap();
            assert!(problem.contains(words), "{policies:?}: {problem}");
        }
    }
}
