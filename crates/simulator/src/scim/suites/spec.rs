//! Okta's SCIM 2.0 SPEC test (facts §4.1).

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Suite, SuiteNames, SuiteStep, request::Answer};
use crate::{directory::App, okta::Okta};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The longest answer to the list of groups.
const GROUPS_WITHIN: Duration = Duration::from_millis(600);

pub(super) async fn run(okta: &Okta, app: &App, names: &SuiteNames) -> Vec<SuiteStep> {
    let mut suite = match Suite::start(okta, app, "SPEC") {
        Ok(suite) => suite,
        Err(step) => return vec![step],
    };
    let base = user(&names.login("base"), "Base");
    let made =
        suite.ask("Precondition: a user with all base attributes", Method::POST, "/Users", Some(&base)).await;
    suite.status(&made, 201);

    let page = suite.ask("1: one user", Method::GET, "/Users?count=1&startIndex=1", None).await;
    suite.list(&page);
    for number in ["itemsPerPage", "startIndex", "totalResults"] {
        suite.assert(page.body.get(number).is_some_and(Value::is_u64), format!("{number} must be a number"));
    }
    let first = page.body.pointer("/Resources/0").cloned().unwrap_or_default();
    let id = first.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    suite.assert(!id.is_empty(), "Resources must not be empty");
    let found = suite.ask("3: that user by id", Method::GET, &format!("/Users/{id}"), None).await;
    suite.status(&found, 200);
    suite.equals(&found.body, "/id", &json!(id));
    let read = suite
        .ask("1, 3: its attributes", Method::GET, &format!("/Users/{}", text(&made.body, "/id")), None)
        .await;
    suite.full(&read.body);

    suite.finds("5: an unknown user by name", "abcdefgh@atko.com", 0).await;
    let none =
        suite.ask("7: an unknown id", Method::GET, "/Users/010101001010101011001010101011", None).await;
    suite.error(&none, 404);
    let login = names.login("spec");
    suite.finds("9: another unknown user by name", &login, 0).await;
    let body = user(&login, "Spec");
    let made = suite.ask("11: create a user", Method::POST, "/Users", Some(&body)).await;
    suite.status(&made, 201);
    suite.full(&made.body);
    suite.equals(&made.body, "/active", &json!(true));
    suite.equals(&made.body, "/userName", &json!(login));
    let schemas =
        made.body.get("schemas").and_then(Value::as_array).is_some_and(|all| all.contains(&json!(USER)));
    suite.assert(schemas, format!("schemas must contain {USER}"));
    let path = format!("/Users/{}", text(&made.body, "/id"));
    let read = suite.ask("13: the created user", Method::GET, &path, None).await;
    suite.status(&read, 200);
    for pointer in ["/userName", "/name/givenName", "/name/familyName"] {
        suite.equals(&read.body, pointer, made.body.pointer(pointer).unwrap_or(&Value::Null));
    }
    let again = suite.ask("15: create the same user again", Method::POST, "/Users", Some(&body)).await;
    suite.status(&again, 409);
    suite.finds("17: by the name in capitals", &login.to_uppercase(), 1).await;
    let groups = suite.ask("19: groups", Method::GET, "/Groups", None).await;
    suite.status(&groups, 200);
    suite.assert(
        groups.took < GROUPS_WITHIN,
        format!("took {} ms, and may take 600", groups.took.as_millis()),
    );
    suite.assert(groups.body.get("Resources").is_none_or(Value::is_array), "Resources must be an array");
    let refused =
        suite.ask_as("21: with a wrong token", Method::GET, "/Users?count=1", None, Some("non-token")).await;
    suite.error(&refused, 401);
    let none = suite.ask("23: another unknown id", Method::GET, "/Users/00919288221112222", None).await;
    suite.error(&none, 404);
    suite.steps
}

fn user(login: &str, given: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": login,
        "name": { "givenName": given, "familyName": "Runscope" },
        "emails": [{ "primary": true, "value": login, "type": "work" }],
        "displayName": format!("{given} Runscope"),
        "active": true,
    })
}

pub(super) fn text(document: &Value, pointer: &str) -> String {
    document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

impl Suite {
    pub(super) fn status(&mut self, answer: &Answer, expected: u16) {
        self.assert(
            answer.status == expected,
            format!("the status is {}, and must be {expected}", answer.status),
        );
    }

    pub(super) fn list(&mut self, answer: &Answer) {
        self.status(answer, 200);
        let is_list = answer
            .body
            .get("schemas")
            .and_then(Value::as_array)
            .is_some_and(|all| all.contains(&json!(LIST)));
        self.assert(is_list, format!("schemas must contain {LIST}"));
    }

    fn error(&mut self, answer: &Answer, status: u16) {
        self.status(answer, status);
        self.assert(!text(&answer.body, "/detail").is_empty(), "detail must not be empty");
        let said = answer.body.get("status");
        let is_same = said == Some(&json!(status)) || said == Some(&json!(status.to_string()));
        self.assert(is_same, format!("status in the body must be {status}"));
        self.assert(
            answer.body.pointer("/schemas/0") == Some(&json!(ERROR)),
            format!("schemas must be {ERROR}"),
        );
    }

    /// The attributes that every user must have.
    fn full(&mut self, user: &Value) {
        for pointer in ["/id", "/name/familyName", "/name/givenName", "/userName", "/emails/0/value"] {
            self.assert(!text(user, pointer).is_empty(), format!("{pointer} must not be empty"));
        }
        self.assert(user.get("active").is_some_and(Value::is_boolean), "active must be true or false");
    }

    /// Looks a user up by name: so many must be found, with status 200.
    async fn finds(&mut self, title: &str, name: &str, count: u64) {
        let path = format!("/Users?{}", super::bodies::filter("userName", name));
        let page = self.ask(title, Method::GET, &path, None).await;
        self.list(&page);
        self.equals(&page.body, "/totalResults", &json!(count));
    }
}
