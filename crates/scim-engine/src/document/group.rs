//! A Group as POST and PUT bring it: a name, an external id, and the ids of its members.
//! Members stay ids: who they are, and whether they exist, is for the database to say.

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

/// What a client says about a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupInput {
    /// The name, as sent.
    pub display_name: String,
    /// The client's own identifier.
    pub external_id: Option<String>,
    /// The ids of all members, each once; none when the document doesn't speak of members at all.
    pub members: Option<Vec<String>>,
}

/// Reads a Group document. Unknown and read-only attributes are left out.
pub fn normalise_group(document: &Value) -> Result<GroupInput, Rejection> {
    let schema = Schema::group();
    let (mut display_name, mut external_id, mut members) = (None, None, None);
    for (key, value) in resource_object(document, schema)? {
        let Some(found) = schema.lookup(None, key, None) else { continue };
        let twice = match found.attribute.name.as_ref() {
            "displayName" => display_name.replace(text(found.attribute, value)?).is_some(),
            "externalId" => external_id.replace(text(found.attribute, value)?).is_some(),
            "members" => members.replace(member_ids(value)?).is_some(),
            _ => false,
        };
        if twice {
            return Err(Rejection::syntax(format!("{} is there more than once", found.attribute.name)));
        }
    }
    let Some(display_name) = display_name.flatten() else {
        return Err(Rejection::value("displayName is required and can't be empty"));
    };
    Ok(GroupInput { display_name, external_id: external_id.flatten(), members })
}

/// The text of an attribute, or none when it is empty.
fn text(attribute: &Attribute, value: &Value) -> Result<Option<String>, Rejection> {
    match coerce::attribute(attribute, value, Mode::Document)? {
        Some(Value::String(text)) => Ok(Some(text)),
        _ => Ok(None),
    }
}
