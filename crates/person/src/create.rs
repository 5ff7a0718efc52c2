//! Just-in-time provisioning: creates a user from the claims of the first sign-in, and updates groups from the groups claim.

use serde_json::{Map, Value, json};
use vestibule_core::{fold::fold, sets::UserSource, time::Micros};
use vestibule_store::{
    Result, Tx,
    people::{
        claimed_groups,
        users::{self, User},
    },
    providers::identities,
    trail::events::{self, Cause, kinds::GroupsClaimed},
};

use crate::{Claims, Terms};

/// Creates the user and links the identity.
///
/// # Errors
/// [`vestibule_store::Error::Conflict`] if a concurrent sign-in has created the user.
pub(super) fn create(
    conn: &mut Tx<'_>,
    terms: &Terms,
    claims: &Claims,
    user_name: &str,
    cause: &Cause,
    now: Micros,
) -> Result<User> {
    let emails: Vec<String> = claims.email.iter().cloned().collect();
    let mut user = User::new(&terms.workspace_id, user_name, UserSource::Jit, now);
    user.external_id = claims.external_id().map(str::to_owned);
    user.display_name = claims.name.clone();
    user.display_name_key = claims.name.as_deref().map(fold);
    user.email = claims.email.clone();
    user.set_attributes(attributes(claims));
    users::insert(conn, &user, &emails)?;
    identities::link(conn, &user.workspace_id, terms.identity(claims), &user.user_id, now)?;
    users::created(conn, &user, cause, now)?;
    Ok(user)
}

/// SCIM attributes that have no column: the parts of the name, and the email address.
fn attributes(claims: &Claims) -> Map<String, Value> {
    let members = [("givenName", &claims.given_name), ("familyName", &claims.family_name)];
    let name: Map<String, Value> =
        members.iter().filter_map(|(key, value)| Some(((*key).to_owned(), json!(value.as_ref()?)))).collect();
    let mut attributes = Map::new();
    if !name.is_empty() {
        attributes.insert("name".to_owned(), name.into());
    }
    if let Some(email) = &claims.email {
        attributes.insert("emails".to_owned(), json!([{ "value": email, "type": "work", "primary": true }]));
    }
    attributes
}

/// Sets the user's groups to those of the claim, if the connection has a groups claim. Users whom SCIM provisions get their groups
/// from SCIM alone. A missing claim removes every group, because providers omit it for a person without groups.
pub(super) fn follow_groups(
    conn: &mut Tx<'_>,
    terms: &Terms,
    user: &User,
    claims: &Claims,
    cause: &Cause,
    now: Micros,
) -> Result<()> {
    if terms.groups_claim.is_empty() || user.source == UserSource::Scim {
        return Ok(());
    }
    let names = claims.groups.clone().unwrap_or_default();
    let (added, removed) = claimed_groups::set(conn, &user.workspace_id, &user.user_id, &names, now)?;
    if !added.is_empty() || !removed.is_empty() {
        let data = GroupsClaimed { claim: &terms.groups_claim, came: &added, went: &removed };
        events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    }
    Ok(())
}
