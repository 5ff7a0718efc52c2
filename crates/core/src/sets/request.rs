//! Closed sets of the request inspector.

use super::closed_set;

closed_set! {
    /// Interface of the service whose requests the inspector stores, as named in metrics.
    Door, "interface" {
        /// SCIM.
        Scim = "scim",
        /// The authorization server.
        OAuth = "oauth",
        /// Sign-in at the identity provider.
        SignIn = "sign_in",
        /// Universal Logout.
        UniversalLogout = "universal_logout",
        /// Shared Signals.
        Signals = "signals",
        /// OpenID Connect Back-Channel Logout.
        BackchannelLogout = "backchannel_logout",
    }
}
