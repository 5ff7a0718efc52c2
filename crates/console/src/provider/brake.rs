//! `POST /integrations/okta/brake`: an administrator lets the pushes through that the safety brake stopped, or keeps them stopped.

use vestibule_admin::workspaces::brake;
use vestibule_web::http::input::Parameters;

use crate::layout::{
    access::Administrator,
    error::PageResult,
    form::{Fields, Form},
};

/// What the administrator decided.
pub enum BrakeDecision {
    /// Let all through for an hour.
    Hour,
    /// Let this many people more through.
    People(i64),
    /// Keep them stopped.
    Keep,
    /// Nothing: another button, or a number that can't be read.
    Nothing,
}

impl Fields for BrakeDecision {
    fn read(form: &Parameters) -> Self {
        let people = form.text("people").trim().parse().ok();
        match (form.text("do"), people) {
            ("hour", _) => Self::Hour,
            ("people", Some(people)) => Self::People(people),
            ("keep", _) => Self::Keep,
            _ => Self::Nothing,
        }
    }
}

/// Does what was decided.
pub async fn post(form: Form<Administrator, BrakeDecision>) -> PageResult {
    let Form { visitor: administrator, fields: decision } = form;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    // If the number of people is refused, no push is released.
    let _ = administrator
        .change(move |conn| match decision {
            BrakeDecision::Hour => brake::release(conn, &actor, &workspace_id, None),
            BrakeDecision::People(people) => brake::release(conn, &actor, &workspace_id, Some(people)),
            BrakeDecision::Keep => Ok(brake::keep(conn, &actor, &workspace_id)?),
            BrakeDecision::Nothing => Ok(()),
        })
        .await?;
    Ok(administrator.redirect("/integrations/okta"))
}
