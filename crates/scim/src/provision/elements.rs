//! Roles and entitlements through a user's document: only what the document changes against what it showed is given,
//! changed or taken away. A PUT that echoes our own `roles` and `entitlements` back therefore changes nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vestibule_core::{fold::fold, time::Micros};
use vestibule_scim_engine::{error::Rejection, schema::ResourceKind};
use vestibule_store::{
    Conn, Error,
    people::users::User,
    rights::{
        entitlements::{self, Entitlement},
        roles::{self, Element, ElementKind, Role},
    },
};

use crate::http::answer::ScimError;

/// What a document changes.
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

    /// Whether somebody loses a role by it.
    pub(super) fn takes_roles(&self) -> bool {
        self.take.iter().any(|element| element.kind != ElementKind::Entitlement)
    }

    /// What is given anew.
    pub(super) fn given(&self) -> impl Iterator<Item = &Element> {
        self.give.iter()
    }

    /// What is taken away.
    pub(super) fn taken(&self) -> impl Iterator<Item = &Element> {
        self.take.iter()
    }

    /// The attributes that change.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.all().map(|element| attribute(element.kind).to_owned())
    }

    /// Carries it out.
    pub(super) fn carry_out(&self, conn: &mut Conn, user: &User, now: Micros) -> Result<(), Error> {
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

/// The attribute through which something is assigned.
pub(crate) fn attribute(kind: ElementKind) -> &'static str {
    match kind {
        ElementKind::Role => "roles",
        ElementKind::Entitlement | ElementKind::RoleAsEntitlement => "entitlements",
    }
}

/// The ids that SCIM has assigned through an attribute, as a plan leaves them.
pub(super) fn ids(name: &str, held: &[Element], plan: Option<&Plan>) -> Vec<String> {
    let (taken, given) = plan.map_or((&[][..], &[][..]), |plan| (&plan.take[..], &plan.give[..]));
    let stays = |one: &&Element| !taken.iter().any(|taken| (taken.kind, &taken.id) == (one.kind, &one.id));
    let mut ids: Vec<String> = held
        .iter()
        .filter(stays)
        .chain(given)
        .filter(|one| attribute(one.kind) == name)
        .map(|one| one.id.clone())
        .collect();
    ids.sort();
    ids
}

/// Compares what the document says with what SCIM has assigned so far.
///
/// # Errors
/// 400 `invalidValue` for what names nothing here, and for a role that Okta may not give.
pub(super) fn plan(
    conn: &mut Conn,
    workspace_id: &str,
    shown: &[Element],
    document: &Map<String, Value>,
) -> Result<Plan, ScimError> {
    let mut house = House { workspace_id, shown, known: None };
    let mut wanted: BTreeMap<(ElementKind, String), Element> = BTreeMap::new();
    for name in ["roles", "entitlements"] {
        let values = document.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for value in values {
            let mut element = house.element(conn, name, value)?;
            element.element_display = own_display(shown, &element);
            let key = (element.kind, element.id.clone());
            // Named twice, by id and by name: what either says of it counts.
            let known = wanted.entry(key).or_insert_with(|| element.clone());
            known.element_display = element.element_display.or(known.element_display.take());
            known.element_type = element.element_type.or(known.element_type.take());
            known.is_primary = element.is_primary.or(known.is_primary);
        }
    }
    let mut plan = Plan::default();
    let written = |element: &Element| {
        (element.element_display.clone(), element.element_type.clone(), element.is_primary)
    };
    for before in shown {
        match wanted.remove(&(before.kind, before.id.clone())).map(complete) {
            None => plan.take.push(before.clone()),
            Some(after) if written(&after) != written(before) => plan.change.push(after),
            Some(_) => {}
        }
    }
    plan.give = wanted.into_values().map(complete).collect();
    Ok(plan)
}

/// The `display` that is the client's own. What was shown comes back, perhaps beside another value after a PATCH of
/// `roles[primary eq true].value`: a name of ours doesn't become the client's by that.
fn own_display(shown: &[Element], element: &Element) -> Option<String> {
    let text = element.element_display.as_ref()?;
    let echoed = || shown.iter().filter(|before| before.display_name == *text);
    let itself = echoed().find(|before| (before.kind, &before.id) == (element.kind, &element.id));
    match itself {
        Some(before) => before.element_display.clone(),
        None if echoed().any(|before| before.element_display.is_none()) => None,
        None => Some(text.clone()),
    }
}

/// The type of what `entitlements` holds says which resource it is (okta-facts §3), whether or not a client said so.
fn complete(element: Element) -> Element {
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

/// What values are looked up in. The lists are read when a value names what isn't assigned yet, and then once.
struct House<'a> {
    workspace_id: &'a str,
    shown: &'a [Element],
    known: Option<(Vec<Role>, Vec<Entitlement>)>,
}

impl House<'_> {
    /// What a value of `roles` or `entitlements` names.
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
        if let Some(shown) = self.shown.iter().find(|shown| shown.kind == kind && shown.id == text) {
            return Ok(Some(shown.clone()));
        }
        let (all, entitlements) = self.known(conn)?;
        let found = if kind == ElementKind::Entitlement {
            entitlements::named(entitlements, text).map(|one| (&one.entitlement_id, &one.display_name))
        } else {
            match roles::named(all, text) {
                Some(role) if !role.by_okta => return Err(withheld(kind, role)),
                role => role.map(|role| (&role.role_id, &role.display_name)),
            }
        };
        let element = |(id, display_name): (&String, &String)| Element {
            kind,
            id: id.clone(),
            display_name: display_name.clone(),
            element_display: None,
            element_type: None,
            is_primary: None,
        };
        Ok(found.map(element))
    }

    fn known(&mut self, conn: &mut Conn) -> Result<&(Vec<Role>, Vec<Entitlement>), ScimError> {
        let known = match self.known.take() {
            Some(known) => known,
            None => (roles::list(conn, self.workspace_id)?, entitlements::list(conn, self.workspace_id)?),
        };
        Ok(self.known.insert(known))
    }

    fn unknown(&mut self, conn: &mut Conn, name: &str, text: &str) -> ScimError {
        let (all, entitlements) = match self.known(conn) {
            Ok(known) => known,
            Err(error) => return error,
        };
        let offered = all.iter().filter(|role| role.by_okta).map(|role| role.role_id.as_str());
        let offered = offered.collect::<Vec<_>>().join(", ");
        let text = text.escape_debug();
        let detail = if name == "roles" {
            format!("roles: there is no role {text}; the roles here are {offered}")
        } else {
            let ids: Vec<&str> = entitlements.iter().map(|one| one.entitlement_id.as_str()).collect();
            let ids = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            format!(
                "entitlements: there is no entitlement and no role {text}; the entitlements here are {ids}, the roles {offered}"
            )
        };
        Rejection::value(detail).into()
    }
}

fn withheld(kind: ElementKind, role: &Role) -> ScimError {
    let detail = format!(
        "{}: Okta may not give the role {id} in this workspace; Vestibule's operator gives it by hand, or lets Okta give it with \
         `vestibule role update --role {id} --by-okta on`",
        attribute(kind),
        id = role.role_id
    );
    Rejection::value(detail).into()
}
