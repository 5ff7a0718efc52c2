//! Scopes of the SCIM doors. Okta's screens show them separated by commas and by spaces; both are read (okta-facts §2.2).

/// What Okta's SCIM client may ask for.
pub(crate) const SCIM: [&str; 3] = ["scim.read", "scim.write", "entitlements.read"];

/// The scope to grant, space-separated and in order: what was asked, or everything when nothing was.
/// `offline_access`, which administrators append for refresh tokens, is heard and needs no granting.
///
/// # Errors
/// The first scope that is not ours.
pub(crate) fn requested(asked: Option<&str>) -> Result<String, String> {
    let asked: Vec<&str> = asked
        .unwrap_or_default()
        .split([' ', ',', '+'])
        .filter(|scope| !scope.is_empty() && *scope != "offline_access")
        .collect();
    if let Some(unknown) = asked.iter().find(|scope| !SCIM.contains(scope)) {
        return Err(format!("scope {} is not one of {}", unknown.escape_debug(), SCIM.join(" ")));
    }
    let granted: Vec<&str> =
        SCIM.into_iter().filter(|scope| asked.is_empty() || asked.contains(scope)).collect();
    Ok(granted.join(" "))
}

/// Whether every scope of `narrow` is held by `wide` (RFC 6749 §6).
pub(crate) fn within(narrow: &str, wide: &str) -> bool {
    narrow.split(' ').all(|scope| wide.split(' ').any(|held| held == scope))
}

/// A scope in plain words.
pub(crate) fn in_words(scope: &str) -> &'static str {
    match scope {
        "scim.read" => "Read people and groups",
        "scim.write" => "Create, change, deactivate and delete people and groups",
        "entitlements.read" => "Read the roles people can have",
        _ => "Something this version does not know",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_separator_okta_is_seen_with_is_read() {
        for asked in ["scim.write scim.read", "scim.read, scim.write", "scim.read,scim.write,offline_access"]
        {
            assert_eq!(requested(Some(asked)).unwrap(), "scim.read scim.write", "{asked}");
        }
        assert_eq!(requested(None).unwrap(), "scim.read scim.write entitlements.read");
        assert!(requested(Some("scim.read admin")).is_err());
        assert!(within("scim.read", "scim.read scim.write") && !within("entitlements.read", "scim.read"));
    }
}
