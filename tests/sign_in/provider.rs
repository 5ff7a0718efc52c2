//! A faulty or impersonated Okta: every check of the ID token, each with a token that fails it.

use rstest::rstest;
use vestibule_simulator::{Browser, Misbehavior};

use super::{MINUTE, SECOND, assert_refused, change_connection};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const HOUR: i64 = 60 * MINUTE;

async fn refused(house: &House, room: &Room, misbehavior: Misbehavior, title: &str) {
    let ada = room.okta.people().into_iter().next().unwrap();
    let browser = Browser::new().unwrap();
    let page = browser.get(&room.login_url()).await.unwrap();
    room.okta.tamper(misbehavior);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_refused(house, &browser, &page, 502, &[title]);
}

#[rstest]
#[actix_web::test]
async fn an_id_token_that_fails_any_check_signs_nobody_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    for misbehavior in [
        Misbehavior::WrongNonce,
        Misbehavior::NoNonce,
        Misbehavior::WrongAudience,
        Misbehavior::ManyAudiences,
        Misbehavior::WrongIssuer,
        Misbehavior::Expired,
        Misbehavior::FromTheFuture,
        Misbehavior::AlgNone,
        Misbehavior::Hs256,
        Misbehavior::UnknownKid,
        Misbehavior::ForeignKey,
        Misbehavior::BadAtHash,
        Misbehavior::NoIdToken,
        Misbehavior::NoSubject,
        Misbehavior::TypAccessToken,
        Misbehavior::NoExpiry,
        Misbehavior::NoIssuedAt,
        Misbehavior::NotYetValid,
        Misbehavior::ForeignAzp,
        Misbehavior::BadCHash,
        Misbehavior::SessionOver,
        Misbehavior::Critical,
        Misbehavior::ForeignJwk,
        Misbehavior::ForeignJku,
        Misbehavior::EncryptionKey,
        Misbehavior::TwiceInHeader,
        Misbehavior::TwiceInPayload,
        Misbehavior::WrongTokenType,
    ] {
        refused(&house, &room, misbehavior, "Okta's answer could not be trusted").await;
    }
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "nothing of it stays: {}", page.text());
}

// OpenID Connect Core §2: `aud` may be an array; §3.1.3.7, 3: it may contain no other audience.
#[rstest]
#[actix_web::test]
async fn an_audience_may_stand_in_an_array_of_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&room.login_url()).await.unwrap();
    room.okta.tamper(Misbehavior::AudienceList);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    refused(&house, &room, Misbehavior::ManyAudiences, "Okta's answer could not be trusted").await;
}

#[rstest]
#[actix_web::test]
async fn a_token_endpoint_that_answers_nonsense_signs_nobody_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Ada").await;
    refused(&house, &room, Misbehavior::ServerError, "Okta did not answer").await;
    refused(&house, &room, Misbehavior::TokenRedirect, "Okta did not answer").await;
    refused(&house, &room, Misbehavior::HugeAnswer, "Okta did not answer").await;
}

#[rstest]
#[actix_web::test]
async fn a_wrong_client_secret_tells_the_administrator_what_to_paste(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (workspace, state) = (room.workspace.clone(), house.state.clone());
    change_connection(&house, &room, move |connection| {
        let context =
            vestibule_web::crypto::seal::client_secret_context(&workspace, &connection.connection_id);
        connection.client_secret = state.sealer().seal(&context, "not the secret").unwrap();
    })
    .await;
    let (browser, page) = room.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 502, &["Okta refused this service", "Client secret"]);
}

#[rstest]
#[actix_web::test]
async fn keys_may_rotate_between_two_sign_ins(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.sign_in(&ada).await;
    for forget in [false, true] {
        room.okta.rotate_keys().unwrap();
        if forget {
            room.okta.forget_old_keys();
        }
        // Published keys are fetched again at most every thirty seconds.
        house.clock.advance(31 * SECOND);
        let (_, page) = room.sign_in(&ada).await;
        assert_eq!(page.url.path(), "/account", "{}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn an_id_token_s_times_are_judged_by_the_service_s_clock(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    house.clock.advance(2 * HOUR);
    let (browser, page) = room.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 502, &["Okta's answer could not be trusted"]);
    room.okta.move_clock(7200);
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    refused(&house, &room, Misbehavior::Expired, "Okta's answer could not be trusted").await;
}
