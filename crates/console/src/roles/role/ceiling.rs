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
    let (provider, label) = (administrator.provider().name, administrator.provider().label);
    let (may, may_not) = (format!("{label} may assign it"), format!("{label} may not assign it"));
    let page = format!("/roles/{}", role.role_id);
    let action = format!("{page}/ceiling");
    let confirm = if role.by_okta {
        Confirm {
            title: format!("Don't let {provider} assign “{name}”?"),
            lines: vec![
                format!(
                    "Everybody who has it from {provider}, by assignment or through a group, loses it at once. People who were assigned it by hand keep it."
                ),
                format!("{label} no longer sees it at /Roles, and a push that assigns it is refused."),
            ],
            action,
            button: &may_not,
            back: page,
        }
    } else {
        Confirm {
            title: format!("Let {provider} assign “{name}”?"),
            lines: vec![format!(
                "{label} may assign it, and rules may assign it to members of groups. People to whom {provider} or a rule already assigns it get it at once."
            )],
            action,
            button: &may,
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
