//! The settings of an app's Provisioning page, and the OAuth tokens that Okta stores for it.
//! Secrets are plain text here: they are generated, and leave the process only for the service itself.

/// Authentication of the SCIM client (facts §2.1).
#[derive(Clone)]
pub enum ScimAuth {
    /// `Authorization: {token}`, no scheme: `header` of the catalog.
    RawHeader(String),
    /// `Authorization: Bearer {token}`.
    Bearer(String),
    /// User and password; custom apps only.
    Basic(String, String),
    /// OAuth 2.0, authorization code: the org gets tokens after an administrator has opened `authenticate_url`.
    OAuth(OAuthSettings),
}

/// The service's authorization server, as pasted into Okta (facts §2.2).
#[derive(Clone, Debug)]
pub struct OAuthSettings {
    /// May have a query.
    pub authorize_url: String,
    /// Token endpoint.
    pub token_url: String,
    /// Client id at the service.
    pub client_id: String,
    /// Client secret at the service.
    pub client_secret: String,
    /// Sent joined by spaces; not sent when empty or when the authorize URL has scopes.
    pub scopes: Vec<String>,
    /// `client_secret_basic` instead of `client_secret_post`.
    pub basic: bool,
}

/// The Provisioning page of an app.
#[derive(Clone)]
pub struct ScimSettings {
    /// Base of `{base}/Users` and so on; a trailing slash is ignored.
    pub base_url: String,
    /// How requests are authenticated.
    pub auth: ScimAuth,
    /// Catalog apps: profile updates are PATCH requests; without it they are GET and PUT. The wizard never patches.
    pub support_patch_for_user: bool,
    /// Import Groups: the credential test also lists groups.
    pub import_groups: bool,
}

impl ScimSettings {
    /// PATCH where the style allows it, no group import.
    pub fn new(base_url: impl Into<String>, auth: ScimAuth) -> Self {
        Self { base_url: base_url.into(), auth, support_patch_for_user: true, import_groups: false }
    }
}

/// A role or an entitlement that the service offers (facts §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The service's id; `roles[].value` or `entitlements[].value` of a user.
    pub id: String,
    /// Name for people; `display` of the value.
    pub display_name: String,
    /// Up to 1000 letters.
    pub description: String,
    /// The name of the resource type of an entitlement, `entitlements[].type`; none for a role.
    pub entitlement: Option<String>,
}

/// Tokens from the service's token endpoint.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    /// Seconds since 1970 by the org's clock.
    pub(crate) expires: Option<i64>,
}
