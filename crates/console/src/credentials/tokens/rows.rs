//! Tokens, clients and grants as `/tokens` lists them, in words. No row has a secret: only digests are stored.

use vestibule_core::{
    ids::{ClientId, GrantId, UserId},
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
    people::users::UserSummary,
};

use crate::{account::api_tokens::row::last_used, layout::moment::Moment};

/// How long before its end the page warns of a token.
const WARNING: Micros = 30 * 86_400 * SECOND;

/// What a scope allows.
pub(super) fn scope_in_words(scope: &str) -> &'static str {
    match scope {
        "scim.read" => "read people and groups",
        "scim.write" => "create, change and deactivate people and groups",
        "entitlements.read" => "read roles and entitlements",
        _ => "something this version does not know",
    }
}

/// What these scopes allow, in words; if they change people, also whether they add and remove owners.
fn scopes_in_words(scope: &str, may_give_owner: bool) -> String {
    let mut words: Vec<&str> = scope.split_whitespace().map(scope_in_words).collect();
    if scope.split_whitespace().any(|scope| scope == "scim.write") {
        words.push(if may_give_owner { "add and remove owners" } else { "not add or remove an owner" });
    }
    if words.is_empty() { "do nothing".to_owned() } else { words.join("; ") }
}

/// Whether a token has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ending {
    /// Not soon, or never.
    Later,
    /// Within thirty days.
    Soon,
    /// Ended.
    Over,
}

impl Ending {
    fn of(expires_at: Option<Micros>, now: Micros) -> Self {
        match expires_at {
            Some(at) if at <= now => Ending::Over,
            Some(at) if at - now <= WARNING => Ending::Soon,
            _ => Ending::Later,
        }
    }
}

/// Whether a token has not expired.
pub(super) fn is_live(token: &Token, now: Micros) -> bool {
    Ending::of(token.expires_at, now) != Ending::Over
}

/// A row of the list of provisioning tokens.
pub(super) struct TokenRow {
    pub id: String,
    pub name: String,
    /// Its last four characters, if they are stored.
    pub last_four: Option<String>,
    /// Whether another token that replaces it is there.
    pub is_replaced: bool,
    pub may: String,
    pub created: Moment,
    pub used: String,
    pub expires: Option<Moment>,
    pub ending: Ending,
}

impl TokenRow {
    pub(super) fn of(token: Token, now: Micros) -> Self {
        Self {
            id: token.token_id,
            name: token.name,
            last_four: token.last_four,
            is_replaced: false,
            may: scopes_in_words(&token.scope, token.may_give_owner),
            created: Moment::of(token.created_at, now),
            used: last_used(token.last_used_at, now),
            expires: token.expires_at.map(|at| Moment::of(at, now)),
            ending: Ending::of(token.expires_at, now),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.ending == Ending::Over
    }

    pub(super) fn ends_soon(&self) -> bool {
        self.ending == Ending::Soon
    }
}

/// An OAuth client of SCIM, with its secrets.
pub(super) struct ClientRow {
    pub id: String,
    pub name: String,
    pub redirect_uris: Vec<String>,
    /// Whether it is the operator's, for every workspace.
    pub shared: bool,
    /// Whether it authenticates by a secret.
    pub by_secret: bool,
    pub secrets: Vec<SecretRow>,
}

/// A client's secret, without its text.
pub(super) struct SecretRow {
    pub id: String,
    /// Its last four characters, if they are stored.
    pub last_four: Option<String>,
    pub created: Moment,
    pub used: String,
}

impl ClientRow {
    pub(super) fn own(client: &Client, secrets: &[(ClientId, ClientSecret)], now: Micros) -> Self {
        let of_client = secrets.iter().filter(|(client_id, _)| *client_id == client.client_id);
        let secrets = of_client.map(|(_, secret)| SecretRow {
            id: secret.secret_id.clone(),
            last_four: secret.last_four.clone(),
            created: Moment::of(secret.created_at, now),
            used: last_used(secret.last_used_at, now),
        });
        Self { secrets: secrets.collect(), shared: false, ..Self::shared(client) }
    }

    pub(super) fn shared(client: &Client) -> Self {
        Self {
            id: client.client_id.to_string(),
            name: client.name.clone(),
            redirect_uris: client.redirect_uris(),
            shared: true,
            by_secret: client.auth_method == ClientAuth::Secret,
            secrets: Vec::new(),
        }
    }

    /// Whether another secret may be issued.
    pub(super) fn has_room(&self) -> bool {
        self.by_secret && self.secrets.len() < client_secrets::MOST
    }
}

/// A row of the list of grants.
pub(super) struct GrantRow {
    pub id: String,
    pub client: String,
    pub may: String,
    pub by: String,
    pub given: Moment,
    pub refreshed: Option<Moment>,
}

impl GrantRow {
    pub(super) fn of(
        (grant, client): (Grant, String),
        people: &[UserSummary],
        refreshed: &[(Option<GrantId>, Option<Micros>)],
        now: Micros,
    ) -> Self {
        let person = |id: &UserId| {
            let found = people.iter().find(|summary| summary.user_id == *id);
            found.map_or("somebody deleted since", UserSummary::greeting).to_owned()
        };
        let last = refreshed.iter().find(|(id, _)| id.as_ref() == Some(&grant.grant_id));
        Self {
            by: grant.approved_by.as_ref().map_or_else(|| "the client itself".to_owned(), person),
            refreshed: last.and_then(|(_, at)| *at).map(|at| Moment::of(at, now)),
            client,
            may: scopes_in_words(&grant.scope, grant.may_give_owner),
            given: Moment::of(grant.created_at, now),
            id: grant.grant_id.into_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_warns_thirty_days_before_the_end() {
        let day = 86_400 * SECOND;
        for (at, ending) in [
            (None, Ending::Later),
            (Some(31 * day), Ending::Later),
            (Some(30 * day), Ending::Soon),
            (Some(1), Ending::Soon),
            (Some(0), Ending::Over),
            (Some(-day), Ending::Over),
        ] {
            assert_eq!(Ending::of(at, 0), ending, "{at:?}");
        }
    }

    #[test]
    fn every_scope_has_its_words() {
        for scope in vestibule_admin::access::provisioning_tokens::SCOPES {
            assert!(!scope_in_words(scope).starts_with("something"), "{scope}");
        }
    }
}
