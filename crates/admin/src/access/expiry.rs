//! Warns of tokens that expire soon: one event 30, 7 and 1 days before the end, each once.

use vestibule_core::time::{Micros, SECOND};
use vestibule_store::{
    Error, Tx,
    access::tokens::expiry::{self, ExpiringToken},
    trail::events::{self, Cause, Target, kinds::CredentialExpiring},
};

pub use vestibule_store::access::tokens::expiry::due;

/// Records the event, unless another node has done so.
pub fn record(conn: &mut Tx<'_>, token: &ExpiringToken, now: Micros) -> Result<(), Error> {
    let Some(days) = token.threshold(now) else { return Ok(()) };
    if !expiry::warned(conn, token, days)? {
        return Ok(());
    }
    let data = CredentialExpiring {
        credential_kind: token.kind.as_str(),
        token: &token.token_id,
        name: &token.name,
        last_four: token.last_four.as_deref(),
        days,
        expires_at: token.expires_at / SECOND,
    };
    let target = token.user_id.as_ref().map_or(Target::Workspace, |user_id| Target::User(user_id.as_str()));
    let cause = Cause::new("vestibule", String::new());
    events::record(conn, &token.workspace_id, &cause, target, &data, now).map(drop)
}
