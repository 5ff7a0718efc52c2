//! Identity providers as data: how the kinds differ. Pages, commands, refusals and checks read this table, so a new kind is a new row.

use url::Url;

use crate::sets::ProviderKind;

/// How a sign-in shows which organisation the person belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantRule {
    /// The issuer belongs to one organisation.
    Issuer,
    /// The issuer names the tenant, and `tid` must be the same (Microsoft identity platform).
    Tid,
    /// One issuer serves everybody: `hd` must be a domain of the workspace (Google).
    HostedDomain,
}

/// A kind of identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// The kind.
    pub kind: ProviderKind,
    /// Name within a sentence.
    pub name: &'static str,
    /// Name at the beginning of a sentence or as a label.
    pub label: &'static str,
    /// Name of its page in `docs/providers`, without the extension.
    pub guide: &'static str,
    /// Hosts of its issuers and sign-in URLs; a host below one of them counts too.
    pub hosts: &'static [&'static str],
    /// Part of the path that identifies its issuers; empty: none.
    pub path: &'static str,
    /// Where an administrator creates an OpenID Connect app.
    pub app: &'static str,
    /// Where an administrator assigns people to it.
    pub assign: &'static str,
    /// The provider's label of the redirect URI.
    pub redirect_uri: &'static str,
    /// The provider's label of the client id.
    pub client_id: &'static str,
    /// The provider's label of the client secret.
    pub client_secret: &'static str,
    /// Example of an issuer.
    pub issuer: &'static str,
    /// The claim that SCIM sends as `externalId`.
    pub external_id: &'static str,
    /// How organisations are distinguished.
    pub tenant: TenantRule,
    /// Peculiarities of the provider, one sentence each.
    pub quirks: &'static [&'static str],
}

/// All kinds, in the order of [`ProviderKind::ALL`].
pub const PROVIDERS: [Provider; 8] = [
    Provider {
        kind: ProviderKind::Any,
        name: "the identity provider",
        label: "The identity provider",
        guide: "other",
        hosts: &[],
        path: "",
        app: "Register a confidential client for the authorization code flow",
        assign: "Let the people use the app",
        redirect_uri: "Redirect URI",
        client_id: "Client ID",
        client_secret: "Client secret",
        issuer: "https://login.acme.example",
        external_id: "sub",
        tenant: TenantRule::Issuer,
        quirks: &[],
    },
    Provider {
        kind: ProviderKind::Okta,
        name: "Okta",
        label: "Okta",
        guide: "okta",
        hosts: &["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"],
        path: "",
        app: "Applications › Create App Integration › OIDC - OpenID Connect › Web Application",
        assign: "The app's Assignments tab",
        redirect_uri: "Sign-in redirect URIs",
        client_id: "Client ID",
        client_secret: "Client secret",
        issuer: "https://acme.okta.com",
        external_id: "sub",
        tenant: TenantRule::Issuer,
        quirks: &["Universal Logout and shared signals are Okta's: the Okta page has their addresses."],
    },
    Provider {
        kind: ProviderKind::Entra,
        name: "Microsoft Entra ID",
        label: "Microsoft Entra ID",
        guide: "entra",
        hosts: &[
            "microsoftonline.com",
            "login.windows.net",
            "sts.windows.net",
            "ciamlogin.com",
            // National clouds, and their former hosts (Microsoft, *National clouds*, *Microsoft Entra authentication endpoints*).
            "microsoftonline.us",
            "microsoftonline.cn",
            "microsoftonline.de",
            "login.chinacloudapi.cn",
            "sts.chinacloudapi.cn",
        ],
        path: "",
        app: "Entra ID › App registrations › New registration › Accounts in this organizational directory only",
        assign: "Enterprise apps › the app › Users and groups",
        redirect_uri: "Redirect URI (Web)",
        client_id: "Application (client) ID",
        client_secret: "Client secret, its Value",
        issuer: "https://login.microsoftonline.com/{tenant id}/v2.0",
        external_id: "oid",
        tenant: TenantRule::Tid,
        quirks: &[
            "The issuer names the tenant by its id. One that ends in common, organizations or consumers takes accounts of anybody and is refused.",
            "With SCIM, map objectId to externalId: people are matched by the claim oid, because sub differs in each app.",
            "A client secret ends after at most two years: note the day.",
        ],
    },
    Provider {
        kind: ProviderKind::Google,
        name: "Google Workspace",
        label: "Google Workspace",
        guide: "google",
        hosts: &["accounts.google.com"],
        path: "",
        app: "Google Cloud console › APIs & Services › Credentials › Create credentials › OAuth client ID › Web application",
        assign: "The consent screen's user type Internal: everybody in the organization",
        redirect_uri: "Authorized redirect URIs",
        client_id: "Client ID",
        client_secret: "Client secret",
        issuer: "https://accounts.google.com",
        external_id: "sub",
        tenant: TenantRule::HostedDomain,
        quirks: &[
            "Google's issuer serves everybody, so only accounts of a domain that this workspace has verified can sign in, and no consumer accounts.",
            "Google sends no time of authentication: after an end of access people can't come back through it by themselves.",
        ],
    },
    Provider {
        kind: ProviderKind::OneLogin,
        name: "OneLogin",
        label: "OneLogin",
        guide: "onelogin",
        hosts: &["onelogin.com"],
        path: "",
        app: "Applications › Add App › OpenId Connect (OIDC)",
        assign: "The app's Access tab, or the person's Applications tab",
        redirect_uri: "Redirect URI's",
        client_id: "Client ID",
        client_secret: "Client Secret",
        issuer: "https://acme.onelogin.com/oidc/2",
        external_id: "sub",
        tenant: TenantRule::Issuer,
        quirks: &[],
    },
    Provider {
        kind: ProviderKind::JumpCloud,
        name: "JumpCloud",
        label: "JumpCloud",
        guide: "jumpcloud",
        hosts: &["jumpcloud.com"],
        path: "",
        app: "SSO Applications › Add New Application › Custom Application › Manage Single Sign-On › Configure SSO with OIDC",
        assign: "The app's User Groups tab",
        redirect_uri: "Redirect URIs",
        client_id: "Client ID",
        client_secret: "Client Secret",
        issuer: "https://oauth.id.jumpcloud.com/",
        external_id: "sub",
        // All organisations share the issuer, and no claim names one. But each client belongs to one organisation, and `aud` names the
        // client (OpenID Connect Core §3.1.3.7, 3).
        tenant: TenantRule::Issuer,
        quirks: &["The issuer ends in a slash."],
    },
    Provider {
        kind: ProviderKind::Ping,
        name: "Ping",
        label: "Ping",
        guide: "ping",
        hosts: &[
            "pingone.com",
            "pingone.eu",
            "pingone.ca",
            "pingone.asia",
            "pingone.com.au",
            "pingidentity.com",
        ],
        path: "",
        app: "Applications › Applications › Add Application › OIDC Web App",
        assign: "The app's Access tab",
        redirect_uri: "Redirect URIs",
        client_id: "Client ID",
        client_secret: "Client Secret",
        issuer: "https://auth.pingone.com/{environment id}/as",
        external_id: "sub",
        tenant: TenantRule::Issuer,
        quirks: &[],
    },
    Provider {
        kind: ProviderKind::Keycloak,
        name: "Keycloak",
        label: "Keycloak",
        guide: "keycloak",
        hosts: &[],
        path: "/realms/",
        app: "Clients › Create client › OpenID Connect, with Client authentication on",
        assign: "Everybody of the realm may use it",
        redirect_uri: "Valid redirect URIs",
        client_id: "Client ID",
        client_secret: "Client Secret, under Credentials",
        issuer: "https://sso.acme.example/realms/acme",
        external_id: "sub",
        tenant: TenantRule::Issuer,
        quirks: &[],
    },
];

impl ProviderKind {
    /// The row of the kind in [`PROVIDERS`].
    pub const fn facts(self) -> &'static Provider {
        match self {
            Self::Any => &PROVIDERS[0],
            Self::Okta => &PROVIDERS[1],
            Self::Entra => &PROVIDERS[2],
            Self::Google => &PROVIDERS[3],
            Self::OneLogin => &PROVIDERS[4],
            Self::JumpCloud => &PROVIDERS[5],
            Self::Ping => &PROVIDERS[6],
            Self::Keycloak => &PROVIDERS[7],
        }
    }

    /// The kind of provider that has this issuer or sign-in URL, by host and path. The URL is read as a client reads it (WHATWG URL), so
    /// another spelling of a host does not hide its rules: case, user name, port, a dot at the end.
    pub fn recognise(url: &str) -> Self {
        let Ok(url) = Url::parse(url.trim()) else { return Self::Any };
        let Some(host) = url.host_str() else { return Self::Any };
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_below = |parent: &str| {
            host.strip_suffix(parent).is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let is_it = |provider: &&Provider| {
            provider.hosts.iter().any(|parent| is_below(parent))
                || (!provider.path.is_empty() && url.path().contains(provider.path))
        };
        PROVIDERS.iter().find(is_it).map_or(Self::Any, |provider| provider.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_row() {
        for (kind, provider) in ProviderKind::ALL.into_iter().zip(&PROVIDERS) {
            assert_eq!((kind, kind.facts().kind), (provider.kind, kind));
            assert!(!provider.app.is_empty() && !provider.redirect_uri.is_empty(), "{kind}");
        }
    }

    #[test]
    fn a_provider_is_recognised_by_its_host_or_path() {
        for (url, kind) in [
            ("https://acme.okta.com", ProviderKind::Okta),
            ("https://ACME.OktaPreview.com/oauth2/default", ProviderKind::Okta),
            ("https://okta.com.mallory.example", ProviderKind::Any),
            ("https://notokta.com", ProviderKind::Any),
            ("https://login.microsoftonline.com/0a0b/v2.0", ProviderKind::Entra),
            ("https://sts.windows.net/0a0b/", ProviderKind::Entra),
            ("https://accounts.google.com", ProviderKind::Google),
            ("https://accounts.google.com/o/saml2/idp?idpid=C0", ProviderKind::Google),
            ("https://acme.onelogin.com/oidc/2", ProviderKind::OneLogin),
            ("https://oauth.id.jumpcloud.com/", ProviderKind::JumpCloud),
            ("https://auth.pingone.com.au/0a0b/as", ProviderKind::Ping),
            ("https://sso.acme.example:8443/realms/acme", ProviderKind::Keycloak),
            ("https://okta.com@login.acme.example/x", ProviderKind::Any),
            ("https://login.acme.example", ProviderKind::Any),
            ("http://127.0.0.1:8080", ProviderKind::Any),
            ("urn:acme", ProviderKind::Any),
            ("", ProviderKind::Any),
        ] {
            assert_eq!(ProviderKind::recognise(url), kind, "{url}");
        }
    }

    #[test]
    fn no_spelling_hides_a_host() {
        for url in [
            "https://LOGIN.MicrosoftOnline.COM/common/v2.0",
            "HTTPS://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com./common/v2.0",
            "https://login.microsoftonline.com:443/common/v2.0",
            "https://login.microsoftonline.com:8443/common/v2.0",
            "https://login.microsoftonline.com.:443/common/v2.0",
            "https://okta.com@login.microsoftonline.com/common/v2.0",
            "https://okta.com:x@login.microsoftonline.com/common/v2.0",
            "https:/login.microsoftonline.com/common/v2.0",
            "https:\\\\login.microsoftonline.com\\common/v2.0",
            "https://login.microsoft\tonline.com/common/v2.0",
            "https://login%2emicrosoftonline.com/common/v2.0",
            " https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com?common",
            "https://login.microsoftonline.com#common",
        ] {
            assert_eq!(ProviderKind::recognise(url), ProviderKind::Entra, "{url:?}");
        }
    }

    #[test]
    fn every_cloud_of_microsoft_is_recognised() {
        for host in [
            "login.microsoftonline.com",
            "login-us.microsoftonline.com",
            "login.microsoftonline.us",
            "login.partner.microsoftonline.cn",
            "login.chinacloudapi.cn",
            "sts.chinacloudapi.cn",
            "login.microsoftonline.de",
            "sts.windows.net",
            "login.windows.net",
            "acme.ciamlogin.com",
        ] {
            let url = format!("https://{host}/8f6a1f62-0f4b-4c0e-9d6a-3f1f0f6f0a11/v2.0");
            assert_eq!(ProviderKind::recognise(&url), ProviderKind::Entra, "{url}");
        }
        for host in [
            "windows.net",
            "acme.windows.net",
            "microsoftonline.com.mallory.example",
            "notmicrosoftonline.com",
        ] {
            assert_eq!(ProviderKind::recognise(&format!("https://{host}/")), ProviderKind::Any, "{host}");
        }
    }
}
