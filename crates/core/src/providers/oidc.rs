//! What an administrator changes in a provider's OpenID Connect app, in its own labels. Each text follows the provider's name and a colon.

/// Where things are in the provider's settings of an OpenID Connect app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OidcPlaces {
    /// How an administrator lets one more person in.
    pub admit: &'static str,
    /// The path to the redirect URIs, before the label.
    pub redirect_uris: &'static str,
    /// The path to client id and secret, before the label.
    pub credentials: &'static str,
    /// The setting of the client authentication.
    pub client_authentication: &'static str,
    /// The setting of proof of possession (RFC 9449).
    pub proof: &'static str,
    /// How to allow the authorization code.
    pub grant: &'static str,
    /// How to allow the scopes.
    pub scopes: &'static str,
    /// The policy that may refuse a person.
    pub policy: &'static str,
    /// How to make it authenticate a person again.
    pub again: &'static str,
    /// The setting of the issuer.
    pub issuer: &'static str,
}

/// Where the provider names no place of its own.
pub(super) const OTHER: OidcPlaces = OidcPlaces {
    admit: "let the person use the app",
    redirect_uris: "",
    credentials: "",
    client_authentication: "the app's client authentication",
    proof: "its requirement of proof of possession (DPoP)",
    grant: "let the app use the authorization code",
    scopes: "let the app request openid, profile and email",
    policy: "check the policies that apply to the app",
    again: "let the app ask for a new authentication (prompt=login)",
    issuer: "the issuer of its discovery document",
};

pub(super) const OKTA: OidcPlaces = OidcPlaces {
    admit: "Assignments: assign the person or their group",
    redirect_uris: "General › LOGIN › ",
    credentials: "General › Client Credentials › ",
    client_authentication: "General › Client authentication",
    proof: "Require Demonstrating Proof of Possession",
    grant: "General › Grant type: tick Authorization Code",
    scopes: "Security › API › the authorization server › Access Policies: allow openid, profile, email",
    policy: "Sign On › User authentication: check the app's authentication policy",
    again: "Security › Authentication Policies: the app's rule must allow re-authentication (Prompt for authentication)",
    issuer: "Sign On › OpenID Connect ID Token › Issuer",
};

pub(super) const ENTRA: OidcPlaces = OidcPlaces {
    admit: "Enterprise apps › the app › Users and groups: assign the person or their group",
    ..OTHER
};

pub(super) const GOOGLE: OidcPlaces =
    OidcPlaces { admit: "the person must be of the organization whose consent screen is Internal", ..OTHER };

pub(super) const ONELOGIN: OidcPlaces = OidcPlaces {
    admit: "the app's Access tab, or the person's Applications tab: give them the app",
    ..OTHER
};

pub(super) const JUMPCLOUD: OidcPlaces =
    OidcPlaces { admit: "the app's User Groups tab: choose a group of the person", ..OTHER };

pub(super) const PING: OidcPlaces =
    OidcPlaces { admit: "the app's Access tab: add a group of the person", ..OTHER };

pub(super) const KEYCLOAK: OidcPlaces = OTHER;
