//! Attribute paths: `userName`, `name.familyName`, `urn:…:2.0:User:manager.value` (RFC 7644 §3.10). Syntax only: the
//! schema decides whether a path names an attribute.

use std::{fmt, str::FromStr};

use crate::error::{Rejection, quote};

/// The name of an attribute with an optional URN and an optional sub-attribute, spelled as sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// The URN of the schema.
    pub urn: Option<String>,
    /// The name of the attribute.
    pub attr: String,
    /// The name of the sub-attribute.
    pub sub: Option<String>,
}

impl AttrPath {
    /// The path of an attribute without URN and sub-attribute.
    pub fn name(attr: impl Into<String>) -> Self {
        Self { urn: None, attr: attr.into(), sub: None }
    }

    /// Parses `[urn:]attr[.sub]`.
    ///
    /// # Errors
    /// `invalidPath`.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        let malformed = || Rejection::path(format!("{} isn't an attribute path", quote(text)));
        // The URN ends at the last colon. The dot of a version such as `2.0` is before it.
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

/// Whether a text is an ATTRNAME of RFC 7644 §3.4.2.2, or `$ref`, which RFC 7643 §2.4 uses and the grammar lacks.
pub(crate) fn is_name(text: &str) -> bool {
    let mut letters = text.strip_prefix('$').unwrap_or(text).chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic()) && letters.all(is_name_char)
}

fn is_name_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

/// Whether a word of a filter may have this character: those of names and of URNs.
pub(crate) fn is_path_char(letter: char) -> bool {
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
    fn paths_are_parsed_and_printed() {
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
