//! Token exchange of a client (RFC 8693): the switch, and the resources of which the client takes tokens.

use vestibule_core::sets::ClientKind;
use vestibule_store::{
    Tx,
    access::tokens::exchanged,
    db::json::JsonList,
    oauth::{
        clients::{self, Client},
        resources,
    },
};

use super::ClientChange;
use crate::refusal::{Refusal, field};

/// Most resources that one client serves.
const MOST_SERVED: usize = 20;

/// Changes switch and resources in the row and in `after`. What the client got by exchange ends when it may exchange less than before.
pub(super) fn change(
    conn: &mut Tx<'_>,
    after: &mut Client,
    change: &ClientChange<'_>,
) -> Result<(), Refusal> {
    if change.token_exchange.is_none() && change.serves.is_none() {
        return Ok(());
    }
    let before = (after.token_exchange, after.serves.clone());
    after.token_exchange = change.token_exchange.unwrap_or(after.token_exchange);
    if let Some(serves) = change.serves {
        check_served(conn, after, serves)?;
        after.serves = JsonList::from(serves);
    }
    check(after)?;
    clients::set_token_exchange(conn, after, after.token_exchange, &after.serves)?;
    let is_lost = |uri: &String| !after.serves.as_slice().contains(uri);
    if before.0 && (!after.token_exchange || before.1.as_slice().iter().any(is_lost)) {
        exchanged::end_of_client(conn, &after.client_id)?;
    }
    Ok(())
}

/// Token exchange is for confidential clients that are named a resource (RFC 8693 §2.1, §5).
fn check(client: &Client) -> Result<(), Refusal> {
    const FIELD: &str = "token_exchange";
    if !client.token_exchange {
        return Ok(());
    }
    if client.kind == ClientKind::Scim {
        return field(FIELD, "is not for clients of kind scim, which act for no user");
    }
    if client.is_public() {
        return field(FIELD, "is for clients that prove who they are, by a secret or by private_key_jwt");
    }
    if client.serves.as_slice().is_empty() {
        return field(FIELD, "needs the resource that the client serves: name it with --serves (serves)");
    }
    Ok(())
}

/// The resources must be registered, in the client's workspace or for all.
fn check_served(conn: &mut Tx<'_>, client: &Client, serves: &[String]) -> Result<(), Refusal> {
    if serves.len() > MOST_SERVED {
        return field("serves", format!("must be at most {MOST_SERVED} resources"));
    }
    for (at, uri) in serves.iter().enumerate() {
        // PostgreSQL refuses a text with NUL.
        let is_registered = vestibule_web::http::resource::is_resource(uri)
            && resources::find(conn, &client.workspace_id, uri)?.is_some();
        if !is_registered {
            let unknown = format!("{} is no registered resource", uri.escape_debug());
            return Err(Refusal::Element("serves", at, unknown));
        }
    }
    Ok(())
}
