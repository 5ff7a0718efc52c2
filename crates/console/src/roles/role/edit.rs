//! `POST /roles/{id}`: changes the name and description of a role, or makes it the default role.

use actix_web::web;
use vestibule_admin::{
    rights::roles::{self, RoleChange},
    workspaces::{self, WorkspaceChange},
};
use vestibule_web::http::input::Parameters;

use crate::{
    layout::{
        access::Administrator,
        error::PageResult,
        form::{Fields, Form},
    },
    roles::role::change::{Then, change},
};

/// The two forms that are sent to this path.
pub enum RoleEdit {
    /// Make it the default role.
    Default,
    /// Change its texts.
    Texts {
        /// The new name.
        name: String,
        /// The new description.
        description: String,
    },
}

impl Fields for RoleEdit {
    fn read(form: &Parameters) -> Self {
        match form.text("do") {
            "default" => Self::Default,
            _ => Self::Texts {
                name: form.text("name").to_owned(),
                description: form.text("description").to_owned(),
            },
        }
    }
}

/// Changes the role.
pub async fn post(form: Form<Administrator, RoleEdit>, path: web::Path<String>) -> PageResult {
    let Form { visitor: administrator, fields: edit } = form;
    let workspace = administrator.workspace().clone();
    let allow_insecure = administrator.state().config().okta.allow_insecure_issuers;
    change(&administrator, path.into_inner(), Then::Page, move |conn, actor, role| match edit {
        RoleEdit::Default => {
            let default_role = Some(role.role_id.clone());
            let change = WorkspaceChange { default_role, ..WorkspaceChange::default() };
            workspaces::change(conn, actor, &workspace, &change, allow_insecure).map(drop)
        }
        RoleEdit::Texts { name, description } => {
            let change = RoleChange { name: Some(&name), description: Some(&description), by_okta: None };
            roles::change(conn, actor, role, change).map(drop)
        }
    })
    .await
}
