//! `POST /settings/provisioning`: what the workspace lets Okta's pushes do: the safety brake, members who are not here yet, and Basic
//! authentication.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, Refusal, refusal, workspaces::WorkspaceChange};
use vestibule_store::{Conn, Error, safeguards::brakes, workspaces::Workspace};
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

    /// The change that they ask for.
    fn read(&self) -> Result<WorkspaceChange, Refusal> {
        let number = |name: &'static str, typed: &str| {
            typed.parse::<i64>().map_err(|_| Refusal::Field(name, "must be a whole number".to_owned()))
        };
        Ok(WorkspaceChange {
            brake_percent: Some(number("brake_percent", &self.percent)?),
            brake_least: Some(number("brake_least", &self.least)?),
            park_members: Some(self.park_members),
            allow_basic: Some(self.allow_basic),
            ..WorkspaceChange::default()
        })
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
    let actor = visitor.actor(&req, state.now());
    let insecure = state.config().okta.allow_insecure_issuers;
    let saved = state.write(move |conn| {
        admin::workspaces::change(conn, &actor, &workspace, &terms.read()?, insecure).map(drop)
    });
    match refusal::sentence(saved.await) {
        Ok(Ok(())) => auth::redirect(state.app_url("/settings?saved=1#provisioning")),
        Ok(Err(problem)) => {
            let shown = settings::Form { terms: Some(typed), terms_problem: problem, ..Default::default() };
            settings::show(&req, &state, &visitor, shown).await
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}
