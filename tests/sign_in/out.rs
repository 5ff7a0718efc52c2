//! Signing out of Okta as well: through its logout page and back. The session here stays ended, whatever Okta's response is.

use rstest::rstest;
use url::Url;
use vestibule_simulator::{Browser, Page};

use super::{MINUTE, change_connection, session_cookie};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

async fn signed_in(backend: Backend) -> (House, Room, Browser, Page) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut settings = room.app.settings.clone();
    settings.post_logout_redirect_uris = vec![house.url("/auth")];
    room.okta.update_app(&room.app, settings);
    let (browser, page) = room.sign_in(&room.person("Ada").await).await;
    (house, room, browser, page)
}

#[rstest]
#[actix_web::test]
async fn okta_s_session_ends_too_and_the_way_leads_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, account) = signed_in(backend).await;
    let page = browser.press(&account, "Sign out of Okta too", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/auth"), "{}", page.text());
    assert!(page.text().contains("You are signed out"), "{}", page.text());
    assert!(page.text().contains("here and at your identity provider"), "{}", page.text());
    assert_eq!((session_cookie(&house, &browser), room.check(&browser).await), (None, 401));
    let logout = page.hops.iter().find(|hop| hop.url.contains("/oauth2/v1/logout")).expect("by way of Okta");
    let query: std::collections::BTreeMap<_, _> =
        Url::parse(&logout.url).unwrap().query_pairs().into_owned().collect();
    assert_eq!(query["post_logout_redirect_uri"], house.url("/auth"));
    assert_eq!(query["client_id"], room.app.client_id);
    assert_eq!(query["id_token_hint"].split('.').count(), 3);
    assert!(query["state"].len() >= 43);
    // Okta asks for the password again.
    let page = browser.get(&room.login_url()).await.unwrap();
    assert!(page.form_with_field("identifier").is_ok(), "{}", page.text());
    // Without the `state` of this browser's sign-out, the page does not confirm the sign-out of Okta.
    let page =
        Browser::new().unwrap().get(&house.url(&format!("/auth?state={}", query["state"]))).await.unwrap();
    assert!(!page.text().contains("signed out"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn the_page_lets_its_form_lead_to_this_okta_and_no_further(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (_house, room, _browser, account) = signed_in(backend).await;
    let policy = account.header("content-security-policy").unwrap();
    assert!(policy.ends_with(&format!("form-action 'self' {}", room.okta.issuer())), "{policy}");
}

#[rstest]
#[actix_web::test]
async fn when_okta_can_t_be_told_it_is_said_and_the_session_here_has_ended(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, account) = signed_in(backend).await;
    let old = session_cookie(&house, &browser).unwrap();
    change_connection(&house, &room, |connection| connection.issuer = "http://127.0.0.1:9".to_owned()).await;
    let page = browser.press(&account, "Sign out of Okta too", &[]).await.unwrap();
    assert_eq!((page.status, page.url.as_str()), (200, house.url("/auth?signed_out=here").as_str()));
    assert!(page.text().contains("session there is still open"), "{}", page.text());
    let thief = Browser::new().unwrap();
    thief.set_cookie(&house.api, &format!("vestibule_session={old}; Path=/"));
    assert_eq!(room.check(&thief).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_form_from_elsewhere_signs_nobody_out_of_anything(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_house, room, browser, account) = signed_in(backend).await;
    for csrf in ["", "x"] {
        let page = browser.press(&account, "Sign out of Okta too", &[("csrf", csrf)]).await.unwrap();
        assert_eq!(page.status, 403, "{}", page.text());
    }
    assert_eq!(room.check(&browser).await, 200);
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_eq!(page.url.path(), "/account", "Okta's session is open too: {}", page.text());
}

#[rstest]
#[actix_web::test]
async fn the_id_token_is_sealed_where_it_is_kept(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _browser, _) = signed_in(backend).await;
    let workspace = room.workspace.clone();
    let (login, now) = (room.okta.people()[0].login.clone(), house.state.now());
    let kept = house
        .write(move |conn| {
            let user =
                vestibule_store::people::users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let live = vestibule_store::access::sessions::list_live(conn, &user, now).unwrap();
            vestibule_store::access::sessions::id_token(conn, &live[0]).unwrap()
        })
        .await;
    assert!(kept.starts_with("s1.") && !kept.contains("eyJ"), "{kept}");
    house.clock.advance(MINUTE);
}
