//! Closed sets of reasons for which access, a session or a grant ends.

use super::closed_set;

closed_set! {
    /// Why all access of a user ended.
    EndReason, "reason of an end of access" {
        /// The provider asked for it (Global Token Revocation).
        UniversalLogout = "universal_logout",
        /// A signal `credential-change` (CAEP 1.0 §3.3).
        CredentialChange = "credential_change",
        /// A signal `session-revoked` (CAEP 1.0 §3.1).
        SessionRevoked = "session_revoked",
        /// The user was deactivated.
        Deactivated = "deactivated",
        /// The user was deleted.
        Deleted = "deleted",
        /// An identity was linked to the user or unlinked, or another person has the user's name.
        IdentityChanged = "identity_changed",
        /// The workspace has another connection.
        ConnectionChanged = "connection_changed",
        /// An administrator of the workspace ended it.
        Administrator = "administrator",
        /// The operator ended it.
        Operator = "operator",
        /// The user ended it.
        User = "person",
    }
}

closed_set! {
    /// Why sessions of a user ended, other than by signing out in the same browser.
    SessionEndReason, "reason of the end of a session" {
        /// The user ended them.
        User = "by_themselves",
        /// An administrator of the workspace ended them.
        Administrator = "administrator",
        /// The operator ended them.
        Operator = "operator",
        /// The browser signed in to another workspace.
        SignedInElsewhere = "signed_in_elsewhere",
        /// The provider sent a logout token (OpenID Connect Back-Channel Logout 1.0).
        BackchannelLogout = "backchannel_logout",
        /// The provider sent a LogoutRequest (SAML Profiles §4.4).
        SamlLogout = "saml_logout",
    }
}

closed_set! {
    /// Why a grant and its tokens ended.
    GrantEndReason, "reason of the end of a grant" {
        /// The client revoked it (RFC 7009).
        Client = "client",
        /// The user ended it.
        User = "person",
        /// An administrator of the workspace ended it.
        Administrator = "administrator",
        /// The operator ended it.
        Operator = "operator",
        /// An authorization code was used twice (RFC 6749 §4.1.2).
        CodeUsedTwice = "code_used_twice",
        /// A refresh token was used twice (RFC 9700 §4.14.2).
        RefreshTokenUsedTwice = "refresh_token_used_twice",
    }
}
