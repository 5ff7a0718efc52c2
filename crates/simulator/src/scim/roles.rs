//! Entitlements (facts §3): discovers the roles of a service and assigns them to people.

use serde_json::{Map, Value, json};

use super::{settings::Role, trip::Trip};
use crate::{
    directory::{App, Person},
    okta::Okta,
    support::exchange::{Exchange, Failure},
};

const ROLE: &str = "urn:okta:scim:schemas:core:1.0:Role";
const ENTITLEMENT: &str = "urn:okta:scim:schemas:core:1.0:Entitlement";

impl Okta {
    /// Reads `/ResourceTypes`, `/Schemas`, and each endpoint of roles or entitlements that `/ResourceTypes` names.
    pub async fn discover_roles(&self, app: &App) -> Result<Vec<Exchange>, Failure> {
        let mut trip = Trip::start(self, app)?;
        let types = trip.all_of_one_page("/ResourceTypes", "read the resource types").await?;
        trip.all_of_one_page("/Schemas", "read the schemas").await?;
        let mut roles = Vec::new();
        for kind in types {
            let text = |name: &str| kind.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            if ![ROLE, ENTITLEMENT].contains(&text("schema").as_str()) {
                continue;
            }
            let sent = format!("read every {}", text("name"));
            let path = format!("/{}", text("endpoint").trim_start_matches('/'));
            for found in trip.all(&path, &sent).await? {
                let entitlement = (text("schema") == ENTITLEMENT).then(|| text("name"));
                roles.push(trip.role(&found, entitlement)?);
            }
        }
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.roles = roles;
        }
        Ok(trip.exchanges)
    }

    /// Sets the roles and entitlements of a person, by their ids: a PUT of the whole user, as observed at Okta, or a PATCH without a path
    /// in the catalog style.
    pub async fn assign_roles(
        &self,
        app: &App,
        person: &Person,
        roles: &[&str],
    ) -> Result<Vec<Exchange>, Failure> {
        let mut trip = Trip::start(self, app)?;
        let linked = trip.linked(person)?;
        let known = self.roles(app);
        let mut changes = Map::from_iter([("roles".to_owned(), json!([]))]);
        if known.iter().any(|role| role.entitlement.is_some()) {
            changes.insert("entitlements".to_owned(), json!([]));
        }
        for id in roles {
            let found = known.iter().find(|role| role.id == *id);
            let display = found.map(|role| role.display_name.as_str()).unwrap_or_default();
            let (name, value) = match found.and_then(|role| role.entitlement.as_ref()) {
                Some(kind) => ("entitlements", json!({ "value": id, "display": display, "type": kind })),
                None => ("roles", json!({ "value": id, "display": display })),
            };
            if let Some(Value::Array(values)) = changes.get_mut(name) {
                values.push(value);
            }
        }
        if trip.patches_users() {
            trip.patch_user(person, &linked.id, &changes, "set the roles of").await?;
        } else {
            trip.read_and_update(person, &linked.id, &changes).await?;
        }
        Ok(trip.exchanges)
    }
}

impl Trip {
    /// These two lists are never paged (RFC 7644 §4).
    async fn all_of_one_page(&mut self, path: &str, sent: &str) -> Result<Vec<Value>, Failure> {
        let page = self.page(path, sent).await?;
        self.resources(&page, sent)
    }

    fn role(&mut self, found: &Value, entitlement: Option<String>) -> Result<Role, Failure> {
        let text = |name: &str| found.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("id"), text("displayName")) {
            (Some(id), Some(display_name)) => Ok(Role {
                id,
                display_name,
                description: text("description").unwrap_or_default(),
                entitlement,
            }),
            _ => Err(self.failure("A role has no id or no displayName.")),
        }
    }
}
