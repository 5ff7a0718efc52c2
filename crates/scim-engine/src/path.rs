//! Attribute paths: `userName`, `name.familyName`, `urn:…:2.0:User:manager.value`, and with a filter for PATCH
//! (RFC 7644 §3.5.2, §3.10). Syntax only: whether a path names anything is for the `Schema` to say.

use std::{fmt, str::FromStr};

use crate::{
    error::{Rejection, quote},
    filter::{self, Filter},
};

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

/// What a PATCH operation is about: an attribute, perhaps only those of its values that a filter picks, perhaps only
/// a part of them. `emails[type eq "work"].value` has the target `emails.value` and the filter `type eq "work"`.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchPath {
    /// The attribute and the part. A URN of a schema alone arrives split at its last colon: see `Schema::resolve`.
    pub target: AttrPath,
    /// Which of the values of a multi-valued attribute.
    pub filter: Option<Filter>,
}

impl PatchPath {
    /// Reads a path. Refuses with `invalidPath`, or `invalidFilter` for what stands in the brackets.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        let text = text.trim();
        if text.len() > filter::MAX_LENGTH {
            return Err(Rejection::path(format!("the path is longer than {} bytes", filter::MAX_LENGTH)));
        }
        let Some((attr, rest)) = text.split_once('[') else {
            return Ok(Self { target: AttrPath::parse(text)?, filter: None });
        };
        // The filter may hold a bracket in a string, what follows it can't: the last one closes.
        let Some((filter, after)) = rest.rsplit_once(']') else {
            return Err(Rejection::path(format!("the path {} has no closing bracket", quote(text))));
        };
        let mut target = AttrPath::parse(attr.trim_end())?;
        if target.sub.is_some() {
            return Err(Rejection::path(format!(
                "in {} the filter must follow the attribute itself",
                quote(text)
            )));
        }
        match after.strip_prefix('.') {
            Some(sub) if is_name(sub) => target.sub = Some(sub.to_owned()),
            None if after.is_empty() => {}
            _ => return Err(Rejection::path(format!("{} isn't the name of a part", quote(after)))),
        }
        Ok(Self { target, filter: Some(filter::parse_element(filter)?) })
    }
}

impl FromStr for PatchPath {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        Self::parse(text)
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else { return self.target.fmt(f) };
        let attribute = AttrPath { sub: None, ..self.target.clone() };
        write!(f, "{attribute}[{filter}]")?;
        match &self.target.sub {
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
            assert_eq!(PatchPath::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn malformed_paths_are_refused() {
        for text in ["", ".", "a.", ".b", "a.b.c", "1a", "a b", "foo:bar", "urn::a", "a[", "urn:x:", "é", "$"]
        {
            assert_eq!(AttrPath::parse(text).unwrap_err().scim_type, ScimType::InvalidPath, "{text}");
            assert_eq!(PatchPath::parse(text).unwrap_err().scim_type, ScimType::InvalidPath, "{text}");
        }
    }

    #[test]
    fn patch_paths_carry_a_filter() {
        let path = PatchPath::parse(r#"emails[type eq "work" and display eq "a]b"].value"#).unwrap();
        assert_eq!(path.target.sub.as_deref(), Some("value"));
        assert_eq!(path.to_string(), r#"emails[type eq "work" and display eq "a]b"].value"#);
        let path = PatchPath::parse(r#"members[value eq "x"]"#).unwrap();
        assert_eq!((path.target, path.filter.is_some()), (AttrPath::name("members"), true));
    }

    #[test]
    fn malformed_patch_paths_are_refused() {
        for (text, kind) in [
            (r#"emails[type eq "work""#, ScimType::InvalidPath),
            (r#"emails[type eq "work"]value"#, ScimType::InvalidPath),
            (r#"emails[type eq "work"].a.b"#, ScimType::InvalidPath),
            (r#"emails.value[type eq "work"]"#, ScimType::InvalidPath),
            (r#"[type eq "work"]"#, ScimType::InvalidPath),
            ("emails[]", ScimType::InvalidFilter),
            ("emails[type]", ScimType::InvalidFilter),
            ("emails[a[b pr]]", ScimType::InvalidFilter),
        ] {
            assert_eq!(PatchPath::parse(text).unwrap_err().scim_type, kind, "{text}");
        }
    }
}
