//! Attribute statements, group attribute statements and the application username: which values of a person go into an assertion.

use crate::directory::Person;

/// An attribute statement.
#[derive(Clone, Debug)]
pub struct AttributeStatement {
    /// Name, in exactly this case.
    pub name: String,
    /// Name format.
    pub format: AttributeNameFormat,
    /// Value.
    pub value: Expression,
}

impl AttributeStatement {
    /// A statement whose name format is Unspecified.
    pub fn new(name: impl Into<String>, value: Expression) -> Self {
        Self { name: name.into(), format: AttributeNameFormat::default(), value }
    }
}

/// A group attribute statement.
#[derive(Clone, Debug)]
pub struct GroupAttributeStatement {
    /// Name, in exactly this case.
    pub name: String,
    /// Name format.
    pub format: AttributeNameFormat,
    /// Filter.
    pub filter: GroupFilter,
}

impl GroupAttributeStatement {
    /// A statement whose name format is Unspecified.
    pub fn new(name: impl Into<String>, filter: GroupFilter) -> Self {
        Self { name: name.into(), format: AttributeNameFormat::default(), filter }
    }
}

/// Name format of an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttributeNameFormat {
    /// Unspecified.
    #[default]
    Unspecified,
    /// URI Reference.
    UriReference,
    /// Basic.
    Basic,
}

impl AttributeNameFormat {
    /// The URI in messages (SAML Core §8.2).
    pub(in super::super) fn uri(self) -> &'static str {
        match self {
            Self::Unspecified => "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
            Self::UriReference => "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            Self::Basic => "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
        }
    }
}

/// The value of an attribute statement, in place of Okta's expression language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `user.login`.
    Login,
    /// `user.email`.
    Email,
    /// `user.firstName`.
    FirstName,
    /// `user.lastName`.
    LastName,
    /// `user.displayName`.
    DisplayName,
    /// `user.getInternalProperty("id")`: the id that SCIM sends as `externalId`.
    Id,
    /// The same text for everybody.
    Literal(String),
    /// An array of the profile, the same for everybody. Okta joins it by commas into one value (saml-facts §1.1).
    Array(Vec<String>),
}

impl Expression {
    /// The value for a person. Okta sends no attribute for an empty value.
    pub(in super::super) fn of(&self, person: &Person) -> String {
        match self {
            Self::Login => person.login.clone(),
            Self::Email => person.email.clone(),
            Self::FirstName => person.given.clone(),
            Self::LastName => person.family.clone(),
            Self::DisplayName => person.display_name(),
            Self::Id => person.id.clone(),
            Self::Literal(text) => text.clone(),
            Self::Array(values) => values.join(","),
        }
    }

    /// The expression as an administrator writes it.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Login => "user.login".to_owned(),
            Self::Email => "user.email".to_owned(),
            Self::FirstName => "user.firstName".to_owned(),
            Self::LastName => "user.lastName".to_owned(),
            Self::DisplayName => "user.displayName".to_owned(),
            Self::Id => "user.getInternalProperty(\"id\")".to_owned(),
            Self::Literal(text) => format!("\"{text}\""),
            Self::Array(values) => format!("{{\"{}\"}}", values.join("\", \"")),
        }
    }
}

/// Filter of a group attribute statement. A group that matches is one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupFilter {
    /// Starts with.
    StartsWith(String),
    /// Equals.
    Equals(String),
    /// Contains.
    Contains(String),
    /// Matches regex: the whole name. An expression that isn't valid matches no group.
    MatchesRegex(String),
}

impl GroupFilter {
    pub(in super::super) fn matches(&self, group: &str) -> bool {
        match self {
            Self::StartsWith(text) => group.starts_with(text.as_str()),
            Self::Equals(text) => group == text,
            Self::Contains(text) => group.contains(text.as_str()),
            Self::MatchesRegex(text) => {
                regex_lite::Regex::new(&format!("^(?:{text})$")).is_ok_and(|regex| regex.is_match(group))
            }
        }
    }

    /// The filter as an administrator chooses it.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::StartsWith(text) => format!("Starts with {text}"),
            Self::Equals(text) => format!("Equals {text}"),
            Self::Contains(text) => format!("Contains {text}"),
            Self::MatchesRegex(text) => format!("Matches regex {text}"),
        }
    }
}

/// Application username: the value of the Name ID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ApplicationUsername {
    /// Okta username.
    #[default]
    OktaUsername,
    /// Okta username prefix: the part before the `@`.
    OktaUsernamePrefix,
    /// Email.
    Email,
    /// Email prefix: the part before the `@`.
    EmailPrefix,
    /// Custom.
    Custom(Expression),
}

impl ApplicationUsername {
    pub(in super::super) fn of(&self, person: &Person) -> String {
        let before = |address: &str| address.split('@').next().unwrap_or_default().to_owned();
        match self {
            Self::OktaUsername => person.login.clone(),
            Self::OktaUsernamePrefix => before(&person.login),
            Self::Email => person.email.clone(),
            Self::EmailPrefix => before(&person.email),
            Self::Custom(expression) => expression.of(person),
        }
    }

    /// Okta's name of the choice.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::OktaUsername => "Okta username".to_owned(),
            Self::OktaUsernamePrefix => "Okta username prefix".to_owned(),
            Self::Email => "Email".to_owned(),
            Self::EmailPrefix => "Email prefix".to_owned(),
            Self::Custom(expression) => format!("Custom: {}", expression.written()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_choose_groups() {
        for (filter, matches) in [
            (GroupFilter::StartsWith("App ".to_owned()), [true, true, false]),
            (GroupFilter::Equals("App Admins".to_owned()), [true, false, false]),
            (GroupFilter::Contains("Admins".to_owned()), [true, false, true]),
            (GroupFilter::MatchesRegex(".*".to_owned()), [true, true, true]),
            (GroupFilter::MatchesRegex("App".to_owned()), [false, false, false]),
            (GroupFilter::MatchesRegex("(".to_owned()), [false, false, false]),
        ] {
            let found = ["App Admins", "App Users", "Admins"].map(|group| filter.matches(group));
            assert_eq!(found, matches, "{filter:?}");
        }
    }
}
