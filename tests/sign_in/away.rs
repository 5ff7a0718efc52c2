//! The redirect to Okta: workspace, issuer, return address, and parameters.

use std::collections::BTreeMap;

use rstest::rstest;
use url::Url;
use vestibule_simulator::{Browser, Misbehavior};
use vestibule_store::workspaces;

use super::{MINUTE, assert_refused, change_connection, set_max_age};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_link_to_no_workspace_of_this_region_says_what_is_wrong(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let now = house.state.now();
    let (bare, elsewhere) = house
        .write(move |conn| {
            let make = |conn: &mut _, name, region| workspaces::create(conn, None, name, region, now);
            let bare = make(conn, "Bare", "us").unwrap().workspace_id;
            (bare, make(conn, "Elsewhere", "eu").unwrap().workspace_id)
        })
        .await;
    let unknown = "0190b8a2-0000-7000-8000-000000000000";
    let browser = Browser::new().unwrap();
    for (query, status, words) in [
        (String::new(), 400, ["This sign-in link is not complete", "team_id"]),
        ("?team_id=".to_owned(), 400, ["This sign-in link is not complete", "team_id"]),
        ("?team_id={app.team_id}".to_owned(), 404, ["This workspace is not here", "region us"]),
        ("?team_id=<b>acme</b>".to_owned(), 404, ["<b>acme</b>", "region us"]),
        (format!("?team_id={unknown}"), 404, [unknown, "region us"]),
        (format!("?team_id={elsewhere}"), 404, [elsewhere.as_str(), "region us"]),
        (format!("?team_id={bare}"), 404, ["Okta is not connected yet", "Bare"]),
        (format!("?team_id={bare}&team_id={bare}"), 400, ["team_id", "is repeated"]),
        ("?team_id=%00".to_owned(), 400, ["This sign-in link is not complete", "NUL"]),
    ] {
        let page = browser.get(&house.url(&format!("/api/okta/oidc/login{query}"))).await.unwrap();
        assert_refused(&house, &browser, &page, status, &words);
        assert!(!page.html.contains("<b>acme"), "{}", page.html);
    }
}

#[rstest]
#[actix_web::test]
async fn a_link_of_another_okta_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = Browser::new().unwrap();
    let link = |iss: &str| house.url(&format!("/api/okta/oidc/login?team_id={}&iss={iss}", room.workspace));
    for iss in ["https://other.okta.com", "nonsense"] {
        let page = browser.get(&link(iss)).await.unwrap();
        assert_refused(&house, &browser, &page, 400, &["This comes from another Okta", room.okta.issuer()]);
    }
    for iss in [room.okta.issuer(), &format!("{}/", room.okta.issuer())] {
        let page = browser.get(&link(iss)).await.unwrap();
        assert!(page.form_with_field("identifier").is_ok(), "{}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn the_address_at_okta_carries_what_the_way_back_is_checked_by(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let asked = async || {
        let answer = house.http.get(room.login_url()).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        let away = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        assert!(away.as_str().starts_with(room.okta.issuer()), "{away}");
        away.query_pairs().into_owned().collect::<BTreeMap<_, _>>()
    };
    let (one, two) = (asked().await, asked().await);
    assert_eq!(one["response_type"], "code");
    assert_eq!(one["client_id"], room.app.client_id);
    assert_eq!(one["redirect_uri"], house.url("/api/okta/oidc/callback"));
    assert_eq!(one["scope"].split(' ').collect::<Vec<_>>(), ["openid", "profile", "email"]);
    assert_eq!((one["code_challenge"].len(), one["code_challenge_method"].as_str()), (43, "S256"));
    for name in ["state", "nonce", "code_challenge"] {
        assert!(one[name].len() >= 43, "{name}");
        assert_ne!(one[name], two[name], "{name} is new each time");
    }
    assert!(!one.contains_key("prompt") && !one.contains_key("login_hint"), "{one:?}");
    assert!(!one.values().any(|value| value.contains(&room.app.client_secret)));
}

#[rstest]
#[actix_web::test]
async fn who_is_expected_is_told_to_okta(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = Browser::new().unwrap();
    let link = format!("{}&login_hint=ada%2Btest%40acme.example", room.login_url());
    let page = browser.get(&link).await.unwrap();
    let form = page.form_with_field("identifier").unwrap();
    assert_eq!(form.value("identifier"), Some("ada+test@acme.example"));
}

#[rstest]
#[actix_web::test]
async fn afterwards_a_browser_goes_to_our_own_pages_and_nowhere_else(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let admin = room.administrator(&house, "Ada").await;
    let to = |target: &str| {
        let pairs = [("target_link_uri", target)];
        Url::parse_with_params(&room.login_url(), pairs).unwrap().to_string()
    };
    for foreign in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        &format!("{}@evil.example/", house.api),
        &format!("{}.evil.example/", house.api),
    ] {
        let browser = Browser::new().unwrap();
        let page = browser.get(&to(foreign)).await.unwrap();
        assert_refused(&house, &browser, &page, 400, &["target_link_uri leads to another site"]);
    }
    for own in ["/integrations/okta", &house.url("/integrations/okta")] {
        let browser = Browser::new().unwrap();
        let page = browser.get(&to(own)).await.unwrap();
        let page = browser.sign_in_to_okta(&page, &admin).await.unwrap();
        assert_eq!((page.status, page.url.as_str()), (200, house.url("/integrations/okta").as_str()));
    }
}

#[rstest]
#[actix_web::test]
async fn a_connection_switched_off_lets_nobody_through(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.enabled = false).await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_refused(&house, &browser, &page, 403, &["switched off", "Acme", "Ask an administrator"]);
}

#[rstest]
#[actix_web::test]
async fn an_okta_that_does_not_answer_is_said_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.okta.stop().await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_refused(&house, &browser, &page, 502, &["Okta did not answer", "Issuer"]);
}

/// Returns the parameters of the URL at Okta.
async fn away(house: &House, link: &str) -> BTreeMap<String, String> {
    let answer = house.http.get(link).send().await.unwrap();
    let away = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    away.query_pairs().into_owned().collect()
}

#[rstest]
#[actix_web::test]
async fn what_the_workspace_wants_is_asked_of_okta(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let asked = away(&house, &room.login_url()).await;
    assert!(!asked.contains_key("max_age"), "{asked:?}");
    set_max_age(&house, &room, 3600).await;
    change_connection(&house, &room, |connection| connection.groups_claim = "groups".to_owned()).await;
    let long = format!("{}&login_hint={}", room.login_url(), "x".repeat(400));
    let asked = away(&house, &long).await;
    assert_eq!(asked["max_age"], "3600");
    assert_eq!(asked["scope"], "openid profile email groups");
    assert!(!asked.contains_key("login_hint") && !asked.contains_key("prompt"), "{asked:?}");
}

#[rstest]
#[actix_web::test]
async fn an_authentication_older_than_the_workspace_takes_is_refused(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    set_max_age(&house, &room, 3600).await;
    let (browser, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    for (minutes, asks) in [(50, false), (20, true)] {
        house.clock.advance(minutes * MINUTE);
        room.okta.move_clock(minutes * 60);
        let page = browser.get(&room.login_url()).await.unwrap();
        assert_eq!(page.form_with_field("identifier").is_ok(), asks, "{}", page.text());
    }
    // The provider ignores `max_age`.
    room.okta.tamper(Misbehavior::StaleAuthTime);
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains("older than requested"), "{}", page.text());
}
