//! The source of a user's role or entitlement. Its text form is part of the management API.

use std::fmt;

use serde::{Serialize, Serializer};
use vestibule_core::sets::AssignmentSource;

/// Source of a user's role or entitlement, ordered by its text form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A mapping of a group name in the provider's claim: `claim:{name}`.
    Claim(String),
    /// No assignment: the default role of the workspace: `default`.
    Default,
    /// A mapping of a group of this name: `group:{name}`.
    Group(String),
    /// An assignment: the text form of its source.
    Assigned(AssignmentSource),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claim(name) => write!(formatter, "claim:{name}"),
            Self::Default => formatter.write_str("default"),
            Self::Group(name) => write!(formatter, "group:{name}"),
            Self::Assigned(source) => formatter.write_str(source.as_str()),
        }
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Source {
    /// The source with this text form; `None` for a text that is none.
    pub fn of_text(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("claim", name)) => Some(Self::Claim(name.to_owned())),
            Some(("group", name)) => Some(Self::Group(name.to_owned())),
            _ if text == "default" => Some(Self::Default),
            _ => text.parse().ok().map(Self::Assigned),
        }
    }

    /// Whether it is from Okta: neither assigned by hand nor the default.
    pub fn is_by_okta(&self) -> bool {
        !matches!(self, Self::Default | Self::Assigned(AssignmentSource::Manual))
    }

    /// Whether it was assigned by hand.
    pub fn is_manual(&self) -> bool {
        *self == Self::Assigned(AssignmentSource::Manual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_from_its_text() {
        for text in ["claim:Ops: EU", "group:Engineering", "default", "scim", "scim:entitlements", "manual"] {
            assert_eq!(Source::of_text(text).map(|source| source.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Source::of_text("moon"), None);
    }
}
