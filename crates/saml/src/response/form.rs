//! Decodes the form field: base64 with the standard alphabet. Skips only white space, because two readers that skip different
//! characters read different documents.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::limits;

/// The bytes of the document.
pub(crate) fn bytes(value: &str) -> Result<Vec<u8>, String> {
    if value.len() > limits::ENCODED {
        return Err(format!("the value is longer than {} KiB", limits::ENCODED / 1024));
    }
    let dense: String = value.split([' ', '\t', '\r', '\n']).collect();
    if dense.is_empty() {
        return Err("the value is empty".to_owned());
    }
    let bytes = STANDARD.decode(dense).map_err(|_| "the value is not base64".to_owned())?;
    if bytes.len() > limits::DOCUMENT {
        return Err(format!("the document is longer than {} KiB", limits::DOCUMENT / 1024));
    }
    Ok(bytes)
}
