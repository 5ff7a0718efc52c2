//! Closed sets of identity providers, their SAML connections, and domains.

use super::closed_set;

closed_set! {
    /// Why a sign-in waits until an administrator decides who the person is.
    ConflictReason, "reason of a conflict" {
        /// The user of that name is linked to another person of the same issuer, or is another Okta user by its `externalId`.
        Named = "named",
        /// Several users have that address.
        Shared = "shared",
        /// Only the email claim names the user, and it does not suffice: the login name is another address under a verified
        /// domain, or the user has a role in the console.
        Email = "email",
        /// An administrator removed the link. It is not made again automatically.
        Unlinked = "unlinked",
        /// The workspace changed its issuer, and the user has a role in the console: only an owner or the operator links them.
        IssuerChanged = "issuer_changed",
        /// Several users have the value of the UID attribute.
        Uid = "uid",
        /// The user is linked to a subject that differs from this one in letter case alone.
        Spelling = "spelling",
    }
}

closed_set! {
    /// Kind of the app that a workspace has at its identity provider. It decides every label, value and step of the set-up.
    #[derive(Default)]
    OktaAppKind, "kind of an Okta app" {
        /// Nobody has chosen yet.
        #[default]
        Unknown = "",
        /// From Okta's catalog: templates have a syntax of their own there.
        Catalog = "catalog",
        /// Created with Okta's wizard, for OpenID Connect.
        Own = "own",
        /// For SAML, at Okta or another provider.
        Saml = "saml",
        /// For OpenID Connect, at another provider than Okta.
        Other = "other",
    }
}

closed_set! {
    /// Kind of identity provider ([`crate::providers`]).
    #[derive(Default)]
    ProviderKind, "kind of identity provider" {
        /// Any other provider that follows the standards.
        #[default]
        Any = "any",
        /// Okta.
        Okta = "okta",
        /// Microsoft Entra ID.
        Entra = "entra",
        /// Google Workspace.
        Google = "google",
        /// OneLogin.
        OneLogin = "onelogin",
        /// JumpCloud.
        JumpCloud = "jumpcloud",
        /// PingOne and PingFederate.
        Ping = "ping",
        /// Keycloak.
        Keycloak = "keycloak",
    }
}

closed_set! {
    /// How this service authenticates at a provider's token endpoint (OpenID Connect Core §9).
    #[derive(Default)]
    ProviderAuth, "client authentication at a provider" {
        /// With the secret: by Basic, or in the body if the provider does not offer Basic.
        #[default]
        Auto = "auto",
        /// With the secret, by Basic.
        SecretBasic = "client_secret_basic",
        /// With the secret, in the body.
        SecretPost = "client_secret_post",
        /// With a signed assertion. Needs no secret.
        PrivateKeyJwt = "private_key_jwt",
    }
}

closed_set! {
    /// How a domain was verified.
    DomainProof, "proof of a domain" {
        /// By a DNS record, which is looked up again from time to time.
        Dns = "dns",
        /// By the operator, for good.
        Operator = "operator",
    }
}

closed_set! {
    /// How a SAML request reaches the provider (SAML Bindings §3.4, §3.5).
    SamlBinding, "SAML binding" {
        /// HTTP-Redirect: in the query of a URL.
        Redirect = "redirect",
        /// HTTP-POST: in a form that the browser sends.
        Post = "post",
    }
}

closed_set! {
    /// What happens with a SAML response that answers no request (SAML Profiles §4.1.5), such as from a tile of a dashboard.
    Unsolicited, "handling of unsolicited responses" {
        /// The response is refused.
        Off = "off",
        /// The response is not trusted; a sign-in starts here instead.
        Start = "start",
        /// The response signs the person in.
        Accept = "accept",
    }
}

closed_set! {
    /// The field of a user that a SAML connection's UID attribute names.
    UidField, "field for the UID attribute" {
        /// The SCIM `externalId`.
        ExternalId = "external_id",
        /// The SCIM `userName`.
        UserName = "user_name",
        /// A custom attribute that the workspace has declared.
        Custom = "custom",
    }
}
