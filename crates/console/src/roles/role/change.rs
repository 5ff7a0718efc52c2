//! A change of one role, in one transaction.

use vestibule_admin::{Actor, Refusal};
use vestibule_store::{Error, Tx, rights::roles::Role};

use crate::{
    layout::{access::Administrator, error::PageResult},
    roles::role::page::{find, missing, show},
};

/// Where a change redirects.
pub(super) enum Then {
    /// To the role's page.
    Page,
    /// To the list, because the role is gone.
    List,
}

/// Changes the role, or shows its page with the reason of a refusal.
pub(super) async fn change(
    administrator: &Administrator,
    role_id: String,
    then: Then,
    job: impl FnOnce(&mut Tx<'_>, &Actor, &Role) -> Result<(), Refusal> + Send + 'static,
) -> PageResult {
    let (workspace_id, actor, wanted) =
        (administrator.workspace_id(), administrator.actor(), role_id.clone());
    let outcome = administrator
        .change_on(missing, move |conn| {
            let role = find(conn, &workspace_id, &wanted)?.ok_or(Error::NotFound)?;
            job(conn, &actor, &role)
        })
        .await?;
    match (outcome, then) {
        (Ok(()), Then::List) => Ok(administrator.redirect("/roles?saved=1")),
        (Ok(()), Then::Page) => Ok(administrator.redirect(&format!("/roles/{role_id}?saved=1"))),
        (Err(problem), _) => show(administrator, role_id, problem).await,
    }
}
