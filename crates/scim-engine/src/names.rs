//! Names that a client may give: nobody gets one with characters that nobody sees. Pure.

use vestibule_core::names::{Named, code_point, disallowed};

use crate::error::Rejection;

/// Refuses a new name with a control or an invisible character (RFC 7644 §5: PRECIS). The name that is stored may be
/// sent back: an older version took it.
///
/// # Errors
/// `invalidValue`, with the code point.
pub fn check(of: Named, before: Option<&str>, name: &str) -> Result<(), Rejection> {
    if before == Some(name) {
        return Ok(());
    }
    let Some(letter) = disallowed(name, of) else { return Ok(()) };
    let attribute = match of {
        Named::User => "userName",
        Named::Group => "displayName",
    };
    Err(Rejection::value(format!(
        "{attribute} has the character {}, which nobody sees and no name may have; remove it and send the name again",
        code_point(letter)
    )))
}
