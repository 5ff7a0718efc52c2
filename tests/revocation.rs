//! Tests of Universal Logout over HTTP: whose access it ends, which requests it refuses, and that no credential works afterwards.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::time::SECOND;
use vestibule_simulator::{Forgery, SubjectFormat};
use vestibule_store::{people::users, trail::events};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const PATH: &str = "/api/okta/universal-logout";

/// An API token of a user, with the user's present epoch.
async fn api_token(house: &House, room: &Room, user_name: &str) -> String {
    let (workspace, name) = (room.workspace.clone(), user_name.to_owned());
    let user =
        house.write(move |conn| users::find_by_user_name(conn, &workspace, &name).unwrap().unwrap()).await;
    crate::scim::api_token(house, room, &user.user_id).await
}

async fn event_kinds(house: &House, room: &Room) -> Vec<String> {
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            events::list(conn, &workspace, 0, 1000)
                .unwrap()
                .into_iter()
                .map(|event| event.kind)
                .collect::<Vec<_>>()
        })
        .await
}

#[rstest]
#[actix_web::test]
async fn every_session_and_token_of_the_user_ends_and_nobody_elses(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (grace, linus) = (room.person("Grace").await, room.person("Linus").await);
    let (phone, _) = room.sign_in(&grace).await;
    let (laptop, _) = room.sign_in(&grace).await;
    let (other, _) = room.sign_in(&linus).await;
    let token = api_token(&house, &room, &grace.login).await;
    assert_eq!((room.check(&phone).await, room.check(&laptop).await), (200, 200));
    assert_eq!((room.check(&other).await, room.check_token(&token).await), (200, 200));

    room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();

    assert_eq!((room.check(&phone).await, room.check(&laptop).await), (401, 401));
    assert_eq!((room.check(&other).await, room.check_token(&token).await), (200, 401));
    // Sent again for a user whose access has ended: the user exists, so 204.
    room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();
    let kinds = event_kinds(&house, &room).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "universal_logout").count(), 2);
    assert_eq!(kinds.iter().filter(|kind| *kind == "access_ended").count(), 2);
}

#[rstest]
#[actix_web::test]
async fn each_way_of_naming_a_person_finds_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for (name, format) in [
        ("Grace", SubjectFormat::Email),
        ("Linus", SubjectFormat::IssSub),
        ("Ada", SubjectFormat::IssSubInApp),
    ] {
        let person = room.person(name).await;
        let (browser, _) = room.sign_in(&person).await;
        room.okta.universal_logout(&room.app, &person, format).await.unwrap();
        assert_eq!(room.check(&browser).await, 401, "{format:?}");
    }
    // By another spelling, by the older member name, and as an opaque id.
    let grace = room.okta.people().into_iter().find(|person| person.given == "Grace").unwrap();
    for body in [
        json!({ "sub_id": { "format": "email", "email": grace.login.to_uppercase() } }),
        json!({ "subject": { "format": "email", "email": grace.login } }),
        json!({ "sub_id": { "format": "opaque", "id": grace.id } }),
        json!({ "sub_id": { "format": "iss_sub", "iss": room.okta.issuer(), "sub": grace.login } }),
    ] {
        assert_eq!(forge(&room, &Forgery::new().body(body.to_string())).await.0, 204, "{body}");
    }
}

/// Sends a forged Universal Logout for a person who need not exist: (status, body).
async fn forge(room: &Room, forgery: &Forgery) -> (u16, Value) {
    let person = room.okta.people().into_iter().next().unwrap();
    let exchange =
        room.okta.forge_universal_logout(&room.app, &person, SubjectFormat::Email, forgery).await.unwrap();
    (exchange.status, exchange.body.unwrap_or_default())
}

#[rstest]
#[actix_web::test]
async fn what_is_not_okta_s_own_word_is_refused_and_ends_nothing(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let (browser, _) = room.sign_in(&grace).await;
    let now = room.okta.now();
    for (forgery, status, why) in [
        (Forgery::new().authorization(""), 401, "no token"),
        (Forgery::new().authorization("Bearer nonsense"), 401, "no JWT"),
        (Forgery::new().authorization("Basic b2t0YTpwdw=="), 401, "no bearer"),
        (Forgery::new().alg("none"), 401, "alg none"),
        (Forgery::new().alg("HS256"), 401, "alg HS256"),
        (Forgery::new().foreign_key(), 401, "a foreign key"),
        (Forgery::new().header("kid", json!("unknown")), 401, "an unknown key"),
        (Forgery::new().header("typ", json!("JWT")), 401, "another typ"),
        (Forgery::new().header("typ", Value::Null), 401, "no typ"),
        (Forgery::new().claim("iss", json!("https://evil.example")), 401, "another issuer"),
        (Forgery::new().claim("sub", json!("0oaOther")), 401, "another app"),
        (Forgery::new().claim("aud", json!("https://evil.example/logout")), 401, "another audience"),
        (Forgery::new().claim("aud", Value::Null), 401, "no audience"),
        (Forgery::new().claim("exp", json!(now - 120)), 401, "expired"),
        (Forgery::new().claim("exp", Value::Null), 401, "no expiry"),
        (Forgery::new().claim("exp", json!(now + 90_000)), 401, "lives a day"),
        (Forgery::new().claim("nbf", json!(now + 600)), 401, "not yet valid"),
        (Forgery::new().claim("iat", json!(now + 600)), 401, "from the future"),
        (Forgery::new().claim("jti", Value::Null), 401, "no jti"),
        (Forgery::new().body("{"), 400, "broken JSON"),
        (Forgery::new().body(""), 400, "no body"),
        (Forgery::new().body("{}"), 400, "no subject"),
        (Forgery::new().body(r#"{"sub_id":{"format":"did","url":"x"}}"#), 400, "an unknown format"),
        (Forgery::new().body(r#"{"sub_id":{"format":"email","email":7}}"#), 400, "a wrong type"),
        (Forgery::new().body(format!("[{}", " ".repeat(1 << 20))), 400, "a large body"),
        (
            Forgery::new().body(r#"{"sub_id":{"format":"iss_sub","iss":"https://other.example","sub":"x"}}"#),
            403,
            "another issuer's person",
        ),
        (
            Forgery::new().body(r#"{"sub_id":{"format":"email","email":"nobody@acme.example"}}"#),
            404,
            "nobody",
        ),
        (Forgery::new().body(r#"{"sub_id":{"format":"opaque","id":"' OR 1=1 --"}}"#), 404, "no injection"),
    ] {
        let (answered, body) = forge(&room, &forgery).await;
        assert_eq!(answered, status, "{why}: {body}");
        let sentence = body["error_description"].as_str().unwrap_or_default();
        assert!(!sentence.is_empty(), "{why} is refused in words: {body}");
    }
    assert_eq!(room.check(&browser).await, 200, "nothing was ended");

    // The administrator sees the true reasons, of their own connection only.
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let refused = trail.iter().filter(|event| event.kind == "universal_logout_refused");
    let told: Vec<Value> = refused.map(|event| serde_json::from_str(event.data.as_str()).unwrap()).collect();
    for reason in [
        "signature",
        "audience",
        "expired",
        "not_yet_valid",
        "unknown_caller",
        "malformed",
        "forbidden",
        "unknown_user",
    ] {
        assert!(told.iter().any(|told| told["reason"] == reason), "{reason} is in {told:?}");
    }
    assert!(told.iter().any(|told| told["detail"].as_str().unwrap().contains("0oaOther")), "{told:?}");
    let (browser, _) = {
        let ada = room.administrator(&house, "Ada").await;
        room.sign_in(&ada).await
    };
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(page.text().contains("Last refused logout"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_stranger_learns_nothing_about_who_is_connected(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Grace").await;
    let mut answers = Vec::new();
    for forgery in [
        Forgery::new().foreign_key(),
        Forgery::new().foreign_key().claim("sub", json!("0oaOther")),
        Forgery::new().foreign_key().claim("iss", json!("https://evil.example")),
    ] {
        let (status, body) = forge(&room, &forgery).await;
        answers.push((status, body));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[rstest]
#[actix_web::test]
async fn one_connection_s_revocations_are_limited_and_not_another_s(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let limits = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__REVOCATIONS_PER_SECOND", "1"),
        ("RATE_LIMITS__REVOCATIONS_BURST", "3"),
    ];
    let house = House::start_with(backend, &limits).await;
    let (acme, globex) = (house.room("Acme").await, house.room("Globex").await);
    acme.person("Grace").await;
    globex.person("Grace").await;
    let nobody = || Forgery::new().body(r#"{"sub_id":{"format":"email","email":"nobody@acme.example"}}"#);
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(forge(&acme, &nobody()).await.0);
    }
    assert!(statuses[..3].iter().all(|status| *status == 404) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(forge(&globex, &nobody()).await.0, 404);
}

#[rstest]
#[actix_web::test]
async fn a_token_opens_once_and_only_what_was_done_counts(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Grace").await;
    let once = || Forgery::new().claim("jti", json!("the-same"));
    let nobody = once().body(r#"{"sub_id":{"format":"email","email":"nobody@acme.example"}}"#);
    assert_eq!(forge(&room, &nobody).await.0, 404);
    assert_eq!(forge(&room, &once()).await.0, 204, "a refused token changed nothing, so it may come again");
    let (status, body) = forge(&room, &once()).await;
    assert_eq!(status, 401, "{body}");
    assert!(body["error_description"].as_str().unwrap().contains("used before"), "{body}");
}

#[rstest]
#[actix_web::test]
async fn rotated_keys_are_found_and_a_named_key_counts_alone(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Grace").await;
    assert_eq!(forge(&room, &Forgery::new().with_kid()).await.0, 204);
    room.okta.rotate_keys().unwrap();
    assert_eq!(forge(&room, &Forgery::new()).await.0, 204, "a key that is not known is asked for at once");
    room.okta.rotate_keys().unwrap();
    assert_eq!(forge(&room, &Forgery::new()).await.0, 401, "keys are not fetched more often than every 30 s");
    house.clock.advance(31 * SECOND);
    assert_eq!(forge(&room, &Forgery::new()).await.0, 204);
    assert_eq!(forge(&room, &Forgery::new().with_kid()).await.0, 204);
}

#[rstest]
#[actix_web::test]
async fn a_switched_off_connection_still_logs_people_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let (browser, _) = room.sign_in(&grace).await;
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut connection =
                vestibule_store::providers::connections::find_first(conn, &workspace).unwrap().unwrap();
            connection.enabled = false;
            vestibule_store::providers::connections::save(conn, &connection).unwrap();
        })
        .await;
    room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn an_address_shared_by_two_users_ends_the_access_of_both(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let user = |name: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
            "emails": [{ "value": "team@acme.example" }],
        })
    };
    for name in ["one", "two"] {
        assert_eq!(room.scim("POST", "/Users", Some(user(name))).await.0, 201);
    }
    let (first, second) = (api_token(&house, &room, "one").await, api_token(&house, &room, "two").await);
    room.okta.add_person("team@acme.example", "Team", "Mailbox");
    let body = r#"{"sub_id":{"format":"email","email":"team@acme.example"}}"#;
    assert_eq!(forge(&room, &Forgery::new().body(body)).await.0, 204);
    assert_eq!((room.check_token(&first).await, room.check_token(&second).await), (401, 401));
}

#[rstest]
#[actix_web::test]
async fn a_wrong_content_type_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Grace").await;
    let forgery = Forgery { content_type: Some("text/plain".to_owned()), ..Forgery::new() };
    assert_eq!(forge(&room, &forgery).await.0, 415);
    let (status, _) = house.get(PATH).await;
    assert_eq!(status, 405);
}

#[rstest]
#[actix_web::test]
async fn guessing_is_slowed_and_okta_s_own_word_never(#[values(Sqlite, Postgres)] backend: Backend) {
    let limits = [
        ("RATE_LIMITS__ENABLED", "true"),
        ("RATE_LIMITS__ADDRESS_PER_SECOND", "1"),
        ("RATE_LIMITS__ADDRESS_BURST", "3"),
    ];
    let house = House::start_with(backend, &limits).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(forge(&room, &Forgery::new().foreign_key()).await.0);
    }
    assert!(answers.starts_with(&[401, 401, 401]) && answers.contains(&429), "{answers:?}");
    for _ in 0..10 {
        room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();
    }
}
