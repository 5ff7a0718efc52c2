//! The form of the provisioning terms: as stored and as typed.

use vestibule_admin::workspaces::WorkspaceChange;
use vestibule_store::{Conn, Error, safeguards::brakes, workspaces::Workspace};
use vestibule_web::http::input::Parameters;

use crate::layout::form::Fields;

/// The form, as typed or as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    pub(crate) percent: String,
    pub(crate) least: String,
    pub(crate) park_members: bool,
    pub(crate) allow_basic: bool,
}

impl Terms {
    /// The stored terms.
    pub(crate) fn of(conn: &mut Conn, workspace: &Workspace) -> Result<Self, Error> {
        let brake = brakes::find(conn, &workspace.workspace_id)?;
        Ok(Self {
            percent: brake.percent.to_string(),
            least: brake.least.to_string(),
            park_members: workspace.park_members,
            allow_basic: workspace.allow_basic,
        })
    }
}

impl Terms {
    /// The change to make, or a sentence about the first number that is wrong.
    pub(super) fn change(&self) -> Result<WorkspaceChange, String> {
        let number = |name: &str, typed: &str| {
            typed.parse::<i64>().map_err(|_| format!("{name} must be a whole number"))
        };
        Ok(WorkspaceChange {
            brake_percent: Some(number("brake percent", &self.percent)?),
            brake_least: Some(number("brake least", &self.least)?),
            park_members: Some(self.park_members),
            allow_basic: Some(self.allow_basic),
            ..WorkspaceChange::default()
        })
    }
}

impl Fields for Terms {
    fn read(form: &Parameters) -> Self {
        Self {
            percent: form.text("brake_percent").trim().to_owned(),
            least: form.text("brake_least").trim().to_owned(),
            park_members: form.get("park_members").is_some(),
            allow_basic: form.get("allow_basic").is_some(),
        }
    }
}
