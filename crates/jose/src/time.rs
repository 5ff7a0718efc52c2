//! Times in claims (RFC 7519 §2).

use serde_json::Number;

/// A NumericDate in whole seconds. A fraction is dropped, and a number outside of `i64` becomes the nearest `i64`.
pub fn seconds(date: &Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, as a time in the far future should")]
    date.as_i64().or_else(|| date.as_f64().map(|fraction| fraction as i64))
}
