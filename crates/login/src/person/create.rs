//! Just-in-time provisioning: a user from the claims of their first sign-in, linked to the identity that made them.

use serde_json::{Map, Value, json};
use vestibule_core::{fold::fold, sets::UserSource, time::Micros};
use vestibule_store::{
    Conn, Result,
    people::{
        claimed_groups,
        users::{self, User},
    },
    providers::{connections::Connection, identities},
    trail::events::{self, Cause, kinds::GroupsClaimed},
};

use crate::provider::Claims;

/// Creates the user under this name.
///
/// # Errors
/// [`vestibule_store::Error::Conflict`] when somebody was quicker.
pub(super) fn create(
    conn: &mut Conn,
    connection: &Connection,
    claims: &Claims,
    user_name: &str,
    cause: &Cause,
    now: Micros,
) -> Result<User> {
    let emails: Vec<String> = claims.email.iter().cloned().collect();
    let mut user = User::new(&connection.workspace_id, user_name, UserSource::Jit, now);
    user.external_id = Some(claims.subject.clone());
    user.display_name = claims.name.clone();
    user.display_name_key = claims.name.as_deref().map(fold);
    user.email = claims.email.clone();
    user.set_attributes(attributes(claims));
    users::insert(conn, &user, &emails)?;
    identities::link(conn, &user.workspace_id, &connection.issuer, &claims.subject, &user.user_id, now)?;
    users::created(conn, &user, cause, now)?;
    Ok(user)
}

/// The attributes that have no column: names and the address, as SCIM would send them.
fn attributes(claims: &Claims) -> Map<String, Value> {
    let parts = [("givenName", &claims.given_name), ("familyName", &claims.family_name)];
    let name: Map<String, Value> =
        parts.iter().filter_map(|(key, value)| Some(((*key).to_owned(), json!(value.as_ref()?)))).collect();
    let mut attributes = Map::new();
    if !name.is_empty() {
        attributes.insert("name".to_owned(), name.into());
    }
    if let Some(email) = &claims.email {
        attributes.insert("emails".to_owned(), json!([{ "value": email, "type": "work", "primary": true }]));
    }
    attributes
}

/// Takes the groups of the claim over, where the connection asks for one. Of whom SCIM keeps, SCIM alone says the groups.
/// A claim that didn't come takes every group away: the provider leaves it out when there is none.
pub(super) fn follow_groups(
    conn: &mut Conn,
    connection: &Connection,
    user: &User,
    claims: &Claims,
    cause: &Cause,
    now: Micros,
) -> Result<()> {
    if connection.groups_claim.is_empty() || user.source == UserSource::Scim {
        return Ok(());
    }
    let names = claims.groups.clone().unwrap_or_default();
    let (came, went) = claimed_groups::set(conn, &user.workspace_id, &user.user_id, &names, now)?;
    if !came.is_empty() || !went.is_empty() {
        let data = GroupsClaimed { claim: &connection.groups_claim, came: &came, went: &went };
        events::record(conn, &user.workspace_id, cause, user.target(), &data, now)?;
    }
    Ok(())
}
