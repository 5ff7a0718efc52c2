//! A receipt of an end of access as the page lists it, in words.

use vestibule_core::{providers::Provider, sets::EndReason, time::Micros};
use vestibule_store::{
    Error,
    trail::receipts::{Counts, Receipt},
};

use crate::{audit::trail_lines::Party, layout::moment::Moment};

/// A row of the list of receipts.
pub(super) struct ReceiptRow {
    pub id: String,
    pub at: Moment,
    pub why: String,
    pub actor: String,
    pub ended: String,
}

impl ReceiptRow {
    pub(super) fn of(
        receipt: Receipt,
        actor: Party,
        provider: &Provider,
        now: Micros,
    ) -> Result<Self, Error> {
        let ended = receipt.ended()?.map_or_else(|| "being counted".to_owned(), |counts| in_words(&counts));
        Ok(Self {
            at: Moment::of(receipt.in_force_at.unwrap_or(receipt.acted_at), now),
            why: reason_in_words(receipt.reason, provider),
            ended,
            actor: actor.words,
            id: receipt.receipt_id,
        })
    }
}

/// Why access ended, in words.
pub(crate) fn reason_in_words(reason: EndReason, provider: &Provider) -> String {
    match reason {
        EndReason::UniversalLogout => "Universal Logout",
        EndReason::Deactivated => return format!("Deactivated in {}", provider.name),
        EndReason::Administrator => "An administrator",
        EndReason::Operator => "The operator",
        EndReason::IdentityChanged => "The linked identity changed",
        EndReason::SessionRevoked
        | EndReason::CredentialChange
        | EndReason::Deleted
        | EndReason::ConnectionChanged => provider.label,
        EndReason::User => "The user",
    }
    .to_owned()
}

/// What was ended, each with its number.
pub(crate) fn rows(counts: &Counts) -> [(&'static str, i64); 8] {
    [
        ("Browsers", counts.sessions),
        ("API tokens", counts.api),
        ("Connected apps", counts.grants),
        ("Access tokens of apps", counts.access),
        ("Refresh tokens of apps", counts.refresh),
        ("Tokens of AI clients", counts.mcp),
        ("AI clients by the provider's word", counts.agents),
        ("Sign-ins under way", counts.codes),
    ]
}

/// "2 browsers, 1 API token"
fn in_words(counts: &Counts) -> String {
    let counted = |number: i64, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    };
    let words: Vec<String> = [
        counted(counts.sessions, "browser", "browsers"),
        counted(counts.api, "API token", "API tokens"),
        counted(counts.access + counts.refresh, "app token", "app tokens"),
        counted(counts.mcp, "AI client token", "AI client tokens"),
        counted(counts.codes, "sign-in under way", "sign-ins under way"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if words.is_empty() { "nothing was open".to_owned() } else { words.join(", ") }
}
