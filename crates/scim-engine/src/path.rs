//! Attribute paths: `userName`, `name.familyName`, `urn:…:2.0:User:manager.value`, and with a filter for PATCH
//! (RFC 7644 §3.5.2, §3.10). Syntax only: whether a path names anything is for the `Schema` to say.

use std::{fmt, str::FromStr};

use crate::error::{Rejection, quote};

/// The name of an attribute, perhaps in a schema, perhaps one part of it. Spelled as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// The URN before the name.
    pub urn: Option<String>,
    /// The name of the attribute.
    pub attr: String,
    /// The part of it after a dot.
    pub sub: Option<String>,
}

impl AttrPath {
    /// A path of a name alone.
    pub fn name(attr: impl Into<String>) -> Self {
        Self { urn: None, attr: attr.into(), sub: None }
    }

    /// Reads `[urn:]attr[.sub]`. Refuses with `invalidPath`.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        let malformed = || Rejection::path(format!("{} isn't an attribute path", quote(text)));
        // The URN ends at the last colon: the dot of a version such as `2.0` stands before it.
        let (urn, rest) = match text.rsplit_once(':') {
            Some((urn, rest)) if is_urn(urn) => (Some(urn.to_owned()), rest),
            Some(_) => return Err(malformed()),
            None => (None, text),
        };
        let (attr, sub) = match rest.split_once('.') {
            Some((attr, sub)) => (attr, Some(sub)),
            None => (rest, None),
        };
        if !is_name(attr) || !sub.is_none_or(is_name) {
            return Err(malformed());
        }
        Ok(Self { urn, attr: attr.to_owned(), sub: sub.map(str::to_owned) })
    }
}

impl FromStr for AttrPath {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        Self::parse(text)
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.attr)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// ATTRNAME of RFC 7644 §3.4.2.2, and `$ref`, which RFC 7643 §2.4 needs and that grammar forgot.
pub fn is_name(text: &str) -> bool {
    let mut letters = text.strip_prefix('$').unwrap_or(text).chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic()) && letters.all(is_name_char)
}

fn is_name_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

/// Characters of names and URNs together: what a word of a filter is made of.
pub fn is_path_char(letter: char) -> bool {
    is_name_char(letter) || matches!(letter, '$' | '.' | ':' | '/' | '%' | '+' | '~')
}

fn is_urn(text: &str) -> bool {
    let scheme = text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"));
    scheme && text.len() > 4 && !text.ends_with(':') && text.chars().all(is_path_char)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ScimType;

    #[test]
    fn paths_are_read_and_printed() {
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for (text, parts) in [
            ("userName", (None, "userName", None)),
            ("name.familyName", (None, "name", Some("familyName"))),
            ("members.$ref", (None, "members", Some("$ref"))),
            ("x_custom-1", (None, "x_custom-1", None)),
            (&format!("{urn}:employeeNumber"), (Some(urn), "employeeNumber", None)),
            (&format!("{urn}:manager.displayName"), (Some(urn), "manager", Some("displayName"))),
            (urn, (urn.strip_suffix(":User"), "User", None)),
        ] {
            let path = AttrPath::parse(text).unwrap();
            assert_eq!((path.urn.as_deref(), path.attr.as_str(), path.sub.as_deref()), parts, "{text}");
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn malformed_paths_are_refused() {
        for text in ["", ".", "a.", ".b", "a.b.c", "1a", "a b", "foo:bar", "urn::a", "a[", "urn:x:", "é", "$"]
        {
            assert_eq!(AttrPath::parse(text).unwrap_err().scim_type, ScimType::InvalidPath, "{text}");
        }
    }
}
