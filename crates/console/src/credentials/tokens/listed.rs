//! Rows of the lists of `/tokens`, read in one transaction.

use vestibule_core::{
    ids::{DEPLOYMENT, GrantId, UserId, WorkspaceId},
    sets::{ClientKind, TokenKind},
    time::Micros,
};
use vestibule_store::{
    Conn, Error,
    access::tokens,
    oauth::{client_secrets, clients, grants},
    people::users,
};

use crate::credentials::tokens::rows::{ClientRow, GrantRow, TokenRow, is_live};

/// How many tokens, and how many grants, the page shows.
const MOST: usize = 50;

/// The credentials of a workspace.
pub(super) struct Listed {
    pub tokens: Vec<TokenRow>,
    pub more_tokens: usize,
    pub clients: Vec<ClientRow>,
    pub grants: Vec<GrantRow>,
    pub more_grants: usize,
}

impl Listed {
    pub(super) fn read(conn: &mut Conn, workspace_id: &WorkspaceId, now: Micros) -> Result<Self, Error> {
        let mut tokens = tokens::list_of_workspace(conn, workspace_id, TokenKind::Provisioning)?;
        let replaced: Vec<String> = tokens
            .iter()
            .filter(|token| is_live(token, now))
            .filter_map(|token| token.replaces.clone())
            .collect();
        let more_tokens = tokens.len().saturating_sub(MOST);
        tokens.truncate(MOST);
        let own = clients::registered(conn, workspace_id, ClientKind::Scim)?;
        let secrets = client_secrets::of_workspace(conn, workspace_id)?;
        let shared = clients::registered(conn, &DEPLOYMENT, ClientKind::Scim)?;
        let mut grants = grants::list_of_scim(conn, workspace_id)?;
        let more_grants = grants.len().saturating_sub(MOST);
        grants.truncate(MOST);
        let ids: Vec<GrantId> = grants.iter().map(|(grant, _)| grant.grant_id.clone()).collect();
        let refreshed = tokens::last_given(conn, workspace_id, &ids)?;
        let approvers: Vec<UserId> =
            grants.iter().filter_map(|(grant, _)| grant.approved_by.clone()).collect();
        let people = users::summaries(conn, workspace_id, &approvers)?;
        Ok(Self {
            tokens: tokens
                .into_iter()
                .map(|token| TokenRow {
                    is_replaced: replaced.contains(&token.token_id),
                    ..TokenRow::of(token, now)
                })
                .collect(),
            more_tokens,
            clients: own
                .iter()
                .map(|client| ClientRow::own(client, &secrets, now))
                .chain(shared.iter().map(ClientRow::shared))
                .collect(),
            grants: grants.into_iter().map(|grant| GrantRow::of(grant, &people, &refreshed, now)).collect(),
            more_grants,
        })
    }
}
