//! Why a step fails: a fault of the file, or a failure of the store.

use vestibule_admin::{Refusal, provider::connection::SettingsError, refusal::violated};
use vestibule_scim::users::custom_attributes::change::ChangeError;
use vestibule_store::Error;
use vestibule_transfer::configuration::{Fault, Step, Thing};

use crate::cli::commands::Sentence;

/// Why a step fails.
pub(super) enum Failure {
    /// A change is refused.
    Refused(Refusal),
    /// The value at this key is wrong.
    Key(&'static str, String),
}

impl Failure {
    /// The fault of the step's thing.
    pub(super) fn fault(self, step: &Step) -> Result<Fault, Sentence> {
        let mut fault = self.fault_of(&step.thing)?;
        // A stored thing that is deleted has no place in a file.
        if fault.file.is_empty() {
            fault.path = format!("{} {}", step.kind().name(), step.thing.name());
        }
        Ok(fault)
    }

    /// The fault of a thing.
    pub(super) fn fault_of(self, thing: &Thing) -> Result<Fault, Sentence> {
        match self {
            Self::Key(key, sentence) => Ok(thing.fault(Some(key), sentence)),
            Self::Refused(Refusal::Field(name, sentence) | Refusal::Element(name, _, sentence)) => {
                let key = key_of(name);
                let is_key = thing.kind.fields().iter().any(|field| field.name == key);
                Ok(match is_key {
                    true => thing.fault(Some(key), sentence),
                    false => thing.fault(None, format!("{key} {sentence}")),
                })
            }
            Self::Refused(Refusal::Conflict(sentence)) => Ok(thing.fault(None, sentence)),
            Self::Refused(Refusal::Store(Error::Conflict(rule))) => Ok(thing.fault(None, violated(&rule))),
            Self::Refused(Refusal::Store(error)) => Err(error.into()),
        }
    }
}

/// Whether nothing more can be tried in the transaction: PostgreSQL ends it at a violated rule.
pub(super) fn is_fatal(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(Refusal::Store(_)))
}

/// The key of a file for the field of a change.
fn key_of(field: &'static str) -> &'static str {
    match field {
        "max_age" => "max_age_seconds",
        "certificate" => "certificates",
        "uid_custom" => "uid_custom_attribute",
        "requires_auth_time" => "require_auth_time",
        other => other,
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        Self::Refused(match error {
            ChangeError::Refused(sentence) => Refusal::Conflict(sentence),
            ChangeError::Store(error) => error.into(),
        })
    }
}
