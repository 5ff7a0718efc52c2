//! The tenant in the issuer of a provider whose keys are shared by all its tenants.

use vestibule_core::{ids, providers::TenantRule, sets::ProviderKind};

/// The tenant of personal Microsoft accounts (Microsoft identity platform, *OpenID Connect*, *Find your app's OpenID configuration document
/// URI*).
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Refuses an issuer without a tenant id, for providers whose `tid` claim is compared with the issuer: `common`, `organizations` and
/// `consumers` accept accounts of any tenant (Microsoft identity platform, as above).
///
/// # Errors
/// A sentence for the person who typed the issuer.
pub(super) fn check(chosen: ProviderKind, issuer: &str) -> Result<(), String> {
    let kind = match ProviderKind::recognise(issuer) {
        ProviderKind::Any => chosen,
        recognised => recognised,
    };
    if kind.facts().tenant != TenantRule::Tid {
        return Ok(());
    }
    let path = issuer.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let tenant = path.and_then(|(_, path)| path.split('/').next()).unwrap_or_default();
    match ids::parse(tenant) {
        Some(id) if id == tenant && tenant != PERSONAL_ACCOUNTS => Ok(()),
        _ => Err(format!(
            "the issuer must name the tenant by its id, as in {}; common, organizations and consumers take accounts of any tenant",
            kind.facts().issuer
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_of_all_tenants_is_refused() {
        let good = "https://login.microsoftonline.com/8f6a1f62-0f4b-4c0e-9d6a-3f1f0f6f0a11/v2.0";
        assert_eq!(check(ProviderKind::Any, good), Ok(()));
        assert_eq!(
            check(ProviderKind::Entra, &good.replace("login.microsoftonline.com", "login.acme.example")),
            Ok(())
        );
        for tenant in [
            "common",
            "organizations",
            "consumers",
            PERSONAL_ACCOUNTS,
            "8F6A1F62-0F4B-4C0E-9D6A-3F1F0F6F0A11",
            "acme.onmicrosoft.com",
            "",
        ] {
            for host in [
                "login.microsoftonline.com",
                "LOGIN.microsoftonline.com",
                "login.microsoftonline.com.",
                "login.microsoftonline.com:443",
                "okta.com@login.microsoftonline.com",
                "login.windows.net",
                "sts.windows.net",
                "login.microsoftonline.us",
                "login.partner.microsoftonline.cn",
            ] {
                let issuer = format!("https://{host}/{tenant}/v2.0");
                assert!(check(ProviderKind::Okta, &issuer).is_err(), "{issuer}");
            }
        }
        assert!(check(ProviderKind::Entra, "https://login.acme.example").is_err());
        assert_eq!(check(ProviderKind::Google, "https://accounts.google.com"), Ok(()));
    }
}
