//! Closed sets of deliveries to apps and webhooks.

use super::closed_set;

closed_set! {
    /// What a delivery sends.
    DeliveryKind, "kind of a delivery" {
        /// A logout token (OpenID Connect Back-Channel Logout 1.0).
        Logout = "logout",
        /// An event, to a webhook.
        Webhook = "webhook",
    }
}

closed_set! {
    /// State of a delivery.
    DeliveryState, "state of a delivery" {
        /// Not accepted yet.
        Waiting = "waiting",
        /// Accepted by the receiver.
        Delivered = "delivered",
        /// Given up.
        Dead = "dead",
    }
}
