//! `/roles/{id}/delete`: deletes the role, with each assignment of it and each rule that gives it. A page asks first.

use actix_web::web;
use vestibule_admin::rights::roles;
use vestibule_web::pages::isolate;

use crate::{
    layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form},
    roles::role::{
        change::{Then, change},
        page::{find, missing},
    },
};

/// `GET /roles/{id}/delete`
pub async fn ask_delete(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let workspace_id = administrator.workspace_id();
    let role = administrator.read(move |conn| find(conn, &workspace_id, &path)).await?;
    let role = role.ok_or_else(|| missing(&administrator))?;
    let confirm = Confirm {
        title: format!("Delete the role “{}”?", isolate(&role.display_name)),
        lines: vec![
            "Everybody who has it loses it at once, however it was assigned. Rules no longer assign it. People without another role get the default role.".to_owned(),
            "It can't be undone: a new role with this name is assigned to nobody.".to_owned(),
        ],
        action: format!("/roles/{}/delete", role.role_id),
        button: "Delete this role",
        back: format!("/roles/{}", role.role_id),
    };
    confirm.page(&administrator)
}

/// `POST /roles/{id}/delete`
pub async fn delete(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    let (administrator, role_id) = (form.visitor, path.into_inner());
    let workspace = administrator.workspace().clone();
    change(&administrator, role_id, Then::List, move |conn, actor, role| {
        roles::delete(conn, actor, &workspace, role)
    })
    .await
}
