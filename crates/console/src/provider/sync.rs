//! `POST /integrations/okta/sync`: starts "Sync now". The work is done by [`vestibule_admin::provider::sync`].

use vestibule_admin::provider::sync;

use crate::layout::{access::Administrator, error::PageResult, form::Form};

/// Starts a sync, unless one is running.
pub async fn post(form: Form<Administrator, ()>) -> PageResult {
    let administrator = form.visitor;
    let (workspace_id, actor) = (administrator.workspace_id(), administrator.actor());
    let started = administrator.write(move |conn| sync::begin(conn, &actor, &workspace_id)).await?;
    if let Some(set_up) = started {
        actix_web::rt::spawn(sync::run(administrator.state().clone(), set_up));
    }
    Ok(administrator.redirect("/integrations/okta#sync"))
}
