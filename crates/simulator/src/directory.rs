//! People, groups and apps as an administrator of the org sees them. These are copies: change one and hand it back
//! (`Okta::update_person`), as the Admin Console would. Nothing here touches the wire.

/// Somebody in the org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Okta's user id, `00u…`: `sub` of the ID token and `externalId` in SCIM.
    pub id: String,
    /// Okta login: `preferred_username` and `userName`.
    pub login: String,
    /// Primary e-mail address; the login unless it was changed.
    pub email: String,
    /// A toy, generated at start.
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
    /// Its name, also in a service it is pushed to.
    pub name: String,
    /// Ids of the people in it, in the order they came.
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

/// What an administrator fills in for a new app.
#[derive(Clone, Debug, Default)]
pub struct AppSettings {
    /// What people read.
    pub label: String,
    /// Okta's key of the app, such as `vestibule_demo_1`; part of its SCIM OAuth redirect URI.
    pub name: String,
    /// Sign-in redirect URIs; compared exactly.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent after signing out of the org.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where a click on the app's tile leads, if it may start a sign-in. May hold a query.
    pub initiate_login_uri: Option<String>,
    /// Which SCIM client it gets.
    pub style: Style,
    /// Adds a `groups` claim to ID token and userinfo. Only custom apps can have it (facts §5.1).
    pub groups_claim: bool,
    /// What ID tokens say as `sid`; Okta's say none.
    pub session_claim: Option<String>,
    /// Leaves name, user name and e-mail to userinfo, as the org server does when an access token comes along (facts §5.5).
    pub id_token_without_profile: bool,
    /// Client authentication is Public key / Private key, with these public keys: `private_key_jwt`, and no secret.
    pub public_keys: Option<serde_json::Value>,
    /// Assertions name the issuer, as IPSIE SL1 has it; Okta wants the token endpoint's URL.
    pub assertions_name_issuer: bool,
    /// Requires DPoP, with a nonce of the server's (facts §5.8).
    pub dpop: bool,
}

/// An app of the org.
#[derive(Clone, Debug)]
pub struct App {
    /// OIDC client id, `0oa…`; also `sub` of Universal Logout.
    pub client_id: String,
    /// OIDC client secret.
    pub client_secret: String,
    /// What it was made from.
    pub settings: AppSettings,
}
