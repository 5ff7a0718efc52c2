//! Tokens, clients and grants as `/tokens` lists them, in words. Nothing here knows a secret: only digests are kept.

use vestibule_core::{
    sets::ClientAuth,
    time::{Micros, SECOND},
};
use vestibule_store::{
    access::tokens::Token,
    oauth::{
        client_secrets::{self, ClientSecret},
        clients::Client,
        grants::Grant,
    },
    people::users::Brief,
};

use crate::account::{api_tokens::used, sessions::Moment};

/// From how long before its end a token is warned of.
const WARNED: Micros = 30 * 86_400 * SECOND;

/// What a scope lets somebody do.
pub(crate) fn scope_in_words(scope: &str) -> &'static str {
    match scope {
        "scim.read" => "read people and groups",
        "scim.write" => "create, change and deactivate people and groups",
        "entitlements.read" => "read roles and entitlements",
        _ => "something this version does not know",
    }
}

/// Every scope of these, in words; of those that change people, whether they make and unmake owners.
fn may(scope: &str, may_give_owner: bool) -> String {
    let mut words: Vec<&str> = scope.split_whitespace().map(scope_in_words).collect();
    if scope.split_whitespace().any(|scope| scope == "scim.write") {
        words.push(if may_give_owner { "make and unmake owners" } else { "not make or unmake an owner" });
    }
    if words.is_empty() { "do nothing".to_owned() } else { words.join("; ") }
}

/// How a token stands with its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ends {
    /// Not soon, or never.
    Later,
    /// Within thirty days.
    Soon,
    /// It has.
    Over,
}

impl Ends {
    fn of(expires_at: Option<Micros>, now: Micros) -> Self {
        match expires_at {
            Some(at) if at <= now => Ends::Over,
            Some(at) if at - now <= WARNED => Ends::Soon,
            _ => Ends::Later,
        }
    }
}

/// A provisioning token.
pub(crate) struct TokenRow {
    pub id: String,
    pub name: String,
    pub may: String,
    pub created: Moment,
    pub used: String,
    pub expires: Option<Moment>,
    ends: Ends,
}

impl TokenRow {
    pub(crate) fn of(token: Token, now: Micros) -> Self {
        Self {
            id: token.token_id,
            name: token.name,
            may: may(&token.scope, token.may_give_owner),
            created: Moment::of(token.created_at, now),
            used: used(token.last_used_at, now),
            expires: token.expires_at.map(|at| Moment::of(at, now)),
            ends: Ends::of(token.expires_at, now),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.ends == Ends::Over
    }

    pub(crate) fn ends_soon(&self) -> bool {
        self.ends == Ends::Soon
    }
}

/// An OAuth client of SCIM.
pub(crate) struct ClientRow {
    pub id: String,
    pub name: String,
    pub redirect_uris: Vec<String>,
    /// Whether the operator keeps it for every workspace.
    pub shared: bool,
    /// Whether it proves itself by a secret.
    pub by_secret: bool,
    pub secrets: Vec<SecretRow>,
}

/// A client's secret, without itself.
pub(crate) struct SecretRow {
    pub id: String,
    pub created: Moment,
    pub used: String,
}

impl ClientRow {
    pub(crate) fn own(client: &Client, secrets: &[(String, ClientSecret)], now: Micros) -> Self {
        let of_it = secrets.iter().filter(|(client_id, _)| *client_id == client.client_id);
        let secrets = of_it.map(|(_, secret)| SecretRow {
            id: secret.secret_id.clone(),
            created: Moment::of(secret.created_at, now),
            used: used(secret.last_used_at, now),
        });
        Self { secrets: secrets.collect(), shared: false, ..Self::shared(client) }
    }

    pub(crate) fn shared(client: &Client) -> Self {
        Self {
            id: client.client_id.clone(),
            name: client.name.clone(),
            redirect_uris: client.redirect_uris(),
            shared: true,
            by_secret: client.auth_method == ClientAuth::Secret,
            secrets: Vec::new(),
        }
    }

    /// Whether another secret may be made beside what there is.
    pub(crate) fn has_room(&self) -> bool {
        self.by_secret && self.secrets.len() < client_secrets::MOST
    }
}

/// What an administrator granted to Okta's SCIM client.
pub(crate) struct GrantRow {
    pub id: String,
    pub client: String,
    pub may: String,
    pub by: String,
    pub given: Moment,
    pub refreshed: Option<Moment>,
}

impl GrantRow {
    pub(crate) fn of(
        (grant, client): (Grant, String),
        people: &[Brief],
        refreshed: &[(Option<String>, Option<Micros>)],
        now: Micros,
    ) -> Self {
        let person = |id: &String| {
            let known = people.iter().find(|brief| brief.user_id == *id);
            known.map_or("somebody deleted since", Brief::greeting).to_owned()
        };
        let last = refreshed.iter().find(|(id, _)| id.as_deref() == Some(&grant.grant_id));
        Self {
            by: grant.approved_by.as_ref().map_or_else(|| "the client itself".to_owned(), person),
            refreshed: last.and_then(|(_, at)| *at).map(|at| Moment::of(at, now)),
            client,
            may: may(&grant.scope, grant.may_give_owner),
            given: Moment::of(grant.created_at, now),
            id: grant.grant_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_warned_of_thirty_days_ahead() {
        let day = 86_400 * SECOND;
        for (at, ends) in [
            (None, Ends::Later),
            (Some(31 * day), Ends::Later),
            (Some(30 * day), Ends::Soon),
            (Some(1), Ends::Soon),
            (Some(0), Ends::Over),
            (Some(-day), Ends::Over),
        ] {
            assert_eq!(Ends::of(at, 0), ends, "{at:?}");
        }
    }

    #[test]
    fn every_scope_has_its_words() {
        for scope in vestibule_admin::provisioning_tokens::SCOPES {
            assert!(!scope_in_words(scope).starts_with("something"), "{scope}");
        }
    }
}
