//! Matches a person from SAML with a user whom SCIM provisioned, by a custom attribute of the user. No index covers such values, so the
//! users are searched before the transaction of the sign-in, which then reads the found ones again.

use vestibule_admin::provider::saml_connection::uid::{self, UidAttribute};
use vestibule_core::{
    fold::letters,
    ids::{UserId, WorkspaceId},
    sets::UidField,
};
use vestibule_store::{
    Conn, Error, Result,
    people::users::{self, User},
    providers::{
        identities::{self, IdentityKey},
        saml_connections::AttributeNames,
    },
    search::{Condition, From, Op, Page, Place, Test},
    workspaces,
};

use crate::Claims;

/// Most users that are read: more than one is a conflict already.
const MOST: i64 = 20;

/// The users whom the UID attribute of an assertion names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    attribute: UidAttribute,
    value: String,
    found: Vec<UserId>,
}

/// Result of reading the found users again.
pub(crate) enum Joined {
    /// Nobody has the value.
    Nobody,
    /// One user has it.
    One(Box<User>),
    /// Several users have it.
    Several,
}

/// Whether the claims must be matched by a custom attribute.
pub fn is_needed(claims: &Claims) -> bool {
    matches!(claims.scim_key, Some((UidField::Custom, _)))
}

/// Searches the users with the value of the UID attribute, unless the identity is linked already. Costs as much as a SCIM filter without
/// an index, so run it as a search, never inside the transaction of a sign-in.
///
/// # Errors
/// [`Error::Corrupt`] when the connection names an attribute that the workspace has not declared.
pub fn search(
    conn: &mut Conn,
    (workspace_id, issuer): (&WorkspaceId, &str),
    names: &AttributeNames,
    claims: &Claims,
) -> Result<Option<Join>> {
    let (Some((UidField::Custom, value)), Some(name)) = (&claims.scim_key, &names.uid_custom) else {
        return Ok(None);
    };
    let declared = workspaces::custom_attributes(conn, workspace_id)?;
    let attribute = uid::find(&declared, name)
        .map_err(|why| Error::corrupt("saml_connections.attributes", &[workspace_id, name], why))?;
    let mut join = Join { attribute, value: value.clone(), found: Vec::new() };
    if identities::find_user(conn, workspace_id, IdentityKey { issuer, subject: &claims.subject })?.is_some()
    {
        return Ok(Some(join));
    }
    let place = Place::Document(join.attribute.path.clone());
    let page = Page {
        condition: Condition::Is(place, Test::Text(Op::Equal, letters(value))),
        sort: None,
        from: From::Skip(0),
        count: MOST,
    };
    let users = users::list(conn, workspace_id, &page)?.resources;
    let mut found = Vec::new();
    for user in users {
        if join.is_met(&user)? {
            found.push(user.user_id);
        }
    }
    join.found = found;
    Ok(Some(join))
}

impl Join {
    /// Reads the found users again, and skips those who no longer have the value.
    pub(crate) fn read(&self, conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Joined> {
        let mut joined = Joined::Nobody;
        for user_id in &self.found {
            let Some(user) = users::find(conn, workspace_id, user_id)? else { continue };
            if self.is_met(&user)? {
                joined = match joined {
                    Joined::Nobody => Joined::One(Box::new(user)),
                    Joined::One(_) | Joined::Several => return Ok(Joined::Several),
                };
            }
        }
        Ok(joined)
    }

    /// Whether the user has the value, compared as the attribute's `caseExact` requires.
    fn is_met(&self, user: &User) -> Result<bool> {
        let document = user.attributes()?;
        let (first, rest) = match self.attribute.path.split_first() {
            Some((first, rest)) => (document.get(first), rest),
            None => return Ok(false),
        };
        let found = rest.iter().fold(first, |found, name| found.and_then(|value| value.get(name)));
        let Some(found) = found.and_then(serde_json::Value::as_str) else { return Ok(false) };
        Ok(match self.attribute.case_exact {
            true => found == self.value,
            false => letters(found) == letters(&self.value),
        })
    }
}
