//! Tests of the pages: layout and headers, account, the administrator's Okta page, set-up links, and the sign-in page.

mod account;
mod activity;
mod agents;
mod auth;
mod brake;
mod brand;
mod clients;
mod connections;
mod doctor;
mod doors;
mod frame;
mod okta;
mod overview;
mod people;
mod planted;
mod roles;
mod saml;
mod screens;
mod search;
mod sessions;
mod setup;
mod sync;
mod tokens;
mod webhooks;
mod weights;
mod who;
mod words;

use vestibule_simulator::{Browser, Page};

use crate::support::{Backend, House, Room};

const DAY: i64 = 86_400 * 1_000_000;

/// A service with one room, and a browser signed in there: as an administrator, or as a member.
async fn furnished(backend: Backend, administrator: bool) -> (House, Room, Browser, Page) {
    furnished_as(House::start(backend).await, administrator).await
}

/// Like `furnished`, with more settings, as a member.
async fn furnished_with(backend: Backend, settings: &[(&str, &str)]) -> (House, Room, Browser, Page) {
    furnished_as(House::start_with(backend, settings).await, false).await
}

async fn furnished_as(house: House, administrator: bool) -> (House, Room, Browser, Page) {
    let room = house.room("Acme").await;
    let person =
        if administrator { room.administrator(&house, "Ada").await } else { room.person("Bob").await };
    let (browser, page) = room.sign_in(&person).await;
    (house, room, browser, page)
}

/// The text of the element with this id.
fn element(page: &Page, id: &str) -> String {
    let (_, rest) = page
        .html
        .split_once(&format!("id=\"{id}\">"))
        .unwrap_or_else(|| panic!("no element {id} in {}", page.html));
    let inner = rest.split('<').next().unwrap();
    inner.replace("&#39;", "'").replace("&#38;", "&").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Number of API tokens on the account page.
fn listed(page: &Page) -> usize {
    page.forms().iter().filter(|form| form.action.ends_with("/revoke")).count()
}
