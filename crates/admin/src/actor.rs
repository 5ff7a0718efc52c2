//! The actor of an administrative change: who makes it, in which request, and when.

use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::{EndReason, GrantEndReason, SessionEndReason},
    time::Micros,
};
use vestibule_store::{
    Conn, Result, Tx,
    people::users,
    rights::owners,
    trail::events::{self, Cause, Target, kinds::EventData},
};

/// Who makes a change, and when.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Actor and request, as the trail records them.
    pub cause: Cause,
    /// Time of the change.
    pub now: Micros,
    role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Role {
    Operator,
    /// An administrator of the workspace: the id of the user.
    Administrator(UserId),
    /// A person who changes their own things.
    Person,
}

impl Actor {
    /// The operator, or somebody who uses a set-up link of the operator.
    pub fn operator(cause: Cause, now: Micros) -> Self {
        Self { cause, now, role: Role::Operator }
    }

    /// The operator at the command line.
    pub fn cli(now: Micros) -> Self {
        Self::operator(Cause::cli(), now)
    }

    /// An administrator of the workspace.
    pub fn administrator(cause: Cause, user_id: &UserId, now: Micros) -> Self {
        Self { cause, now, role: Role::Administrator(user_id.to_owned()) }
    }

    /// A person who changes their own sessions, tokens and grants.
    pub fn person(cause: Cause, now: Micros) -> Self {
        Self { cause, now, role: Role::Person }
    }

    /// Whether the actor may do what only an owner of the workspace may. Reads the role in the transaction of the change, because it may
    /// have ended since the request began.
    pub fn may_own(&self, conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
        match &self.role {
            Role::Operator => Ok(true),
            Role::Person => Ok(false),
            Role::Administrator(user_id) => match users::find(conn, workspace_id, user_id)? {
                Some(user) => owners::is_one(conn, &user),
                None => Ok(false),
            },
        }
    }

    /// Whether a change that only an owner may make is refused: the workspace has an owner, and the actor is neither one nor the operator.
    pub(crate) fn lacks_owner(&self, conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<bool> {
        Ok(!self.may_own(conn, workspace_id)? && owners::is_any(conn, workspace_id, None)?)
    }

    /// Records the event of the change.
    pub(crate) fn record<D: EventData>(
        &self,
        conn: &mut Tx<'_>,
        workspace_id: &WorkspaceId,
        target: Target<'_>,
        data: &D,
    ) -> Result<()> {
        events::record(conn, workspace_id, &self.cause, target, data, self.now).map(drop)
    }

    /// Whether the operator acts.
    pub(crate) fn is_operator(&self) -> bool {
        self.role == Role::Operator
    }

    /// Whether a person changes their own things.
    pub(crate) fn is_person(&self) -> bool {
        self.role == Role::Person
    }

    /// Reason that is recorded when the actor ends all access of a user.
    pub(crate) fn end_reason(&self) -> EndReason {
        match self.role {
            Role::Operator => EndReason::Operator,
            Role::Administrator(_) => EndReason::Administrator,
            Role::Person => EndReason::User,
        }
    }

    /// Reason that is recorded when the actor ends sessions.
    pub(crate) fn session_end_reason(&self) -> SessionEndReason {
        match self.role {
            Role::Operator => SessionEndReason::Operator,
            Role::Administrator(_) => SessionEndReason::Administrator,
            Role::Person => SessionEndReason::User,
        }
    }

    /// Reason that is recorded when the actor ends a grant.
    pub(crate) fn grant_end_reason(&self) -> GrantEndReason {
        match self.role {
            Role::Operator => GrantEndReason::Operator,
            Role::Administrator(_) => GrantEndReason::Administrator,
            Role::Person => GrantEndReason::User,
        }
    }
}
