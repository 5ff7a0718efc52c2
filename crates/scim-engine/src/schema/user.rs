//! The User schema of RFC 7643 §4.1 and the enterprise extension of §4.3. It has no `password`, which is accepted and
//! dropped: it must never be advertised, filtered or stored.

use super::{
    attribute::{Attribute, boolean, complex, reference, string},
    characteristics::Type,
    definition::Definition,
    kind::{ENTERPRISE_URN, USER_URN},
};

/// The core schema of a User.
pub(super) fn core() -> Definition {
    Definition {
        urn: USER_URN.into(),
        name: "User".into(),
        // RFC 7643 §8.7.1
        description: "User Account".into(),
        attributes: attributes(),
    }
}

fn attributes() -> Vec<Attribute> {
    vec![
        string("userName", "The name a user signs in with; unique in the workspace in any letter case.")
            .required()
            .unique()
            .at_most(256),
        complex("name", "The components of the user's name.", name_parts()),
        // It has an index, whose entries PostgreSQL limits to 2,704 bytes.
        string("displayName", "The name to show for the user.").at_most(256),
        string("nickName", "The casual way to address the user."),
        reference("profileUrl", "The user's online profile.", &["external"]),
        string("title", "The user's title, such as \"Vice President\"."),
        string("userType", "The relation to the organisation, such as \"Contractor\" or \"Employee\"."),
        string("preferredLanguage", "The preferred languages, as in HTTP Accept-Language."),
        string("locale", "The default location for formats of currency, date and number, such as \"en-US\"."),
        string("timezone", "The time zone by its IANA name, such as \"Europe/Paris\"."),
        boolean("active", "Whether the user may sign in. False ends all access at once.").not_null(),
        emails(),
        plural(
            "phoneNumbers",
            "Phone numbers.",
            Type::String,
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        plural(
            "ims",
            "Instant messaging addresses.",
            Type::String,
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
        ),
        plural("photos", "URLs of photos of the user.", Type::Reference, &["photo", "thumbnail"]),
        complex("addresses", "Physical mailing addresses.", address_parts()).many(),
        complex("groups", "The groups the user is in; changed through the groups.", group_parts())
            .many()
            .read_only(),
        assignments("entitlements", "What the user is entitled to, as listed at /Entitlements, or roles."),
        assignments("roles", "The user's roles, as listed at /Roles."),
        plural("x509Certificates", "Certificates of the user, DER in base64.", Type::Binary, &[]),
    ]
}

fn name_parts() -> Vec<Attribute> {
    vec![
        string("formatted", "The full name, formatted for display."),
        string("familyName", "The family name, or last name."),
        string("givenName", "The given name, or first name."),
        string("middleName", "The middle names."),
        string("honorificPrefix", "The honorific prefix, or title."),
        string("honorificSuffix", "The honorific suffix, or suffix."),
    ]
}

fn address_parts() -> Vec<Attribute> {
    vec![
        string("formatted", "The full address, formatted for display; may contain line breaks."),
        string("streetAddress", "House number, street name, apartment; may contain line breaks."),
        string("locality", "The city or locality."),
        string("region", "The state or region."),
        string("postalCode", "The zip or postal code."),
        string("country", "The country, as an ISO 3166-1 alpha-2 code."),
        string("type", "What the address is for.").canonical(&["work", "home", "other"]),
        boolean("primary", "Whether it is the preferred one. At most one is."),
    ]
}

fn group_parts() -> Vec<Attribute> {
    vec![
        string("value", "The id of the group.").case_exact(),
        reference("$ref", "The address of the group.", &["Group"]),
        string("display", "The name of the group."),
        string("type", "How the user is in it.").canonical(&["direct"]),
    ]
}

/// A multi-valued attribute with the default sub-attributes of RFC 7643 §2.4.
fn plural(name: &'static str, description: &'static str, kind: Type, types: &[&'static str]) -> Attribute {
    let value = match kind {
        Type::Reference => reference("value", "The value.", &["external"]),
        kind => Attribute::new("value", kind, "The value."),
    };
    let parts = vec![
        value,
        string("display", "A name for people."),
        string("type", "What it is for.").canonical(types),
        boolean("primary", "Whether it is the preferred one. At most one is."),
    ];
    complex(name, description, parts).many()
}

/// An attribute of assignments, whose `value` is an id or a name. Without a `display` from the client the name in
/// Vestibule is returned.
fn assignments(name: &'static str, description: &'static str) -> Attribute {
    plural(name, description, Type::String, &[]).bare()
}

/// The attribute `emails`. Addresses have an index, so their length is limited (RFC 5321 §4.5.3.1 has 254).
fn emails() -> Attribute {
    let mut emails = plural("emails", "Email addresses.", Type::String, &["work", "home", "other"]);
    if let Some(value) = emails.sub_attributes.first_mut() {
        value.max_length = 320;
    }
    emails
}

/// The enterprise extension.
pub(super) fn enterprise() -> Definition {
    let manager = vec![
        string("value", "The id of the manager.").case_exact(),
        reference("$ref", "The address of the manager.", &["User"]),
        // RFC 7643 §4.3 has the server set it. Okta sends only this one, from the `manager` of its profile.
        string("displayName", "The name of the manager."),
    ];
    Definition {
        urn: ENTERPRISE_URN.into(),
        name: "EnterpriseUser".into(),
        // RFC 7643 §8.7.1
        description: "Enterprise User".into(),
        attributes: vec![
            string("employeeNumber", "The number or code the organisation gave the user."),
            string("costCenter", "The name of a cost center."),
            string("organization", "The name of an organization."),
            string("division", "The name of a division."),
            string("department", "The name of a department."),
            complex("manager", "The user's manager.", manager).bare(),
        ],
    }
}
