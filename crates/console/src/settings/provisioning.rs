//! `POST /settings/provisioning`: what the workspace lets Okta's pushes do: the safety brake, members who are not here yet, and Basic
//! authentication.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use vestibule_admin::{access_rules, trail, workspaces as admin_workspaces, workspaces::Refusal};
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn, Error,
    safeguards::brakes,
    trail::events::{self, Cause},
    workspaces::{self, Workspace},
};
use vestibule_web::{
    State,
    http::{input::Parameters, request},
    pages,
};

use crate::{layout::auth, settings};

/// The form, as typed or as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    pub percent: String,
    pub least: String,
    pub park_members: bool,
    pub allow_basic: bool,
}

impl Terms {
    /// As stored.
    pub(crate) fn of(conn: &mut Conn, workspace: &Workspace) -> Result<Self, Error> {
        let brake = brakes::find(conn, &workspace.workspace_id)?;
        Ok(Self {
            percent: brake.percent.to_string(),
            least: brake.least.to_string(),
            park_members: workspace.park_members,
            allow_basic: workspace.allow_basic,
        })
    }

    fn typed(form: &Parameters) -> Self {
        Self {
            percent: form.text("brake_percent").trim().to_owned(),
            least: form.text("brake_least").trim().to_owned(),
            park_members: form.get("park_members").is_some(),
            allow_basic: form.get("allow_basic").is_some(),
        }
    }

    fn save(
        &self,
        conn: &mut Conn,
        workspace: &Workspace,
        cause: &Cause,
        now: Micros,
    ) -> Result<(), Refusal> {
        let id = &workspace.workspace_id;
        let number = |name: &'static str, typed: &str| {
            typed.parse::<i64>().map_err(|_| Refusal::Field(name, "must be a whole number".to_owned()))
        };
        let (percent, least) = (number("brake_percent", &self.percent)?, number("brake_least", &self.least)?);
        let was = brakes::find(conn, id)?;
        admin_workspaces::set_brake(conn, id, Some(percent), Some(least), now)?;
        workspaces::set_park_members(conn, id, self.park_members, now)?;
        workspaces::set_allow_basic(conn, id, self.allow_basic, now)?;
        let before = json!({
            "brake_percent": was.percent, "brake_least": was.least,
            "park_members": workspace.park_members, "allow_basic": workspace.allow_basic,
        });
        let after = json!({
            "brake_percent": percent, "brake_least": least,
            "park_members": self.park_members, "allow_basic": self.allow_basic,
        });
        let data = trail::with_before(after.clone(), &before, &after);
        events::record_json(conn, id, "workspace_changed", cause, "workspace", &data, now)?;
        Ok(())
    }
}

/// Saves them.
pub async fn post(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let (visitor, form) = match auth::administrator_s_form(&req, payload, &state).await {
        Ok(both) => both,
        Err(answer) => return answer,
    };
    let typed = Terms::typed(&form);
    let (terms, workspace) = (typed.clone(), visitor.workspace.clone());
    let (cause, now) = (visitor.cause(&req), state.now());
    let saved = state.write(move |conn| terms.save(conn, &workspace, &cause, now));
    match access_rules::sentence(saved.await) {
        Ok(Ok(())) => auth::redirect(state.app_url("/settings?saved=1#provisioning")),
        Ok(Err(problem)) => {
            let shown = settings::Form { terms: Some(typed), terms_problem: problem, ..Default::default() };
            settings::show(&req, &state, &visitor, shown).await
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
