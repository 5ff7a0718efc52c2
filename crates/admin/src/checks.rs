//! Checks of values that several changes take: names, descriptions, new ids, scopes and addresses. Pure.

use url::Url;
use vestibule_web::{config::is_loopback, outbound::client::is_public_at_sight};

use crate::refusal::{Refusal, field};

/// Longest lifetime of a token, in days.
pub(crate) const LONGEST_DAYS: i64 = 3650;

/// A name that people see, trimmed.
pub(crate) fn title(name: &str) -> Result<&str, Refusal> {
    text("name", name)
}

/// A text of 1 to 256 characters, trimmed.
pub(crate) fn text<'a>(name: &'static str, value: &'a str) -> Result<&'a str, Refusal> {
    let value = value.trim();
    if value.is_empty() || value.chars().count() > 256 || value.contains('\0') {
        return field(name, "must have 1 to 256 characters");
    }
    Ok(value)
}

/// A description; Okta takes at most 1000 characters.
pub(crate) fn description(text: &str) -> Result<&str, Refusal> {
    if text.chars().count() > 1000 || text.contains('\0') {
        return field("description", "must have at most 1000 characters");
    }
    Ok(text)
}

/// The id of a new role or entitlement: as given, or made from the name.
pub(crate) fn new_id(id: Option<&str>, name: &str) -> Result<String, Refusal> {
    title(name)?;
    let new = id.map_or_else(|| slug(name), str::to_owned);
    if new.is_empty() || new != slug(&new) || new.len() > 64 {
        return field("id", "must be 1 to 64 lower-case letters, digits, dashes and underscores");
    }
    Ok(new)
}

/// `Billing Admin` → `billing-admin`, `tenant_admin` → `tenant_admin`
fn slug(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let dashed: String = name
        .trim()
        .chars()
        .map(|letter| if plain(letter) { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The scope with the requested words, each once; all words when none is requested.
pub(crate) fn scope(asked: &[String], all: &[&str]) -> Result<String, Refusal> {
    if asked.iter().any(|one| !all.contains(&one.as_str())) {
        return field("scopes", format!("must be some of {}", all.join(", ")));
    }
    let given = all.iter().filter(|word| asked.is_empty() || asked.iter().any(|one| one == *word));
    Ok(given.copied().collect::<Vec<_>>().join(" "))
}

/// Days until a token expires.
pub(crate) fn days(days: i64, most: i64) -> Result<i64, Refusal> {
    if (1..=most).contains(&days) {
        return Ok(days);
    }
    field("expires_in_days", format!("must be a whole number from 1 to {most}"))
}

/// Checks redirect URIs: absolute, without a fragment (RFC 6749 §3.1.2), and https. Plain http is allowed on loopback in development,
/// and for the one address Okta itself asks vendors to allow (okta-facts §2.2). A client on a person's machine may use loopback
/// (RFC 8252 §7.3) or a scheme of its own with a dot in it (RFC 8252 §7.1).
pub(crate) fn redirect_uris(
    name: &'static str,
    uris: &[String],
    is_native: bool,
    allow_insecure: bool,
) -> Result<(), Refusal> {
    for (position, uri) in uris.iter().enumerate() {
        let refused = |predicate: &str| Err(Refusal::Element(name, position, format!("{uri} {predicate}")));
        let Ok(url) = Url::parse(uri) else { return refused("is no URL") };
        if url.fragment().is_some() || !url.username().is_empty() {
            return refused("must have no fragment and no user name");
        }
        let okta_internal = url.scheme() == "http" && url.host_str() == Some("system-admin.okta1.com");
        let loopback = url.scheme() == "http" && is_loopback(&url) && (allow_insecure || is_native);
        let native = is_native && url.scheme().contains('.');
        if url.scheme() != "https" && !okta_internal && !loopback && !native {
            return refused("must begin with https://");
        }
    }
    Ok(())
}

/// Checks an address that Vestibule itself calls: absolute and without a fragment (OpenID Connect Back-Channel Logout 1.0 §2.2), https,
/// and public. Plain http and private addresses are allowed in development.
pub(crate) fn public_address(name: &'static str, uri: &str, allow_insecure: bool) -> Result<(), Refusal> {
    let url =
        Url::parse(uri).ok().filter(|_| uri.len() <= 2000 && uri.bytes().all(|byte| byte.is_ascii_graphic()));
    let Some(url) = url else { return field(name, "must be a URL") };
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return field(name, "must have no fragment, no user name and no password");
    }
    if url.scheme() != "https" && !(allow_insecure && url.scheme() == "http") {
        return field(name, "must begin with https://");
    }
    if !allow_insecure && !is_public_at_sight(&url) {
        return field(name, "must be at a public address");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_from_the_name() {
        assert_eq!(new_id(None, " Billing Admin ").unwrap(), "billing-admin");
        assert_eq!(new_id(None, "tenant_admin").unwrap(), "tenant_admin");
        for (id, name) in
            [(None, "…"), (None, ""), (Some("Billing"), "Billing"), (Some("a b"), "A"), (Some(""), "A")]
        {
            assert!(new_id(id, name).is_err(), "{id:?} {name}");
        }
    }

    #[test]
    fn a_scope_has_only_words_that_exist() {
        let all = ["read", "write"];
        assert_eq!(scope(&[], &all).unwrap(), "read write");
        assert_eq!(scope(&["write".to_owned()], &all).unwrap(), "write");
        assert_eq!(
            scope(&["own".to_owned()], &all).unwrap_err().to_string(),
            "scopes must be some of read, write"
        );
    }

    #[test]
    fn only_a_client_on_a_person_s_machine_has_native_redirect_uris() {
        for (uri, is_native, allow_insecure, fits) in [
            ("https://a.example/cb", false, false, true),
            ("http://system-admin.okta1.com/cb", false, false, true),
            ("http://a.example/cb", true, true, false),
            ("http://127.0.0.1/cb", false, false, false),
            ("http://127.0.0.1/cb", false, true, true),
            ("http://localhost:3000/cb", true, false, true),
            ("com.example.app:/cb", true, false, true),
            ("com.example.app:/cb", false, false, false),
            ("myapp:/cb", true, false, false),
            ("https://a.example/cb#x", true, false, false),
            ("https://u@a.example/cb", true, false, false),
            ("/cb", true, false, false),
        ] {
            let checked = redirect_uris("redirect_uris", &[uri.to_owned()], is_native, allow_insecure);
            assert_eq!(checked.is_ok(), fits, "{uri} {is_native} {allow_insecure}");
        }
    }

    #[test]
    fn a_token_expires_after_at_least_a_day() {
        assert!(days(1, 365).is_ok() && days(365, 365).is_ok());
        assert!(days(0, 365).is_err() && days(366, 365).is_err());
    }
}
