//! `POST /settings/sign-in`: how long sessions of this workspace last, how recent a sign-in at Okta must be, and where people
//! may be sent afterwards.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use vestibule_admin::trail;
use vestibule_store::{
    Error,
    trail::events,
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    http::{input::Parameters, request, return_to},
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

    /// What they come to, or a sentence about the first that can't be.
    fn read(&self, allow_insecure: bool) -> Result<Read, String> {
        Ok(Read {
            session_seconds: number("Hours a session lasts", &self.session_hours, 1..=8760, 3600)?,
            idle_seconds: number("Minutes without a request", &self.idle_minutes, 0..=525_600, 60)?,
            max_age_seconds: number(
                "Minutes since the sign-in at Okta",
                &self.max_age_minutes,
                0..=525_600,
                60,
            )?,
            origins: origins(&self.origins, allow_insecure)?,
        })
    }
}

/// The same as numbers and origins.
struct Read {
    session_seconds: Option<i64>,
    idle_seconds: Option<i64>,
    max_age_seconds: Option<i64>,
    origins: Vec<String>,
}

fn number(
    label: &str,
    typed: &str,
    range: std::ops::RangeInclusive<i64>,
    unit: i64,
) -> Result<Option<i64>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let number = typed.parse().ok().filter(|number| range.contains(number));
    number.map(|number: i64| Some(number * unit)).ok_or_else(|| {
        format!("{label} must be a whole number from {} to {}, or empty", range.start(), range.end())
    })
}

fn origins(typed: &str, allow_insecure: bool) -> Result<Vec<String>, String> {
    let mut origins = typed
        .split_whitespace()
        .map(|origin| return_to::check_origin(origin, allow_insecure))
        .collect::<Result<Vec<_>, _>>()?;
    origins.sort();
    origins.dedup();
    if origins.len() > 50 { Err("a workspace has at most 50 such addresses".to_owned()) } else { Ok(origins) }
}

/// Saves them.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let typed = Policies::typed(&form);
    let read = match typed.read(state.config().okta.allow_insecure_issuers) {
        Ok(read) => read,
        Err(problem) => {
            let shown =
                settings::Form { policies: Some(typed), sign_in_problem: problem, ..Default::default() };
            return settings::show(&req, &state, &visitor, shown).await;
        }
    };
    let (workspace_id, now) = (visitor.workspace.workspace_id.clone(), state.now());
    let cause = request::cause(&req, visitor.signed_in.actor());
    let before = trail::terms(&visitor.workspace);
    let saved = state.write(move |conn| {
        workspaces::set_session_limits(conn, &workspace_id, read.session_seconds, read.idle_seconds, now)?;
        workspaces::set_max_age(conn, &workspace_id, read.max_age_seconds, now)?;
        workspaces::set_origins(conn, &workspace_id, &read.origins, now)?;
        let after = json!({
            "session_seconds": read.session_seconds, "idle_seconds": read.idle_seconds,
            "max_age_seconds": read.max_age_seconds, "allowed_origins": read.origins,
        });
        let data = trail::with_before(after.clone(), &before, &after);
        events::record_json(conn, &workspace_id, "workspace_changed", &cause, "workspace", &data, now)?;
        Ok::<_, Error>(())
    });
    match saved.await {
        Ok(()) => auth::redirect(state.app_url("/settings?saved=1#sign-in")),
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
        let read =
            typed("12", "0", "", "https://b.example\n https://a.example https://b.example").read(false);
        let read = read.unwrap();
        assert_eq!(
            (read.session_seconds, read.idle_seconds, read.max_age_seconds),
            (Some(43_200), Some(0), None)
        );
        assert_eq!(read.origins, ["https://a.example", "https://b.example"]);
        for (policies, words) in [
            (typed("0", "", "", ""), "Hours a session lasts must be a whole number from 1"),
            (typed("8761", "", "", ""), "Hours a session lasts"),
            (typed("1.5", "", "", ""), "Hours a session lasts"),
            (typed("", "-1", "", ""), "Minutes without a request"),
            (typed("", "", "soon", ""), "Minutes since the sign-in at Okta"),
            (typed("", "", "", "http://a.example"), "https"),
            (typed("", "", "", "https://a.example/path"), "https://a.example"),
        ] {
            let problem = policies.read(false).err().unwrap();
            assert!(problem.contains(words), "{policies:?}: {problem}");
        }
    }
}
