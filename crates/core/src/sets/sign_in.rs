//! Closed sets of sign-in.

use super::closed_set;

closed_set! {
    /// What a login at the identity provider is for.
    LoginPurpose, "purpose of a login" {
        /// It starts a session.
        SignIn = "sign_in",
        /// It ends in a report and starts no session.
        Test = "test",
    }
}
