//! Tests of OAuth as Okta's SCIM client, apps, MCP clients and services use it: approval in a browser, codes and refresh tokens
//! exchanged for access tokens, and OAuth's errors for every invalid request.

mod app;
mod approve;
mod attacks;
mod auth_time;
mod described;
mod dpop;
mod endpoint;
mod exchange;
mod feed;
pub mod flow;
pub mod id_jag;
mod introspect;
mod jwt;
mod keys;
mod libraries;
mod logout;
mod mcp;
mod owner_bound;
mod refresh;
mod register;
mod request;
mod scopes;
mod service;
mod step_up;
mod storm;
mod token_exchange;

use reqwest::Response;
use serde_json::Value;
use url::Url;
use vestibule_core::ids::WorkspaceId;
use vestibule_simulator::{Browser, Page};
use vestibule_store::{
    oauth::clients::{self, Client},
    trail::events,
};

use crate::support::{Backend, House, Room};

const SECOND: i64 = 1_000_000;

/// A service with one room, and a browser that is signed in as its administrator.
async fn furnished(backend: Backend) -> (House, Room, Browser) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let administrator = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&administrator).await;
    (house, room, browser)
}

fn redirect_uri(room: &Room) -> String {
    room.okta.scim_redirect_uri(&room.app)
}

/// The URL to which Okta redirects an administrator, with these parameters replaced; an empty value removes a parameter.
fn authorize_url(house: &House, room: &Room, changes: &[(&str, &str)]) -> String {
    let uri = redirect_uri(room);
    let usual =
        [("response_type", "code"), ("client_id", &room.client), ("redirect_uri", &uri), ("state", "known")];
    let kept = usual.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let pairs = kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty());
    Url::parse_with_params(&house.url("/api/okta/scim/oauth/authorize"), pairs).unwrap().into()
}

/// Approves in a browser that is signed in as an administrator. Returns the last page, whose URL has the code.
async fn approve(browser: &Browser, url: &str) -> Page {
    let page = browser.get(url).await.unwrap();
    let page = browser.press(&page, "Approve", &[]).await.unwrap();
    assert!(page.query("code").is_some(), "{} {}", page.url, page.text());
    page
}

/// A code for the room's client, not exchanged yet.
async fn code(house: &House, room: &Room, browser: &Browser, changes: &[(&str, &str)]) -> String {
    approve(browser, &authorize_url(house, room, changes)).await.query("code").unwrap()
}

/// Sends a token request of the room's client, with its secret in the body.
async fn ask(house: &House, room: &Room, form: &[(&str, &str)]) -> (u16, Value) {
    let mut form = form.to_vec();
    form.extend([("client_id", room.client.as_str()), ("client_secret", room.client_secret.as_str())]);
    let request = house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form);
    read(request.send().await.unwrap()).await
}

/// Exchanges a code as Okta does.
async fn exchange(house: &House, room: &Room, code: &str) -> (u16, Value) {
    let uri = redirect_uri(room);
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", uri.as_str())];
    ask(house, room, &form).await
}

/// Exchanges a refresh token.
async fn renew(house: &House, room: &Room, refresh_token: &str) -> (u16, Value) {
    ask(house, room, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

/// Approves, exchanges the code, and returns (access token, refresh token).
async fn tokens(house: &House, room: &Room, browser: &Browser) -> (String, String) {
    let code = code(house, room, browser, &[]).await;
    let (status, body) = exchange(house, room, &code).await;
    assert_eq!(status, 200, "{body}");
    (text(&body, "access_token"), text(&body, "refresh_token"))
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["cache-control"], "no-store", "{status}");
    (status, response.json().await.unwrap())
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Asserts an OAuth error with a description.
#[track_caller]
fn assert_error((status, body): (u16, Value), expected: u16, error: &str) {
    assert_eq!((status, body["error"].as_str()), (expected, Some(error)), "{body}");
    assert!(body["error_description"].as_str().is_some_and(|text| text.len() > 10), "{body}");
}

/// The status of a SCIM read with this token.
async fn scim(house: &House, room: &Room, token: &str) -> u16 {
    let request = house.http.get(format!("{}/Users?count=1", room.scim)).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

/// Registers another client.
async fn client(
    house: &House,
    workspace: &WorkspaceId,
    kind: &'static str,
    redirect_uri: &str,
) -> (Client, String) {
    let (workspace, uris, now) = (workspace.to_owned(), vec![redirect_uri.to_owned()], house.state.now());
    house
        .write(move |conn| {
            clients::create(conn, &workspace, kind.parse().unwrap(), "Other", &uris, now).unwrap()
        })
        .await
}

/// Number of events of this kind in the room's trail.
async fn count(house: &House, room: &Room, kind: &'static str) -> usize {
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    trail.iter().filter(|event| event.kind == kind).count()
}
