//! The custom attribute of SCIM by which a SAML connection matches people: one that the workspace has declared, with a single text value.

use serde_json::Value;

/// The URN of the core schema of users (RFC 7643 §4.1).
const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A declared attribute by which people may be matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UidAttribute {
    /// Where its value is in a user's document: the schema, unless it is the core schema, and the name.
    pub path: Vec<String>,
    /// Whether values that differ in letter case alone are different.
    pub case_exact: bool,
}

/// Finds the attribute of this name among those that the workspace has declared. An attribute of an extension is named by the URN of its
/// schema, a colon and its name.
///
/// # Errors
/// What is wrong with the name, as the predicate of a sentence about it.
pub fn find(declared: &[Value], name: &str) -> Result<UidAttribute, String> {
    let (schema, own) = name.rsplit_once(':').unwrap_or((USER_URN, name));
    let text =
        |one: &Value, member: &str| one.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is = |one: &Value, member: &str| one.get(member).and_then(Value::as_bool).unwrap_or_default();
    let is_named = |one: &&Value| {
        text(one, "schema").eq_ignore_ascii_case(schema) && text(one, "name").eq_ignore_ascii_case(own)
    };
    let found = declared.iter().find(is_named);
    let found =
        found.ok_or("is no attribute that this workspace has declared (vestibule attribute create)")?;
    if is(found, "multiValued") {
        return Err("has several values, so it can't identify a user".to_owned());
    }
    if text(found, "type") != "string" {
        return Err("is no text".to_owned());
    }
    let mut path = vec![text(found, "name")];
    if !schema.eq_ignore_ascii_case(USER_URN) {
        path.insert(0, text(found, "schema"));
    }
    Ok(UidAttribute { path, case_exact: is(found, "caseExact") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_attribute_is_found_by_its_name() {
        let attribute = |schema: &str, name: &str, kind: &str, many: bool| json!({ "schema": schema, "name": name, "type": kind, "multiValued": many, "caseExact": true });
        let declared = [
            attribute(USER_URN, "UID", "string", false),
            attribute("urn:acme:User", "badge", "string", false),
            attribute(USER_URN, "teams", "string", true),
            attribute(USER_URN, "age", "integer", false),
        ];
        let path = |name: &str| find(&declared, name).map(|found| found.path.join(" "));
        assert_eq!(path("uid"), Ok("UID".to_owned()));
        assert_eq!(path(&format!("{USER_URN}:UID")), Ok("UID".to_owned()));
        assert_eq!(path("urn:acme:User:badge"), Ok("urn:acme:User badge".to_owned()));
        assert!(find(&declared, "UID").unwrap().case_exact);
        for (name, why) in [
            ("badge", "declared"),
            ("urn:other:UID", "declared"),
            ("", "declared"),
            ("teams", "several"),
            ("age", "no text"),
        ] {
            assert!(path(name).unwrap_err().contains(why), "{name}");
        }
    }
}
