//! Groups as POST and PUT send them: a name, an external id, and the ids of the members. Whether the members exist is
//! checked by the caller.

use serde_json::Value;

use super::{
    coerce::{self, Mode},
    member_ids,
    schemas::resource_object,
};
use crate::{
    error::Rejection,
    schema::{Attribute, Schema},
};

/// The attributes of a group that a client may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupInput {
    /// The name as sent.
    pub display_name: String,
    /// The identifier of the client.
    pub external_id: Option<String>,
    /// The ids of all members, each once; none if the document has no `members`.
    pub members: Option<Vec<String>>,
}

/// Reads a Group document. Ignores unknown and read-only attributes.
///
/// # Errors
/// `invalidSyntax` for a document that is no Group; `invalidValue` for a value that does not fit its attribute.
pub fn normalise_group(document: &Value) -> Result<GroupInput, Rejection> {
    let schema = Schema::group();
    let (mut display_name, mut external_id, mut members) = (None, None, None);
    for (key, value) in resource_object(document, schema)? {
        let Some(found) = schema.lookup(None, key, None) else { continue };
        let is_repeated = match found.attribute.name.as_ref() {
            "displayName" => display_name.replace(text(found.attribute, value)?).is_some(),
            "externalId" => external_id.replace(text(found.attribute, value)?).is_some(),
            "members" => members.replace(member_ids(value)?).is_some(),
            _ => false,
        };
        if is_repeated {
            return Err(Rejection::syntax(format!("{} is sent more than once", found.attribute.name)));
        }
    }
    let Some(display_name) = display_name.flatten() else {
        return Err(Rejection::value("displayName is required and can't be empty"));
    };
    Ok(GroupInput { display_name, external_id: external_id.flatten(), members })
}

/// The text of an attribute; none if it is empty.
fn text(attribute: &Attribute, value: &Value) -> Result<Option<String>, Rejection> {
    match coerce::attribute(attribute, value, Mode::Document)? {
        Some(Value::String(text)) => Ok(Some(text)),
        _ => Ok(None),
    }
}
