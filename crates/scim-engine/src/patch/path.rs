//! Paths of PATCH operations, which may have a filter (RFC 7644 §3.5.2, §3.10). Syntax only: the schema decides whether
//! a path names anything.

use std::{fmt, str::FromStr};

use crate::{
    error::{Rejection, quote},
    filter::{self, Filter},
    path::{AttrPath, is_name},
};

/// The target of a PATCH operation: an attribute or a sub-attribute, of all values or of those that a filter selects.
/// `emails[type eq "work"].value` has the target `emails.value` and the filter `type eq "work"`.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchPath {
    /// The attribute and the sub-attribute. The URN of a whole schema is split at its last colon, see `Schema::resolve`.
    pub target: AttrPath,
    /// The filter on the values of a multi-valued attribute.
    pub filter: Option<Filter>,
}

impl PatchPath {
    /// Parses a path.
    ///
    /// # Errors
    /// `invalidPath`; `invalidFilter` for the filter in brackets.
    pub fn parse(text: &str) -> Result<Self, Rejection> {
        let text = text.trim();
        if text.len() > filter::MAX_LENGTH {
            return Err(Rejection::path(format!("the path is longer than {} bytes", filter::MAX_LENGTH)));
        }
        let Some((attr, rest)) = text.split_once('[') else {
            return Ok(Self { target: AttrPath::parse(text)?, filter: None });
        };
        // The filter may have a bracket in a string; the text after it has none. So the last bracket is the closing one.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ScimType;

    #[test]
    fn an_attribute_path_is_a_patch_path() {
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        for text in [
            "userName",
            "name.familyName",
            "members.$ref",
            "x_custom-1",
            &format!("{urn}:employeeNumber"),
            urn,
        ] {
            let path = PatchPath::parse(text).unwrap();
            assert_eq!((path.to_string().as_str(), path.filter), (text, None));
        }
        for text in ["", ".", "a.", ".b", "a.b.c", "1a", "a b", "foo:bar", "urn::a", "a[", "urn:x:", "é", "$"]
        {
            assert_eq!(PatchPath::parse(text).unwrap_err().scim_type, ScimType::InvalidPath, "{text}");
        }
    }

    #[test]
    fn a_path_may_have_a_filter() {
        let path = PatchPath::parse(r#"emails[type eq "work" and display eq "a]b"].value"#).unwrap();
        assert_eq!(path.target.sub.as_deref(), Some("value"));
        assert_eq!(path.to_string(), r#"emails[type eq "work" and display eq "a]b"].value"#);
        let path = PatchPath::parse(r#"members[value eq "x"]"#).unwrap();
        assert_eq!((path.target, path.filter.is_some()), (AttrPath::name("members"), true));
    }

    #[test]
    fn malformed_filters_and_brackets_are_refused() {
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
