//! Tests with two hosts: Okta redirects to the API host, people work on the app host, and one session serves both. `127.0.0.1`
//! and `localhost` are two hosts to a browser. The transfer between them signs in only the browser that began it.

use rstest::rstest;
use url::Url;
use vestibule_simulator::{Browser, Page};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const SECOND: i64 = 1_000_000;

async fn two_hosts(backend: Backend) -> (House, Room, String) {
    let house = House::start_with(backend, &[("REGION__APP_URL", "http://localhost:{port}")]).await;
    let room = house.room("Acme").await;
    let app = house.api.replace("127.0.0.1", "localhost");
    (house, room, app)
}

/// The response to one request with these cookies: (status, location, arrival cookie).
async fn hop(house: &House, url: &str, cookies: &str) -> (u16, String, String) {
    let answer = house.http.get(url).header("cookie", cookies).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store", "{url}");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer", "{url}");
    let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    let set = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let arrival = set.filter_map(|cookie| cookie.strip_prefix("vestibule_arrival=")).next();
    let arrival = arrival.unwrap_or_default().split(';').next().unwrap().to_owned();
    (answer.status().as_u16(), location.unwrap_or_default(), arrival)
}

/// The first two hops of a browser that is signed in on the API host: (URL with the ticket, cookie that the ticket needs).
async fn ticket(house: &House, app: &str, browser: &Browser) -> (String, String) {
    let (status, ask, arrival) = hop(house, &format!("{app}/auth/arrive?return_to={app}/account"), "").await;
    assert_eq!((status, arrival.len()), (303, 43), "{ask}");
    assert!(ask.starts_with(&house.url("/api/okta/oidc/arrive?challenge=")), "{ask}");
    assert!(!ask.contains(&arrival), "the secret itself does not travel");
    let session = browser.cookie(&house.api, "vestibule_session").unwrap();
    let (status, land, _) = hop(house, &ask, &format!("vestibule_session={session}")).await;
    assert_eq!(status, 303);
    assert!(land.starts_with(&format!("{app}/auth/arrive?ticket=")), "{land}");
    (land, format!("vestibule_arrival={arrival}"))
}

#[track_caller]
fn assert_refused(page: &Page) {
    assert_eq!(page.status, 400, "{}", page.text());
    for words in ["The last step of this sign-in did not work", "Start again", "Reference "] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn a_sign_in_ends_on_the_app_host_signed_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, app) = two_hosts(backend).await;
    let grace = room.person("Grace").await;
    let (browser, page) = room.sign_in(&grace).await;
    assert_eq!((page.status, page.url.host_str(), page.url.path()), (200, Some("localhost"), "/account"));
    assert!(page.url.query().is_none(), "the ticket is not where the person ends");
    for host in [&house.api, &app] {
        assert_eq!(browser.get(&format!("{host}/api/check")).await.unwrap().status, 200, "{host}");
    }
    assert_eq!(browser.cookie(&app, "vestibule_arrival"), None, "used up");
    let steps: Vec<_> = page.hops.iter().filter(|hop| hop.url.contains("arrive?")).collect();
    assert_eq!(steps.len(), 3, "{:?}", page.hops);

    let ticket =
        page.hops.iter().find(|hop| hop.url.as_str().contains("ticket=")).expect("a ticket was used");
    let stranger = Browser::new().unwrap();
    assert_refused(&stranger.get(ticket.url.as_str()).await.unwrap());

    let page = browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!(page.title(), "Sign in · Vestibule");
    assert_eq!(room.check(&browser).await, 401, "signing out on one host ends the session of both");
}

#[rstest]
#[actix_web::test]
async fn a_ticket_of_somebody_else_signs_nobody_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, app) = two_hosts(backend).await;
    let mallory = room.person("Mallory").await;
    let (attacker, _) = room.sign_in(&mallory).await;
    // The ticket is opened in a browser in which nobody is signed in.
    let (land, _) = ticket(&house, &app, &attacker).await;
    let victim = Browser::new().unwrap();
    assert_refused(&victim.get(&land).await.unwrap());
    assert_eq!(victim.cookie(&app, "vestibule_session"), None);
    // The ticket is opened in a browser that has begun its own transfer.
    let (land, _) = ticket(&house, &app, &attacker).await;
    let url = format!("{app}/auth/arrive?return_to={app}/account");
    assert_refused(&victim.get(&url).await.unwrap());
    assert!(victim.cookie(&app, "vestibule_arrival").is_some());
    assert_refused(&victim.get(&land).await.unwrap());
    assert_eq!(victim.cookie(&app, "vestibule_session"), None);
    // A person who is signed in stays signed in as the same user.
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let before = browser.cookie(&app, "vestibule_session").unwrap();
    let (land, _) = ticket(&house, &app, &attacker).await;
    let page = browser.get(&land).await.unwrap();
    assert!(page.text().contains("ada@acme.example"), "{}", page.text());
    assert_eq!(browser.cookie(&app, "vestibule_session"), Some(before));
}

#[rstest]
#[actix_web::test]
async fn a_ticket_is_taken_once_and_within_a_minute_and_only_alive(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, app) = two_hosts(backend).await;
    let (browser, account) = room.sign_in(&room.person("Ada").await).await;
    let (land, cookie) = ticket(&house, &app, &browser).await;
    assert_eq!(hop(&house, &land, &cookie).await.0, 303);
    assert_eq!(hop(&house, &land, &cookie).await.0, 400, "a second time");

    let (land, cookie) = ticket(&house, &app, &browser).await;
    assert_eq!(hop(&house, &land, "").await.0, 400, "without the browser's secret");
    assert_eq!(hop(&house, &land, &cookie).await.0, 400, "with it, after somebody tried without");

    let (land, cookie) = ticket(&house, &app, &browser).await;
    house.clock.advance(61 * SECOND);
    assert_eq!(hop(&house, &land, &cookie).await.0, 400, "after a minute");

    let (land, cookie) = ticket(&house, &app, &browser).await;
    browser.press(&account, "Sign out everywhere", &[]).await.unwrap();
    assert_eq!(hop(&house, &land, &cookie).await.0, 400, "signed out meanwhile");
}

#[rstest]
#[actix_web::test]
async fn without_a_session_at_the_api_host_there_is_a_page_and_no_circle(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, app) = two_hosts(backend).await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let stranger = Browser::new().unwrap();
    let page = stranger.get(&format!("{app}/auth/arrive?return_to={app}/account")).await.unwrap();
    assert_refused(&page);
    assert_eq!(page.hops.len(), 2, "{:?}", page.hops);
    // Okta ends the access between the sign-in and the transfer.
    house.clock.advance(5 * SECOND);
    room.okta.move_clock(5);
    room.okta.universal_logout(&room.app, &ada, vestibule_simulator::SubjectFormat::Email).await.unwrap();
    let page = browser.get(&format!("{app}/auth/arrive?return_to={app}/account")).await.unwrap();
    assert_refused(&page);
}

#[rstest]
#[actix_web::test]
async fn the_hops_lead_to_the_app_host_only_and_take_nothing_malformed(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, app) = two_hosts(backend).await;
    let (browser, _) = room.sign_in(&room.person("Ada").await).await;
    let session = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let good = "a".repeat(43);
    let foreign =
        ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", &house.url("/account")];
    for return_to in foreign {
        let url = Url::parse_with_params(&format!("{app}/auth/arrive"), [("return_to", return_to)]).unwrap();
        assert_eq!(hop(&house, url.as_str(), "").await.0, 400, "{return_to}");
        let pairs = [("return_to", return_to), ("challenge", &good)];
        let url = Url::parse_with_params(&house.url("/api/okta/oidc/arrive"), pairs).unwrap();
        assert_eq!(hop(&house, url.as_str(), &session).await.0, 400, "{return_to}");
    }
    for challenge in ["", "short", &"a".repeat(44), &format!("{}!", "a".repeat(42))] {
        let pairs = [("return_to", format!("{app}/account")), ("challenge", challenge.to_owned())];
        let url = Url::parse_with_params(&house.url("/api/okta/oidc/arrive"), pairs).unwrap();
        assert_eq!(hop(&house, url.as_str(), &session).await.0, 400, "{challenge}");
    }
    for ticket in ["x", "varrive_x", "vsess_x"] {
        assert_eq!(hop(&house, &format!("{app}/auth/arrive?ticket={ticket}"), "").await.0, 400, "{ticket}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_test_sign_in_begins_on_the_app_host_and_ends_on_the_api_host(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start_with(backend, &[("REGION__APP_URL", "http://localhost:{port}")]).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let app = house.api.replace("127.0.0.1", "localhost");
    let page = browser.get(&format!("{app}/integrations/okta/setup/test")).await.unwrap();
    let begin = browser.press(&page, "Test sign-in", &[]).await.unwrap();
    assert_eq!(begin.url.as_str(), format!("{app}/auth/test"));
    let report = browser.follow(&begin, "Continue to Okta").await.unwrap();
    assert!(report.url.as_str().starts_with(&house.api), "{}", report.url);
    assert!(report.text().contains("A sign-in would succeed"), "{}", report.text());
}
