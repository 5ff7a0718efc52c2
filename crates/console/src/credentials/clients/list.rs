//! The page `/tokens/clients`.

use askama::Template;
use vestibule_core::ids::DEPLOYMENT;
use vestibule_store::oauth::clients::{self, Client};

use crate::{
    credentials::clients::switches::{self, Switch},
    layout::{access::Reader, error::PageResult},
};

/// How many clients of each list the page shows.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "clients.html")]
struct ClientsPage {
    /// The clients of the workspace, and those of every workspace.
    lists: [ClientList; 2],
}

struct ClientList {
    title: &'static str,
    explanation: &'static str,
    /// Whether each client has a page with its switches.
    is_own: bool,
    rows: Vec<ClientRow>,
    /// Whether there are more than the page shows.
    has_more: bool,
}

struct ClientRow {
    id: String,
    name: String,
    kind: &'static str,
    cross_app: Switch,
    token_exchange: Switch,
    pkce: Switch,
    dpop: &'static str,
    /// Whether the client's own metadata says that it implements Cross App Access.
    supports_cross_app: bool,
}

/// `GET /tokens/clients`
pub async fn get(reader: Reader) -> PageResult {
    let workspace_id = reader.workspace_id();
    let (own, shared) = reader
        .search(move |conn| {
            let own = ClientList::of(clients::of_operator(conn, &workspace_id, MOST + 1)?, true)?;
            let shared = ClientList::of(clients::of_operator(conn, &DEPLOYMENT, MOST + 1)?, false)?;
            Ok((own, shared))
        })
        .await?;
    reader.page("OAuth clients", &ClientsPage { lists: [own, shared] })
}

impl ClientList {
    fn of(mut clients: Vec<Client>, is_own: bool) -> Result<Self, vestibule_store::Error> {
        let most = usize::try_from(MOST).unwrap_or_default();
        let has_more = clients.len() > most;
        clients.truncate(most);
        let (title, explanation) = match is_own {
            true => (
                "Clients of this workspace",
                "The operator registers them. An administrator changes what is on the page of each client.",
            ),
            false => (
                "Clients of every workspace",
                "Their switches apply to every workspace of this service, so only the operator changes them.",
            ),
        };
        let rows = clients.iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { title, explanation, is_own, rows, has_more })
    }
}

fn row(client: &Client) -> Result<ClientRow, vestibule_store::Error> {
    Ok(ClientRow {
        id: client.client_id.to_string(),
        name: client.name.clone(),
        kind: switches::kind(client),
        cross_app: switches::cross_app(client),
        token_exchange: switches::token_exchange(client),
        pkce: switches::pkce(client),
        dpop: switches::dpop(client).map_or("Off", switches::mode),
        supports_cross_app: client.supports_cross_app()?,
    })
}
