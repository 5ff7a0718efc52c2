//! Checks names for characters that people cannot see.

use vestibule_core::names::{Named, code_point, disallowed};

use crate::error::Rejection;

/// Refuses a new name with a control or an invisible character (RFC 7644 §5: PRECIS). The stored name may be sent back,
/// because older versions accepted such names.
///
/// # Errors
/// `invalidValue`, with the code point.
pub fn check(kind: Named, stored: Option<&str>, name: &str) -> Result<(), Rejection> {
    if stored == Some(name) {
        return Ok(());
    }
    let Some(letter) = disallowed(name, kind) else { return Ok(()) };
    let attribute = match kind {
        Named::User => "userName",
        Named::Group => "displayName",
    };
    Err(Rejection::value(format!(
        "{attribute} has the character {}, which is invisible and not allowed in names; remove it and send the name again",
        code_point(letter)
    )))
}
