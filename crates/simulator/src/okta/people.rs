//! People, groups, apps and assignments: the administrator's actions inside the org. Unknown ids are ignored.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::{
    directory::{App, AppSettings, Group, Person},
    okta::Okta,
    org::AppState,
    support::random,
};

impl Okta {
    /// Adds a person, with a generated password and the login as email address.
    pub fn add_person(&self, login: &str, given: &str, family: &str) -> Person {
        let person = Person {
            id: random::okta_id("00u"),
            login: login.to_owned(),
            email: login.to_owned(),
            password: random::word(12),
            given: given.to_owned(),
            family: family.to_owned(),
            active: true,
        };
        self.org().people.push(person.clone());
        person
    }

    /// The current state of a person.
    pub fn person(&self, id: &str) -> Option<Person> {
        self.org().person(id).cloned()
    }

    /// All people, in the order of their addition.
    pub fn people(&self) -> Vec<Person> {
        self.org().people.clone()
    }

    /// Replaces the person with the same id. `push_profile` sends the change to a service.
    pub fn update_person(&self, changed: &Person) {
        if let Some(person) = self.org().person_mut(&changed.id) {
            person.clone_from(changed);
        }
    }

    /// Ends the person's org sessions and refuses new ones. `deactivate` sends the change to a service.
    pub fn deactivate_person(&self, person: &Person) {
        let mut org = self.org();
        org.end_sessions(&person.id);
        if let Some(person) = org.person_mut(&person.id) {
            person.active = false;
        }
    }

    /// Allows the person to sign in again. As at Okta, apps must be assigned again or updated by `reactivate`.
    pub fn reactivate_person(&self, person: &Person) {
        if let Some(person) = self.org().person_mut(&person.id) {
            person.active = true;
        }
    }

    /// Signs the person out of the org, but not out of apps.
    pub fn end_org_sessions(&self, person: &Person) {
        self.org().end_sessions(&person.id);
    }

    /// A new, empty group.
    pub fn add_group(&self, name: &str) -> Group {
        let group = Group { id: random::okta_id("00g"), name: name.to_owned(), members: Vec::new() };
        self.org().groups.push(group.clone());
        group
    }

    /// The current state of a group.
    pub fn group(&self, id: &str) -> Option<Group> {
        self.org().groups.iter().find(|group| group.id == id).cloned()
    }

    /// All groups.
    pub fn groups(&self) -> Vec<Group> {
        self.org().groups.clone()
    }

    /// Puts a person into a group. `push_membership` sends the change to a service.
    pub fn add_member(&self, group: &Group, person: &Person) {
        if let Some(group) = self.org().group_mut(&group.id)
            && !group.members.contains(&person.id)
        {
            group.members.push(person.id.clone());
        }
    }

    /// Takes a person out of a group. `push_membership` sends the change to a service.
    pub fn remove_member(&self, group: &Group, person: &Person) {
        if let Some(group) = self.org().group_mut(&group.id) {
            group.members.retain(|member| *member != person.id);
        }
    }

    /// A new app with its own client id and secret.
    pub fn create_app(&self, settings: AppSettings) -> App {
        let app = App { client_id: random::okta_id("0oa"), client_secret: random::word(64), settings };
        self.org().apps.push(AppState {
            app: app.clone(),
            assigned: BTreeSet::new(),
            scim: None,
            tokens: None,
            people: BTreeMap::new(),
            groups: BTreeMap::new(),
            roles: Vec::new(),
            imported: Vec::new(),
            logout_endpoint: None,
            saml: None,
        });
        app
    }

    /// Replaces an app's settings. The demo knows the URLs of its service only after the org has started.
    pub fn update_app(&self, app: &App, settings: AppSettings) -> App {
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.app.settings = settings.clone();
        }
        App { settings, ..app.clone() }
    }

    /// All apps.
    pub fn apps(&self) -> Vec<App> {
        self.org().apps.iter().map(|state| state.app.clone()).collect()
    }

    /// Assigns a person in the org only, as before provisioning was enabled. Nothing is sent.
    pub fn assign_quietly(&self, app: &App, person: &Person) {
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.assigned.insert(person.id.clone());
        }
    }

    /// Removes the assignment in the org only.
    pub fn unassign_quietly(&self, app: &App, person: &Person) {
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.assigned.remove(&person.id);
        }
    }

    /// Whether the person is assigned to the app.
    pub fn is_assigned(&self, app: &App, person: &Person) -> bool {
        self.org().app(&app.client_id).is_some_and(|state| state.assigned.contains(&person.id))
    }

    /// The service's id of the person, once provisioned or linked.
    pub fn scim_id(&self, app: &App, person: &Person) -> Option<String> {
        self.org().app(&app.client_id)?.people.get(&person.id).map(|linked| linked.id.clone())
    }

    /// The service's id of a pushed group.
    pub fn scim_group_id(&self, app: &App, group: &Group) -> Option<String> {
        self.org().app(&app.client_id)?.groups.get(&group.id).map(|linked| linked.id.clone())
    }

    /// The URL of the app's tile: its initiate login URI with `iss` (facts §5.4), or the App Embed Link of a SAML app.
    pub fn open_app_url(&self, app: &App) -> Option<String> {
        if let Some(instructions) = self.saml_instructions(app) {
            return Some(instructions.app_embed_link);
        }
        let mut url = Url::parse(app.settings.initiate_login_uri.as_deref()?).ok()?;
        url.query_pairs_mut().append_pair("iss", self.issuer());
        Some(url.into())
    }
}
