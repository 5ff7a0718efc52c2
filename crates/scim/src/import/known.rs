//! What an import has in memory: the roles, entitlements and attributes of the workspace with those of the file, and the names that
//! rows of the file have used.

use std::collections::HashMap;

use serde_json::{Map, Value};
use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, RoleId, UserId, WorkspaceId},
};
use vestibule_scim_engine::schema::Schema;
use vestibule_store::{
    Conn, Error,
    people::users,
    rights::{
        entitlements::{self, Entitlement},
        owners,
        roles::{self, Role},
    },
    workspaces::{self, CUSTOM_ATTRIBUTES},
};
use vestibule_transfer::Person;

use super::{Import, OLD_ID, OLD_ID_URN, Problem, old_id_attribute, refuse};
use crate::users::custom_attributes::{self, Custom};

/// Users per page when the old ids are read.
const PAGE: i64 = 1000;

/// State of a run.
pub(super) struct Known {
    /// The schema of users.
    pub schema: Schema,
    /// The custom attributes.
    pub declared: Vec<Custom>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The entitlements.
    pub entitlements: Vec<Entitlement>,
    /// Old ids of people in the workspace; none if it declares no such attribute.
    old_ids: HashMap<String, UserId>,
    /// Lines of the file by what must be unique in it: kind and value.
    used: HashMap<(&'static str, String), usize>,
    /// Whether members of the group of this folded name are owners.
    gives_owner: HashMap<String, bool>,
}

impl Known {
    /// Reads the workspace.
    pub(super) fn read(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Self, Error> {
        let stored = workspaces::custom_attributes(conn, workspace_id)?;
        let declared = custom_attributes::parse(&stored)
            .map_err(|error| Error::corrupt(CUSTOM_ATTRIBUTES, &[workspace_id], error))?;
        let schema = custom_attributes::schema(workspace_id, &stored)?.into_owned();
        let old_ids = match has_old_id(&declared) {
            true => read_old_ids(conn, workspace_id)?,
            false => HashMap::new(),
        };
        Ok(Self {
            schema,
            declared,
            roles: roles::list(conn, workspace_id)?,
            entitlements: entitlements::list(conn, workspace_id)?,
            old_ids,
            used: HashMap::new(),
            gives_owner: HashMap::new(),
        })
    }

    /// Whether the attribute for the old system's id is declared.
    pub(super) fn has_old_id(&self) -> bool {
        has_old_id(&self.declared)
    }

    /// Adds a custom attribute.
    pub(super) fn add_custom(&mut self, custom: Custom) -> Result<(), Problem> {
        self.declared.push(custom);
        self.schema = custom_attributes::schema_with(&self.declared)?;
        Ok(())
    }

    /// Adds the attribute for the old system's id, unless it is there.
    pub(super) fn add_old_id(&mut self) -> Result<(), Problem> {
        if self.has_old_id() { Ok(()) } else { self.add_custom(old_id_attribute()) }
    }

    /// The user who has this old id.
    pub(super) fn of_old_id(&self, old_id: &str) -> Option<&UserId> {
        self.old_ids.get(old_id)
    }

    /// Refuses a value that an earlier row of the file has.
    pub(super) fn use_once(&mut self, kind: &'static str, value: &str, line: usize) -> Result<(), Problem> {
        match self.used.insert((kind, value.to_owned()), line) {
            None => Ok(()),
            Some(earlier) => {
                self.used.insert((kind, value.to_owned()), earlier);
                refuse(format!(
                    "the {kind} is that of line {earlier}; each may occur once, letter case does not matter"
                ))
            }
        }
    }

    /// Refuses a person whose name, external id or old id an earlier row has.
    pub(super) fn use_person(&mut self, person: &Person, line: usize) -> Result<(), Problem> {
        self.use_once("user name", &fold(&person.user_name), line)?;
        if let Some(external_id) = &person.external_id {
            self.use_once("external id", external_id, line)?;
        }
        match &person.old_id {
            Some(old_id) => self.use_once("old id", old_id, line),
            None => Ok(()),
        }
    }

    /// The ids of roles that a row names.
    pub(super) fn role_ids(&self, import: &Import<'_>, names: &[String]) -> Result<Vec<RoleId>, Problem> {
        let mut ids = Vec::new();
        for name in names {
            let mapped = import.role_names.get(&fold(name)).unwrap_or(name);
            if mapped.is_empty() {
                continue;
            }
            let Some(role) = roles::named(&self.roles, mapped) else {
                return refuse(format!(
                    "there is no role {} here; create it, or name another one for it with --map-role",
                    mapped.escape_debug()
                ));
            };
            if role.role_id == roles::OWNER && !import.allow_owners {
                return refuse("the row makes an owner; allow that with --allow-owners");
            }
            if !ids.contains(&role.role_id) {
                ids.push(role.role_id.clone());
            }
        }
        Ok(ids)
    }

    /// The ids of entitlements that a row names.
    pub(super) fn entitlement_ids(&self, names: &[String]) -> Result<Vec<EntitlementId>, Problem> {
        let mut ids = Vec::new();
        for name in names {
            let Some(found) = entitlements::named(&self.entitlements, name) else {
                return refuse(format!(
                    "there is no entitlement {} here; create it first",
                    name.escape_debug()
                ));
            };
            if !ids.contains(&found.entitlement_id) {
                ids.push(found.entitlement_id.clone());
            }
        }
        Ok(ids)
    }

    /// Whether members of the group of this name are owners.
    pub(super) fn group_gives_owner(
        &mut self,
        conn: &mut Conn,
        workspace_id: &WorkspaceId,
        name: &str,
    ) -> Result<bool, Error> {
        let key = fold(name);
        if let Some(known) = self.gives_owner.get(&key) {
            return Ok(*known);
        }
        let gives = owners::are_members_of(conn, workspace_id, &key)?;
        self.gives_owner.insert(key, gives);
        Ok(gives)
    }
}

fn has_old_id(declared: &[Custom]) -> bool {
    declared.iter().any(|custom| custom.schema.eq_ignore_ascii_case(OLD_ID_URN) && custom.name == OLD_ID)
}

/// The old system's id in a document or in stored attributes.
pub(super) fn old_id_of(attributes: &Map<String, Value>) -> Option<&str> {
    attributes.get(OLD_ID_URN)?.get(OLD_ID)?.as_str()
}

fn read_old_ids(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<HashMap<String, UserId>, Error> {
    let (mut found, mut after) = (HashMap::new(), String::new());
    loop {
        let page = users::list_after(conn, workspace_id, &after, PAGE)?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.user_id.to_string();
        for user in &page {
            if let Some(old_id) = old_id_of(&user.attributes()?) {
                found.insert(old_id.to_owned(), user.user_id.clone());
            }
        }
    }
}
