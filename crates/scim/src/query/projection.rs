//! The attributes that a response returns: `attributes` and `excludedAttributes` (RFC 7644 §3.9).

use serde_json::{Map, Value};
use vestibule_scim_engine::{document::project, path::AttrPath, schema::Schema};

/// A selection of attributes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Projection {
    pub attributes: Option<Vec<AttrPath>>,
    pub excluded: Option<Vec<AttrPath>>,
}

impl Projection {
    /// Whether it selects exactly what is returned by default.
    pub(crate) fn is_default(&self) -> bool {
        let is_empty = |list: &Option<Vec<AttrPath>>| list.as_ref().is_none_or(Vec::is_empty);
        is_empty(&self.attributes) && is_empty(&self.excluded)
    }

    /// The selected attributes of a resource. The document must have no attribute with `returned` `request`; of ours
    /// that is only the `display` of a group's members, which [`crate::http::streamed_body`] writes.
    pub(crate) fn apply(&self, document: Map<String, Value>, schema: &Schema) -> Map<String, Value> {
        if self.is_default() {
            return document;
        }
        project(&document, self.attributes.as_deref(), self.excluded.as_deref(), schema)
    }
}
