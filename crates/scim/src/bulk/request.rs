//! Parses bulk requests (RFC 7644 §3.7). Pure.

use serde_json::Value;
use vestibule_scim_engine::{
    error::{Rejection, quote},
    json::{check_schemas, member},
    schema::ResourceKind,
};

use crate::http::{error::ScimError, etag::IfMatch};

const REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The most operations of one request, advertised as `maxOperations`.
pub(crate) const MAX_OPERATIONS: usize = 1000;
/// The prefix of a reference to another operation, RFC 7644 §3.7.2.
pub(super) const BULK_ID: &str = "bulkId:";

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    /// Number of errors after which no further operation runs; without it all run.
    pub fail_on_errors: Option<usize>,
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub method: Method,
    pub bulk_id: Option<String>,
    pub version: Option<IfMatch>,
    pub target: Target,
    pub data: Value,
}

/// The resource type or resource in the path of an operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub kind: ResourceKind,
    /// The id of the resource or a `bulkId` reference; none for a POST.
    pub id: Option<String>,
}

/// The HTTP method of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
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

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Method::Post, Method::Put, Method::Patch, Method::Delete]
            .into_iter()
            .find(|method| method.name().eq_ignore_ascii_case(text))
    }
}

impl Request {
    /// Parses the body. One malformed operation refuses the whole request, before any of it runs.
    ///
    /// # Errors
    /// `invalidSyntax`, `invalidPath`, `invalidValue`; 413 for more than [`MAX_OPERATIONS`].
    pub(super) fn parse(body: &Value) -> Result<Self, ScimError> {
        let Some(body) = body.as_object() else {
            return Err(Rejection::syntax("a bulk request is a JSON object").into());
        };
        check_schemas(body, REQUEST_URN)?;
        let Some(Value::Array(operations)) = member(body, "Operations") else {
            return Err(Rejection::syntax("'Operations' must be an array").into());
        };
        // RFC 7644 §3.7.4: 413, with the limit in the detail.
        if operations.len() > MAX_OPERATIONS {
            let detail = format!("a bulk request holds at most {MAX_OPERATIONS} operations (maxOperations)");
            return Err(ScimError::TooManyOperations(detail));
        }
        let fail_on_errors = match member(body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) => {
                match number.as_u64().and_then(|max| usize::try_from(max).ok()) {
                    // With 0 no operation would run.
                    Some(max) => Some(max.max(1)),
                    None => return Err(Rejection::value("'failOnErrors' must be a whole number").into()),
                }
            }
            Some(_) => return Err(Rejection::value("'failOnErrors' must be a whole number").into()),
        };
        let operations: Vec<Operation> = operations.iter().map(Operation::parse).collect::<Result<_, _>>()?;
        let mut seen = std::collections::HashSet::new();
        for bulk_id in operations.iter().filter_map(|operation| operation.bulk_id.as_ref()) {
            if !seen.insert(bulk_id) {
                return Err(Rejection::value(format!("the bulkId {} is used twice", quote(bulk_id))).into());
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
        Ok(Self { method, bulk_id, version: text("version")?.map(IfMatch), target, data })
    }

    /// The `bulkId`s of the operations that must run before this one.
    pub(super) fn needs(&self) -> Vec<String> {
        let mut bulk_ids = Vec::new();
        collect_references(&self.data, &mut bulk_ids);
        bulk_ids.extend(self.target.id.iter().flat_map(|id| references(id)));
        bulk_ids
    }
}

impl Target {
    /// Parses `/Users`, `/Users/{id}`, `/Groups/bulkId:x`, with or without the leading slash.
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

fn collect_references(data: &Value, bulk_ids: &mut Vec<String>) {
    match data {
        Value::String(text) => bulk_ids.extend(references(text)),
        Value::Array(values) => values.iter().for_each(|value| collect_references(value, bulk_ids)),
        Value::Object(members) => members.values().for_each(|value| collect_references(value, bulk_ids)),
        _ => {}
    }
}

/// The `bulkId`s that a text refers to: the whole text is a reference, or it has some in quotes, as the filter of a path.
pub(super) fn references(text: &str) -> Vec<String> {
    if let Some(bulk_id) = text.strip_prefix(BULK_ID) {
        return vec![bulk_id.to_owned()];
    }
    let opening = format!("\"{BULK_ID}");
    let quoted = text.split(opening.as_str()).skip(1);
    quoted.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}
