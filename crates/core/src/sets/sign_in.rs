//! Closed sets of sign-in.

use super::closed_set;

closed_set! {
    /// Purpose of a login at the identity provider.
    LoginPurpose, "purpose of a login" {
        /// Starts a session.
        SignIn = "sign_in",
        /// Ends in a report and starts no session.
        Test = "test",
    }
}
