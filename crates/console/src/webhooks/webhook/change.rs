//! A change of one webhook: one transaction on a webhook of the workspace.

use vestibule_admin::{Actor, Refusal, outbox::webhooks::Environment};
use vestibule_store::{Error, Tx, outbox::webhooks::Webhook};

use crate::{
    layout::{
        access::Administrator,
        error::{PageError, PageResult},
    },
    webhooks::{
        environment,
        webhook::{
            page::{missing, show},
            read::find,
        },
    },
};

/// Runs the change; the inner error is the sentence for the page.
pub(super) async fn change<T: Send + 'static>(
    administrator: &Administrator,
    id: &str,
    job: impl FnOnce(&mut Tx<'_>, &Actor, Environment<'_>, Webhook) -> Result<T, Refusal> + Send + 'static,
) -> Result<Result<T, String>, PageError> {
    let (workspace_id, id) = (administrator.workspace_id(), id.to_owned());
    let (actor, state) = (administrator.actor(), administrator.state().clone());
    administrator
        .change_on(missing, move |conn| {
            let webhook = find(conn, &workspace_id, &id)?.ok_or(Error::NotFound)?;
            job(conn, &actor, environment(&state), webhook)
        })
        .await
}

/// Runs the change and redirects to the page, or shows the page with the reason of a refusal.
pub(super) async fn change_and_show(
    administrator: &Administrator,
    id: &str,
    job: impl FnOnce(&mut Tx<'_>, &Actor, Environment<'_>, Webhook) -> Result<(), Refusal> + Send + 'static,
) -> PageResult {
    match change(administrator, id, job).await? {
        Ok(()) => Ok(administrator.redirect(&format!("/webhooks/{id}?saved=1"))),
        Err(problem) => show(administrator, id, None, problem).await,
    }
}
