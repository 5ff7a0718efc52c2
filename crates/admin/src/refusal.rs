//! Why an administrative change is refused.

use vestibule_store::Error;

/// A refusal of a change. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A field is wrong: its name, and the predicate of a sentence about it.
    #[error("{0} {1}")]
    Field(&'static str, String),
    /// An element of a list is wrong: the name of the list, the position, and the predicate of a sentence about it.
    #[error("{0} {2}")]
    Element(&'static str, usize, String),
    /// The state of the workspace forbids the change: a whole sentence.
    #[error("{0}")]
    Conflict(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

pub(crate) fn field<T>(name: &'static str, predicate: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Field(name, predicate.into()))
}

pub(crate) fn conflict<T>(sentence: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Conflict(sentence.into()))
}

/// A rule of the database that refused a write, as a sentence.
pub fn violated(rule: &str) -> &'static str {
    match rule {
        "domains_domain" => "another workspace has verified this domain",
        "users_user_name" => "a user of this name exists already",
        "users_external_id" => "another user has this external id",
        "client_secrets" => "there are two secrets already: end one of them first",
        _ if rule.starts_with("workspaces") => "a workspace of this id exists already",
        _ if rule.starts_with("roles") => "a role of this id or name exists already",
        _ if rule.starts_with("entitlements") => "an entitlement of this id or name exists already",
        _ => "something of this name exists already",
    }
}

/// Splits a result into what a page shows as a sentence, and the failures of the store.
pub fn sentence<T>(outcome: Result<T, Refusal>) -> Result<Result<T, String>, Error> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(Refusal::Store(Error::Conflict(_))) => Ok(Err("the name or id is taken already".to_owned())),
        Err(Refusal::Store(error)) => Err(error),
        Err(Refusal::Field(name, predicate) | Refusal::Element(name, _, predicate)) => {
            Ok(Err(format!("{} {predicate}", name.replace('_', " "))))
        }
        Err(Refusal::Conflict(sentence)) => Ok(Err(sentence)),
    }
}
