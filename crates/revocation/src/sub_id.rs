//! Subject identifiers (RFC 9493): whom a revocation means. Pure.

use serde::Deserialize;
use serde_json::{Value, json};
use vestibule_web::{json, observe::inspect::redact};

/// Subject identifier as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubId {
    /// `{"format":"email","email":…}` (RFC 9493 §3.2.2)
    Email(String),
    /// `{"format":"iss_sub","iss":…,"sub":…}` (§3.2.3)
    IssSub {
        /// `iss`
        iss: String,
        /// `sub`: id of the person at the provider, or of the user here, because Okta does not document which one it sends (okta-facts
        /// §1.3).
        sub: String,
    },
    /// `{"format":"opaque","id":…}` (§3.2.4)
    Opaque(String),
}

impl SubId {
    /// The identifier as sent, for people.
    pub fn describe(&self) -> Value {
        redact::redacted(&match self {
            SubId::Email(email) => json!({ "format": "email", "email": email }),
            SubId::IssSub { iss, sub } => json!({ "format": "iss_sub", "iss": iss, "sub": sub }),
            SubId::Opaque(id) => json!({ "format": "opaque", "id": id }),
        })
    }
}

/// Unknown members are refused, because a typo in a name must not change who is meant. [`json::object`] has refused repeated members
/// already.
#[derive(Deserialize)]
#[serde(tag = "format", rename_all = "snake_case", deny_unknown_fields)]
enum Wire {
    Email { email: String },
    IssSub { iss: String, sub: String },
    Opaque { id: String },
}

/// Reads the identifier from the body of a request.
pub fn parse(body: &[u8]) -> Result<SubId, String> {
    let mut body =
        json::object(body).map_err(|error| format!("the body is not the JSON object expected: {error}"))?;
    // Drafts -00 to -02 called the member `subject`, and one vendor's documentation still does (okta-facts §1.1).
    let identifier = match (body.remove("sub_id"), body.remove("subject")) {
        (Some(_), Some(_)) => return Err("the body has both sub_id and subject".to_owned()),
        (Some(identifier), None) | (None, Some(identifier)) => identifier,
        (None, None) => return Err("sub_id is missing".to_owned()),
    };
    self::identifier(identifier)
}

/// Reads an identifier.
pub(crate) fn identifier(value: Value) -> Result<SubId, String> {
    // RFC 9493 §3: an object. Serde would also accept an array of the members in order.
    if !value.is_object() {
        return Err("sub_id is not a JSON object".to_owned());
    }
    let wire: Wire = serde_json::from_value(value).map_err(|error| {
        format!("sub_id is not an identifier of format email, iss_sub or opaque: {error}")
    })?;
    let sub_id = match wire {
        Wire::Email { email } => SubId::Email(email),
        Wire::IssSub { iss, sub } => SubId::IssSub { iss, sub },
        Wire::Opaque { id } => SubId::Opaque(id),
    };
    let texts = match &sub_id {
        SubId::Email(email) => [email.as_str(), "-"],
        SubId::IssSub { iss, sub } => [iss.as_str(), sub.as_str()],
        SubId::Opaque(id) => [id.as_str(), "-"],
    };
    let is_usable = |text: &&str| !text.trim().is_empty() && text.len() <= 1024 && !text.contains('\0');
    if texts.iter().all(is_usable) {
        Ok(sub_id)
    } else {
        Err("sub_id has an empty or overlong value".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read() {
        let email = SubId::Email("ada@acme.example".to_owned());
        for (body, expected) in [
            (r#"{"sub_id":{"format":"email","email":"ada@acme.example"}}"#, email.clone()),
            (r#"{"subject":{"email":"ada@acme.example","format":"email"}}"#, email.clone()),
            (r#"{"sub_id":{"format":"email","email":"ada@acme.example"},"reason":"x"}"#, email),
            (
                r#"{"sub_id":{"format":"iss_sub","iss":"https://acme.okta.com","sub":"00u1"}}"#,
                SubId::IssSub { iss: "https://acme.okta.com".to_owned(), sub: "00u1".to_owned() },
            ),
            (r#"{"sub_id":{"format":"opaque","id":"00u1"}}"#, SubId::Opaque("00u1".to_owned())),
        ] {
            assert_eq!(parse(body.as_bytes()).unwrap(), expected, "{body}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let deep = format!("{{\"sub_id\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        for body in [
            "",
            "[]",
            "{}",
            "null",
            r#"{"sub_id":null}"#,
            r#"{"sub_id":"ada@acme.example"}"#,
            r#"{"sub_id":{"format":"email"}}"#,
            r#"{"sub_id":{"format":"email","email":""}}"#,
            r#"{"sub_id":{"format":"email","email":7}}"#,
            r#"{"sub_id":{"format":"email","email":"a@b","sub":"x"}}"#,
            r#"{"sub_id":{"format":"phone_number","phone_number":"1"}}"#,
            r#"{"sub_id":{"email":"a@b"}}"#,
            r#"{"sub_id":{"format":"email","email":"a@b"},"sub_id":{"format":"email","email":"c@d"}}"#,
            r#"{"sub_id":["email","ada@acme.example"]}"#,
            r#"[{"format":"email","email":"ada@acme.example"},null]"#,
            r#"[null,{"format":"email","email":"ada@acme.example"}]"#,
            r#"{"sub_id":{"format":"email","email":"a@b","email":"c@d"}}"#,
            r#"{"sub_id":{"format":"email","format":"opaque","email":"c@d"}}"#,
            r#"{"sub_id":{"format":"iss_sub","iss":"i","sub":"a","sub":"b"}}"#,
            r#"{"sub_id":null,"subject":{"format":"email","email":"a@b"}}"#,
            r#"{"sub_id":{"format":"opaque","id":"1"},"subject":{"format":"opaque","id":"2"}}"#,
            r#"{"sub_id":{"format":"opaque","id":"a\u0000b"}}"#,
            deep.as_str(),
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body:.80}");
        }
    }
}
