//! People, groups and apps of the org. These are copies: change one and pass it to the handle (`Okta::update_person`). Nothing here
//! sends a request.

/// A person in the org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Okta's user id, `00u…`: `sub` of the ID token and `externalId` in SCIM.
    pub id: String,
    /// Okta login: `preferred_username` and `userName`.
    pub login: String,
    /// Primary email address; the login unless it was changed.
    pub email: String,
    /// Generated when the person is added.
    pub password: String,
    /// First name.
    pub given: String,
    /// Last name.
    pub family: String,
    /// A deactivated person can't sign in.
    pub active: bool,
}

impl Person {
    /// First and last name.
    pub fn display_name(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }
}

/// A group and the ids of its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Okta's group id, `00g…`.
    pub id: String,
    /// Its name, also in services that it is pushed to.
    pub name: String,
    /// Ids of its members, in the order of their addition.
    pub members: Vec<String>,
}

/// Which of Okta's two SCIM clients an app gets (facts §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// An app of the catalog (OIN): PATCH.
    #[default]
    Catalog,
    /// A custom app of the wizard: always GET and then PUT.
    Wizard,
}

/// Settings of a new app.
#[derive(Clone, Debug, Default)]
pub struct AppSettings {
    /// Name for people.
    pub label: String,
    /// Okta's key of the app, such as `vestibule_demo_1`; part of its SCIM OAuth redirect URI.
    pub name: String,
    /// Sign-in redirect URIs; compared exactly.
    pub redirect_uris: Vec<String>,
    /// Allowed redirect targets after signing out of the org.
    pub post_logout_redirect_uris: Vec<String>,
    /// The URL of the app's tile, if the app supports sign-in started by the org. May have a query.
    pub initiate_login_uri: Option<String>,
    /// Which SCIM client it gets.
    pub style: Style,
    /// Adds a `groups` claim to ID token and userinfo. Only custom apps can have it (facts §5.1).
    pub groups_claim: bool,
    /// The claim `sid` of ID tokens; Okta's have none.
    pub session_claim: Option<String>,
    /// Further claims of ID tokens, as other providers have.
    pub more_claims: serde_json::Map<String, serde_json::Value>,
    /// Puts name, user name and email into userinfo only, as the org server does when it also issues an access token (facts §5.5).
    pub id_token_without_profile: bool,
    /// Client authentication is Public key / Private key, with these public keys: `private_key_jwt`, and no secret.
    pub public_keys: Option<serde_json::Value>,
    /// The audience of assertions is the issuer, as in IPSIE SL1; Okta's is the URL of the token endpoint.
    pub assertions_name_issuer: bool,
    /// Requires DPoP with a server nonce (facts §5.8).
    pub dpop: bool,
}

/// An app of the org.
#[derive(Clone, Debug)]
pub struct App {
    /// OIDC client id, `0oa…`; also `sub` of Universal Logout.
    pub client_id: String,
    /// OIDC client secret.
    pub client_secret: String,
    /// Its settings.
    pub settings: AppSettings,
}
