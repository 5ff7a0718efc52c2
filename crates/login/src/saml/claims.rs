//! Reads from a verified assertion what sign-in uses: texts of limited length without control characters. Attributes are found by name;
//! FriendlyName never decides. An attribute that must have one value and has several different ones is not used.

use secrecy::SecretString;
use vestibule_core::{assertion::AssertionSaid, sets::UidField, time::SECOND};
use vestibule_saml::response::Assertion;
use vestibule_store::providers::saml_connections::AttributeNames;
use vestibule_web::observe::sightings::SightingKind;

use crate::person::{Claims, Trip};

/// Longest text, in characters.
const LONGEST_TEXT: usize = 256;
/// Most groups that are used.
const MOST_GROUPS: usize = 1000;
/// How much earlier than our request the provider's clock may report an authentication, in microseconds.
const SKEW: i64 = 60 * SECOND;

/// Prefix of the name of a role that counts as a group.
const ROLE_PREFIX: &str = "role:";

const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/// Usual names of the attributes, in lower case: those of Okta's guides, of Entra (URLs) and of LDAP (URNs).
pub(crate) const EMAIL: &[&str] = &[
    "email",
    "mail",
    "emailaddress",
    "user.email",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
];
pub(crate) const NAME: &[&str] = &[
    "displayname",
    "fullname",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "urn:oid:2.16.840.1.113730.3.1.241",
];
pub(crate) const GIVEN_NAME: &[&str] = &[
    "firstname",
    "first_name",
    "givenname",
    "given_name",
    "user.firstname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    "urn:oid:2.5.4.42",
];
pub(crate) const FAMILY_NAME: &[&str] = &[
    "lastname",
    "last_name",
    "surname",
    "familyname",
    "family_name",
    "sn",
    "user.lastname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    "urn:oid:2.5.4.4",
];

/// Reads the claims of a verified assertion.
///
/// # Errors
/// Why the assertion identifies nobody.
pub(crate) fn read(assertion: &Assertion, names: &AttributeNames, trip: Trip) -> Result<Claims, String> {
    let format = assertion.name_id.format.as_str();
    if format == TRANSIENT {
        return Err(
            "the NameID is transient: it is another one at each sign-in and identifies nobody".to_owned()
        );
    }
    let subject = assertion.name_id.value.clone();
    let usual = |configured: &Option<String>, usual: &[&str]| match configured {
        Some(name) => one(assertion, |other| other == name),
        None => one(assertion, |other| usual.contains(&other.to_lowercase().as_str())),
    };
    let given_name = usual(&names.given_name, GIVEN_NAME);
    let family_name = usual(&names.family_name, FAMILY_NAME);
    let full_name = [given_name.as_deref(), family_name.as_deref()];
    let full_name = full_name.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let user_name = match &names.user_name {
        Some(name) => one(assertion, |other| other == name),
        None => Some(subject.clone()).filter(|_| format != PERSISTENT),
    };
    let uid = names.uid.as_ref().and_then(|name| one(assertion, |other| other == name));
    Ok(Claims {
        subject,
        scim_key: uid.map(|uid| (names.uid_is.unwrap_or(UidField::ExternalId), uid)),
        preferred_username: user_name,
        email: usual(&names.email, EMAIL),
        name: usual(&names.name, NAME).or(Some(full_name)).filter(|name| is_usable(name)),
        given_name,
        family_name,
        auth_time: (trip.fresh && assertion.authn_instant + SKEW >= trip.began_at)
            .then_some(assertion.authn_instant),
        session_expiry: assertion.session_not_on_or_after,
        groups: claimed(assertion, names),
        said: AssertionSaid {
            auth_time: true,
            session_expiry: assertion.session_not_on_or_after.is_some(),
            ..AssertionSaid::default()
        },
        session_id: assertion.session_index.clone().filter(|index| is_usable(index)),
        id_token: SecretString::default(),
    })
}

/// Names of groups, and of roles behind a prefix, so that a role is never taken for a group of the same name. `None`: the settings name
/// neither attribute.
fn claimed(assertion: &Assertion, names: &AttributeNames) -> Option<Vec<String>> {
    if names.groups.is_none() && names.roles.is_none() {
        return None;
    }
    let of = |name: &Option<String>| name.as_ref().map(|name| groups(assertion, name)).unwrap_or_default();
    let roles = of(&names.roles).into_iter().map(|role| format!("{ROLE_PREFIX}{role}"));
    Some(of(&names.groups).into_iter().chain(roles).take(MOST_GROUPS).collect())
}

/// Sightings for the doctor of the attributes that the settings name.
pub(super) fn sightings(assertion: &Assertion, names: &AttributeNames) -> Vec<SightingKind> {
    let mut seen = Vec::new();
    if let Some(name) = &names.groups {
        seen.push(match groups(assertion, name).as_slice() {
            [] => SightingKind::SamlNoGroups,
            [one] if one.contains(',') => SightingKind::SamlJoinedGroups,
            _ => SightingKind::SamlGroups,
        });
    }
    if let Some(name) = &names.uid
        && one(assertion, |other| other == name).is_none()
    {
        seen.push(SightingKind::SamlNoUid);
    }
    seen
}

/// The one value of the attributes with such a name; `None` if they have no value, several different ones, or one that can't be used.
fn one(assertion: &Assertion, is_named: impl Fn(&str) -> bool) -> Option<String> {
    let named = assertion.attributes.iter().filter(|attribute| is_named(&attribute.name));
    let mut values: Vec<&String> = named.flat_map(|attribute| &attribute.values).collect();
    values.sort_unstable();
    values.dedup();
    match values.as_slice() {
        [value] if is_usable(value) => Some((*value).clone()),
        _ => None,
    }
}

/// Names of groups. Some providers repeat the attribute for each group, others repeat its value. A name may have commas: it is not split.
fn groups(assertion: &Assertion, name: &str) -> Vec<String> {
    let named = assertion.attributes.iter().filter(|attribute| attribute.name == name);
    let mut groups: Vec<String> = Vec::new();
    for value in named.flat_map(|attribute| &attribute.values).filter(|value| is_usable(value)) {
        if groups.len() < MOST_GROUPS && !groups.contains(value) {
            groups.push(value.clone());
        }
    }
    groups
}

fn is_usable(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control)
}
