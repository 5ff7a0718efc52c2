//! Closed sets of OAuth clients, and the signature algorithms.

use super::closed_set;

closed_set! {
    /// Kind of an OAuth client.
    ClientKind, "client kind" {
        /// Okta's SCIM client.
        Scim = "scim",
        /// The operator's app, an OpenID Connect relying party.
        App = "app",
        /// A client of a person (Model Context Protocol).
        Mcp = "mcp",
        /// A machine of the workspace.
        Service = "service",
    }
}

closed_set! {
    /// How an OAuth client authenticates at the token endpoint.
    #[derive(Default)]
    ClientAuth, "client authentication" {
        /// With a secret, in Basic or in the body.
        #[default]
        Secret = "client_secret",
        /// With a signed assertion (RFC 7523 §2.2).
        PrivateKeyJwt = "private_key_jwt",
        /// No authentication: a public client, such as one on a person's computer (RFC 6749 §2.1).
        None = "none",
    }
}

closed_set! {
    /// Whether the tokens of an OAuth client are bound to a key of the client (DPoP, RFC 9449).
    #[derive(Default)]
    DpopMode, "DPoP mode" {
        /// Never. Proofs are ignored.
        #[default]
        Off = "off",
        /// When the client sends a proof.
        Optional = "optional",
        /// Always: a token request without a proof is refused.
        Required = "required",
    }
}

closed_set! {
    /// A signature algorithm of the service (RFC 7518 §3.1). Never `none`, never one that works with a shared secret (RFC 8725
    /// §3.1, §3.2). Names are case-sensitive (RFC 7515 §4.1.1).
    #[derive(Default)]
    Algorithm, "signature algorithm" {
        /// RSA with SHA-256: every OpenID Connect and RFC 9068 client verifies it (OpenID Connect Core §15.1, RFC 9068 §2.1).
        #[default]
        Rs256 = "RS256",
        /// P-256 with SHA-256: small and quick.
        Es256 = "ES256",
    }
}
