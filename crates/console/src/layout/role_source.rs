//! Where a role or entitlement comes from, in words people know: the sources of `store::roles::Held`.

/// "by hand", "Okta", "the group Engineering", …
pub(crate) fn words(source: &str) -> String {
    match source.split_once(':') {
        Some(("group", name)) => format!("the group {name}"),
        Some(("claim", name)) => format!("the group {name}, as Okta said at sign-in"),
        Some(("scim", _)) => "Okta, as an entitlement".to_owned(),
        _ => match source {
            "scim" => "Okta".to_owned(),
            "manual" => "by hand".to_owned(),
            "default" => "by default".to_owned(),
            other => other.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn each_source_has_words() {
        for (source, expected) in [
            ("scim", "Okta"),
            ("scim:entitlements", "Okta, as an entitlement"),
            ("manual", "by hand"),
            ("default", "by default"),
            ("group:a:b", "the group a:b"),
            ("claim:Ops", "the group Ops, as Okta said at sign-in"),
        ] {
            assert_eq!(words(source), expected);
        }
    }
}
