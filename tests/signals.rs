//! Tests of Shared Signals and Back-Channel Logout from the provider: the access that they end, and every check with a token that
//! fails it.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_simulator::{AppSettings, CREDENTIAL_CHANGE, Forgery, Person, SESSION_REVOKED};
use vestibule_store::{people::users, trail::events};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

async fn api_token(house: &House, room: &Room, user_name: &str) -> String {
    let (workspace, name) = (room.workspace.clone(), user_name.to_owned());
    let user =
        house.write(move |conn| users::find_by_user_name(conn, &workspace, &name).unwrap().unwrap()).await;
    crate::scim::api_token(house, room, &user.user_id).await
}

/// Kind and data of the trail's events about signals.
async fn signals(house: &House, room: &Room) -> Vec<(String, Value)> {
    let workspace = room.workspace.clone();
    let list = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let list = list.into_iter().filter(|event| {
        event.actor.starts_with("okta:signals") || event.actor.starts_with("okta:backchannel")
    });
    list.map(|event| (event.kind, serde_json::from_str(event.data.as_str()).unwrap())).collect()
}

/// Pushes a token: (status, body).
async fn push(house: &House, token: &str) -> (u16, Value) {
    let request = house.http.post(house.url("/api/okta/signals"));
    answer(request.header("content-type", "application/secevent+jwt").body(token.to_owned())).await
}

async fn log_out(house: &House, token: &str) -> (u16, Value) {
    let form = [("logout_token", token)];
    answer(house.http.post(house.url("/api/okta/oidc/backchannel-logout")).form(&form)).await
}

fn event(room: &Room, house: &House, person: &Person, forgery: &Forgery) -> String {
    room.okta.security_event(&house.url("/api/okta/signals"), SESSION_REVOKED, person, forgery).unwrap()
}

#[rstest]
#[actix_web::test]
async fn a_signal_ends_all_access_of_whom_it_means(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (grace, linus) = (room.person("Grace").await, room.person("Linus").await);
    let (other, _) = room.sign_in(&linus).await;
    let issuer = room.okta.issuer();
    let email = json!({ "format": "email", "email": grace.login });
    let by_issuer = json!({ "format": "iss_sub", "iss": issuer, "sub": grace.id });
    let within = |subject: &Value| json!({ SESSION_REVOKED: { "subject": subject } });
    for (kind, audience, forgery) in [
        (SESSION_REVOKED, house.url("/api/okta/signals"), Forgery::new()),
        (CREDENTIAL_CHANGE, house.api.clone(), Forgery::new()),
        (
            SESSION_REVOKED,
            format!("{}/", house.api),
            Forgery::new().claim("sub_id", by_issuer.clone()).claim("events", json!({ SESSION_REVOKED: {} })),
        ),
        (SESSION_REVOKED, house.api.clone(), Forgery::new().claim("events", within(&email))),
        (
            SESSION_REVOKED,
            house.api.clone(),
            Forgery::new().claim("events", within(&json!({ "user": by_issuer }))),
        ),
        (
            SESSION_REVOKED,
            house.api.clone(),
            Forgery::new().claim("events", within(&json!({ "format": "complex", "user": by_issuer }))),
        ),
        (
            SESSION_REVOKED,
            house.api.clone(),
            Forgery::new().claim("aud", json!(["https://else.example", house.api])),
        ),
        (SESSION_REVOKED, house.api.clone(), Forgery::new().header("typ", json!("application/SecEvent+jwt"))),
        (SESSION_REVOKED, house.api.clone(), Forgery::new().header("kid", Value::Null)),
    ] {
        let token = api_token(&house, &room, &grace.login).await;
        assert_eq!(room.check_token(&token).await, 200);
        let event = room.okta.security_event(&audience, kind, &grace, &forgery).unwrap();
        let (status, body) = push(&house, &event).await;
        assert_eq!((status, &body), (202, &Value::Null), "{forgery:?}");
        assert_eq!(room.check_token(&token).await, 401, "{forgery:?}");
    }
    assert_eq!(room.check(&other).await, 200, "nobody else's");
    let told = signals(&house, &room).await;
    assert_eq!((told[0].0.as_str(), &told[0].1["reason"]), ("access_ended", &json!("session_revoked")));
    assert_eq!((told[1].0.as_str(), &told[1].1["signal"]), ("signal_received", &json!("session_revoked")));
    assert_eq!(told[2].1["reason"], "credential_change");
}

#[rstest]
#[actix_web::test]
async fn what_came_before_or_concerns_nobody_is_acknowledged_and_does_nothing(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let once = event(&room, &house, &grace, &Forgery::new());
    assert_eq!(push(&house, &once).await.0, 202);
    let token = api_token(&house, &room, &grace.login).await;
    assert_eq!(push(&house, &once).await.0, 202);
    let verification =
        json!({ "https://schemas.openid.net/secevent/ssf/event-type/verification": { "state": "x" } });
    assert_eq!(
        push(&house, &event(&room, &house, &grace, &Forgery::new().claim("events", verification))).await.0,
        202
    );
    let stranger = room.okta.add_person("stranger@acme.example", "No", "Body");
    assert_eq!(push(&house, &event(&room, &house, &stranger, &Forgery::new())).await.0, 202);
    assert_eq!(room.check_token(&token).await, 200);
    let told = signals(&house, &room).await;
    assert_eq!(
        told.last().map(|(kind, data)| (kind.as_str(), data["reason"].clone())),
        Some(("signal_refused", json!("unknown_user")))
    );
}

#[rstest]
#[actix_web::test]
async fn each_check_of_a_signal_refuses_what_fails_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let token = api_token(&house, &room, &grace.login).await;
    let now = room.okta.now();
    let theirs = json!({ SESSION_REVOKED: { "subject": { "format": "iss_sub", "iss": "https://other.example", "sub": "x" } } });
    let nobody = json!({ SESSION_REVOKED: { "subject": { "format": "phone_number", "phone_number": "1" } } });
    for (forgery, err, word) in [
        (Forgery::new().header("typ", json!("JWT")), "invalid_request", "typ must be"),
        (Forgery::new().header("typ", Value::Null), "invalid_request", "typ must be"),
        (Forgery::new().header("typ", json!("logout+jwt")), "invalid_request", "typ must be"),
        (Forgery::new().header("crit", json!(["x"])), "invalid_request", "critical"),
        (Forgery::new().alg("none"), "invalid_key", "alg must be"),
        (Forgery::new().alg("HS256"), "invalid_key", "alg must be"),
        (
            Forgery::new().alg("HS256").header("alg", json!("RS256")),
            "invalid_key",
            "the signature matches no published key",
        ),
        (Forgery::new().foreign_key(), "invalid_key", "the signature matches no published key"),
        (
            Forgery::new().header("kid", json!("unknown")),
            "invalid_key",
            "the signature matches no published key",
        ),
        (Forgery::new().claim("iss", json!("https://evil.example")), "invalid_issuer", "connected"),
        (Forgery::new().claim("iss", Value::Null), "invalid_issuer", "iss is missing"),
        (Forgery::new().claim("jti", Value::Null), "invalid_request", "jti is missing"),
        (Forgery::new().claim("iat", Value::Null), "invalid_request", "iat is missing"),
        (Forgery::new().claim("iat", json!("now")), "invalid_request", "iat is not a time"),
        (Forgery::new().claim("iat", json!(now + 300)), "invalid_request", "future"),
        (Forgery::new().claim("iat", json!(now - 90_000)), "invalid_request", "too old"),
        (Forgery::new().claim("exp", json!(now - 120)), "invalid_request", "expired"),
        (Forgery::new().claim("nbf", json!(now + 300)), "invalid_request", "not valid yet"),
        (Forgery::new().claim("aud", Value::Null), "invalid_audience", "aud is missing"),
        (Forgery::new().claim("aud", json!([])), "invalid_audience", "aud is missing"),
        (Forgery::new().claim("aud", json!("https://evil.example")), "invalid_audience", "this service is"),
        (Forgery::new().claim("events", Value::Null), "invalid_request", "events is missing"),
        (Forgery::new().claim("events", json!({})), "invalid_request", "events is missing"),
        (
            Forgery::new().claim("events", json!({ SESSION_REVOKED: 1 })),
            "invalid_request",
            "is not an object",
        ),
        (Forgery::new().claim("events", json!({ SESSION_REVOKED: {} })), "access_denied", "neither sub_id"),
        (Forgery::new().claim("events", nobody), "access_denied", "not an identifier"),
        (Forgery::new().claim("events", theirs), "access_denied", "another issuer"),
    ] {
        let (status, body) = push(&house, &event(&room, &house, &grace, &forgery)).await;
        assert_eq!((status, &body["err"]), (400, &json!(err)), "{forgery:?}: {body}");
        assert!(body["description"].as_str().unwrap().contains(word), "{forgery:?}: {body}");
    }
    assert_eq!(push(&house, "nonsense").await.0, 400);
    assert_eq!(push(&house, &"x".repeat(70_000)).await.0, 400);
    let good = event(&room, &house, &grace, &Forgery::new());
    let plain = house
        .http
        .post(house.url("/api/okta/signals"))
        .header("content-type", "application/json")
        .body(good.clone());
    let response = plain.send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-language"]),
        (400, &"en".parse().unwrap())
    );
    assert_eq!(room.check_token(&token).await, 200, "nothing was ended");
    // A refused token that the workspace's provider has signed is recorded, once a minute.
    let reasons: Vec<Value> =
        signals(&house, &room).await.into_iter().map(|(_, data)| data["reason"].clone()).collect();
    assert_eq!(reasons, [json!("signature"), json!("subject")]);
    assert_eq!(push(&house, &good).await.0, 202);
    assert_eq!(room.check_token(&token).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_provider_s_logout_ends_the_person_s_sessions(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (grace, linus) = (room.person("Grace").await, room.person("Linus").await);
    let (phone, _) = room.sign_in(&grace).await;
    let (laptop, _) = room.sign_in(&grace).await;
    let (other, _) = room.sign_in(&linus).await;
    let token = api_token(&house, &room, &grace.login).await;
    let logout = room.okta.logout_token(&room.app, &grace, &Forgery::new()).unwrap();
    let form = [("logout_token", logout.as_str())];
    let response =
        house.http.post(house.url("/api/okta/oidc/backchannel-logout")).form(&form).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    assert_eq!(
        (room.check(&phone).await, room.check(&laptop).await, room.check(&other).await),
        (401, 401, 200)
    );
    assert_eq!(room.check_token(&token).await, 200, "signing out is no revocation");
    let told = signals(&house, &room).await;
    assert_eq!((told[0].0.as_str(), told[0].1["sessions"].as_array().unwrap().len()), ("session_ended", 2));
    // A token works once. A session that has already ended is no failure.
    assert_eq!(log_out(&house, &logout).await.0, 400);
    for typ in [json!("JWT"), Value::Null] {
        let again = room.okta.logout_token(&room.app, &grace, &Forgery::new().header("typ", typ)).unwrap();
        assert_eq!(log_out(&house, &again).await.0, 200);
    }
    let stranger = room.okta.add_person("stranger@acme.example", "No", "Body");
    let logout = room.okta.logout_token(&room.app, &stranger, &Forgery::new()).unwrap();
    assert_eq!(log_out(&house, &logout).await.0, 200);
}

// OpenID Connect Back-Channel Logout 1.0 §2.7: with a sid, the sessions of that sid.
#[rstest]
#[actix_web::test]
async fn a_provider_that_names_its_session_ends_what_came_of_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let mut browsers = Vec::new();
    for sid in [Some("sid-phone"), Some("sid-laptop"), Some("sid-tablet"), None] {
        let session_claim = sid.map(str::to_owned);
        room.okta.update_app(&room.app, AppSettings { session_claim, ..room.app.settings.clone() });
        browsers.push(room.sign_in(&grace).await.0);
    }
    let checks = async |wanted: [u16; 4]| {
        for (browser, status) in browsers.iter().zip(wanted) {
            assert_eq!(room.check(browser).await, status, "{wanted:?}");
        }
    };
    // Only a sid, which names one session. A session without a stored sid may belong to it, so it ends too.
    let of_phone = Forgery::new().claim("sid", json!("sid-phone")).claim("sub", Value::Null);
    let logout = |forgery: &Forgery| room.okta.logout_token(&room.app, &grace, forgery).unwrap();
    assert_eq!(log_out(&house, &logout(&of_phone)).await.0, 200);
    checks([401, 200, 200, 401]).await;
    for stranger in ["sid-nobody", ""] {
        let forgery = Forgery::new().claim("sid", json!(stranger)).claim("sub", Value::Null);
        let wanted = if stranger.is_empty() { 400 } else { 200 };
        assert_eq!(log_out(&house, &logout(&forgery)).await.0, wanted);
    }
    checks([401, 200, 200, 401]).await;
    assert_eq!(log_out(&house, &logout(&Forgery::new().claim("sid", json!("sid-laptop")))).await.0, 200);
    checks([401, 401, 200, 401]).await;
    // Only a sub names all sessions of the person.
    assert_eq!(log_out(&house, &logout(&Forgery::new().claim("sid", Value::Null))).await.0, 200);
    checks([401, 401, 401, 401]).await;
}

#[rstest]
#[actix_web::test]
async fn each_check_of_a_logout_token_refuses_what_fails_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    let (browser, _) = room.sign_in(&grace).await;
    let now = room.okta.now();
    let event = "http://schemas.openid.net/event/backchannel-logout";
    for (forgery, word) in [
        (Forgery::new().header("typ", json!("at+jwt")), "typ must be"),
        (Forgery::new().header("typ", json!("secevent+jwt")), "typ must be"),
        (Forgery::new().alg("none"), "alg must be"),
        (Forgery::new().alg("HS256"), "alg must be"),
        (Forgery::new().alg("HS256").header("alg", json!("RS256")), "the signature matches no published key"),
        (Forgery::new().foreign_key(), "the signature matches no published key"),
        (Forgery::new().claim("iss", Value::Null), "iss is missing"),
        (Forgery::new().claim("iss", json!("https://evil.example")), "connected"),
        (Forgery::new().claim("aud", Value::Null), "aud is missing"),
        (Forgery::new().claim("aud", json!("0oaOther")), "connected"),
        (Forgery::new().claim("iat", Value::Null), "iat is missing"),
        (Forgery::new().claim("iat", json!(now + 300)), "future"),
        (Forgery::new().claim("iat", json!(now - 4000)), "too old"),
        (Forgery::new().claim("exp", Value::Null), "exp is missing"),
        (Forgery::new().claim("exp", json!(now - 120)), "expired"),
        (Forgery::new().claim("exp", json!(now + 90_000)), "more than an hour"),
        (Forgery::new().claim("jti", Value::Null), "jti is missing"),
        (Forgery::new().claim("events", Value::Null), "events lacks"),
        (Forgery::new().claim("events", json!({ event: true })), "events lacks"),
        (Forgery::new().claim("events", json!({ SESSION_REVOKED: {} })), "events lacks"),
        (Forgery::new().claim("nonce", json!("n")), "no nonce"),
        (Forgery::new().claim("sub", Value::Null).claim("sid", Value::Null), "sub and sid are missing"),
    ] {
        let (status, body) =
            log_out(&house, &room.okta.logout_token(&room.app, &grace, &forgery).unwrap()).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_request")), "{forgery:?}: {body}");
        assert!(body["error_description"].as_str().unwrap().contains(word), "{forgery:?}: {body}");
    }
    let form = [("token", "x")];
    let sent = house.http.post(house.url("/api/okta/oidc/backchannel-logout")).form(&form);
    assert_eq!(answer(sent).await.0, 400);
    assert_eq!(room.check(&browser).await, 200, "nothing was ended");
    let reasons: Vec<Value> =
        signals(&house, &room).await.into_iter().map(|(_, data)| data["reason"].clone()).collect();
    assert_eq!(reasons, [json!("signature")]);
}
