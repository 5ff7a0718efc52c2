//! Closed sets of the safety brake.

use super::closed_set;

closed_set! {
    /// What the safety brake of a workspace does with pushes that end access.
    BrakeState, "state of the safety brake" {
        /// It counts nothing: the workspace has switched it off.
        Off = "off",
        /// It counts, and allows pushes until too many people lose access.
        Ready = "ready",
        /// It refuses them.
        On = "on",
        /// It allows them, because somebody has released it.
        Released = "released",
    }
}
