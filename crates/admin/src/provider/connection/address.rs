//! The address of an identity provider as typed: an Okta domain or an issuer.

use url::Url;
use vestibule_web::outbound::client;

/// `acme.okta.com`, `https://acme.okta.com/`, `Acme.Okta.com` → `https://acme.okta.com` (okta-facts §5.2).
///
/// # Errors
/// One sentence that says what to type instead.
pub fn of_okta_domain(typed: &str) -> Result<String, String> {
    let bare = typed.trim().trim_end_matches('/');
    let bare = bare.strip_prefix("https://").unwrap_or(bare).to_lowercase();
    let domain = bare.split('/').next().unwrap_or_default();
    if let Some((org, rest)) = domain.split_once('.')
        && let Some(org) = org.strip_suffix("-admin")
    {
        return Err(format!(
            "{domain} is the address of Okta's Admin Console; the Okta domain is {org}.{rest}"
        ));
    }
    if bare != domain {
        return Err(format!(
            "type the domain alone ({domain}); a custom authorization server is given as its full issuer"
        ));
    }
    let named = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
    let plain = domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    if named && plain {
        Ok(format!("https://{domain}"))
    } else {
        Err("type the Okta domain, such as acme.okta.com".to_owned())
    }
}

/// An Okta domain, or an issuer with or without `https://`.
///
/// # Errors
/// One sentence that says what to type instead.
pub fn of_typed(typed: &str, allow_insecure: bool) -> Result<String, String> {
    let typed = typed.trim();
    if typed.contains("://") {
        check_issuer(typed, allow_insecure)
    } else if typed.contains('/') {
        check_issuer(&format!("https://{typed}"), allow_insecure)
    } else {
        of_okta_domain(typed)
    }
}

/// Checks an issuer as its discovery document names it: https, no query or fragment (OpenID Connect Core §2).
///
/// # Errors
/// One sentence that says what is wrong.
pub fn check_issuer(issuer: &str, allow_insecure: bool) -> Result<String, String> {
    let url = Url::parse(issuer.trim())
        .map_err(|_| "the issuer must be a URL such as https://login.acme.example".to_owned())?;
    if issuer.len() > 255 {
        return Err("the issuer must have at most 255 characters".to_owned());
    }
    let insecure = url.scheme() != "https" || !client::is_public_at_sight(&url);
    if !["https", "http"].contains(&url.scheme()) || (insecure && !allow_insecure) {
        return Err("the issuer must begin with https:// and lead to a public address".to_owned());
    }
    if url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return Err("the issuer must have no query, fragment or user name".to_owned());
    }
    if let Some(org) = url.host_str().and_then(|host| host.split_once('.')?.0.strip_suffix("-admin")) {
        return Err(format!("this is the address of Okta's Admin Console; leave out -admin ({org}.…)"));
    }
    Ok(issuer.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_becomes_an_issuer() {
        for typed in ["acme.okta.com", " https://acme.okta.com/ ", "Acme.OKTA.com"] {
            assert_eq!(of_okta_domain(typed).unwrap(), "https://acme.okta.com", "{typed}");
        }
        assert!(of_okta_domain("acme-admin.okta.com").unwrap_err().contains("acme.okta.com"));
        for typed in [
            "",
            "acme",
            "acme..com",
            "acme.okta.com/oauth2/default",
            "ac me.okta.com",
            "http://acme.okta.com",
        ] {
            assert!(of_okta_domain(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn an_issuer_is_https_unless_development_says_otherwise() {
        assert!(check_issuer("https://acme.okta.com/oauth2/default", false).is_ok());
        assert!(check_issuer("http://127.0.0.1:3000", true).is_ok());
        for issuer in [
            "http://127.0.0.1:3000",
            "https://localhost",
            "https://localhost.",
            "https://10.0.0.5",
            "https://169.254.169.254",
            "https://0x7f.1",
            "https://[::ffff:10.0.0.1]",
            "https://:pw@acme.okta.com",
            "https://acme-admin.okta.com",
            "https://a.b/?x",
            "acme.okta.com",
        ] {
            assert!(check_issuer(issuer, false).is_err(), "{issuer}");
        }
    }
}
