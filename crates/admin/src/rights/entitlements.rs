//! Entitlements of a workspace: creating, changing and deleting them. [`crate::rights::assignments`] assigns them to people.

use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, WorkspaceId},
};
use vestibule_store::{
    Error, Tx,
    rights::entitlements::{self, Entitlement},
    trail::events::{
        Target,
        kinds::{EntitlementBefore, EntitlementChanged, EntitlementCreated, EntitlementDeleted, changed},
    },
};

use crate::{actor::Actor, checks, refusal::Refusal};

/// An entitlement to be created.
#[derive(Debug, Clone, Copy)]
pub struct NewEntitlement<'a> {
    /// Made from the name when `None`.
    pub id: Option<&'a str>,
    /// Name that people see.
    pub name: &'a str,
    /// One sentence about it.
    pub description: &'a str,
}

/// Creates an entitlement.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    new: NewEntitlement<'_>,
) -> Result<Entitlement, Refusal> {
    let id = check(new)?;
    let made = entitlements::create(conn, workspace_id, id, new.name, new.description, actor.now)?;
    let data = EntitlementCreated { entitlement: &made.entitlement_id, name: &made.display_name };
    actor.record(conn, workspace_id, Target::Workspace, &data)?;
    Ok(made)
}

/// The id of the entitlement that [`create`] would insert. Only the database can say whether it and the name are free.
pub fn check(new: NewEntitlement<'_>) -> Result<EntitlementId, Refusal> {
    checks::description(new.description)?;
    Ok(EntitlementId::from_stored(checks::new_id(new.id, new.name)?))
}

/// Changes the name or the description of an entitlement and returns it; `None` changes nothing. The id never changes.
pub fn change(
    conn: &mut Tx<'_>,
    actor: &Actor,
    before: &Entitlement,
    name: Option<&str>,
    description: Option<&str>,
) -> Result<Entitlement, Refusal> {
    let mut after = before.clone();
    if let Some(name) = name {
        checks::title(name)?.clone_into(&mut after.display_name);
        after.display_name_key = fold(&after.display_name);
    }
    if let Some(text) = description {
        checks::description(text)?.clone_into(&mut after.description);
    }
    entitlements::save(conn, &after)?;
    let data = EntitlementChanged {
        entitlement: &after.entitlement_id,
        name: &after.display_name,
        before: EntitlementBefore {
            name: changed(before.display_name.as_str(), &after.display_name.as_str()),
            description: changed(before.description.as_str(), &after.description.as_str()),
        },
    };
    actor.record(conn, &after.workspace_id, Target::Workspace, &data)?;
    Ok(after)
}

/// Deletes an entitlement and every assignment of it, and removes it from every mapping. Returns false if there is none.
pub fn delete(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    id: &EntitlementId,
) -> Result<bool, Error> {
    let deleted = entitlements::delete(conn, workspace_id, id)?;
    if deleted {
        let data = EntitlementDeleted { entitlement: id };
        actor.record(conn, workspace_id, Target::Workspace, &data)?;
    }
    Ok(deleted)
}
