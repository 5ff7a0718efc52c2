//! Macros that define the types of ids. No `From<String>`: the caller picks a function whose name says whether the text came from
//! outside or was written by this program.

/// Defines a type that contains one text, and with the feature `diesel` its conversion from and to a `Text` column of any database.
macro_rules! text {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(
            feature = "diesel",
            derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow),
            diesel(sql_type = diesel::sql_types::Text)
        )]
        pub struct $name(String);

        impl $name {
            /// An id that this program wrote itself. The text is not checked.
            pub fn from_stored(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text of the id, without a copy.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        $crate::column::text_column!($name, |text| Self(text));
    };
}
pub(super) use text;

/// Defines the type of an id that is a UUID.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $crate::ids::newtype::text! {
            $(#[$meta])*
            $name
        }

        impl $name {
            /// A new id, ordered by `now`.
            pub fn new(now: $crate::time::Micros) -> Self {
                Self::from($crate::ids::uuid(now))
            }

            /// An id from outside, in its canonical spelling; `None` when it is no UUID.
            pub fn parse(text: &str) -> Option<Self> {
                uuid::Uuid::try_parse(text).ok().map(Self::from)
            }

            /// An id from outside, only if it has the canonical spelling: for lookups where another spelling must not match.
            pub fn parse_exact(text: &str) -> Option<Self> {
                Self::parse(text).filter(|id| id.0 == text)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id.to_string())
            }
        }
    };
}
pub(super) use id;

/// Defines the type of an id that is no UUID. Such ids are compared byte for byte.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident) => {
        $crate::ids::newtype::text! {
            $(#[$meta])*
            $name
        }

        impl $name {
            /// An id from outside. It is not checked and may not exist.
            pub fn sent(text: impl Into<String>) -> Self {
                Self(text.into())
            }
        }
    };
}
pub(super) use named;
