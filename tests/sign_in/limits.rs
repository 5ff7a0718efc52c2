//! The lifetime of a session: maximum and idle, as set by the workspace; each sign-in makes a new session.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::UserId;
use vestibule_simulator::Browser;
use vestibule_store::{
    access::sessions::{self, NewSession},
    people::users,
    trail::events,
    workspaces,
};

use super::{MINUTE, SECOND, session_cookie, way_back};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Returns the data of the room's events of a kind, oldest first.
async fn told(house: &House, room: &Room, kind: &'static str) -> Vec<Value> {
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 1_000).unwrap()).await;
    let of_kind = all.into_iter().filter(|event| event.kind == kind);
    of_kind.map(|event| serde_json::from_str(event.data.as_str()).unwrap()).collect()
}

async fn limit(house: &House, room: &Room, lifetime: Option<i64>, idle: Option<i64>) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| workspaces::set_session_limits(conn, &workspace, lifetime, idle, now).unwrap())
        .await;
}

#[rstest]
#[actix_web::test]
async fn a_session_left_idle_ends_and_one_in_use_goes_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("SIGN_IN__IDLE_MINUTES", "30")]).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let ((used, _), (left, _)) = (room.sign_in(&ada).await, room.sign_in(&ada).await);
    for _ in 0..3 {
        house.clock.advance(29 * MINUTE);
        assert_eq!(room.check(&used).await, 200);
    }
    assert_eq!(room.check(&left).await, 401, "nobody used it for an hour and a half");
    let page = left.get(&house.url("/account")).await.unwrap();
    assert_eq!(page.url.path(), "/auth", "{}", page.text());
    house.clock.advance(30 * MINUTE);
    assert_eq!(room.check(&used).await, 401);
    assert_eq!(room.check(&used).await, 401, "asking does not bring it back");
}

#[rstest]
#[actix_web::test]
async fn a_short_limit_counts_from_the_last_use(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("SIGN_IN__IDLE_MINUTES", "1")]).await;
    let room = house.room("Acme").await;
    let (browser, _) = room.sign_in(&room.person("Ada").await).await;
    for _ in 0..5 {
        house.clock.advance(40 * SECOND);
        assert_eq!(room.check(&browser).await, 200);
    }
    house.clock.advance(MINUTE);
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn use_is_written_down_once_a_minute(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let start = house.state.now();
    let seen = async || {
        let (workspace, login, now) = (room.workspace.clone(), ada.login.clone(), house.state.now());
        let read = move |conn: &mut vestibule_store::Tx<'_>| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            sessions::list_live(conn, &user, now).unwrap()[0].seen_at
        };
        house.write(read).await
    };
    let first = seen().await;
    assert!((start - MINUTE..=start).contains(&first), "{first}");
    house.clock.advance(50 * SECOND);
    room.check(&browser).await;
    assert_eq!(seen().await, first);
    house.clock.advance(11 * SECOND);
    room.check(&browser).await;
    assert!(seen().await >= first + 61 * SECOND);
}

#[rstest]
#[actix_web::test]
async fn a_workspace_has_limits_of_its_own_and_may_have_none_when_idle(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let settings = [("SIGN_IN__SESSION_HOURS", "10"), ("SIGN_IN__IDLE_MINUTES", "10")];
    let house = House::start_with(backend, &settings).await;
    let (short, long) = (house.room("Short").await, house.room("Long").await);
    limit(&house, &short, Some(3600), None).await;
    limit(&house, &long, None, Some(0)).await;
    let (of_short, _) = short.sign_in(&short.person("Ada").await).await;
    let (of_long, _) = long.sign_in(&long.person("Ada").await).await;
    for _ in 0..6 {
        house.clock.advance(9 * MINUTE);
        assert_eq!(short.check(&of_short).await, 200);
    }
    house.clock.advance(7 * MINUTE);
    assert_eq!(short.check(&of_short).await, 401, "an hour is over, used or not");
    house.clock.advance(8 * 60 * MINUTE);
    assert_eq!(long.check(&of_long).await, 200, "nine hours without a request");
    house.clock.advance(61 * MINUTE);
    assert_eq!(long.check(&of_long).await, 401, "ten hours are the most");
}

#[rstest]
#[actix_web::test]
async fn the_cookie_goes_when_the_session_does(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    limit(&house, &room, Some(1800), None).await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    let login = browser.cookie(&house.api, "vestibule_login").unwrap();
    let request = house.http.get(&back).header("cookie", format!("vestibule_login={login}"));
    let answer = request.send().await.unwrap();
    let mut set = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = set.find(|cookie| cookie.starts_with("vestibule_session=")).unwrap();
    for part in ["Max-Age=1800", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[rstest]
#[actix_web::test]
async fn signing_in_again_ends_the_session_this_browser_had(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let (elsewhere, _) = room.sign_in(&ada).await;
    let old = session_cookie(&house, &browser).unwrap();
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    let new = session_cookie(&house, &browser).unwrap();
    assert_ne!(old, new);
    let thief = Browser::new().unwrap();
    thief.set_cookie(&house.api, &format!("vestibule_session={old}; Path=/"));
    assert_eq!((room.check(&thief).await, room.check(&browser).await), (401, 200));
    assert_eq!(room.check(&elsewhere).await, 200, "another browser of the same person");
    let signed_in = told(&house, &room, "signed_in").await;
    assert_eq!(signed_in.len(), 3);
    assert_eq!(signed_in[2]["replaces"], signed_in[0]["session"]);
    assert!(signed_in[1]["replaces"].is_null(), "{signed_in:?}");
}

#[rstest]
#[actix_web::test]
async fn a_planted_session_is_not_what_the_browser_leaves_with(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (attacker, _) = room.sign_in(&room.person("Mallory").await).await;
    let planted = session_cookie(&house, &attacker).unwrap();
    let victim = Browser::new().unwrap();
    victim.set_cookie(&house.api, &format!("vestibule_session={planted}; Path=/"));
    let ada = room.person("Ada").await;
    let page = victim.get(&room.login_url()).await.unwrap();
    let page = victim.sign_in_to_okta(&page, &ada).await.unwrap();
    assert!(page.text().contains("ada@acme.example"), "{}", page.text());
    assert_ne!(session_cookie(&house, &victim), Some(planted));
    assert_eq!(room.check(&attacker).await, 401, "what was planted has ended");
}

#[rstest]
#[actix_web::test]
async fn signing_in_to_another_workspace_ends_the_session_of_the_first(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let (browser, _) = acme.sign_in(&acme.person("Ada").await).await;
    let old = session_cookie(&house, &browser).unwrap();
    let page = browser.get(&other.login_url()).await.unwrap();
    let page = browser.press(&page, "Sign in to Other", &[]).await.unwrap();
    browser.sign_in_to_okta(&page, &other.person("Ada").await).await.unwrap();
    let thief = Browser::new().unwrap();
    thief.set_cookie(&house.api, &format!("vestibule_session={old}; Path=/"));
    assert_eq!((acme.check(&thief).await, other.check(&browser).await), (401, 200));
    assert_eq!(told(&house, &acme, "session_ended").await[0]["reason"], "signed_in_elsewhere");
    assert!(told(&house, &other, "session_ended").await.is_empty());
}

#[rstest]
#[actix_web::test]
async fn what_the_provider_wants_earlier_ends_earlier_and_never_later(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let user_id = room.user("ada@acme.example").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let ends = house
        .write(move |conn| {
            let user = users::get(conn, &workspace, &UserId::from_stored(&user_id)).unwrap();
            let mut ends = |until| {
                let new = NewSession {
                    auth_time: Some(now),
                    lifetime: 60 * MINUTE,
                    until,
                    ..NewSession::default()
                };
                sessions::start(conn, &user, &new, now).unwrap().session.expires_at - now
            };
            json!([ends(None), ends(Some(now + 10 * MINUTE)), ends(Some(now + 90 * MINUTE))])
        })
        .await;
    assert_eq!(ends, json!([60 * MINUTE, 10 * MINUTE, 60 * MINUTE]));
}
