//! Closed set of what is counted for charts.

use super::closed_set;

closed_set! {
    /// What is counted by the hour.
    CountKind, "kind of a count" {
        /// An authorized provisioning request was answered.
        Provisioned = "provisioned",
        /// An authorized provisioning request was refused.
        ProvisioningRefused = "provisioning_refused",
        /// Somebody signed in.
        SignedIn = "signed_in",
        /// A sign-in was refused.
        SignInRefused = "sign_in_refused",
        /// A webhook accepted a delivery.
        WebhookDelivered = "webhook_delivered",
        /// An attempt to deliver to a webhook failed.
        WebhookFailed = "webhook_failed",
    }
}
