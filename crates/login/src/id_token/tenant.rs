//! Checks that the person is of the customer's organisation, at providers whose issuer or keys serve many organisations.

use serde_json::{Map, Value};
use vestibule_core::{providers::TenantRule, sets::ProviderKind};
use vestibule_jose::Jws as Token;

use super::{
    report::{CheckResult, Expected, Signature},
    token::clip,
};

/// What a token must say about the organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// Nothing: the issuer is of one organisation.
    #[default]
    Issuer,
    /// `tid` must be the tenant in the issuer.
    Tid,
    /// `hd` must be one of these domains.
    HostedDomain(Vec<String>),
}

impl Tenant {
    /// What tokens of a kind of provider must say, in a workspace with these verified domains.
    pub(crate) fn of(kind: ProviderKind, domains: &[String]) -> Self {
        match kind.facts().tenant {
            TenantRule::Issuer => Self::Issuer,
            TenantRule::Tid => Self::Tid,
            TenantRule::HostedDomain => Self::HostedDomain(domains.to_vec()),
        }
    }
}

/// Microsoft identity platform, *ID token claims reference*, `tid`; *Secure applications and APIs by validating claims*: the tenant of the
/// token is that of the issuer. Keys are shared by all tenants, so the signature says nothing about the tenant.
pub(super) fn tid(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    match expected.tenant {
        Tenant::Tid => same_tenant(token.claims(), &expected.issuer),
        Tenant::Issuer | Tenant::HostedDomain(_) => Ok(false),
    }
}

/// Google, *OpenID Connect*, *Validating an ID token*, 5, and *The `hd` parameter*: only accounts of an organisation have `hd`, and it must
/// be compared with the expected domain.
pub(super) fn hd(token: &Token, _: &Signature, expected: &Expected) -> CheckResult {
    match &expected.tenant {
        Tenant::HostedDomain(domains) => hosted(token.claims(), domains),
        Tenant::Issuer | Tenant::Tid => Ok(false),
    }
}

fn same_tenant(claims: &Map<String, Value>, issuer: &str) -> CheckResult {
    let path = issuer.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let tenant = path.and_then(|(_, path)| path.split('/').next()).unwrap_or_default();
    match claims.get("tid") {
        Some(Value::String(tid)) if !tenant.is_empty() && tid == tenant => Ok(true),
        Some(tid) => Err(format!("tid is {}, and the connection's issuer is {issuer}", clip(tid))),
        None => Err("tid is missing".to_owned()),
    }
}

fn hosted(claims: &Map<String, Value>, domains: &[String]) -> CheckResult {
    match claims.get("hd") {
        Some(Value::String(hd)) if domains.iter().any(|domain| domain.eq_ignore_ascii_case(hd)) => Ok(true),
        Some(hd) => Err(format!("hd is {}, which is no domain that this workspace has verified", clip(hd))),
        None => Err("hd is missing: the account belongs to no organization".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TENANT: &str = "8f6a1f62-0f4b-4c0e-9d6a-3f1f0f6f0a11";

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn the_tenant_is_that_of_the_issuer() {
        let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
        assert_eq!(same_tenant(&claims(json!({ "tid": TENANT })), &issuer), Ok(true));
        for wrong in [
            json!({}),
            json!({ "tid": "9188040d-6c67-4c5b-b112-36a304b66dad" }),
            json!({ "tid": TENANT.to_uppercase() }),
            json!({ "tid": [TENANT] }),
            json!({ "tid": "" }),
            json!({ "tid": null }),
        ] {
            assert!(same_tenant(&claims(wrong.clone()), &issuer).is_err(), "{wrong}");
        }
        for issuer in ["https://login.acme.example", "https://login.acme.example/", "urn:acme", ""] {
            for tid in ["", TENANT, "login.acme.example"] {
                assert!(same_tenant(&claims(json!({ "tid": tid })), issuer).is_err(), "{issuer} {tid}");
            }
        }
    }

    #[test]
    fn an_account_is_of_a_verified_domain() {
        let domains = ["acme.example".to_owned(), "labs.example".to_owned()];
        for hd in ["acme.example", "Labs.Example"] {
            assert_eq!(hosted(&claims(json!({ "hd": hd })), &domains), Ok(true), "{hd}");
        }
        for wrong in [
            json!({}),
            json!({ "hd": "" }),
            json!({ "hd": "mallory.example" }),
            json!({ "hd": "sub.acme.example" }),
            json!({ "hd": ["acme.example"] }),
            json!({ "hd": null }),
            json!({ "email": "ada@acme.example", "email_verified": true }),
        ] {
            assert!(hosted(&claims(wrong.clone()), &domains).is_err(), "{wrong}");
        }
        assert!(hosted(&claims(json!({ "hd": "acme.example" })), &[]).is_err());
    }

    #[test]
    fn each_kind_has_its_rule() {
        let domains = ["acme.example".to_owned()];
        assert_eq!(Tenant::of(ProviderKind::Entra, &domains), Tenant::Tid);
        assert_eq!(Tenant::of(ProviderKind::Google, &domains), Tenant::HostedDomain(domains.to_vec()));
        assert_eq!(Tenant::of(ProviderKind::Okta, &domains), Tenant::Issuer);
    }
}
