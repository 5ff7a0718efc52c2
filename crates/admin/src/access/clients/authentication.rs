//! What a client demands of the authentication of people: `default_max_age` and `require_auth_time` (OpenID Connect Registration §2).

use vestibule_core::sets::ClientKind;
use vestibule_store::{
    Tx,
    oauth::clients::{self, Client},
};

use super::ClientChange;
use crate::refusal::{Refusal, field};

/// The largest default age of an authentication: a year, as for a workspace.
pub const MOST_MAX_AGE: i64 = 31_536_000;

/// Changes the demands in the row and in `after`.
pub(super) fn change(
    conn: &mut Tx<'_>,
    after: &mut Client,
    change: &ClientChange<'_>,
) -> Result<(), Refusal> {
    if change.default_max_age.is_none() && change.requires_auth_time.is_none() {
        return Ok(());
    }
    after.default_max_age = change.default_max_age.unwrap_or(after.default_max_age);
    after.requires_auth_time = change.requires_auth_time.unwrap_or(after.requires_auth_time);
    check(after.kind, after.default_max_age, after.requires_auth_time)?;
    clients::set_authentication(conn, after, after.default_max_age, after.requires_auth_time)?;
    Ok(())
}

/// Only apps and MCP clients send people to sign in.
pub(super) fn check(
    kind: ClientKind,
    default_max_age: Option<i64>,
    requires_auth_time: bool,
) -> Result<(), Refusal> {
    const WHOSE: &str = "is for clients of kind app and mcp only";
    let is_for_people = matches!(kind, ClientKind::App | ClientKind::Mcp);
    if let Some(seconds) = default_max_age {
        if !is_for_people {
            return field("default_max_age", WHOSE);
        }
        if !(0..=MOST_MAX_AGE).contains(&seconds) {
            return field("default_max_age", format!("must be 0 to {MOST_MAX_AGE} seconds"));
        }
    }
    if requires_auth_time && !is_for_people {
        return field("requires_auth_time", WHOSE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clients_for_people_have_demands() {
        for (kind, age, required, fits) in [
            (ClientKind::App, None, true, true),
            (ClientKind::App, Some(0), false, true),
            (ClientKind::Mcp, Some(MOST_MAX_AGE), true, true),
            (ClientKind::App, Some(MOST_MAX_AGE + 1), false, false),
            (ClientKind::App, Some(-1), false, false),
            (ClientKind::Service, Some(60), false, false),
            (ClientKind::Scim, None, true, false),
            (ClientKind::Service, None, false, true),
        ] {
            assert_eq!(check(kind, age, required).is_ok(), fits, "{kind} {age:?} {required}");
        }
    }
}
