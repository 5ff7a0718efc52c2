//! Closed sets of the safety brake.

use super::closed_set;

closed_set! {
    /// What the safety brake of a workspace does with pushes that end access.
    BrakeState, "state of the safety brake" {
        /// The workspace has switched the brake off; nothing is counted.
        Off = "off",
        /// Pushes are counted, and allowed until too many people lose access.
        Ready = "ready",
        /// Pushes that end access are refused.
        On = "on",
        /// Pushes are allowed, because somebody has released the brake.
        Released = "released",
    }
}
