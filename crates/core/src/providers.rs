//! Identity providers as data: how the kinds differ. Pages, commands, refusals and checks read this table, so a new kind is a new row.

mod oidc;
mod saml;
mod scim;
mod table;

use url::Url;

pub use oidc::OidcPlaces;
pub use saml::SamlLabels;
pub use scim::ScimPlaces;
pub use table::PROVIDERS;

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
    /// Its SAML apps.
    pub saml: &'static SamlLabels,
    /// Its OpenID Connect apps, as the doctor names their settings.
    pub oidc: &'static OidcPlaces,
    /// Its SCIM client.
    pub scim: &'static ScimPlaces,
}

impl Provider {
    /// Whether it is Okta, the only one that has a catalog, Universal Logout and entitlements for us.
    pub fn is_okta(&self) -> bool {
        self.kind == ProviderKind::Okta
    }

    /// The name of the workspace's page about it.
    pub fn page(&self) -> &'static str {
        if self.is_okta() { "Okta" } else { "Sign-in and provisioning" }
    }

    /// That page, at the beginning of a sentence.
    pub fn page_label(&self) -> &'static str {
        if self.is_okta() { "The Okta page" } else { "The page Sign-in and provisioning" }
    }

    /// That page, within a sentence.
    pub fn the_page(&self) -> &'static str {
        if self.is_okta() { "the Okta page" } else { "the page Sign-in and provisioning" }
    }

    /// What it calls the id of a person.
    pub fn user_id(&self) -> String {
        if self.is_okta() { "Okta user id".to_owned() } else { format!("id at {}", self.name) }
    }

    /// What it calls a session of its own.
    pub fn session(&self) -> String {
        if self.is_okta() { "Okta session".to_owned() } else { format!("session at {}", self.name) }
    }

    /// What it calls a person's account.
    pub fn account(&self) -> &'static str {
        if self.is_okta() { "Okta user" } else { "account at the identity provider" }
    }

    /// What it calls a group, as a label.
    pub fn group(&self) -> &'static str {
        if self.is_okta() { "Okta group" } else { "Group" }
    }

    /// A name for a connection, as an example.
    pub fn example_name(&self) -> &'static str {
        if self.kind == ProviderKind::Any { "Company sign-in" } else { self.name }
    }

    /// Its name among kinds to choose from.
    pub fn choice(&self) -> &'static str {
        if self.kind == ProviderKind::Any { "Another one" } else { self.label }
    }

    /// Whether each app gets the same id of a person by OpenID Connect as by SCIM.
    pub fn is_same_everywhere(&self) -> bool {
        self.external_id == "sub"
    }

    /// A place in its settings, as a finding names it.
    pub fn place(&self, place: &str) -> String {
        format!("{}: {place}", self.label)
    }

    /// A place in its settings, as a clause of a sentence; empty where it has no labels of its own.
    pub fn clause(&self, place: &str) -> String {
        match self.kind {
            ProviderKind::Any => String::new(),
            _ => format!(" (in {}: {place})", self.name),
        }
    }
}

/// The words for a workspace with connections of these kinds: those of their one kind, those of any provider if there are several. A
/// workspace without a connection is being connected to Okta: its page is the set-up of one.
pub fn of_connections(kinds: &[ProviderKind]) -> &'static Provider {
    match kinds {
        [] => ProviderKind::Okta.facts(),
        [first, others @ ..] if others.iter().all(|other| other == first) => first.facts(),
        _ => ProviderKind::Any.facts(),
    }
}

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

    /// The kind of provider of a SAML connection, by the first of these that is known: issuer, sign-on URL, metadata URL. Only words
    /// follow it, and the addresses say it, so no column stores it: an existing connection has its kind at once, and a changed one its
    /// new kind.
    pub fn recognise_saml(issuer: &str, sso_url: &str, metadata_url: &str) -> Self {
        let kinds = [issuer, sso_url, metadata_url].map(Self::recognise);
        kinds.into_iter().find(|kind| *kind != Self::Any).unwrap_or_default()
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
    fn the_kind_of_a_saml_connection_is_that_of_its_addresses() {
        let none = "https://login.acme.example";
        for (addresses, kind) in [
            (["http://www.okta.com/exk1", none, ""], ProviderKind::Okta),
            (["urn:acme", "https://acme.okta.com/app/x/exk1/sso/saml", ""], ProviderKind::Okta),
            (["https://sts.windows.net/0a0b/", none, ""], ProviderKind::Entra),
            (["acme-vestibule", "https://sso.jumpcloud.com/saml2/vestibule", ""], ProviderKind::JumpCloud),
            ([none, none, "https://app.onelogin.com/saml/metadata/1"], ProviderKind::OneLogin),
            (["https://sso.acme.example/realms/acme", none, ""], ProviderKind::Keycloak),
            ([none, none, ""], ProviderKind::Any),
        ] {
            let [issuer, sso_url, metadata_url] = addresses;
            assert_eq!(ProviderKind::recognise_saml(issuer, sso_url, metadata_url), kind, "{addresses:?}");
        }
        // Each example is of its kind, so that the forms show addresses that are recognised.
        for provider in &PROVIDERS {
            let [issuer, sso_url, metadata_url] = provider.saml.examples;
            assert_eq!(ProviderKind::recognise_saml(issuer, sso_url, metadata_url), provider.kind);
        }
    }

    #[test]
    fn several_kinds_have_no_name_in_common() {
        use ProviderKind::{Any, Entra, Keycloak, Okta};
        for (kinds, kind) in [
            (&[][..], Okta),
            (&[Okta], Okta),
            (&[Entra, Entra], Entra),
            (&[Okta, Entra], Any),
            (&[Keycloak, Any], Any),
        ] {
            assert_eq!(of_connections(kinds).kind, kind, "{kinds:?}");
        }
        assert_eq!((Okta.facts().page(), Entra.facts().page()), ("Okta", "Sign-in and provisioning"));
    }

    #[test]
    fn only_okta_is_called_okta() {
        for provider in PROVIDERS.iter().filter(|provider| !provider.is_okta()) {
            assert!(!format!("{provider:?}").replace("kind: Okta", "").contains("Okta"), "{}", provider.name);
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
