//! What the attributes of an assertion are used for, and hints for the settings. Suggests only attributes that the assertion has, and saves
//! nothing.

use vestibule_core::providers::Provider;
use vestibule_saml::response::Assertion;
use vestibule_store::providers::saml_connections::AttributeNames;
use vestibule_web::pages::isolate;

use crate::saml::claims::{EMAIL, FAMILY_NAME, GIVEN_NAME, NAME};

/// Usual names of the attribute with groups, in lower case.
const GROUPS: &[&str] = &[
    "groups",
    "group",
    "memberof",
    "member_of",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.xmlsoap.org/claims/group",
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
];
/// Usual names of the attribute with roles, in lower case.
const ROLES: &[&str] = &["roles", "role", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];
/// Usual names of an attribute whose value provisioning has, too, in lower case.
const UID: &[&str] = &[
    "uid",
    "userid",
    "user_id",
    "user.id",
    "externalid",
    "external_id",
    "employeenumber",
    "employeeid",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "urn:oid:0.9.2342.19200300.100.1.1",
];

/// What the settings read from the attribute of this name.
pub(super) fn used_as(name: &str, names: &AttributeNames) -> Option<&'static str> {
    let usual = |saved: &Option<String>, usual: &[&str]| match saved {
        Some(saved) => saved == name,
        None => usual.contains(&name.to_lowercase().as_str()),
    };
    let is = |saved: &Option<String>| saved.as_deref() == Some(name);
    [
        (is(&names.user_name), "login name"),
        (usual(&names.email, EMAIL), "email address"),
        (usual(&names.name, NAME), "full name"),
        (usual(&names.given_name, GIVEN_NAME), "first name"),
        (usual(&names.family_name, FAMILY_NAME), "last name"),
        (is(&names.groups), "groups"),
        (is(&names.roles), "roles"),
        (is(&names.uid), "UID"),
    ]
    .into_iter()
    .find_map(|(is_used, what)| is_used.then_some(what))
}

/// Sentences for the administrator, one a line.
pub(super) fn hints(assertion: &Assertion, names: &AttributeNames, provider: &Provider) -> Vec<String> {
    let seen = Seen(assertion, provider);
    let mut hints = Vec::new();
    let saved = [
        ("login name", &names.user_name),
        ("email address", &names.email),
        ("full name", &names.name),
        ("first name", &names.given_name),
        ("last name", &names.family_name),
        ("groups", &names.groups),
        ("roles", &names.roles),
        ("UID", &names.uid),
    ];
    for (what, name) in saved {
        let Some(name) = name else { continue };
        hints.extend(seen.missing(what, name));
        if !["groups", "roles"].contains(&what) && seen.distinct(name) > 1 {
            hints.push(format!(
                "“{}” has several values, so it is not used as {what}. In {}, {}: give it one value.",
                isolate(name),
                provider.name,
                provider.saml.attributes
            ));
        }
    }
    if names.email.is_none() && seen.like(EMAIL).is_none() {
        hints.extend(seen.address().map(|name| {
            format!("“{0}” looks like an email address. To use it, save {0} as the attribute of the email address.", isolate(name))
        }));
    }
    let groups = seen.like(GROUPS).or_else(|| seen.list(names));
    if names.groups.is_none() {
        hints.extend(groups.map(|name| {
            format!("“{0}” looks like groups, which are not read now. To use it, save {0} as the attribute of groups.", isolate(name))
        }));
    }
    if names.roles.is_none() {
        let other = |name: &&str| used_as(name, names).is_none();
        hints.extend(seen.like(ROLES).filter(other).map(|name| {
            format!("“{0}” looks like roles, which are not read now. To use it, save {0} as the attribute of roles.", isolate(name))
        }));
    }
    if names.uid.is_none() {
        hints.extend(seen.like(UID).map(|name| {
            format!("“{0}” looks like a key of the person. If provisioning (SCIM) has the same value, save {0} as the attribute of the UID: then a person who is provisioned and one who signs in are one.", isolate(name))
        }));
    }
    let groups = names.groups.as_deref().or(groups);
    hints.extend(groups.and_then(|name| seen.joined(name)));
    hints
}

/// The attributes of the assertion.
struct Seen<'a>(&'a Assertion, &'a Provider);

impl<'a> Seen<'a> {
    fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.attributes.iter().map(|attribute| attribute.name.as_str())
    }

    fn values(&self, name: &str) -> Vec<&'a str> {
        let named = self.0.attributes.iter().filter(|attribute| attribute.name == name);
        named.flat_map(|attribute| &attribute.values).map(String::as_str).collect()
    }

    fn distinct(&self, name: &str) -> usize {
        let mut values = self.values(name);
        values.sort_unstable();
        values.dedup();
        values.len()
    }

    /// The first attribute with one of these names, which are in lower case.
    fn like(&self, usual: &[&str]) -> Option<&'a str> {
        self.names().find(|name| usual.contains(&name.to_lowercase().as_str()))
    }

    /// The first attribute with several values that no setting uses.
    fn list(&self, names: &AttributeNames) -> Option<&'a str> {
        self.names().find(|name| self.distinct(name) > 1 && used_as(name, names).is_none())
    }

    /// The first attribute whose one value is an email address.
    fn address(&self) -> Option<&'a str> {
        self.names().find(|name| match self.values(name).as_slice() {
            [value] => {
                value.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
            }
            _ => false,
        })
    }

    /// Advice about a saved name that the assertion lacks.
    fn missing(&self, what: &str, name: &str) -> Option<String> {
        if self.names().any(|other| other == name) {
            return None;
        }
        let saved = isolate(name);
        let folded = name.to_lowercase();
        if let Some(other) = self.names().find(|other| other.to_lowercase() == folded) {
            let other = isolate(other);
            return Some(format!(
                "As the attribute of {what}, “{saved}” is saved here, and the assertion has “{other}”: capital letters count. Save {other} here, or rename it in {}.",
                self.1.name
            ));
        }
        let Provider { name: at, saml, .. } = self.1;
        let advice = match what {
            "groups" if self.1.is_okta() => {
                "The filter of Group Attribute Statements in Okta (such as Starts with) matches none of the person's groups, or the statement has another name.".to_owned()
            }
            "groups" => format!("In {at}, {}: it must be sent by this name, for the person's groups.", saml.groups),
            _ => format!(
                "In {at}, {} must have a row of this name, and the person's profile a value for it.",
                saml.attributes
            ),
        };
        Some(format!("The assertion has no attribute “{saved}”, which is saved here for {what}. {advice}"))
    }

    /// Advice about a list that came as one value.
    fn joined(&self, name: &str) -> Option<String> {
        match self.values(name).as_slice() {
            [value] if value.contains(',') => Some(format!(
                "“{}” came as one value with commas in it, so it counts as one group: a group's name may have commas, and nothing is split here. {}.",
                isolate(name),
                match self.1.is_okta() {
                    true =>
                        "In Okta, send groups by Group Attribute Statements, not as a list by Attribute Statements",
                    false => "The provider must send each group as a value of its own",
                }
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::sets::ProviderKind;
    use vestibule_saml::response::Attribute;

    use super::*;

    fn assertion(attributes: &[(&str, &[&str])]) -> Assertion {
        let attribute = |(name, values): &(&str, &[&str])| Attribute {
            name: (*name).to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..Attribute::default()
        };
        Assertion { attributes: attributes.iter().map(attribute).collect(), ..Assertion::default() }
    }

    fn named(change: impl FnOnce(&mut AttributeNames)) -> AttributeNames {
        let mut names = AttributeNames::default();
        change(&mut names);
        names
    }

    #[track_caller]
    fn assert_hints(attributes: &[(&str, &[&str])], names: &AttributeNames, words: &[&str]) {
        let hints = hints(&assertion(attributes), names, ProviderKind::Okta.facts());
        assert_eq!(hints.len(), words.len(), "{hints:?}");
        for (hint, words) in hints.iter().zip(words) {
            assert!(hint.contains(words), "no {words:?} in {hint}");
        }
    }

    #[test]
    fn usual_attributes_need_no_hint() {
        let usual = [("Email", ["ada@acme.example"].as_slice()), ("firstName", &["Ada"])];
        assert_hints(&usual, &AttributeNames::default(), &[]);
        assert_eq!(used_as("Email", &AttributeNames::default()), Some("email address"));
        assert_eq!(used_as("firstName", &AttributeNames::default()), Some("first name"));
        assert_eq!(used_as("groups", &AttributeNames::default()), None);
    }

    #[test]
    fn what_was_seen_is_suggested() {
        let seen = [
            ("contact", ["ada@acme.example"].as_slice()),
            ("Groups", &["claresia-admins"]),
            ("UID", &["ada.lovelace"]),
        ];
        assert_hints(
            &seen,
            &AttributeNames::default(),
            &["save contact as", "save Groups as", "save UID as"],
        );
        let names = named(|names| {
            names.email = Some("contact".to_owned());
            names.groups = Some("Groups".to_owned());
            names.uid = Some("UID".to_owned());
        });
        assert_hints(&seen, &names, &[]);
        // A list of another name.
        assert_hints(&[("teams", &["a", "b"])], &AttributeNames::default(), &["save teams as"]);
    }

    #[test]
    fn roles_are_suggested_once() {
        let seen = [("Role", ["Producer"].as_slice())];
        assert_hints(&seen, &AttributeNames::default(), &["save Role as the attribute of roles"]);
        let names = named(|names| names.roles = Some("Role".to_owned()));
        assert_hints(&seen, &names, &[]);
        assert_eq!(used_as("Role", &names), Some("roles"));
        // An attribute that is read as groups is not suggested for roles.
        assert_hints(&seen, &named(|names| names.groups = Some("Role".to_owned())), &[]);
    }

    #[test]
    fn a_saved_name_that_did_not_come_is_told() {
        let groups = named(|names| names.groups = Some("groups".to_owned()));
        assert_hints(&[("Groups", &["a"])], &groups, &["Save Groups here"]);
        assert_hints(&[("email", &["ada@acme.example"])], &groups, &["filter of Group Attribute Statements"]);
        let uid = named(|names| names.uid = Some("UID".to_owned()));
        assert_hints(&[], &uid, &["Attribute Statements must have a row of this name"]);
        assert_hints(&[("UID", &["a", "b"])], &uid, &["has several values"]);
    }

    #[test]
    fn groups_joined_by_commas_are_told() {
        let names = named(|names| names.groups = Some("groups".to_owned()));
        assert_hints(&[("groups", &["claresia-a,claresia-b"])], &names, &["one value with commas"]);
        assert_hints(&[("groups", &["Smith, Jones", "other"])], &names, &[]);
        assert_hints(
            &[("groups", &["a,b"])],
            &AttributeNames::default(),
            &["save groups as", "one value with commas"],
        );
    }
}
