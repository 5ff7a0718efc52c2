//! The page `/tokens/clients/{client}`: the switches of a client of the workspace.

use actix_web::web;
use askama::Template;
use vestibule_core::{
    ids::{ClientId, WorkspaceId},
    sets::{ClientKind, DpopMode},
};
use vestibule_store::{
    Conn, Error,
    oauth::clients::{self, Client},
    rights::owners,
};

use crate::{
    credentials::clients::switches::{self, Switch},
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        visitor::Visitor,
    },
};

#[derive(Template)]
#[template(path = "client.html")]
struct ClientPage<'a> {
    csrf: &'a str,
    may_change: bool,
    saved: bool,
    problem: String,
    id: &'a str,
    name: &'a str,
    kind: &'static str,
    authentication: &'static str,
    serves: String,
    /// Whether it is a client for provisioning, whose secrets are on another page.
    is_scim: bool,
    switches: [SwitchCard; 3],
    dpop: Option<DpopCard>,
}

/// A switch with two states.
struct SwitchCard {
    name: &'static str,
    title: &'static str,
    explanation: &'static str,
    is_on: bool,
    /// Why it can't be changed; empty: it can.
    fixed: &'static str,
    /// What changing it does besides; empty: nothing.
    effect: &'static str,
    /// Whether only an owner may change it now, and the visitor is none.
    is_owners: bool,
}

/// Whether tokens are bound.
struct DpopCard {
    current: &'static str,
    is_on: bool,
    /// Name, text and whether it is the current one, of the modes that the visitor may set.
    modes: Vec<(&'static str, &'static str, bool)>,
    has_more: bool,
}

/// `GET /tokens/clients/{client}`
pub async fn get(reader: Reader, path: web::Path<String>) -> PageResult {
    show(&reader, path.into_inner(), String::new()).await
}

/// Renders the page, with the problem of a form if it had one.
pub(super) async fn show(visitor: &Visitor, client_id: String, problem: String) -> PageResult {
    let workspace_id = visitor.workspace_id();
    let (client, has_owner) = visitor
        .read_on(missing, move |conn| {
            let client = find(conn, &workspace_id, &client_id)?.ok_or(Error::NotFound)?;
            Ok((client, owners::is_any(conn, &workspace_id, None)?))
        })
        .await?;
    let may_widen = visitor.is_owner() || !has_owner;
    let content = ClientPage {
        csrf: visitor.csrf(),
        may_change: visitor.may_change(),
        saved: visitor.query_is("saved=1"),
        id: &client.client_id,
        name: &client.name,
        kind: switches::kind(&client),
        authentication: switches::authentication(&client),
        serves: client.serves.as_slice().join(", "),
        is_scim: client.kind == ClientKind::Scim,
        switches: cards(&client, may_widen),
        dpop: switches::dpop(&client).map(|mode| DpopCard::of(mode, may_widen)),
        problem,
    };
    visitor.form_page(&client.name, !content.problem.is_empty(), &content)
}

fn cards(client: &Client, may_widen: bool) -> [SwitchCard; 3] {
    let card = |switch: Switch, name, title, explanation| SwitchCard {
        name,
        title,
        explanation,
        is_on: switch.is_on(),
        fixed: switch.fixed(),
        effect: "",
        // To let a client act for people is an owner's, to switch that off is not.
        is_owners: !may_widen && !switch.is_on(),
    };
    let mut acts = card(
        switches::cross_app(client),
        "cross_app",
        "Acts for people when their identity provider allows it",
        "Cross App Access: no page asks the person. It also has to be on for a connection, on the page AI access.",
    );
    let mut exchanges = card(
        switches::token_exchange(client),
        "token_exchange",
        "Calls other services for people",
        "Token exchange: the client turns the token of a person who calls it into one for another resource.",
    );
    if acts.is_on {
        acts.effect =
            "Switching this off ends what the client does for people by their provider’s word at once.";
    }
    if exchanges.is_on {
        exchanges.effect = "Switching this off ends the tokens that the client got by exchange at once.";
    }
    let pkce = card(
        switches::pkce(client),
        "requires_pkce",
        "Must use PKCE",
        "Without it, the client may send a nonce in place of PKCE. Check that its library sends PKCE before you switch this on.",
    );
    // Requiring PKCE narrows what a client may do, so an owner is needed to switch it off.
    let pkce = SwitchCard { is_owners: !may_widen && pkce.is_on, ..pkce };
    [acts, exchanges, pkce]
}

impl DpopCard {
    fn of(mode: DpopMode, may_widen: bool) -> Self {
        let all = [DpopMode::Off, DpopMode::Optional, DpopMode::Required];
        let stricter = all.into_iter().skip_while(|one| !may_widen && *one != mode);
        let modes: Vec<_> = stricter.map(|one| (one.as_str(), switches::mode(one), one == mode)).collect();
        Self {
            current: switches::mode(mode),
            is_on: mode != DpopMode::Off,
            has_more: modes.len() < all.len(),
            modes,
        }
    }
}

/// The client of this workspace with this id.
pub(super) fn find(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    client_id: &str,
) -> Result<Option<Client>, Error> {
    // Other characters are in no id, and PostgreSQL refuses some of them.
    if !client_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(None);
    }
    let found = clients::find(conn, &ClientId::sent(client_id))?;
    Ok(found.filter(|client| client.workspace_id == *workspace_id))
}

/// Refuses a client that is not the workspace's own.
pub(super) fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("This client is not here", "Look for it on the page OAuth clients.")
}
