//! What a file contains, in one form for all formats.

use serde_json::{Map, Value};

/// A row that was read, or the reason why it can't be.
pub type Row = Result<Record, BadRow>;

/// The content of a row, and where it begins in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number of its first line, from 1. In a JSON document that is one value: the number of the element.
    pub line: usize,
    /// The content.
    pub item: Item,
}

/// A row that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Number of its first line, from 1.
    pub line: usize,
    /// One sentence: which field is wrong, and what to do.
    pub sentence: String,
}

/// A file that can't be read: one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFile(pub String);

/// The content of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A role of the workspace.
    Role(Role),
    /// An entitlement of the workspace.
    Entitlement(Entitlement),
    /// A custom attribute of users.
    Custom(Custom),
    /// A rule: members of a group have roles and entitlements.
    Mapping(Mapping),
    /// An email domain, to be claimed.
    Domain(String),
    /// An identity provider.
    Connection(Connection),
    /// A group.
    Group(Group),
    /// A person.
    Person(Box<Person>),
    /// Something that an import does not take over: its kind.
    Other(String),
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Role {
    /// Its id; `None`: made from the name.
    pub id: Option<String>,
    /// Name that people see.
    pub name: String,
    /// One sentence about it.
    pub description: String,
    /// Whether the identity provider may assign it; `None`: it may.
    pub by_okta: Option<bool>,
}

/// An entitlement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id; `None`: made from the name.
    pub id: Option<String>,
    /// Name that people see.
    pub name: String,
    /// One sentence about it.
    pub description: String,
}

/// A custom attribute in its JSON form (RFC 7643 §7).
#[derive(Debug, Clone, PartialEq)]
pub struct Custom(pub Map<String, Value>);

/// A rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Name or pattern of groups.
    pub group: String,
    /// Ids or names of roles.
    pub roles: Vec<String>,
    /// Ids or names of entitlements.
    pub entitlements: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The identity provider's own id of it.
    pub external_id: Option<String>,
}

/// A person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// The login name.
    pub user_name: String,
    /// The identity provider's own id of the person.
    pub external_id: Option<String>,
    /// The id that the old system gave the person.
    pub old_id: Option<String>,
    /// Whether the person may sign in. Counts for a person who is created.
    pub active: Option<bool>,
    /// Further attributes, as SCIM has them (RFC 7643 §4.1).
    pub attributes: Map<String, Value>,
    /// Names of groups.
    pub groups: Vec<String>,
    /// Ids or names of roles, given by hand.
    pub roles: Vec<String>,
    /// Ids or names of entitlements, given by hand.
    pub entitlements: Vec<String>,
    /// Whether SCIM manages the person. Only our own export says so.
    pub is_provisioned: bool,
    /// Roles and entitlements that SCIM assigned. Only our own export has them.
    pub assigned: Vec<Element>,
}

/// A role or entitlement that SCIM assigned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// `role`, `role_as_entitlement` or `entitlement`.
    pub kind: String,
    /// Id of the role or entitlement.
    pub id: String,
    /// `display` that the client chose.
    pub display: Option<String>,
    /// `type`
    pub element_type: Option<String>,
    /// `primary`
    pub is_primary: Option<bool>,
}

/// An identity provider, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Of OpenID Connect.
    Oidc(OidcConnection),
    /// Of SAML.
    Saml(SamlConnection),
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OidcConnection {
    /// Name that people see.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// Client id at the provider.
    pub client_id: String,
}

/// A SAML provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SamlConnection {
    /// Name that people see.
    pub name: String,
    /// Entity ID of the provider.
    pub issuer: String,
    /// Where sign-in requests go.
    pub sso_url: String,
    /// Whether they go there by HTTP-POST instead of HTTP-Redirect.
    pub by_post: bool,
    /// Certificates, PEM or bare base64, one after another.
    pub certificates: String,
}

impl Person {
    /// Sets an attribute that is a text, unless it is empty.
    pub(crate) fn set(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.attributes.insert(name.to_owned(), value.into());
        }
    }

    /// Sets the given and the family name.
    pub(crate) fn set_names(&mut self, given: Option<String>, family: Option<String>) {
        let parts = [("givenName", given), ("familyName", family)];
        let name: Map<String, Value> = parts
            .into_iter()
            .filter_map(|(part, value)| {
                Some((part.to_owned(), value.filter(|text| !text.is_empty())?.into()))
            })
            .collect();
        if !name.is_empty() {
            self.attributes.insert("name".to_owned(), name.into());
        }
    }

    /// Sets the email addresses: the first is the primary one.
    pub(crate) fn set_emails(&mut self, emails: impl IntoIterator<Item = String>) {
        let mut values: Vec<Value> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for email in emails.into_iter().filter(|email| !email.is_empty()) {
            let key = vestibule_core::fold::fold(&email);
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let mut value = Map::new();
            value.insert("value".to_owned(), email.into());
            let kind = if values.is_empty() { "work" } else { "other" };
            value.insert("type".to_owned(), kind.into());
            if values.is_empty() {
                value.insert("primary".to_owned(), true.into());
            }
            values.push(value.into());
        }
        if !values.is_empty() {
            self.attributes.insert("emails".to_owned(), values.into());
        }
    }
}
