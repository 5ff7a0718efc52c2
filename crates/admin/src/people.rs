//! People: creating them, and ending all access of one.

pub mod end_access;

use serde_json::{Map, Value, json};
use vestibule_core::{
    fold::fold,
    ids::{UserId, WorkspaceId},
    names::{self, Named},
    sets::UserSource,
};
use vestibule_store::{
    Error, Tx,
    people::users::{self, User},
};

use crate::{
    actor::Actor,
    checks::text,
    provider::domains::name::of_email,
    refusal::{Refusal, field},
};

/// The largest number of email addresses of one person.
const MOST_EMAILS: usize = 20;

/// A person to be created. Texts are trimmed; `None` means unknown.
#[derive(Debug, Clone, Default)]
pub struct NewUser {
    /// Unique in the workspace, without regard to letter case.
    pub user_name: String,
    /// SCIM `name.givenName`
    pub given_name: Option<String>,
    /// SCIM `name.familyName`
    pub family_name: Option<String>,
    /// SCIM `displayName`
    pub display_name: Option<String>,
    /// The first is the primary one. Without any, a user name that is an address is the only one.
    pub emails: Vec<String>,
    /// The identity provider's own id of the person; unique in the workspace.
    pub external_id: Option<String>,
    /// Whether the person may not sign in yet.
    pub inactive: bool,
}

/// Creates a user.
///
/// # Errors
/// [`Refusal::Field`], or [`Error::Conflict`] when the user name or the external id is taken.
pub fn create(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    new: &NewUser,
) -> Result<User, Refusal> {
    let user_name = text("user_name", &new.user_name)?;
    // RFC 7644 §5: as over SCIM, no new name has invisible characters.
    if let Some(letter) = names::disallowed(user_name, Named::User) {
        let sentence = format!("has the invisible character {}; remove it", names::code_point(letter));
        return field("user_name", sentence);
    }
    let emails = emails(user_name, &new.emails)?;
    let mut user = User::new(workspace_id, user_name, UserSource::Operator, actor.now);
    user.email = emails.first().cloned();
    user.active = !new.inactive;
    user.display_name = maybe("display_name", new.display_name.as_deref())?;
    user.display_name_key = user.display_name.as_deref().map(fold);
    user.external_id = maybe("external_id", new.external_id.as_deref())?;
    // A Universal Logout may name a person by either id: an external id that is another user's id would end the wrong access.
    if let Some(other) = user.external_id.as_deref().and_then(UserId::parse)
        && users::find(conn, workspace_id, &other)?.is_some()
    {
        return field("external_id", "is the id of another user of this workspace");
    }
    let mut attributes = Map::new();
    let names = [
        ("givenName", maybe("given_name", new.given_name.as_deref())?),
        ("familyName", maybe("family_name", new.family_name.as_deref())?),
    ];
    let name: Map<String, Value> =
        names.into_iter().filter_map(|(part, name)| Some((part.to_owned(), name?.into()))).collect();
    if !name.is_empty() {
        attributes.insert("name".to_owned(), name.into());
    }
    if !emails.is_empty() {
        let elements = emails.iter().enumerate();
        let elements: Vec<Value> = elements
            .map(|(place, email)| match place {
                0 => json!({ "value": email, "type": "work", "primary": true }),
                _ => json!({ "value": email, "type": "other" }),
            })
            .collect();
        attributes.insert("emails".to_owned(), elements.into());
    }
    if !attributes.is_empty() {
        user.set_attributes(attributes);
    }
    users::insert(conn, &user, &emails)?;
    users::created(conn, &user, &actor.cause, actor.now)?;
    Ok(user)
}

/// Ends all access of a user: sessions, codes, grants and tokens.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn end_access(
    conn: &mut Tx<'_>,
    actor: &Actor,
    workspace_id: &WorkspaceId,
    user_id: &UserId,
) -> Result<(User, users::Ended), Error> {
    let mut user = users::get_locked(conn, workspace_id, user_id)?;
    let ended = users::end_all_access(conn, &mut user, &actor.cause, actor.end_reason(), actor.now)?;
    Ok((user, ended))
}

/// The addresses, each once.
fn emails(user_name: &str, wanted: &[String]) -> Result<Vec<String>, Refusal> {
    if wanted.is_empty() {
        return Ok(Some(user_name.to_owned()).filter(|name| name.contains('@')).into_iter().collect());
    }
    if wanted.len() > MOST_EMAILS {
        return field("emails", format!("must be at most {MOST_EMAILS}"));
    }
    let mut emails: Vec<String> = Vec::new();
    for email in wanted {
        let email = text("emails", email)?;
        if of_email(email).is_none() || email.contains(char::is_whitespace) {
            return field("emails", format!("must be email addresses; {} is none", email.escape_debug()));
        }
        if !emails.iter().any(|other| fold(other) == fold(email)) {
            emails.push(email.to_owned());
        }
    }
    Ok(emails)
}

fn maybe(name: &'static str, value: Option<&str>) -> Result<Option<String>, Refusal> {
    value.map(|value| text(name, value).map(str::to_owned)).transpose()
}
