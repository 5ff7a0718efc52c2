//! Users of an app in its service: created or linked, updated, deactivated and reactivated (facts §2.5, 2–7). The wizard style uses GET
//! and PUT, the catalog style PATCH. Okta never deletes a user.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{bodies, trip::Trip};
use crate::{
    directory::{App, Person},
    okta::Okta,
    org::LinkedPerson,
    support::{
        exchange::{Exchange, Failure},
        random,
    },
};

type Outcome = Result<Vec<Exchange>, Failure>;

impl Okta {
    /// Assigns the person to the app and, where provisioning is enabled, provisions them.
    pub async fn assign(&self, app: &App, person: &Person) -> Outcome {
        self.assign_quietly(app, person);
        if !self.is_provisioning(app) {
            return Ok(Vec::new());
        }
        self.provision_user(app, person).await
    }

    /// "Provision User": look-up by user name, then POST; for an existing user, GET and then PUT or PATCH.
    pub async fn provision_user(&self, app: &App, person: &Person) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let person = trip.current(person)?;
        match trip.look_up(&person).await? {
            None => trip.create(&person).await?,
            Some(id) => {
                trip.link(&person, &id, Map::new());
                let mut changes = bodies::profile(&person);
                changes.insert("active".to_owned(), json!(true));
                trip.read_and_update(&person, &id, &changes).await?;
                trip.link(&person, &id, bodies::profile(&person));
            }
        }
        Ok(trip.exchanges)
    }

    /// Removes the assignment and deactivates the person in the service, if they exist there.
    pub async fn unassign(&self, app: &App, person: &Person) -> Outcome {
        self.unassign_quietly(app, person);
        if !self.is_provisioning(app) || self.scim_id(app, person).is_none() {
            return Ok(Vec::new());
        }
        self.deactivate(app, person).await
    }

    /// Sends the current profile: PATCH of the changes, or GET and PUT.
    pub async fn push_profile(&self, app: &App, person: &Person) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let person = trip.current(person)?;
        let linked = trip.linked(&person)?;
        let profile = bodies::profile(&person);
        let changes = bodies::changed(&linked.profile, &profile);
        trip.update(&person, &linked.id, &changes).await?;
        trip.link(&person, &linked.id, profile);
        Ok(trip.exchanges)
    }

    /// `active: false`: always PATCH in the catalog style; GET and PUT in the wizard style.
    pub async fn deactivate(&self, app: &App, person: &Person) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let linked = trip.linked(person)?;
        trip.set_active(person, &linked.id, false).await?;
        Ok(trip.exchanges)
    }

    /// `active: true`, after the look-up of a new user. The user is created again only if the service lost it.
    pub async fn reactivate(&self, app: &App, person: &Person) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let person = trip.current(person)?;
        match trip.look_up(&person).await? {
            None => trip.create(&person).await?,
            Some(id) => {
                trip.set_active(&person, &id, true).await?;
                trip.link(&person, &id, bodies::profile(&person));
            }
        }
        Ok(trip.exchanges)
    }

    fn is_provisioning(&self, app: &App) -> bool {
        self.org().app(&app.client_id).is_some_and(|state| state.scim.is_some())
    }
}

impl Trip {
    fn current(&self, person: &Person) -> Result<Person, Failure> {
        self.okta.person(&person.id).ok_or_else(|| Failure::early("There is no such person."))
    }

    pub(super) fn linked(&self, person: &Person) -> Result<LinkedPerson, Failure> {
        let org = self.okta.org();
        let known = org.app(&self.app.client_id).and_then(|state| state.people.get(&person.id).cloned());
        known.ok_or_else(|| Failure::early(format!("{} was not provisioned to this app yet.", person.login)))
    }

    fn link(&self, person: &Person, id: &str, profile: Map<String, Value>) {
        if let Some(state) = self.okta.org().app_mut(&self.app.client_id) {
            state.people.insert(person.id.clone(), LinkedPerson { id: id.to_owned(), profile });
        }
    }

    /// The id of the user with this user name. An empty list or 404 means none.
    async fn look_up(&mut self, person: &Person) -> Result<Option<String>, Failure> {
        let filter = bodies::filter("userName", &person.login);
        // Both orders of parameters were observed, one per style.
        let query = match self.wizard() {
            true => format!("/Users?startIndex=1&count=100&{filter}"),
            false => format!("/Users?{filter}&startIndex=1&count=100"),
        };
        let sent = format!("look up {}", person.login);
        let reply = self.expect(&[200, 404], Method::GET, &query, None, &sent).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let page = self.document(reply, &sent)?;
        let found = self.resources(&page, &sent)?;
        let Some(first) = found.first() else { return Ok(None) };
        let name = first.get("userName").and_then(Value::as_str).unwrap_or_default();
        if found.len() > 1 || name.to_lowercase() != person.login.to_lowercase() {
            return Err(self.failure(format!(
                "Looking up {} found {} users, {name} first.",
                person.login,
                found.len()
            )));
        }
        self.id_of(first, "Looked up user has no id").map(Some)
    }

    async fn create(&mut self, person: &Person) -> Result<(), Failure> {
        let profile = bodies::profile(person);
        let body = bodies::create_user(&profile, &random::word(16));
        let sent = format!("create {}", person.login);
        let reply = self.expect(&[201], Method::POST, "/Users", Some(&body), &sent).await?;
        // Okta's message for a response without a body or an id.
        let id = self.id_of(&reply.body.unwrap_or_default(), "Create new user returned empty user")?;
        self.link(person, &id, profile);
        Ok(())
    }

    async fn update(
        &mut self,
        person: &Person,
        id: &str,
        changes: &Map<String, Value>,
    ) -> Result<(), Failure> {
        if !self.patches_users() {
            return self.read_and_update(person, id, changes).await;
        }
        self.patch_user(person, id, changes, "update").await
    }

    /// GET, then PUT of the service's document with the changes merged; or PATCH of the changes.
    pub(super) async fn read_and_update(
        &mut self,
        person: &Person,
        id: &str,
        changes: &Map<String, Value>,
    ) -> Result<(), Failure> {
        let sent = format!("read {}", person.login);
        let path = format!("/Users/{id}");
        let reply = self.expect(&[200], Method::GET, &path, None, &sent).await?;
        let document = self.document(reply, &sent)?;
        if self.patches_users() {
            return self.patch_user(person, id, changes, "update").await;
        }
        let body = bodies::overlaid(document, changes);
        let sent = format!("replace {}", person.login);
        let reply = self.expect(&[200], Method::PUT, &path, Some(&body), &sent).await?;
        self.document(reply, &sent).map(drop)
    }

    pub(super) async fn patch_user(
        &mut self,
        person: &Person,
        id: &str,
        changes: &Map<String, Value>,
        verb: &str,
    ) -> Result<(), Failure> {
        let body = bodies::replace(Value::Object(changes.clone()));
        let sent = format!("{verb} {}", person.login);
        self.expect(&[200, 204], Method::PATCH, &format!("/Users/{id}"), Some(&body), &sent).await.map(drop)
    }

    async fn set_active(&mut self, person: &Person, id: &str, active: bool) -> Result<(), Failure> {
        let changes = Map::from_iter([("active".to_owned(), json!(active))]);
        if self.wizard() {
            return self.read_and_update(person, id, &changes).await;
        }
        self.patch_user(person, id, &changes, if active { "reactivate" } else { "deactivate" }).await
    }

    pub(super) fn id_of(&mut self, document: &Value, otherwise: &str) -> Result<String, Failure> {
        let id =
            document.get("id").and_then(Value::as_str).filter(|id| !id.is_empty() && !id.contains("bulkId"));
        id.map(str::to_owned).ok_or_else(|| self.failure(otherwise))
    }
}
