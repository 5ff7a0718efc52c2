//! Closed sets of tokens.

use super::closed_set;

closed_set! {
    /// What a row of `tokens` is.
    TokenKind, "token kind" {
        /// An OAuth access token.
        Access = "access",
        /// An OAuth refresh token.
        Refresh = "refresh",
        /// A user's API token.
        Api = "api",
        /// A static SCIM token of a workspace.
        Provisioning = "provisioning",
    }
}
