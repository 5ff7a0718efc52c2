//! Tests of sign-in in a browser: the redirect to the pretend Okta, the callback, and every refusal.

mod answers;
mod away;
mod back;
mod client;
mod conflicts;
mod freshness;
mod groups;
mod limits;
mod out;
mod people;
mod provider;
mod session;
mod strangers;
mod switch;
mod takeover;
mod trial;

use vestibule_simulator::{Browser, Page, Person};
use vestibule_store::providers::connections::{self, Connection};

use crate::support::{House, Room};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// The session cookie of the browser.
fn session_cookie(house: &House, browser: &Browser) -> Option<String> {
    browser.cookie(&house.api, "vestibule_session")
}

/// Checks that a page has this status, these words and a reference, and signed nobody in.
#[track_caller]
fn assert_refused(house: &House, browser: &Browser, page: &Page, status: u16, words: &[&str]) {
    let text = page.text();
    assert_eq!(page.status, status, "{} {text}", page.url);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    for words in words {
        assert!(text.contains(words), "no {words:?} in: {text}");
    }
    assert!(text.contains("Reference "), "{text}");
    assert_eq!(session_cookie(house, browser), None, "{text}");
}

/// Begins a sign-in in this browser and signs in at Okta with another browser. Returns the callback URL, which this browser has not
/// opened yet; that the other browser has opened it must not use it up.
async fn way_back(room: &Room, browser: &Browser, person: &Person) -> String {
    let page = browser.get(&room.login_url()).await.unwrap();
    let stranger = Browser::new().unwrap();
    let page = stranger.sign_in_to_okta(&page, person).await.unwrap();
    assert_eq!(page.url.path(), "/api/okta/oidc/callback", "{}", page.text());
    page.url.into()
}

/// Changes the connection's settings in the database.
async fn change_connection(
    house: &House,
    room: &Room,
    change: impl FnOnce(&mut Connection) + Send + 'static,
) {
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut connection = connections::find_first(conn, &workspace).unwrap().unwrap();
            change(&mut connection);
            connections::save(conn, &connection).unwrap();
        })
        .await;
}

/// The response of `/api/check` to the browser.
async fn who(house: &House, browser: &Browser) -> serde_json::Value {
    let page = browser.get(&house.url("/api/check")).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.html);
    serde_json::from_str(&page.html).unwrap()
}

/// Sets how long ago people of the workspace may have authenticated, in seconds.
async fn set_max_age(house: &House, room: &Room, seconds: i64) {
    use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
    use vestibule_store::db::schema::workspaces::dsl;
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let this = dsl::workspaces.filter(dsl::workspace_id.eq(workspace));
            diesel::update(this).set(dsl::max_age_seconds.eq(seconds)).execute(&mut **conn).unwrap();
        })
        .await;
}
