//! Closed sets: texts that only this program defines, in columns and on the wire. Each set is a type. Reading an unknown text is an
//! error, never a default.

mod brake;
mod client;
mod count;
mod drift;
mod event;
mod observation;
mod outbox;
mod people;
mod providers;
mod reason;
mod request;
mod sign_in;
mod token;

pub use brake::BrakeState;
pub use client::{Algorithm, ClientAuth, ClientKind, DpopMode};
pub use count::CountKind;
pub use drift::DriftKind;
pub use event::EventKind;
pub use observation::{ObservationEnd, PushRefusal};
pub use outbox::{DeliveryKind, DeliveryState};
pub use people::{AssignmentSource, UserSource};
pub use providers::{
    ConflictReason, DomainProof, OktaAppKind, ProviderAuth, ProviderKind, SamlBinding, UidField, Unsolicited,
};
pub use reason::{EndReason, GrantEndReason, SessionEndReason};
pub use request::Door;
pub use sign_in::LoginPurpose;
pub use token::{OperatorScope, OperatorScopes, TokenKind};

/// A text that names no value of a closed set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Name of the set, for messages.
    pub set: &'static str,
    /// The text.
    pub text: String,
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "unknown {}: {:?}", self.set, self.text)
    }
}

impl std::error::Error for Unknown {}

/// Defines a closed set: the enum, its texts, and with the feature `diesel` the conversion from and to a `Text` column of any
/// database.
macro_rules! closed_set {
    (
        $(#[$meta:meta])*
        $name:ident, $set:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(
            feature = "diesel",
            derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow),
            diesel(sql_type = diesel::sql_types::Text)
        )]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All values.
            pub const ALL: [Self; [$($text,)+].len()] = [$(Self::$variant,)+];
            /// Texts of all values, in the order of [`Self::ALL`].
            pub const TEXTS: [&'static str; [$($text,)+].len()] = [$($text,)+];

            /// The value as it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::sets::Unknown;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::sets::Unknown { set: $set, text: text.to_owned() }),
                }
            }
        }

        $crate::column::text_column!($name, |text| text.parse()?);
    };
}
use closed_set;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_writing_and_reading() {
        for (kind, text) in ClientKind::ALL.into_iter().zip(ClientKind::TEXTS) {
            assert_eq!((kind.as_str(), text.parse()), (text, Ok(kind)));
            assert_eq!(serde_json::to_value(kind).unwrap(), text);
            assert_eq!(serde_json::from_value::<ClientKind>(text.into()).unwrap(), kind);
        }
    }

    #[test]
    fn an_unknown_text_is_an_error() {
        for text in ["", "App", " app", "apps"] {
            assert_eq!(text.parse::<ClientKind>().unwrap_err().set, "client kind", "{text}");
        }
        let error = "x".parse::<TokenKind>().unwrap_err().to_string();
        assert_eq!(error, r#"unknown token kind: "x""#);
    }
}
