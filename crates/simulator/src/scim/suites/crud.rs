//! Okta's SCIM 2.0 CRUD test (facts §4.2), with the changes that a person's administrator makes in Okta, and the group push of the manual
//! plan (facts §4.5).

use reqwest::Method;
use serde_json::{Value, json};

use super::{Suite, SuiteNames, SuiteStep, spec::text};
use crate::{
    directory::{App, Person},
    okta::Okta,
};

pub(super) async fn run(okta: &Okta, app: &App, names: &SuiteNames) -> Vec<SuiteStep> {
    let mut suite = match Suite::start(okta, app, "CRUD") {
        Ok(suite) => suite,
        Err(step) => return vec![step],
    };
    let mut person = okta.add_person(&names.login("crud"), "Crud", "Runscope");
    if !suite.acted("Assign the person", okta.assign(app, &person).await) {
        return suite.steps;
    }
    let id = okta.scim_id(app, &person).unwrap_or_default();
    let path = format!("/Users?{}", super::bodies::filter("userName", &person.login));
    let found = suite.ask("The person is there", Method::GET, &path, None).await;
    suite.list(&found);
    for (pointer, value) in [
        ("/Resources/0/id", &id),
        ("/Resources/0/userName", &person.login),
        ("/Resources/0/emails/0/value", &person.login),
        ("/Resources/0/name/givenName", &person.given),
        ("/Resources/0/name/familyName", &person.family),
    ] {
        suite.equals(&found.body, pointer, &json!(value));
    }
    person.given = "Renamed".to_owned();
    okta.update_person(&person);
    suite.acted("Change the first name", okta.push_profile(app, &person).await);
    let read = suite.reads("The first name has changed", &id).await;
    suite.equals(&read, "/name/givenName", &json!("Renamed"));

    okta.deactivate_person(&person);
    suite.acted("Deactivate the person", okta.deactivate(app, &person).await);
    suite.is_active("The person is inactive and can be read", &id, false).await;
    okta.reactivate_person(&person);
    suite.acted("Reactivate the person", okta.reactivate(app, &person).await);
    suite.is_active("The person is active, with the same id", &id, true).await;

    suite.name = "Group push";
    groups(&mut suite, okta, app, (&person, &id), names).await;

    suite.name = "CRUD";
    suite.acted("Unassign the person", okta.unassign(app, &person).await);
    suite.is_active("The person is inactive and can be read", &id, false).await;
    suite.steps
}

async fn groups(
    suite: &mut Suite,
    okta: &Okta,
    app: &App,
    (person, id): (&Person, &str),
    names: &SuiteNames,
) {
    let group = okta.add_group(&names.group());
    if !suite.acted("Push a group", okta.push_group(app, &group).await) {
        return;
    }
    okta.add_member(&group, person);
    suite.acted("Push a member", okta.push_membership(app, &group).await);
    let path = format!("/Groups/{}", okta.scim_group_id(app, &group).unwrap_or_default());
    let read = suite.ask("The member is in the group", Method::GET, &path, None).await;
    suite.status(&read, 200);
    suite.equals(&read.body, "/members/0/value", &json!(id));
    okta.remove_member(&group, person);
    suite.acted("Remove the member", okta.push_membership(app, &group).await);
    suite.acted("Push now, which overwrites", okta.push_now(app, &group).await);
    let read = suite.ask("The group is empty", Method::GET, &path, None).await;
    suite.status(&read, 200);
    suite.assert(
        read.body.get("members").and_then(Value::as_array).is_none_or(Vec::is_empty),
        "members must be empty",
    );
    let renamed = format!("{} renamed", names.group());
    suite.acted("Rename the group", okta.rename_group(app, &group, &renamed).await);
    let read = suite.ask("The group has the new name", Method::GET, &path, None).await;
    suite.equals(&read.body, "/displayName", &json!(renamed));
    suite.acted("Unlink and delete the group", okta.delete_group(app, &group).await);
    let gone = suite.ask("The group is gone", Method::GET, &path, None).await;
    suite.status(&gone, 404);
}

impl Suite {
    pub(super) async fn reads(&mut self, title: &str, id: &str) -> Value {
        let read = self.ask(title, Method::GET, &format!("/Users/{id}"), None).await;
        self.status(&read, 200);
        let same = text(&read.body, "/id") == id;
        self.assert(same, "the id must be the same");
        read.body
    }

    async fn is_active(&mut self, title: &str, id: &str, active: bool) {
        let read = self.reads(title, id).await;
        self.equals(&read, "/active", &json!(active));
    }
}
