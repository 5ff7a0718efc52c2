//! The tokens that people manage and that expire soon, for events that warn of it.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};
use vestibule_core::{
    ids::{UserId, WorkspaceId},
    sets::TokenKind,
    time::{Micros, SECOND},
};

use crate::{
    Conn, Result,
    db::{schema::tokens, statement::Statement},
};

/// Days before the end at which an event warns of it, the nearest first.
pub const THRESHOLDS: [i64; 3] = [1, 7, 30];

/// Most tokens that are read together.
const MOST: i64 = 200;

/// One day.
const DAY: Micros = 86_400 * SECOND;

/// A token that expires soon.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ExpiringToken {
    /// Workspace of the token.
    pub workspace_id: WorkspaceId,
    /// Digest of the token.
    pub token_digest: String,
    /// Public id of the token.
    pub token_id: String,
    /// Kind: `api` or `provisioning`.
    pub kind: TokenKind,
    /// Display name.
    pub name: String,
    /// The user that it acts for.
    pub user_id: Option<UserId>,
    /// Last four characters.
    pub last_four: Option<String>,
    /// Time of issue.
    pub created_at: Micros,
    /// Expiry.
    pub expires_at: Micros,
    /// Threshold of the last warning.
    pub warned_days: Option<i64>,
}

impl ExpiringToken {
    /// The threshold to warn of now; `None`: none. A token that was issued for a week is not warned of thirty days before its end.
    pub fn threshold(&self, now: Micros) -> Option<i64> {
        let reached = |days: &i64| {
            self.expires_at - now <= days * DAY && self.expires_at - self.created_at > days * DAY
        };
        let nearest = THRESHOLDS.into_iter().find(reached)?;
        self.warned_days.is_none_or(|warned| warned > nearest).then_some(nearest)
    }
}

/// The kinds, exactly as in the index `tokens_managed_expiry`; otherwise SQLite does not use it.
const MANAGED: &str = "t.kind IN ('api', 'provisioning')";

type Row = (Text, Text, Text, Text, Text, Nullable<Text>, Nullable<Text>, BigInt, BigInt, Nullable<BigInt>);

/// The live tokens of a region of whose end an event is to warn now, at most `MOST`, the nearest first.
pub fn due(conn: &mut Conn, region: &str, now: Micros) -> Result<Vec<ExpiringToken>> {
    let mut statement = Statement::<Row>::new(
        "SELECT t.workspace_id, t.token_digest, t.token_id, t.kind, t.name, t.user_id, t.last_four, t.created_at, t.expires_at, t.warned_days \
         FROM tokens AS t JOIN workspaces AS w ON w.workspace_id = t.workspace_id \
         LEFT JOIN users AS u ON u.workspace_id = t.workspace_id AND u.user_id = t.user_id WHERE ",
    )
    .sql(MANAGED)
    .sql(" AND t.expires_at > ")
    .whole(now)
    .sql(" AND t.expires_at <= ")
    .whole(now + 30 * DAY)
    .sql(" AND w.region = ")
    .text(region)
    .sql(" AND (t.user_id IS NULL OR (u.active = TRUE AND u.epoch = t.epoch)) AND (");
    for (index, days) in THRESHOLDS.into_iter().enumerate() {
        statement = statement
            .sql(if index == 0 { "(t.expires_at <= " } else { " OR (t.expires_at <= " })
            .whole(now + days * DAY)
            .sql(" AND t.expires_at - t.created_at > ")
            .whole(days * DAY)
            .sql(" AND (t.warned_days IS NULL OR t.warned_days > ")
            .whole(days)
            .sql("))");
    }
    Ok(statement.sql(") ORDER BY t.expires_at, t.token_digest LIMIT ").whole(MOST).load(conn)?)
}

/// Records that an event warned of the end of a token. Returns false if another node has done so, or the token is gone.
pub fn warned(conn: &mut Conn, token: &ExpiringToken, days: i64) -> Result<bool> {
    let this = tokens::table
        .find((&token.workspace_id, &token.token_digest))
        .filter(tokens::warned_days.is_null().or(tokens::warned_days.gt(days)));
    Ok(diesel::update(this).set(tokens::warned_days.eq(days)).execute(conn)? == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_threshold_is_warned_of_once_and_none_before_the_token_was_made() {
        let token = |days: i64, warned_days| ExpiringToken {
            workspace_id: WorkspaceId::from_stored("w"),
            token_digest: String::new(),
            token_id: String::new(),
            kind: TokenKind::Provisioning,
            name: String::new(),
            user_id: None,
            last_four: None,
            created_at: 0,
            expires_at: days * DAY,
            warned_days,
        };
        for (life, warned, left, expected) in [
            (365, None, 31, None),
            (365, None, 30, Some(30)),
            (365, Some(30), 30, None),
            (365, Some(30), 8, None),
            (365, Some(30), 7, Some(7)),
            (365, None, 7, Some(7)),
            (365, Some(7), 1, Some(1)),
            (365, Some(1), 0, None),
            (30, None, 30, None),
            (30, None, 7, Some(7)),
            (7, None, 7, None),
            (7, None, 1, Some(1)),
            (1, None, 1, None),
        ] {
            let found = token(life, warned).threshold((life - left) * DAY);
            assert_eq!(found, expected, "{life} days, {left} left, warned {warned:?}");
        }
    }
}
