//! Roles and entitlements in a user's document, compared with those that SCIM has assigned. Only differences are
//! written, so a PUT that sends the returned `roles` and `entitlements` back changes nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vestibule_core::{
    fold::fold,
    ids::WorkspaceId,
    providers::{Provider, of_connections},
    time::Micros,
};
use vestibule_scim_engine::{error::Rejection, schema::ResourceKind};
use vestibule_store::{
    Conn, Error,
    people::users::User,
    providers::kinds,
    rights::{
        entitlements::{self, Entitlement},
        roles::{self, Element, ElementKind, Role},
    },
};

use crate::http::{error::ScimError, render::attribute_of};

/// The changes of assignments that a document makes.
#[derive(Debug, Default)]
pub(super) struct Plan {
    give: Vec<Element>,
    change: Vec<Element>,
    take: Vec<Element>,
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }

    /// Whether the user loses a role.
    pub(super) fn takes_roles(&self) -> bool {
        self.take.iter().any(|element| element.kind != ElementKind::Entitlement)
    }

    /// The new assignments.
    pub(super) fn given(&self) -> impl Iterator<Item = &Element> {
        self.give.iter()
    }

    /// The removed assignments.
    pub(super) fn taken(&self) -> impl Iterator<Item = &Element> {
        self.take.iter()
    }

    /// The attributes that change.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.all().map(|element| attribute_of(element.kind).to_owned())
    }

    /// Writes the changes.
    pub(super) fn apply(&self, conn: &mut Conn, user: &User, now: Micros) -> Result<(), Error> {
        let (workspace_id, user_id) = (&user.workspace_id, &user.user_id);
        for element in &self.take {
            roles::take_element(conn, workspace_id, user_id, element)?;
        }
        for element in &self.change {
            roles::change_element(conn, workspace_id, user_id, element)?;
        }
        for element in &self.give {
            roles::give_element(conn, workspace_id, user_id, element, now)?;
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &Element> {
        self.give.iter().chain(&self.change).chain(&self.take)
    }
}

/// The ids in an attribute, from the assignments and after a plan if there is one.
pub(super) fn ids(name: &str, assigned: &[Element], plan: Option<&Plan>) -> Vec<String> {
    let (taken, given) = plan.map_or((&[][..], &[][..]), |plan| (&plan.take[..], &plan.give[..]));
    let stays = |one: &&Element| !taken.iter().any(|taken| (taken.kind, &taken.id) == (one.kind, &one.id));
    let mut ids: Vec<String> = assigned
        .iter()
        .filter(stays)
        .chain(given)
        .filter(|one| attribute_of(one.kind) == name)
        .map(|one| one.id.clone())
        .collect();
    ids.sort();
    ids
}

/// Compares a document with the assignments that SCIM has made.
///
/// # Errors
/// 400 `invalidValue` for an unknown role or entitlement, and for a role that the provider may not assign.
pub(super) fn plan(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    assigned: &[Element],
    document: &Map<String, Value>,
) -> Result<Plan, ScimError> {
    let mut catalog = Catalog { workspace_id, assigned, lists: None };
    let mut requested: BTreeMap<(ElementKind, String), Element> = BTreeMap::new();
    for name in ["roles", "entitlements"] {
        let values = document.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for value in values {
            let mut element = catalog.element(conn, name, value)?;
            element.element_display = client_display(assigned, &element);
            let key = (element.kind, element.id.clone());
            // A value may be sent twice, by id and by name. Their parts are merged.
            let merged = requested.entry(key).or_insert_with(|| element.clone());
            merged.element_display = element.element_display.or(merged.element_display.take());
            merged.element_type = element.element_type.or(merged.element_type.take());
            merged.is_primary = element.is_primary.or(merged.is_primary);
        }
    }
    let mut plan = Plan::default();
    let parts = |element: &Element| {
        (element.element_display.clone(), element.element_type.clone(), element.is_primary)
    };
    for before in assigned {
        match requested.remove(&(before.kind, before.id.clone())).map(with_type) {
            None => plan.take.push(before.clone()),
            Some(after) if parts(&after) != parts(before) => plan.change.push(after),
            Some(_) => {}
        }
    }
    plan.give = requested.into_values().map(with_type).collect();
    Ok(plan)
}

/// The `display` that the client chose. None for a display name of ours that the client sends back, even with another
/// value, as after a PATCH of `roles[primary eq true].value`.
fn client_display(assigned: &[Element], element: &Element) -> Option<String> {
    let text = element.element_display.as_ref()?;
    let same_display = || assigned.iter().filter(|before| before.display_name == *text);
    let same_element = same_display().find(|before| (before.kind, &before.id) == (element.kind, &element.id));
    match same_element {
        Some(before) => before.element_display.clone(),
        None if same_display().any(|before| before.element_display.is_none()) => None,
        None => Some(text.clone()),
    }
}

/// The element with its `type`: a value of `entitlements` has the resource type of what it names (okta-facts §3), even
/// if the client sent none.
fn with_type(element: Element) -> Element {
    let is = |kind: ResourceKind| element.element_type.as_deref().is_some_and(|text| is_named(text, kind));
    let element_type = match (element.kind, &element.element_type) {
        (ElementKind::RoleAsEntitlement, _) => Some(ResourceKind::Role.name().to_owned()),
        (ElementKind::Entitlement, text) if text.is_none() || is(ResourceKind::Entitlement) => {
            Some(ResourceKind::Entitlement.name().to_owned())
        }
        (_, text) => text.clone(),
    };
    Element { element_type, ..element }
}

fn is_named(text: &str, kind: ResourceKind) -> bool {
    fold(text) == fold(kind.name())
}

/// Looks up roles and entitlements. Reads the lists of the workspace at most once, and only for a value that is not
/// assigned yet.
struct Catalog<'a> {
    workspace_id: &'a WorkspaceId,
    assigned: &'a [Element],
    lists: Option<(Vec<Role>, Vec<Entitlement>)>,
}

impl Catalog<'_> {
    /// The role or entitlement that a value of `roles` or `entitlements` names.
    fn element(&mut self, conn: &mut Conn, name: &str, value: &Value) -> Result<Element, ScimError> {
        let part = |part: &str| value.get(part).and_then(Value::as_str);
        let text = part("value").or_else(|| value.as_str()).ok_or_else(|| {
            Rejection::value(format!("{name}: each needs a value, the id of what is assigned"))
        })?;
        let element_display = part("display").map(str::to_owned);
        let element_type = part("type").map(str::to_owned);
        let is_primary = value.get("primary").and_then(Value::as_bool);
        let is_role = element_type.as_deref().is_some_and(|text| is_named(text, ResourceKind::Role));
        let kinds: &[ElementKind] = match name {
            "roles" => &[ElementKind::Role],
            _ if is_role => &[ElementKind::RoleAsEntitlement],
            _ => &[ElementKind::Entitlement, ElementKind::RoleAsEntitlement],
        };
        let mut found = None;
        for kind in kinds {
            if found.is_none() {
                found = self.lookup(conn, *kind, text)?;
            }
        }
        match found {
            Some(found) => Ok(Element { element_display, element_type, is_primary, ..found }),
            None => Err(self.unknown(conn, name, text)),
        }
    }

    fn lookup(
        &mut self,
        conn: &mut Conn,
        kind: ElementKind,
        text: &str,
    ) -> Result<Option<Element>, ScimError> {
        if let Some(element) = self.assigned.iter().find(|element| element.kind == kind && element.id == text)
        {
            return Ok(Some(element.clone()));
        }
        let workspace_id = self.workspace_id;
        let (all_roles, all_entitlements) = self.lists(conn)?;
        let found = if kind == ElementKind::Entitlement {
            entitlements::named(all_entitlements, text)
                .map(|one| (one.entitlement_id.as_str(), &one.display_name))
        } else {
            match roles::named(all_roles, text) {
                Some(role) if !role.by_okta => {
                    let kinds = kinds::of_workspace(conn, workspace_id)?;
                    return Err(not_assignable(of_connections(&kinds), kind, role));
                }
                role => role.map(|role| (role.role_id.as_str(), &role.display_name)),
            }
        };
        let element = |(id, display_name): (&str, &String)| Element {
            kind,
            id: id.to_owned(),
            display_name: display_name.clone(),
            element_display: None,
            element_type: None,
            is_primary: None,
        };
        Ok(found.map(element))
    }

    fn lists(&mut self, conn: &mut Conn) -> Result<&(Vec<Role>, Vec<Entitlement>), ScimError> {
        let lists = match self.lists.take() {
            Some(lists) => lists,
            None => (roles::list(conn, self.workspace_id)?, entitlements::list(conn, self.workspace_id)?),
        };
        Ok(self.lists.insert(lists))
    }

    fn unknown(&mut self, conn: &mut Conn, name: &str, text: &str) -> ScimError {
        let (all_roles, all_entitlements) = match self.lists(conn) {
            Ok(lists) => lists,
            Err(error) => return error,
        };
        let offered = all_roles.iter().filter(|role| role.by_okta).map(|role| role.role_id.as_str());
        let offered = offered.collect::<Vec<_>>().join(", ");
        let text = text.escape_debug();
        let detail = if name == "roles" {
            format!("roles: there is no role {text}; the roles here are {offered}")
        } else {
            let ids: Vec<&str> = all_entitlements.iter().map(|one| one.entitlement_id.as_str()).collect();
            let ids = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            format!(
                "entitlements: there is no entitlement and no role {text}; the entitlements here are {ids}, the roles {offered}"
            )
        };
        Rejection::value(detail).into()
    }
}

/// The refusal of a role that the provider may not assign.
fn not_assignable(provider: &Provider, kind: ElementKind, role: &Role) -> ScimError {
    let detail = format!(
        "{}: {label} may not assign the role {id} in this workspace; Vestibule's operator assigns it by hand, or lets {name} assign it \
         with `vestibule role update --role {id} --by-okta on`",
        attribute_of(kind),
        label = provider.label,
        name = provider.name,
        id = role.role_id
    );
    Rejection::value(detail).into()
}
