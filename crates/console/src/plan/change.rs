//! `POST /plan/apply` and `POST /plan/discard`. A page asks first.

use vestibule_admin::workspaces::observation as admin;

use super::page::show;
use crate::layout::{access::Administrator, confirm::Confirm, error::PageResult, form::Form};

/// Asks whether to apply the plan.
pub async fn ask_apply(administrator: Administrator) -> PageResult {
    let name = administrator.provider().name;
    let confirm = Confirm {
        title: "Apply the plan?".to_owned(),
        lines: vec![
            "Every change of the plan is carried out, as if it were pushed now: with its events, and with the end of access of those who are \
             deactivated or deleted. The safety brake does not stop it."
                .to_owned(),
            format!(
                "Until it is done, {name} is asked to try again later. Then {name} changes this workspace directly again. If something that \
                 the plan touches changed here in the meantime, nothing is done."
            ),
        ],
        action: "/plan/apply".to_owned(),
        button: "Apply",
        back: "/plan".to_owned(),
    };
    confirm.page(&administrator)
}

/// Begins to apply the plan; the service carries it out.
pub async fn apply(form: Form<Administrator, ()>) -> PageResult {
    let administrator = form.visitor;
    let (id, actor) = (administrator.workspace_id(), administrator.actor());
    match administrator.change(move |conn| admin::apply(conn, &actor, &id).map(drop)).await? {
        Ok(()) => Ok(administrator.redirect("/plan")),
        Err(problem) => show(&administrator, &problem).await,
    }
}

/// Asks whether to discard the plan.
pub async fn ask_discard(administrator: Administrator) -> PageResult {
    let name = administrator.provider().name;
    let confirm = Confirm {
        title: "Discard the plan?".to_owned(),
        lines: vec![format!(
            "The plan is forgotten, and {name} changes this workspace directly again. Its next push starts from what is here: {name} may \
             not find people whom the plan would have created, until it pushes them again."
        )],
        action: "/plan/discard".to_owned(),
        button: "Discard",
        back: "/plan".to_owned(),
    };
    confirm.page(&administrator)
}

/// Discards the plan.
pub async fn discard(form: Form<Administrator, ()>) -> PageResult {
    let administrator = form.visitor;
    let (id, actor) = (administrator.workspace_id(), administrator.actor());
    match administrator.change(move |conn| admin::discard(conn, &actor, &id)).await? {
        Ok(()) => Ok(administrator.redirect("/plan")),
        Err(problem) => show(&administrator, &problem).await,
    }
}
