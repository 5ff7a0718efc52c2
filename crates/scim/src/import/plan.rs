//! Plans a person: who it is here, and what differs. Reads only.

use serde_json::{Map, Value, json};
use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, RoleId, UserId, WorkspaceId},
    names::{Named, may_name_a_user},
    sets::UserSource,
};
use vestibule_scim_engine::{
    document::{check_growth, normalise_user, sync_schemas},
    names,
    schema::USER_URN,
};
use vestibule_store::{
    Conn,
    people::users::{self, User},
    rights::{
        owners,
        roles::{self, Element, ElementKind},
    },
};
use vestibule_transfer::{Person, Row};

use super::{
    Import, OLD_ID_URN, Problem,
    known::{Known, old_id_of},
    old_id_value, refuse,
};
use crate::http::render;

/// What an import does about a person.
pub(super) struct Plan {
    /// The user who is this person; `None`: a new one.
    pub before: Option<User>,
    /// The document before.
    pub document_before: Map<String, Value>,
    /// The document after.
    pub document_after: Map<String, Value>,
    /// Names of the attributes that change.
    pub changed: Vec<String>,
    /// Roles to assign by hand.
    pub roles: Vec<RoleId>,
    /// Entitlements to assign by hand.
    pub entitlements: Vec<EntitlementId>,
    /// Roles and entitlements to assign as SCIM did; only for a new user.
    pub assigned: Vec<Element>,
    /// Names of groups to join.
    pub groups: Vec<String>,
    /// What the file says and the import leaves as it is.
    pub notes: Vec<String>,
}

impl Plan {
    /// Whether the person is here already, as the file says.
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_some()
            && self.changed.is_empty()
            && self.roles.is_empty()
            && self.entitlements.is_empty()
            && self.groups.is_empty()
    }
}

/// The line of a row, whether it is good or bad.
pub(super) fn line_of(row: &Row) -> usize {
    match row {
        Ok(record) => record.line,
        Err(bad) => bad.line,
    }
}

/// Plans a person.
pub(super) fn plan(
    conn: &mut Conn,
    import: &Import<'_>,
    known: &mut Known,
    person: &Person,
) -> Result<Plan, Problem> {
    let workspace_id = &import.workspace_id;
    let roles = known.role_ids(import, &person.roles)?;
    let entitlements = known.entitlement_ids(&person.entitlements)?;
    for name in &person.groups {
        names::check(Named::Group, None, name)?;
        if !import.allow_owners && known.group_gives_owner(conn, workspace_id, name)? {
            return refuse(format!(
                "members of the group {} are owners; allow that with --allow-owners",
                name.escape_debug()
            ));
        }
    }
    let wanted = document(known, person)?;
    let Some(user) = find(conn, workspace_id, known, person)? else {
        check_external_id(conn, workspace_id, &wanted, None)?;
        return new(import, known, person, wanted, (roles, entitlements));
    };
    let related = users::related_one(conn, workspace_id, &user.user_id)?;
    let effective = roles::effective(conn, workspace_id, &user.user_id)?;
    let document_before = render::writable(&user, &[], &known.schema)?;
    let mut document_after = merged(&document_before, &wanted, &user);
    sync_schemas(&mut document_after, &known.schema);
    let mut changed = differences(&document_before, &document_after);
    let mut notes = Vec::new();
    if person.active.is_some_and(|active| active != user.active) {
        let state = if user.active { "active" } else { "deactivated" };
        notes.push(format!("stays {state}: an import changes nobody's access"));
    }
    if user.source == UserSource::Scim {
        // The provider says what SCIM manages. It does not know the old id.
        changed.retain(|name| name != OLD_ID_URN);
        if !changed.is_empty() {
            notes.push(format!("is managed by SCIM, so {} stay as they are", changed.join(", ")));
        }
        document_after.clone_from(&document_before);
        if let Some(old_id) = wanted.get(OLD_ID_URN) {
            document_after.insert(OLD_ID_URN.to_owned(), old_id.clone());
            sync_schemas(&mut document_after, &known.schema);
        }
        changed = differences(&document_before, &document_after);
    }
    let identifies = ["userName", "externalId", "emails"];
    if !import.allow_owners
        && changed.iter().any(|name| identifies.contains(&name.as_str()))
        && owners::holds(conn, workspace_id, &user.user_id)?
    {
        return refuse(format!(
            "the row changes who signs in as the owner {}; allow that with --allow-owners",
            user.user_name
        ));
    }
    check_growth(&document_before, &document_after, &known.schema)?;
    check_external_id(conn, workspace_id, &document_after, Some(&user))?;
    if let Some(name) = document_after.get("userName").and_then(Value::as_str) {
        names::check(Named::User, Some(&user.user_name), name)?;
    }
    let has_role =
        |id: &RoleId| effective.roles.iter().any(|one| one.role_id == *id && one.source.is_manual());
    let has_entitlement = |id: &EntitlementId| {
        effective.entitlements.iter().any(|one| one.entitlement_id == *id && one.source.is_manual())
    };
    let keys: Vec<String> = related.groups.iter().map(|(_, name)| fold(name)).collect();
    Ok(Plan {
        document_before,
        document_after,
        changed,
        roles: roles.into_iter().filter(|id| !has_role(id)).collect(),
        entitlements: entitlements.into_iter().filter(|id| !has_entitlement(id)).collect(),
        assigned: Vec::new(),
        groups: groups(person).into_iter().filter(|name| !keys.contains(&fold(name))).collect(),
        notes,
        before: Some(user),
    })
}

/// The plan of a new user.
fn new(
    import: &Import<'_>,
    known: &Known,
    person: &Person,
    document_after: Map<String, Value>,
    (roles, entitlements): (Vec<RoleId>, Vec<EntitlementId>),
) -> Result<Plan, Problem> {
    names::check(Named::User, None, &person.user_name)?;
    check_growth(&Map::new(), &document_after, &known.schema)?;
    let assigned = person
        .assigned
        .iter()
        .map(|element| self::element(import, known, element))
        .collect::<Result<_, _>>()?;
    Ok(Plan {
        before: None,
        document_before: Map::new(),
        document_after,
        changed: Vec::new(),
        roles,
        entitlements,
        assigned,
        groups: groups(person),
        notes: Vec::new(),
    })
}

/// The groups of a person, each once.
fn groups(person: &Person) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in &person.groups {
        if !names.iter().any(|other| fold(other) == fold(name)) {
            names.push(name.clone());
        }
    }
    names
}

/// An assignment that SCIM made in the workspace of the export.
fn element(
    import: &Import<'_>,
    known: &Known,
    element: &vestibule_transfer::Element,
) -> Result<Element, Problem> {
    let kind = match element.kind.as_str() {
        "role" => ElementKind::Role,
        "role_as_entitlement" => ElementKind::RoleAsEntitlement,
        "entitlement" => ElementKind::Entitlement,
        other => return refuse(format!("assigned: {} is no kind", other.escape_debug())),
    };
    let id = match kind {
        ElementKind::Entitlement => known
            .entitlement_ids(std::slice::from_ref(&element.id))?
            .into_iter()
            .next()
            .map(EntitlementId::into_string),
        _ => known
            .role_ids(import, std::slice::from_ref(&element.id))?
            .into_iter()
            .next()
            .map(RoleId::into_string),
    };
    Ok(Element {
        kind,
        id: id.unwrap_or_default(),
        display_name: String::new(),
        element_display: element.display.clone(),
        element_type: element.element_type.clone(),
        is_primary: element.is_primary,
    })
}

/// The document that the row describes.
fn document(known: &Known, person: &Person) -> Result<Map<String, Value>, Problem> {
    let mut document = person.attributes.clone();
    document.insert("schemas".to_owned(), json!([USER_URN]));
    document.insert("userName".to_owned(), json!(person.user_name));
    if let Some(external_id) = &person.external_id {
        document.insert("externalId".to_owned(), json!(external_id));
    }
    document.insert("active".to_owned(), json!(person.active.unwrap_or(true)));
    if let Some(old_id) = &person.old_id {
        document.insert(OLD_ID_URN.to_owned(), old_id_value(old_id));
    }
    for email in person.attributes.get("emails").and_then(Value::as_array).into_iter().flatten() {
        let address = email.get("value").and_then(Value::as_str).unwrap_or_default();
        let is_address = vestibule_admin::provider::domains::name::of_email(address).is_some()
            && !address.contains(|letter: char| letter.is_whitespace() || letter.is_control());
        if !is_address && !person.is_provisioned {
            return refuse(format!("{} is no email address", address.escape_debug()));
        }
    }
    Ok(normalise_user(&Value::Object(document), &known.schema)?)
}

/// The user who is this person, by the rules of provisioning.
fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    known: &Known,
    person: &Person,
) -> Result<Option<User>, Problem> {
    let by_external_id = match &person.external_id {
        Some(external_id) => users::find_by_external_id(conn, workspace_id, external_id)?,
        None => None,
    };
    let mut named = users::list_by_user_name(conn, workspace_id, &person.user_name)?;
    if named.len() > 1 {
        return refuse("several people here have this user name in other spellings; rename them first");
    }
    let by_name = named.pop();
    let found = match (by_external_id, by_name) {
        (Some(one), Some(other)) if one.user_id != other.user_id => {
            return refuse(format!(
                "the external id is that of {}, but the user name that of {}; correct the row, or the people here",
                one.user_name, other.user_name
            ));
        }
        (Some(user), _) => Some(user),
        (None, Some(user)) => {
            let differs = user.external_id.is_some() && person.external_id.is_some();
            if differs {
                return refuse(format!(
                    "{} is here with another external id, so may be another person; correct the row, or free the external id",
                    user.user_name
                ));
            }
            if user.user_name != person.user_name && !may_name_a_user(&person.user_name) {
                return refuse(format!(
                    "the user name only looks like that of {}; correct the row",
                    user.user_name
                ));
            }
            Some(user)
        }
        (None, None) => None,
    };
    check_old_id(known, person, found.as_ref())?;
    Ok(found)
}

/// Refuses an old id that is another person's, and a person who has another old id: they may be two people of one name.
fn check_old_id(known: &Known, person: &Person, found: Option<&User>) -> Result<(), Problem> {
    let Some(old_id) = &person.old_id else { return Ok(()) };
    let is_other = |other: &&UserId| found.is_none_or(|user| user.user_id != **other);
    if let Some(other) = known.of_old_id(old_id).filter(is_other) {
        return refuse(format!(
            "the old id is that of the person {other} here, who has another name or external id"
        ));
    }
    let Some(user) = found else { return Ok(()) };
    let attributes = user.attributes()?;
    match old_id_of(&attributes) {
        Some(stored) if stored != old_id => refuse(format!(
            "{} is here with the old id {}, so may be another person; correct the row",
            user.user_name,
            stored.escape_debug()
        )),
        _ => Ok(()),
    }
}

/// The document with the values of the row. What the row does not name stays.
fn merged(before: &Map<String, Value>, wanted: &Map<String, Value>, user: &User) -> Map<String, Value> {
    let mut after = before.clone();
    for (name, value) in wanted {
        match (name.as_str(), value) {
            ("schemas" | "active", _) => {}
            // Another spelling of the same name is no change.
            ("userName", Value::String(name)) if fold(name) == user.user_name_key => {}
            ("emails", value)
                if before.get("emails").is_some_and(|stored| addresses(stored) == addresses(value)) => {}
            (_, Value::Object(members)) if after.get(name).is_some_and(Value::is_object) => {
                if let Some(stored) = after.get_mut(name).and_then(Value::as_object_mut) {
                    stored.extend(members.clone());
                }
            }
            _ => {
                after.insert(name.clone(), value.clone());
            }
        }
    }
    after
}

/// The folded addresses of `emails`, the primary one first.
fn addresses(emails: &Value) -> Vec<String> {
    let mut list: Vec<(bool, String)> = emails
        .as_array()
        .into_iter()
        .flatten()
        .map(|email| {
            let address = email.get("value").and_then(Value::as_str).unwrap_or_default();
            (email.get("primary") != Some(&Value::Bool(true)), fold(address))
        })
        .collect();
    list.sort();
    list.into_iter().map(|(_, address)| address).collect()
}

fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut names: Vec<String> = after
        .iter()
        .filter(|(name, value)| name.as_str() != "schemas" && before.get(*name) != Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    names.sort();
    names
}

/// Refuses an external id that is the id of another person here.
fn check_external_id(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    document: &Map<String, Value>,
    user: Option<&User>,
) -> Result<(), Problem> {
    let external_id = document.get("externalId").and_then(Value::as_str);
    let Some(id) = external_id.and_then(UserId::parse) else { return Ok(()) };
    let is_own = user.is_some_and(|user| user.user_id == id);
    if !is_own && users::find(conn, workspace_id, &id)?.is_some() {
        return refuse("the external id is the id of another person here; use the provider's own id");
    }
    Ok(())
}
