//! Declaring and deleting custom attributes of a workspace: the check, the write, one event.

use vestibule_core::time::Micros;
use vestibule_scim_engine::{error::Rejection, schema::USER_URN};
use vestibule_store::{
    Conn, Error, Tx,
    providers::saml_connections,
    trail::events::{
        self, Cause, Target,
        kinds::{AttributeCreated, AttributeDeleted},
    },
    workspaces::{self, Workspace},
};

use super::{Custom, declare, forget, parse, schema_with};

/// Why a change of custom attributes fails.
#[derive(Debug)]
pub enum ChangeError {
    /// It is refused: a sentence for the operator.
    Refused(String),
    /// The store failed.
    Store(Error),
}

impl From<Rejection> for ChangeError {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection.detail)
    }
}

impl From<Error> for ChangeError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// Declares an attribute. Returns it with the spelling of its schema that the workspace has already.
pub fn create(
    conn: &mut Tx<'_>,
    workspace: &Workspace,
    custom: Custom,
    cause: &Cause,
    now: Micros,
) -> Result<Custom, ChangeError> {
    let mut declared = parse(&workspace.custom_attributes()?)?;
    let created = declare(&mut declared, custom)?;
    save(conn, workspace, &declared, now)?;
    let data = AttributeCreated(created.event_data());
    events::record(conn, &workspace.workspace_id, cause, Target::Workspace, &data, now)?;
    Ok(created)
}

/// Deletes an attribute and its values. Returns it and the number of changed users.
pub fn delete(
    conn: &mut Tx<'_>,
    workspace: &Workspace,
    (schema, name): (&str, &str),
    cause: &Cause,
    now: Micros,
) -> Result<(Custom, usize), ChangeError> {
    let mut declared = parse(&workspace.custom_attributes()?)?;
    let is_meant = |custom: &Custom| {
        custom.name.eq_ignore_ascii_case(name) && custom.schema.eq_ignore_ascii_case(schema)
    };
    let Some(deleted) = declared.iter().find(|custom| is_meant(custom)).cloned() else {
        return Err(ChangeError::Refused(format!("no attribute {name} of {schema} was declared here")));
    };
    if joins_people(conn, workspace, &deleted)? {
        return Err(ChangeError::Refused(format!(
            "a SAML connection joins people by {}: change the connection first",
            deleted.name
        )));
    }
    declared.retain(|custom| !is_meant(custom));
    let users = forget(conn, &workspace.workspace_id, &deleted, now)?;
    save(conn, workspace, &declared, now)?;
    let data = AttributeDeleted(deleted.event_data());
    events::record(conn, &workspace.workspace_id, cause, Target::Workspace, &data, now)?;
    Ok((deleted, users))
}

/// Whether a SAML connection finds users by this attribute. If it were deleted, people who sign in would no longer match their users.
fn joins_people(conn: &mut Conn, workspace: &Workspace, custom: &Custom) -> Result<bool, Error> {
    for connection in saml_connections::list(conn, &workspace.workspace_id)? {
        let Some(name) = connection.attribute_names()?.uid_custom else { continue };
        let (schema, own) = name.rsplit_once(':').unwrap_or((USER_URN, &name));
        if own.eq_ignore_ascii_case(&custom.name) && schema.eq_ignore_ascii_case(&custom.schema) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Stores the attributes if they form a schema together.
fn save(conn: &mut Conn, workspace: &Workspace, declared: &[Custom], now: Micros) -> Result<(), ChangeError> {
    schema_with(declared)?;
    let declared = declared.iter().map(Custom::to_json).collect();
    Ok(workspaces::set_custom_attributes(conn, &workspace.workspace_id, declared, now)?)
}
