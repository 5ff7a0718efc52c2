//! Tests of the management API: the requests that an operator key allows, and their responses.

mod brake;
mod connections;
mod conventions;
mod described;
mod idempotency;
mod keys;
mod outbox;
mod people;
mod resources;
mod rules;
mod saml;
mod settings;

use serde_json::Value;
use vestibule_core::sets::OperatorScopes;
use vestibule_store::access::operator_keys;

use crate::support::{House, answer};

/// A machine of the operator.
pub(crate) struct Machine<'a> {
    house: &'a House,
    key: String,
}

impl<'a> Machine<'a> {
    /// A machine with a new key that has this scope.
    pub(crate) async fn with(house: &'a House, scope: OperatorScopes) -> Self {
        let now = house.state.now();
        let key = house
            .write(move |conn| operator_keys::issue(conn, "Terraform", scope, None, now).unwrap().1)
            .await;
        Self { house, key }
    }

    pub(crate) async fn new(house: &'a House) -> Self {
        Self::with(house, OperatorScopes::ReadWrite).await
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = self.house.url(&format!("/api/v1{path}"));
        self.house.http.request(method.parse().unwrap(), url).bearer_auth(&self.key)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request("GET", path)).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(method, path).json(&body)).await
    }

    /// A request without a body.
    pub(crate) async fn bare(&self, method: &str, path: &str) -> (u16, Value) {
        answer(self.request(method, path)).await
    }

    /// All items of a list, page by page.
    pub(crate) async fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let join = if path.contains('?') { '&' } else { '?' };
            let (status, page) = self.get(&format!("{path}{join}limit={limit}{cursor}")).await;
            assert_eq!(status, 200, "{page}");
            let found = page["items"].as_array().unwrap();
            assert!(found.len() <= limit);
            items.extend(found.clone());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// The kinds of a workspace's events that this machine caused.
    async fn told(&self, workspace: &str) -> Vec<String> {
        let events = self.all(&format!("/workspaces/{workspace}/events"), 200).await;
        let mine = events.iter().filter(|event| event["actor"].as_str().unwrap().starts_with("operator:"));
        mine.map(|event| {
            assert!(!event["request_id"].as_str().unwrap().is_empty());
            event["kind"].as_str().unwrap().to_owned()
        })
        .collect()
    }
}

/// The fields that a 422 names.
fn fields((status, problem): &(u16, Value)) -> Vec<String> {
    assert_eq!(*status, 422, "{problem}");
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}
