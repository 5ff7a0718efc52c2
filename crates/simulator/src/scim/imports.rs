//! Okta's reads: the credential test and the import (facts §2.5, 1 and 10). The import checks the paging: integers, complete pages, no
//! repeated resource.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::trip::Trip;
use crate::{
    directory::App,
    okta::Okta,
    support::exchange::{Exchange, Failure},
};

const PAGE: u64 = 100;

impl Okta {
    /// "Test API Credentials": reads two users, and the groups if they are imported.
    pub async fn test_connection(&self, app: &App) -> Result<Vec<Exchange>, Failure> {
        let mut trip = Trip::start(self, app)?;
        trip.page("/Users?startIndex=1&count=2", "test the credentials").await?;
        if trip.settings.import_groups {
            trip.page("/Groups?startIndex=1&count=100", "list groups").await?;
        }
        Ok(trip.exchanges)
    }

    /// Reads all users, page by page; `imported_users` returns them.
    pub async fn import_users(&self, app: &App) -> Result<Vec<Exchange>, Failure> {
        let mut trip = Trip::start(self, app)?;
        let mut users = trip.all("/Users", "import users").await?;
        if trip.settings.import_groups {
            trip.all("/Groups", "import groups").await?;
        }
        // Only active people are imported.
        users.retain(|user| user.get("active") == Some(&Value::Bool(true)));
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.imported = users;
        }
        Ok(trip.exchanges)
    }

    /// The active users of the last import, as the service sent them.
    pub fn imported_users(&self, app: &App) -> Vec<Value> {
        self.org().app(&app.client_id).map(|state| state.imported.clone()).unwrap_or_default()
    }
}

impl Trip {
    pub(super) async fn page(&mut self, path: &str, sent: &str) -> Result<Value, Failure> {
        let reply = self.expect(&[200], Method::GET, path, None, sent).await?;
        let page = self.document(reply, sent)?;
        self.resources(&page, sent)?;
        Ok(page)
    }

    /// The resources of a ListResponse; they may be absent when nothing was found.
    pub(super) fn resources(&mut self, page: &Value, sent: &str) -> Result<Vec<Value>, Failure> {
        let Some(total) = page.get("totalResults").and_then(Value::as_u64) else {
            return Err(self.failure(format!("Could not {sent}: totalResults is not an integer.")));
        };
        match page.get("Resources").and_then(Value::as_array) {
            Some(resources) => Ok(resources.clone()),
            None if total == 0 => Ok(Vec::new()),
            None => Err(self.failure(format!("Could not {sent}: {total} promised, but no Resources."))),
        }
    }

    /// Reads the resources of every page of `path`.
    pub(super) async fn all(&mut self, path: &str, sent: &str) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        let mut seen = BTreeSet::new();
        let mut start = 1_u64;
        loop {
            let page = self.page(&format!("{path}?startIndex={start}&count={PAGE}"), sent).await?;
            let number = |name: &str| page.get(name).and_then(Value::as_u64);
            let (Some(total), Some(given), Some(first)) =
                (number("totalResults"), number("itemsPerPage"), number("startIndex"))
            else {
                return Err(
                    self.failure(format!("Could not {sent}: itemsPerPage or startIndex is not an integer."))
                );
            };
            let resources = self.resources(&page, sent)?;
            if first != start && total >= start {
                return Err(
                    self.failure(format!("Could not {sent}: asked from {start}, answered from {first}."))
                );
            }
            for resource in resources {
                let id = self.id_of(&resource, "A listed resource has no id")?;
                if !seen.insert(id.clone()) {
                    return Err(self.failure(format!("Could not {sent}: {id} came twice.")));
                }
                all.push(resource);
            }
            start = start.saturating_add(PAGE);
            if start > total {
                return Ok(all);
            }
            if given < PAGE {
                return Err(
                    self.failure(format!("Could not {sent}: {total} promised, but a page had {given}."))
                );
            }
        }
    }
}
