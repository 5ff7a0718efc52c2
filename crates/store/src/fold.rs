//! The one case folding of the house: what two spellings must share to be the same name.
//! Computed here and stored in `*_key` columns, because `lower()` of SQLite and of a C-locale PostgreSQL knows ASCII only.

use serde_json::Value;

/// Folds a name for matching: without outer blanks, in [`letters`] case.
pub fn fold(text: &str) -> String {
    letters(text.trim())
}

/// Folds letter case: full Unicode lower case, with `ß` and final `ς` brought to the form their upper case shares (a
/// small case fold; no normalisation of accents).
pub fn letters(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut key = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ß' | 'ẞ' => key.push_str("ss"),
            'ς' => key.push('σ'),
            other => key.extend(other.to_lowercase()),
        }
    }
    // `char::to_lowercase` maps Σ to σ always, so a final sigma cannot come back.
    key
}

/// A JSON document as filters compare it: its texts in one letter case, and nothing that holds nothing (RFC 7643 §2.5).
pub fn document(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(letters(text)),
        Value::Array(values) => values.iter().map(document).filter(|value| !is_empty(value)).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), document(value)))
                .filter(|(_, value)| !is_empty(value))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// RFC 7643 §2.5: null, and what holds nothing, is no value. `pr` asks for a non-empty one.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.iter().all(is_empty),
        Value::Object(members) => members.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key() {
        for (a, b) in
            [("Ada@Acme.example", "ada@acme.EXAMPLE"), ("ÄÖÜ", "äöü"), ("STRASSE", "straße"), ("ΣΑΣ", "σας")]
        {
            assert_eq!(fold(a), fold(b), "{a} and {b}");
        }
    }
}
