//! One change of a plan, carried out in the workspace as a SCIM request would.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use vestibule_core::{
    ids::{GroupId, UserId, WorkspaceId},
    sets::EndReason,
    time::Micros,
};
use vestibule_scim_engine::{document::GroupInput, patch::group::GroupChange, schema::Schema};
use vestibule_store::{
    Conn, Error, Tx,
    observation::{self, Observation, Step},
    people::{
        groups,
        users::{self, User},
    },
    rights::roles::Element,
    trail::events::Cause,
    workspaces,
};
use vestibule_web::observe::inspect::Note;

use super::Failure;
use crate::{
    groups::operations as group_operations,
    http::{
        auth::{Mode, Provisioner},
        render,
    },
    provision::{self, Created},
    users::{custom_attributes, operations as user_operations},
};

/// What the changes of a batch share.
pub(super) struct Job<'a> {
    of: &'a Observation,
    provisioner: Provisioner,
}

impl<'a> Job<'a> {
    pub(super) fn read(
        conn: &mut Conn,
        region: &str,
        of: &'a Observation,
        now: Micros,
    ) -> Result<Self, Error> {
        let workspace_id = of.workspace_id.clone();
        let workspace = workspaces::find(conn, &workspace_id, region)?.ok_or(Error::NotFound)?;
        let users: Cow<'static, Schema> =
            custom_attributes::schema(&workspace_id, &workspace.custom_attributes()?)?;
        let provisioner = Provisioner {
            workspace_id,
            mode: Mode::Applied,
            cause: Cause::new(of.applied_by.clone(), of.apply_id.clone()),
            // Each change was made in the plan by a credential that may make it.
            may_give_owner: true,
            base: String::new(),
            users,
            park_members: workspace.park_members,
            is_read_only: false,
            note: Note::default(),
            now,
        };
        Ok(Self { of, provisioner })
    }

    /// Carries out the change of a person or a group.
    pub(super) fn carry_out(&self, conn: &mut Tx<'_>, step: Step, id: &str) -> Result<(), Failure> {
        let (user_id, group_id) = (UserId::from_stored(id), GroupId::from_stored(id));
        match step {
            Step::ChangeUser => self.change_user(conn, &user_id),
            Step::CreateUser => self.create_user(conn, user_id),
            Step::CreateGroup => self.create_group(conn, group_id),
            Step::ChangeGroup => self.change_group(conn, &group_id),
            Step::DeleteGroup => {
                group_operations::delete(conn, &self.provisioner, id, None)?;
                Ok(())
            }
            Step::DeleteUser => {
                let user = users::get_to_delete(conn, self.workspace_id(), &user_id)?;
                provision::delete(conn, &self.provisioner, user)?;
                Ok(())
            }
        }
    }

    fn workspace_id(&self) -> &WorkspaceId {
        &self.provisioner.workspace_id
    }

    fn create_user(&self, conn: &mut Tx<'_>, user_id: UserId) -> Result<(), Failure> {
        let (_, document) = self.planned(conn, &user_id)?;
        match provision::create_as(conn, &self.provisioner, user_id, &document)? {
            Created::New { .. } => Ok(()),
            Created::Existing { .. } => Err(Failure::Refused(
                "another person of the workspace has this name or externalId".to_owned(),
            )),
        }
    }

    fn change_user(&self, conn: &mut Tx<'_>, user_id: &UserId) -> Result<(), Failure> {
        let (planned, document) = self.planned(conn, user_id)?;
        let base = users::get(conn, &self.of.base_id, user_id)?;
        let before = users::get_locked(conn, self.workspace_id(), user_id)?;
        let provisioner = &self.provisioner;
        // What was given to a former person by hand went with a deactivation before the name was reassigned.
        if before.active && observation::lost_grants(conn, self.of, user_id)? {
            user_operations::apply_change(conn, provisioner, user_id, None, false, |now| {
                let mut inactive = now.clone();
                inactive.insert("active".to_owned(), Value::Bool(false));
                Ok(inactive)
            })?;
        }
        let says_active = planned.active;
        let apply = |_: &Map<String, Value>| Ok(document);
        let (mut user, _) =
            user_operations::apply_change(conn, provisioner, user_id, None, says_active, apply)?;
        // Access ended in between, although the person has access again: what they had before must not work.
        if planned.epoch > base.epoch && user.epoch == before.epoch {
            let (cause, now) = (&provisioner.cause, provisioner.now);
            users::end_all_access(conn, &mut user, cause, EndReason::Deactivated, now)?;
        }
        Ok(())
    }

    /// The person of the plan, and the document that a provider would send.
    fn planned(&self, conn: &mut Conn, user_id: &UserId) -> Result<(User, Map<String, Value>), Error> {
        let user = users::get(conn, &self.of.plan_id, user_id)?;
        let elements = users::related_one(conn, &self.of.plan_id, user_id)?.elements;
        let mut document = render::writable(&user, &elements, &self.provisioner.users)?;
        for name in ["roles", "entitlements"] {
            let of_name = elements.iter().filter(|element| render::attribute_of(element.kind) == name);
            let values: Vec<Value> = of_name.map(as_sent).collect();
            if !values.is_empty() {
                document.insert(name.to_owned(), values.into());
            }
        }
        Ok((user, document))
    }

    fn create_group(&self, conn: &mut Tx<'_>, group_id: GroupId) -> Result<(), Failure> {
        let planned = groups::get(conn, &self.of.plan_id, &group_id)?;
        let members = observation::members_to_change(conn, self.of, &group_id)?;
        self.check_exist(conn, &members.joining)?;
        let input = GroupInput {
            display_name: planned.display_name,
            external_id: planned.external_id,
            members: Some([members.joining, members.parking].concat()),
        };
        group_operations::create_as(conn, &self.provisioner, group_id, input)?;
        Ok(())
    }

    fn change_group(&self, conn: &mut Tx<'_>, group_id: &GroupId) -> Result<(), Failure> {
        let planned = groups::get(conn, &self.of.plan_id, group_id)?;
        let members = observation::members_to_change(conn, self.of, group_id)?;
        self.check_exist(conn, &members.joining)?;
        let adding = [members.joining, members.parking].concat();
        let removing = [members.leaving, members.unparking].concat();
        let mut changes = vec![
            GroupChange::SetDisplayName(planned.display_name),
            GroupChange::SetExternalId(planned.external_id),
        ];
        if !adding.is_empty() {
            changes.push(GroupChange::AddMembers(adding));
        }
        if !removing.is_empty() {
            changes.push(GroupChange::RemoveMembers(removing));
        }
        group_operations::change(conn, &self.provisioner, group_id.as_str(), None, changes)?;
        Ok(())
    }

    /// Refuses a change of a group whose new members are not all here yet: they must not be parked under their ids.
    fn check_exist(&self, conn: &mut Conn, user_ids: &[String]) -> Result<(), Failure> {
        match users::missing(conn, self.workspace_id(), user_ids)?.len() {
            0 => Ok(()),
            missing => {
                Err(Failure::Refused(format!("{missing} of the new members are no people of the workspace")))
            }
        }
    }
}

/// A value of `roles` or `entitlements` as a provider sends it: with a display name only if the provider chose one.
fn as_sent(element: &Element) -> Value {
    let mut value = Map::new();
    value.insert("value".to_owned(), json!(element.id));
    let parts = [("display", &element.element_display), ("type", &element.element_type)];
    for (name, text) in parts {
        value.extend(text.as_ref().map(|text| (name.to_owned(), json!(text))));
    }
    value.extend(element.is_primary.map(|primary| ("primary".to_owned(), json!(primary))));
    Value::Object(value)
}
