//! `/roles/{id}/ceiling`: switches whether Okta may assign the role. A page asks first, because people can gain or lose it.

use actix_web::web;
use vestibule_admin::rights::roles::{self, RoleChange};
use vestibule_web::pages::isolate;

use crate::{
    layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form},
    roles::role::{
        change::{Then, change},
        page::{find, missing},
    },
};

/// `GET /roles/{id}/ceiling`
pub async fn ask_ceiling(administrator: Administrator, path: web::Path<String>) -> PageResult {
    let workspace_id = administrator.workspace_id();
    let role = administrator.read(move |conn| find(conn, &workspace_id, &path)).await?;
    let role = role.ok_or_else(|| missing(&administrator))?;
    let name = isolate(&role.display_name);
    let page = format!("/roles/{}", role.role_id);
    let action = format!("{page}/ceiling");
    let confirm = if role.by_okta {
        Confirm {
            title: format!("Don't let Okta assign “{name}”?"),
            lines: vec![
                "Everybody who has it from Okta, by assignment or through a group, loses it at once. People who were assigned it by hand keep it.".to_owned(),
                "Okta no longer sees it at /Roles, and a push that assigns it is refused.".to_owned(),
            ],
            action,
            button: "Okta may not assign it",
            back: page,
        }
    } else {
        Confirm {
            title: format!("Let Okta assign “{name}”?"),
            lines: vec![
                "Okta may assign it, and rules may assign it to members of groups. People to whom Okta or a rule already assigns it get it at once.".to_owned(),
            ],
            action,
            button: "Okta may assign it",
            back: page,
        }
    };
    confirm.page(&administrator)
}

/// `POST /roles/{id}/ceiling`
pub async fn set_ceiling(form: Form<Administrator, ()>, path: web::Path<String>) -> PageResult {
    change(&form.visitor, path.into_inner(), Then::Page, |conn, actor, role| {
        let change = RoleChange { by_okta: Some(!role.by_okta), ..RoleChange::default() };
        roles::change(conn, actor, role, change).map(drop)
    })
    .await
}
