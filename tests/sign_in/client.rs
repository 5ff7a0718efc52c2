//! The service as a client of the provider: client authentication, DPoP proofs, caches, and calls of userinfo.

use rstest::rstest;
use vestibule_core::sets::ProviderAuth;
use vestibule_simulator::{AppSettings, Browser, Misbehavior};

use super::{MINUTE, SECOND, assert_refused, change_connection};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const TOKEN: &str = "/oauth2/v1/token";
const KEYS: &str = "/oauth2/v1/keys";
const USERINFO: &str = "/oauth2/v1/userinfo";
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Changes the app's settings in Okta.
fn change_app(room: &Room, change: impl FnOnce(&mut AppSettings)) {
    let mut settings = room.app.settings.clone();
    change(&mut settings);
    room.okta.update_app(&room.app, settings);
}

fn asked(room: &Room) -> [u32; 4] {
    [DISCOVERY, KEYS, TOKEN, USERINFO].map(|path| room.okta.asked(path))
}

#[rstest]
#[actix_web::test]
async fn a_sign_in_makes_one_call_or_two_with_userinfo(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.sign_in(&ada).await;
    assert_eq!(asked(&room), [1, 1, 1, 0]);
    room.sign_in(&ada).await;
    assert_eq!(asked(&room), [1, 1, 2, 0]);
    change_app(&room, |app| app.id_token_without_profile = true);
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert_eq!(asked(&room), [1, 1, 3, 1]);
    // Metadata and keys are cached for an hour.
    house.clock.advance(61 * MINUTE);
    room.okta.move_clock(61 * 60);
    room.sign_in(&ada).await;
    assert_eq!(asked(&room), [2, 2, 4, 2]);
}

#[rstest]
#[actix_web::test]
async fn many_who_come_at_once_share_one_look_at_the_provider(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let link = room.login_url();
    let many: Vec<_> = (0..12).map(|_| actix_web::rt::spawn(house.http.get(&link).send())).collect();
    for one in many {
        assert_eq!(one.await.unwrap().unwrap().status(), 303);
    }
    assert_eq!(room.okta.asked(DISCOVERY), 1);
}

#[rstest]
#[actix_web::test]
async fn an_unknown_key_is_asked_for_every_thirty_seconds_at_most(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.sign_in(&ada).await;
    for (seconds, keys) in [(0, 2), (0, 2), (29, 2), (2, 3), (0, 3)] {
        house.clock.advance(seconds * SECOND);
        let browser = Browser::new().unwrap();
        let page = browser.get(&room.login_url()).await.unwrap();
        room.okta.tamper(Misbehavior::UnknownKid);
        let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
        assert_refused(&house, &browser, &page, 502, &["publishes no signature key"]);
        assert_eq!(asked(&room)[..2], [1, keys], "after {seconds} s");
    }
}

#[rstest]
#[actix_web::test]
async fn the_secret_goes_into_the_header_or_the_body_as_the_connection_says(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    for method in [ProviderAuth::Auto, ProviderAuth::SecretBasic, ProviderAuth::SecretPost] {
        change_connection(&house, &room, move |connection| connection.auth_method = method).await;
        let (_, page) = room.sign_in(&ada).await;
        assert_eq!(page.url.path(), "/account", "{method}: {}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn a_key_of_ours_takes_the_place_of_the_secret(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (status, published) = house.get("/.well-known/jwks.json").await;
    assert_eq!(status, 200);
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for (key, kind) in keys.iter().zip(["RSA", "EC"]) {
        assert_eq!((key["kty"].as_str(), key["use"].as_str()), (Some(kind), Some("sig")));
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            assert_eq!(key.get(private), None, "{private}");
        }
    }
    assert_eq!(house.get("/.well-known/jwks.json").await.1, published, "it stays");

    change_connection(&house, &room, |it| it.auth_method = ProviderAuth::PrivateKeyJwt).await;
    let (browser, page) = room.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 502, &["Okta refused this service"]);
    for names_issuer in [true, false] {
        change_app(&room, |app| {
            app.public_keys = Some(published.clone());
            app.assertions_name_issuer = names_issuer;
        });
        let before = room.okta.asked(TOKEN);
        let (_, page) = room.sign_in(&ada).await;
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        // The second sign-in uses the remembered audience.
        let (_, page) = room.sign_in(&ada).await;
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        let more = if names_issuer { 0 } else { 1 };
        assert_eq!(room.okta.asked(TOKEN), before + 2 + more);
    }
}

#[rstest]
#[actix_web::test]
async fn tokens_are_bound_to_a_key_where_the_connection_says_so(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    change_app(&room, |app| {
        app.dpop = true;
        app.id_token_without_profile = true;
    });
    let (browser, page) = room.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 502, &["Okta refused this service"]);
    change_connection(&house, &room, |connection| connection.dpop = true).await;
    let before = asked(&room);
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    // The token request is repeated with the server's nonce; userinfo uses that nonce.
    assert_eq!(asked(&room), [before[0], before[1] + 1, before[2] + 2, before[3] + 1]);
    // An unbound token is refused.
    change_app(&room, |_| {});
    let (browser, page) = room.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 502, &["could not be trusted", "token_type"]);
}

#[rstest]
#[actix_web::test]
async fn userinfo_speaks_of_the_same_person_in_json_or_nobody_is_signed_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    change_app(&room, |app| app.id_token_without_profile = true);
    for (misbehavior, words) in [
        (Misbehavior::WrongUserinfoSub, ["could not be trusted", "userinfo: its sub is not the ID token's"]),
        (Misbehavior::UserinfoJwt, ["could not be trusted", "userinfo: it answered with a JWT"]),
        (Misbehavior::UserinfoRedirect, ["Okta did not answer", "Try again"]),
    ] {
        let browser = Browser::new().unwrap();
        let page = browser.get(&room.login_url()).await.unwrap();
        room.okta.tamper(misbehavior);
        let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
        assert_refused(&house, &browser, &page, 502, &words);
    }
}

#[rstest]
#[actix_web::test]
async fn who_asks_for_our_keys_first_gets_what_everybody_gets(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let url = house.url("/.well-known/jwks.json");
    let many: Vec<_> = (0..6).map(|_| actix_web::rt::spawn(house.http.get(&url).send())).collect();
    let mut told = std::collections::BTreeSet::new();
    for one in many {
        let answer = one.await.unwrap().unwrap();
        assert_eq!(answer.headers()["content-type"], "application/jwk-set+json");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=3600");
        told.insert(answer.text().await.unwrap());
    }
    assert_eq!(told.len(), 1, "{told:?}");
}

#[rstest]
#[actix_web::test]
async fn names_of_whoever_is_created_come_from_userinfo(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Lovelace");
    room.okta.assign_quietly(&room.app, &ada);
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    assert_eq!(room.okta.asked(USERINFO), 1);
    let (_, found) = room.scim("GET", "/Users?filter=userName%20eq%20%22ada%40acme.example%22", None).await;
    let name = &found["Resources"][0]["name"];
    assert_eq!((name["givenName"].as_str(), name["familyName"].as_str()), (Some("Ada"), Some("Lovelace")));
}
