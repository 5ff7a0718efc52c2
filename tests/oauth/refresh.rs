//! Refresh tokens: each use replaces the token. The old one is accepted for a grace period, in case the response was lost. After
//! that its use means theft.

use rstest::rstest;
use vestibule_core::ids::ClientId;
use vestibule_store::oauth::clients;

use super::{
    SECOND, approve, ask, assert_error, authorize_url, client, code, count, exchange, flow::Party, furnished,
    read, redirect_uri, renew, scim, text, tokens,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

#[rstest]
#[actix_web::test]
async fn a_refresh_token_is_replaced_by_its_use(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (access, mut refresh) = tokens(&house, &room, &browser).await;
    for _ in 0..3 {
        house.clock.advance(3601 * SECOND);
        let (status, body) = renew(&house, &room, &refresh).await;
        assert_eq!(status, 200, "{body}");
        let next = text(&body, "refresh_token");
        assert_ne!(next, refresh);
        assert_eq!(scim(&house, &room, &text(&body, "access_token")).await, 200);
        refresh = next;
    }
    assert_eq!(scim(&house, &room, &access).await, 401);
}

#[rstest]
#[actix_web::test]
async fn an_answer_lost_on_the_way_can_be_asked_for_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (_, refresh) = tokens(&house, &room, &browser).await;
    assert_eq!(renew(&house, &room, &refresh).await.0, 200);
    house.clock.advance(119 * SECOND);
    let (status, body) = renew(&house, &room, &refresh).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(scim(&house, &room, &text(&body, "access_token")).await, 200);
    assert_eq!(renew(&house, &room, &text(&body, "refresh_token")).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_replaced_token_used_later_ends_everything_it_gave(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (first, refresh) = tokens(&house, &room, &browser).await;
    let (_, body) = renew(&house, &room, &refresh).await;
    let (second, next) = (text(&body, "access_token"), text(&body, "refresh_token"));
    let (bystander, _) = tokens(&house, &room, &browser).await;
    house.clock.advance(121 * SECOND);
    assert_eq!(scim(&house, &room, &second).await, 200);
    assert_error(renew(&house, &room, &refresh).await, 400, "invalid_grant");
    for access in [&first, &second] {
        assert_eq!(scim(&house, &room, access).await, 401);
    }
    assert_error(renew(&house, &room, &next).await, 400, "invalid_grant");
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
    assert_eq!(scim(&house, &room, &bystander).await, 200, "another grant of the same client goes on");
}

#[rstest]
#[actix_web::test]
async fn a_scope_may_be_narrowed_and_never_widened(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let code = code(&house, &room, &browser, &[("scope", "scim.read scim.write")]).await;
    let (_, body) = exchange(&house, &room, &code).await;
    let refresh = text(&body, "refresh_token");
    let asked = async |token: &str, scope: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
        ask(&house, &room, &form).await
    };
    assert_error(asked(&refresh, "entitlements.read").await, 400, "invalid_scope");
    assert_error(asked(&refresh, "everything").await, 400, "invalid_scope");
    let (status, body) = asked(&refresh, "scim.read entitlements.read everything").await;
    assert_eq!((status, text(&body, "scope").as_str()), (200, "scim.read"));
    // RFC 6749 §6: the refresh token keeps the approved scope.
    let (status, body) = asked(&text(&body, "refresh_token"), "").await;
    assert_eq!((status, text(&body, "scope").as_str()), (200, "scim.read scim.write"));
}

#[rstest]
#[actix_web::test]
async fn a_refresh_token_is_its_client_s_own_and_runs_out_unused(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let (access, refresh) = tokens(&house, &room, &browser).await;
    let (other, secret) = client(&house, &room.workspace, "scim", &redirect_uri(&room)).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    let request = house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form);
    let request = request.basic_auth(&other.client_id, Some(&secret));
    assert_error(read(request.send().await.unwrap()).await, 400, "invalid_grant");
    for nonsense in ["", "x", access.as_str(), room.token.as_str(), &refresh[..refresh.len() - 1]] {
        assert_error(renew(&house, &room, nonsense).await, 400, "invalid_grant");
    }
    assert_eq!(scim(&house, &room, &refresh).await, 401, "it opens nothing itself");
    let (status, body) = renew(&house, &room, &refresh).await;
    assert_eq!(status, 200, "nothing of it did harm: {body}");
    house.clock.advance(181 * 86_400 * SECOND);
    assert_error(renew(&house, &room, &text(&body, "refresh_token")).await, 400, "invalid_grant");
}

/// Uses a refresh token once and returns the new (access token, refresh token).
async fn used(house: &House, room: &Room, refresh: &str) -> (String, String) {
    let (status, body) = renew(house, room, refresh).await;
    assert_eq!(status, 200, "{body}");
    (text(&body, "access_token"), text(&body, "refresh_token"))
}

#[rstest]
#[actix_web::test]
async fn of_two_successors_the_first_ends_the_grant(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (_, refresh) = tokens(&house, &room, &browser).await;
    let (_, first) = used(&house, &room, &refresh).await;
    house.clock.advance(60 * SECOND);
    let (access, second) = used(&house, &room, &refresh).await;
    assert_eq!(count(&house, &room, "grant_ended").await, 0);
    assert_eq!(scim(&house, &room, &access).await, 200);
    // A second use of the first token shows that two clients have the grant; it ends for both.
    assert_error(renew(&house, &room, &first).await, 400, "invalid_grant");
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
    assert_error(renew(&house, &room, &second).await, 400, "invalid_grant");
    assert_eq!(scim(&house, &room, &access).await, 401);
}

#[rstest]
#[actix_web::test]
async fn of_three_successors_only_the_last_goes_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (_, refresh) = tokens(&house, &room, &browser).await;
    let (_, first) = used(&house, &room, &refresh).await;
    let (_, second) = used(&house, &room, &refresh).await;
    let (_, third) = used(&house, &room, &refresh).await;
    house.clock.advance(3600 * SECOND);
    let (access, fourth) = used(&house, &room, &third).await;
    assert_eq!(scim(&house, &room, &access).await, 200);
    for retired in [&first, &second] {
        assert_error(renew(&house, &room, retired).await, 400, "invalid_grant");
    }
    assert_error(renew(&house, &room, &fourth).await, 400, "invalid_grant");
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
}

#[rstest]
#[actix_web::test]
async fn a_replaced_token_whose_successor_was_used_ends_the_grant(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    let (_, refresh) = tokens(&house, &room, &browser).await;
    let (_, next) = used(&house, &room, &refresh).await;
    let (access, after) = used(&house, &room, &next).await;
    // The use is within the grace period, but the new token was already used, so the response was not lost.
    assert_error(renew(&house, &room, &refresh).await, 400, "invalid_grant");
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
    assert_error(renew(&house, &room, &after).await, 400, "invalid_grant");
    assert_eq!(scim(&house, &room, &access).await, 401);
}

#[rstest]
#[actix_web::test]
async fn uses_at_the_same_time_leave_one_good_successor(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    for round in 1..=6 {
        let (_, refresh) = tokens(&house, &room, &browser).await;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("client_id", room.client.as_str()),
            ("client_secret", room.client_secret.as_str()),
        ];
        let request = house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form);
        let together: Vec<_> =
            (0..2).map(|_| actix_web::rt::spawn(request.try_clone().unwrap().send())).collect();
        let mut successors = Vec::new();
        for answer in together {
            let (status, body) = read(answer.await.unwrap().unwrap()).await;
            assert_eq!(status, 200, "{body}");
            successors.push(text(&body, "refresh_token"));
        }
        let first = renew(&house, &room, &successors[0]).await.0;
        let second = renew(&house, &room, &successors[1]).await.0;
        assert!([(200, 400), (400, 400)].contains(&(first, second)), "round {round}: {first} {second}");
        assert_eq!(count(&house, &room, "grant_ended").await, round);
    }
}

#[rstest]
#[actix_web::test]
async fn without_a_grace_a_second_use_ends_the_grant(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("TOKENS__REFRESH_GRACE_SECONDS", "0")]).await;
    let room = house.room("Acme").await;
    let administrator = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&administrator).await;
    let (_, refresh) = tokens(&house, &room, &browser).await;
    let (access, next) = used(&house, &room, &refresh).await;
    assert_error(renew(&house, &room, &refresh).await, 400, "invalid_grant");
    assert_error(renew(&house, &room, &next).await, 400, "invalid_grant");
    assert_eq!(scim(&house, &room, &access).await, 401);
    assert_eq!(count(&house, &room, "grant_ended").await, 1);
}

/// Sets the allowed scope of a client, as an operator does.
async fn set_scope(house: &House, client_id: &str, scope: &'static str) {
    let client_id = client_id.to_owned();
    house
        .write(move |conn| {
            let client = clients::find(conn, &ClientId::sent(&client_id)).unwrap().unwrap();
            clients::set_scope(conn, &client, scope).unwrap();
        })
        .await;
}

/// Returns the statuses of a read and of a malformed write with a SCIM token.
async fn may(house: &House, room: &Room, access: &str) -> (u16, u16) {
    let write = house.http.post(format!("{}/Users", room.scim)).bearer_auth(access);
    let write = write.header("content-type", "application/scim+json").body("{}").send().await.unwrap();
    (scim(house, room, access).await, write.status().as_u16())
}

#[rstest]
#[actix_web::test]
async fn a_scope_that_the_client_lost_is_not_given_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let (access, refresh) = tokens(&house, &room, &browser).await;
    assert_eq!(may(&house, &room, &access).await, (200, 400));
    let page = approve(&browser, &authorize_url(&house, &room, &[])).await;
    let approved = page.query("code").unwrap();

    set_scope(&house, &room.client, "scim.read").await;
    let (status, body) = renew(&house, &room, &refresh).await;
    assert_eq!((status, text(&body, "scope").as_str()), (200, "scim.read"));
    assert_eq!(may(&house, &room, &text(&body, "access_token")).await, (200, 403));
    let form = [("grant_type", "refresh_token"), ("scope", "scim.write")];
    let next = text(&body, "refresh_token");
    let wider = [&form[..], &[("refresh_token", next.as_str())]].concat();
    assert_error(ask(&house, &room, &wider).await, 400, "invalid_scope");
    // The code was approved before the change and is exchanged after it.
    let (status, body) = exchange(&house, &room, &approved).await;
    assert_eq!((status, text(&body, "scope").as_str()), (200, "scim.read"));
    assert_eq!(may(&house, &room, &text(&body, "access_token")).await, (200, 403));
}

#[rstest]
#[actix_web::test]
async fn an_app_that_lost_offline_access_ends_with_the_session(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let body = app.tokens(&house, &browser, "openid offline_access").await;
    set_scope(&house, &app.client_id, "openid").await;
    let (status, body) = app.renew(&house, &text(&body, "refresh_token")).await;
    assert_eq!((status, text(&body, "scope").as_str()), (200, "openid"));
    let page = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_error(app.renew(&house, &text(&body, "refresh_token")).await, 400, "invalid_grant");
}
