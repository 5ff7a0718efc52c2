//! A bulk request, read: which methods, on what, with which data. Pure.

use serde_json::Value;
use vestibule_scim_engine::{
    document::{check_schemas, member},
    error::{Rejection, quote},
    schema::ResourceKind,
};

use crate::http::answer::ScimError;

const REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The most operations one request holds: advertised.
pub(crate) const MAX_OPERATIONS: usize = 1000;
/// What a reference to another operation begins with, RFC 7644 §3.7.2.
pub(super) const BULK_ID: &str = "bulkId:";

/// The whole request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    /// After how many errors it stops; never, if not said.
    pub fail_on_errors: Option<usize>,
    pub operations: Vec<Operation>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub method: Method,
    pub bulk_id: Option<String>,
    pub version: Option<String>,
    pub target: Target,
    pub data: Value,
}

/// What it is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub kind: ResourceKind,
    /// Of which one; perhaps a reference. None for a new one.
    pub id: Option<String>,
}

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Method::Post, Method::Put, Method::Patch, Method::Delete]
            .into_iter()
            .find(|method| method.name().eq_ignore_ascii_case(text))
    }
}

impl Request {
    /// Reads the body. A request that can't be read in all its parts is refused as a whole: nothing was done.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidPath`, `invalidValue`; 413 for more operations than are taken.
    pub(super) fn parse(body: &Value) -> Result<Self, ScimError> {
        let Some(body) = body.as_object() else {
            return Err(Rejection::syntax("a bulk request is a JSON object").into());
        };
        check_schemas(body, REQUEST_URN)?;
        let Some(Value::Array(operations)) = member(body, "Operations") else {
            return Err(Rejection::syntax("'Operations' must be an array").into());
        };
        // RFC 7644 §3.7.4: 413, and the limit in words.
        if operations.len() > MAX_OPERATIONS {
            let detail = format!("a bulk request holds at most {MAX_OPERATIONS} operations (maxOperations)");
            return Err(ScimError::TooLarge(detail));
        }
        let fail_on_errors = match member(body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => {
                match number.as_u64().and_then(|most| usize::try_from(most).ok()) {
                    // None at all would stop before the first.
                    Some(most) => Some(most.max(1)),
                    None => return Err(Rejection::value("'failOnErrors' must be a whole number").into()),
                }
            }
            Some(_) => return Err(Rejection::value("'failOnErrors' must be a whole number").into()),
        };
        let operations: Vec<Operation> = operations.iter().map(Operation::parse).collect::<Result<_, _>>()?;
        let mut seen = std::collections::HashSet::new();
        for bulk_id in operations.iter().filter_map(|operation| operation.bulk_id.as_ref()) {
            if !seen.insert(bulk_id) {
                return Err(Rejection::value(format!("the bulkId {} stands twice", quote(bulk_id))).into());
            }
        }
        Ok(Self { fail_on_errors, operations })
    }
}

impl Operation {
    fn parse(operation: &Value) -> Result<Self, Rejection> {
        let Some(operation) = operation.as_object() else {
            return Err(Rejection::syntax("each of 'Operations' must be an object"));
        };
        let text = |name: &str| match member(operation, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Rejection::syntax(format!("'{name}' of an operation must be a text"))),
        };
        let method = text("method")?.as_deref().and_then(Method::parse).ok_or_else(|| {
            Rejection::syntax("each operation needs a 'method': POST, PUT, PATCH or DELETE")
        })?;
        let bulk_id = text("bulkId")?.filter(|bulk_id| !bulk_id.is_empty());
        // RFC 7644 §3.7: bulkId is required when the method is POST.
        if method == Method::Post && bulk_id.is_none() {
            return Err(Rejection::value("a POST in a bulk request needs a 'bulkId'"));
        }
        let target = Target::parse(&text("path")?.unwrap_or_default(), method)?;
        let data = match (method, member(operation, "data")) {
            (Method::Delete, _) => Value::Null,
            (_, Some(data @ Value::Object(_))) => data.clone(),
            _ => return Err(Rejection::syntax(format!("a {} needs 'data', an object", method.name()))),
        };
        Ok(Self { method, bulk_id, version: text("version")?, target, data })
    }

    /// The `bulkId`s of the operations that must be done before this one.
    pub(super) fn needs(&self) -> Vec<String> {
        let mut needed = Vec::new();
        collect(&self.data, &mut needed);
        needed.extend(self.target.id.iter().flat_map(|id| references(id)));
        needed
    }
}

impl Target {
    /// `/Users`, `/Users/{id}`, `/Groups/bulkId:x`; an absolute path is one too.
    fn parse(path: &str, method: Method) -> Result<Self, Rejection> {
        let refused = || {
            Rejection::path(format!(
                "the path {} of a {} is none of /Users, /Groups, /Users/id, /Groups/id",
                quote(path),
                method.name()
            ))
        };
        let mut parts = path.trim_matches('/').split('/');
        let kind = match parts.next() {
            Some("Users") => ResourceKind::User,
            Some("Groups") => ResourceKind::Group,
            _ => return Err(refused()),
        };
        let id = parts.next().map(str::to_owned);
        if parts.next().is_some() || id.is_none() != (method == Method::Post) {
            return Err(refused());
        }
        Ok(Self { kind, id })
    }
}

fn collect(data: &Value, needed: &mut Vec<String>) {
    match data {
        Value::String(text) => needed.extend(references(text)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, needed)),
        Value::Object(members) => members.values().for_each(|value| collect(value, needed)),
        _ => {}
    }
}

/// The `bulkId`s a text refers to: as a whole, or in quotes as a filter in a path has them.
pub(super) fn references(text: &str) -> Vec<String> {
    if let Some(bulk_id) = text.strip_prefix(BULK_ID) {
        return vec![bulk_id.to_owned()];
    }
    let opening = format!("\"{BULK_ID}");
    let quoted = text.split(opening.as_str()).skip(1);
    quoted.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}
