//! Group push (facts §2.5, 11–15). Only members who are assigned to the app and have an id in the service are pushed; group push creates
//! no users.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use super::{bodies, trip::Trip};
use crate::{
    directory::{App, Group},
    okta::Okta,
    org::LinkedGroup,
    support::exchange::{Exchange, Failure},
};

/// Changes per membership PATCH (Okta's default, facts §2.5).
const BATCH: usize = 100;

type Outcome = Result<Vec<Exchange>, Failure>;
/// Service id → user name.
type Members = BTreeMap<String, String>;

impl Okta {
    /// Creates the group in the service, or links a group with the same name and overwrites its members.
    pub async fn push_group(&self, app: &App, group: &Group) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let group = trip.current_group(group)?;
        match trip.look_up_group(&group).await? {
            None => {
                let sent = format!("create group {}", group.name);
                let body = bodies::group(&group.name, &[]);
                let reply = trip.expect(&[201], Method::POST, "/Groups", Some(&body), &sent).await?;
                let id =
                    trip.id_of(&reply.body.unwrap_or_default(), "Create new group returned empty group")?;
                trip.link_group(&group, &id, BTreeSet::new());
                let members = trip.members(&group);
                trip.send_membership(&group, &id, &members, &BTreeSet::new()).await?;
            }
            Some(id) => {
                trip.link_group(&group, &id, BTreeSet::new());
                trip.overwrite(&group, &id).await?;
            }
        }
        Ok(trip.exchanges)
    }

    /// "Push now": replaces all members, even with an empty list.
    pub async fn push_now(&self, app: &App, group: &Group) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let group = trip.current_group(group)?;
        let linked = trip.linked_group(&group)?;
        trip.overwrite(&group, &linked.id).await?;
        Ok(trip.exchanges)
    }

    /// Sends the changes since the last push. Catalog style: the name, as Okta does, then PATCHes of up to 100 changes,
    /// removes before adds. Wizard style: GET and PUT of the whole group.
    pub async fn push_membership(&self, app: &App, group: &Group) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let group = trip.current_group(group)?;
        let linked = trip.linked_group(&group)?;
        let members = trip.members(&group);
        if !trip.wizard() {
            trip.send_name(&group, &linked.id).await?;
        }
        trip.send_membership(&group, &linked.id, &members, &linked.members).await?;
        Ok(trip.exchanges)
    }

    /// Renames the group in the org and in the service. If the group was not pushed, this fails after the rename in the org.
    pub async fn rename_group(&self, app: &App, group: &Group, name: &str) -> Outcome {
        if let Some(group) = self.org().group_mut(&group.id) {
            name.clone_into(&mut group.name);
        }
        let mut trip = Trip::start(self, app)?;
        let group = trip.current_group(group)?;
        let linked = trip.linked_group(&group)?;
        match trip.wizard() {
            true => trip.overwrite(&group, &linked.id).await?,
            false => trip.send_name(&group, &linked.id).await?,
        }
        Ok(trip.exchanges)
    }

    /// Unlinks the pushed group with "delete in target app". The org keeps it.
    pub async fn delete_group(&self, app: &App, group: &Group) -> Outcome {
        let mut trip = Trip::start(self, app)?;
        let group = trip.current_group(group)?;
        let linked = trip.linked_group(&group)?;
        let path = format!("/Groups/{}", linked.id);
        trip.expect(&[204], Method::DELETE, &path, None, &format!("delete group {}", group.name)).await?;
        if let Some(state) = self.org().app_mut(&app.client_id) {
            state.groups.remove(&group.id);
        }
        Ok(trip.exchanges)
    }
}

impl Trip {
    fn current_group(&self, group: &Group) -> Result<Group, Failure> {
        self.okta.group(&group.id).ok_or_else(|| Failure::early("There is no such group."))
    }

    fn linked_group(&self, group: &Group) -> Result<LinkedGroup, Failure> {
        let org = self.okta.org();
        let known = org.app(&self.app.client_id).and_then(|state| state.groups.get(&group.id).cloned());
        known.ok_or_else(|| Failure::early(format!("Group {} was not pushed to this app yet.", group.name)))
    }

    fn link_group(&self, group: &Group, id: &str, members: BTreeSet<String>) {
        if let Some(state) = self.okta.org().app_mut(&self.app.client_id) {
            state.groups.insert(group.id.clone(), LinkedGroup { id: id.to_owned(), members });
        }
    }

    fn members(&self, group: &Group) -> Members {
        let org = self.okta.org();
        let Some(state) = org.app(&self.app.client_id) else { return Members::new() };
        let pushed = group.members.iter().filter(|id| state.assigned.contains(*id));
        pushed
            .filter_map(|id| Some((state.people.get(id)?.id.clone(), org.person(id)?.login.clone())))
            .collect()
    }

    async fn look_up_group(&mut self, group: &Group) -> Result<Option<String>, Failure> {
        let sent = format!("look up group {}", group.name);
        let filter = bodies::filter("displayName", &group.name);
        let path = format!("/Groups?{filter}&startIndex=1&count=100");
        let reply = self.expect(&[200, 404], Method::GET, &path, None, &sent).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let page = self.document(reply, &sent)?;
        let found = self.resources(&page, &sent)?;
        match found.first() {
            None => Ok(None),
            Some(first) => self.id_of(first, "Looked up group has no id").map(Some),
        }
    }

    /// Sends the name as Okta does, with the id in the value, where it has no meaning.
    async fn send_name(&mut self, group: &Group, id: &str) -> Result<(), Failure> {
        let body = bodies::replace(json!({ "id": id, "displayName": group.name }));
        let sent = format!("name group {}", group.name);
        self.expect(&[200, 204], Method::PATCH, &format!("/Groups/{id}"), Some(&body), &sent).await.map(drop)
    }

    /// Replaces all members.
    async fn overwrite(&mut self, group: &Group, id: &str) -> Result<(), Failure> {
        let members = self.members(group);
        if self.wizard() {
            return self.put_members(group, id, &members).await;
        }
        let operation = json!({ "op": "replace", "path": "members", "value": as_json(&members) });
        let sent = format!("replace the members of {}", group.name);
        self.patch_group(id, &[operation], &sent).await?;
        self.link_group(group, id, members.into_keys().collect());
        Ok(())
    }

    async fn send_membership(
        &mut self,
        group: &Group,
        id: &str,
        members: &Members,
        before: &BTreeSet<String>,
    ) -> Result<(), Failure> {
        if self.wizard() {
            return self.put_members(group, id, members).await;
        }
        let gone = before.iter().filter(|old| !members.contains_key(*old)).map(|old| (old.clone(), None));
        let new = members.iter().filter(|(new, _)| !before.contains(*new));
        let changes: Vec<_> = gone.chain(new.map(|(new, name)| (new.clone(), Some(name.clone())))).collect();
        for batch in changes.chunks(BATCH) {
            let mut operations: Vec<Value> = batch
                .iter()
                .filter(|(_, name)| name.is_none())
                .map(|(old, _)| json!({ "op": "remove", "path": format!("members[value eq \"{old}\"]") }))
                .collect();
            let added: Vec<Value> = batch
                .iter()
                .filter_map(|(new, name)| Some(json!({ "value": new, "display": name.as_ref()? })))
                .collect();
            if !added.is_empty() {
                operations.push(json!({ "op": "add", "path": "members", "value": added }));
            }
            let sent = format!("change {} members of {}", batch.len(), group.name);
            self.patch_group(id, &operations, &sent).await?;
        }
        self.link_group(group, id, members.keys().cloned().collect());
        Ok(())
    }

    async fn put_members(&mut self, group: &Group, id: &str, members: &Members) -> Result<(), Failure> {
        let path = format!("/Groups/{id}");
        self.expect(&[200], Method::GET, &path, None, &format!("read group {}", group.name)).await?;
        let body = bodies::group(&group.name, &as_json(members));
        let sent = format!("replace group {}", group.name);
        self.expect(&[200], Method::PUT, &path, Some(&body), &sent).await?;
        self.link_group(group, id, members.keys().cloned().collect());
        Ok(())
    }

    async fn patch_group(&mut self, id: &str, operations: &[Value], sent: &str) -> Result<(), Failure> {
        let body = bodies::patch(operations);
        self.expect(&[200, 204], Method::PATCH, &format!("/Groups/{id}"), Some(&body), sent).await.map(drop)
    }
}

fn as_json(members: &Members) -> Vec<Value> {
    members.iter().map(|(id, name)| json!({ "value": id, "display": name })).collect()
}
