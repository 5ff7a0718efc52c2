//! A conflict as the page shows it, with the user whom the person may be.

use vestibule_core::{
    ids::UserId,
    sets::ConflictReason,
    time::{self, Micros},
};
use vestibule_store::{
    Conn, Error,
    people::users::{self, User},
    providers::conflicts::Conflict,
    rights::roles,
};

/// A conflict.
pub(super) struct ConflictRow {
    pub issuer: String,
    pub subject: String,
    /// The user name at the provider.
    pub at_provider: String,
    /// The user name that the form is filled with. Empty where one press would give a user to somebody who only wrote that
    /// user's email address in their profile.
    pub suggested: String,
    pub user: Option<Candidate>,
    pub why: &'static str,
    pub at: String,
}

/// The user whom the person may be.
pub(super) struct Candidate {
    pub id: UserId,
    pub name: String,
    pub active: bool,
    /// The names of their roles.
    pub roles: Vec<String>,
}

impl ConflictRow {
    pub(super) fn read(conn: &mut Conn, conflict: Conflict, now: Micros) -> Result<Self, Error> {
        let user = match &conflict.user_id {
            Some(user_id) => users::find(conn, &conflict.workspace_id, user_id)?,
            None => None,
        };
        let user = match user {
            Some(user) => Some(Candidate::read(conn, user)?),
            None => None,
        };
        let by_email = conflict.reason == ConflictReason::Email;
        Ok(Self {
            suggested: user.as_ref().filter(|_| !by_email).map_or_else(String::new, |user| user.name.clone()),
            why: reason_in_words(conflict.reason),
            user,
            at: time::relative(conflict.created_at, now),
            issuer: conflict.issuer,
            subject: conflict.subject,
            at_provider: conflict.user_name,
        })
    }
}

fn reason_in_words(reason: ConflictReason) -> &'static str {
    match reason {
        ConflictReason::Shared => "Several users here have this address",
        ConflictReason::Email => {
            "Only their email address identifies them as this user, and anybody may have entered it there"
        }
        ConflictReason::Unlinked => "The link was undone",
        ConflictReason::IssuerChanged => {
            "The identity provider changed, and this user has a role in the console: an owner must choose who they are"
        }
        ConflictReason::Uid => {
            "Several users here have the value of the UID attribute that the provider sends"
        }
        ConflictReason::Spelling => {
            "The provider's name for them (NameID) differs only in letter case from the one that this user is linked to"
        }
        ConflictReason::Named => "The user of that name belongs to another account at the identity provider",
    }
}

impl Candidate {
    fn read(conn: &mut Conn, user: User) -> Result<Self, Error> {
        let mut roles: Vec<String> = roles::of_user(conn, &user.workspace_id, &user.user_id)?
            .into_iter()
            .map(|role| role.display_name)
            .collect();
        roles.dedup();
        Ok(Self { id: user.user_id, name: user.user_name, active: user.active, roles })
    }
}
