//! Parses PATCH requests (RFC 7644 §3.5.2). Paths are read; the schema is not consulted yet.

use serde_json::Value;

use super::path::PatchPath;
use crate::{
    error::{Rejection, quote},
    json::{check_schemas, member},
};

/// The URN of a PATCH request.
pub const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most operations of one request.
pub(crate) const MAX_OPERATIONS: usize = 1000;

/// A well-formed PATCH request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The operations, in order.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The action.
    pub action: Action,
    /// The target; none for the whole resource.
    pub path: Option<PatchPath>,
    /// The value; `add` and `replace` always have one.
    pub value: Option<Value>,
}

/// The action of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Adds values.
    Add,
    /// Replaces values.
    Replace,
    /// Removes values.
    Remove,
}

impl Action {
    fn parse(word: &str) -> Option<Self> {
        let is = |name| word.eq_ignore_ascii_case(name);
        if is("add") {
            Some(Self::Add)
        } else if is("replace") {
            Some(Self::Replace)
        } else {
            is("remove").then_some(Self::Remove)
        }
    }
}

impl Request {
    /// Parses the body of a PATCH. Names of members and operations may have any letter case.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `noTarget`.
    pub fn parse(body: &Value) -> Result<Self, Rejection> {
        let Some(body) = body.as_object() else {
            return Err(Rejection::syntax("a PATCH request is a JSON object"));
        };
        check_schemas(body, PATCH_URN)?;
        let operations = match member(body, "Operations") {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            _ => return Err(Rejection::syntax("'Operations' must be an array with at least one operation")),
        };
        if operations.len() > MAX_OPERATIONS {
            return Err(Rejection::syntax(format!(
                "a PATCH request holds at most {MAX_OPERATIONS} operations"
            )));
        }
        Ok(Self { operations: operations.iter().map(Operation::parse).collect::<Result<_, _>>()? })
    }
}

impl Operation {
    fn parse(operation: &Value) -> Result<Self, Rejection> {
        let Some(operation) = operation.as_object() else {
            return Err(Rejection::syntax("each of 'Operations' must be an object"));
        };
        let action = match member(operation, "op") {
            Some(Value::String(word)) => Action::parse(word).ok_or_else(|| {
                Rejection::syntax(format!("{} isn't one of add, replace, remove", quote(word)))
            })?,
            _ => return Err(Rejection::syntax("each operation needs an 'op': add, replace or remove")),
        };
        let path = match member(operation, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.trim().is_empty() => None,
            Some(Value::String(path)) => Some(PatchPath::parse(path)?),
            Some(_) => return Err(Rejection::path("'path' must be a text")),
        };
        let value = member(operation, "value").cloned();
        match (action, &path, &value) {
            // RFC 7644 §3.5.2.2
            (Action::Remove, None, _) => {
                Err(Rejection::no_target("'remove' needs a 'path' that says what to remove"))
            }
            // RFC 7644 §3.5.2.1
            (Action::Add | Action::Replace, _, None) => {
                Err(Rejection::value("'add' and 'replace' need a 'value'"))
            }
            _ => Ok(Self { action, path, value }),
        }
    }
}
