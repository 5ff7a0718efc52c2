//! A sign-out at the provider: its LogoutRequest comes from a frame without cookies, and ends the sessions that it names.

use rstest::rstest;
use vestibule_core::sets::SamlBinding;
use vestibule_simulator::Browser;

use super::{super::assert_signed_in, change_logout, connected, sign_out_of_okta};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn the_session_ends_and_okta_is_told(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(SamlBinding::Redirect, SamlBinding::Post)] binding: SamlBinding,
) {
    let house = House::start(backend).await;
    let acme = connected(&house, binding).await;
    let ada = acme.person("Ada").await;
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    // Another session of Ada, which belongs to another session at Okta.
    let (elsewhere, _) = acme.sign_in(&ada).await;
    let (bob, _) = acme.sign_in(&acme.person("Bob").await).await;
    let page = sign_out_of_okta(&acme, &browser).await;
    let ends = browser.open_frames(&page).await.unwrap();
    assert_eq!((ends.len(), ends[0].title().as_str()), (1, "Signed out"), "{}", ends[0].text());
    assert!(acme.room.okta.saml_logouts(&acme.app)[0].succeeded());
    assert_eq!(acme.room.check(&browser).await, 401);
    assert_eq!(acme.room.check(&elsewhere).await, 200, "its SessionIndex was not named");
    assert_eq!(acme.room.check(&bob).await, 200);
    let events = acme.events(&house).await;
    let (kind, data) = &events[0];
    assert_eq!(kind, "session_ended", "{events:?}");
    assert!(data.contains(r#""reason":"saml_logout""#), "{data}");

    // Without a SessionIndex, all of this person's sessions at this provider end.
    let (browser, _) = acme.sign_in(&ada).await;
    change_logout(&acme, |logout| logout.session_index_required = false);
    let page = sign_out_of_okta(&acme, &browser).await;
    browser.open_frames(&page).await.unwrap();
    assert_eq!(acme.room.check(&browser).await, 401);
    assert_eq!(acme.room.check(&elsewhere).await, 401);
    assert_eq!(acme.room.check(&bob).await, 200);
}

#[rstest]
#[actix_web::test]
async fn a_session_of_another_provider_goes_on(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = connected(&house, SamlBinding::Redirect).await;
    change_logout(&acme, |logout| logout.session_index_required = false);
    let ada = acme.person("Ada").await;
    let (by_oidc, _) = acme.room.sign_in(&ada).await;
    let (browser, _) = acme.sign_in(&ada).await;
    let page = sign_out_of_okta(&acme, &browser).await;
    browser.open_frames(&page).await.unwrap();
    assert_eq!(acme.room.check(&browser).await, 401);
    assert_eq!(acme.room.check(&by_oidc).await, 200);
}

#[rstest]
#[actix_web::test]
async fn okta_may_show_our_answer_in_its_frame_and_nobody_else(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = connected(&house, SamlBinding::Post).await;
    let ada = acme.person("Ada").await;
    let (browser, _) = acme.sign_in(&ada).await;
    let page = sign_out_of_okta(&acme, &browser).await;
    let frame = browser.get(&format!("{}{}", acme.room.okta.issuer(), page.frames()[0])).await.unwrap();
    // The frame's browser sends us no cookie.
    let answer = Browser::new().unwrap().post_saml(&frame).await.unwrap();
    let policy = answer.header("content-security-policy").unwrap();
    let okta = url::Url::parse(acme.room.okta.issuer()).unwrap().origin().ascii_serialization();
    assert!(policy.contains(&format!("frame-ancestors {okta}")), "{policy}");
    assert_eq!(acme.room.check(&browser).await, 401);

    // The same request again ends nothing, and the response says that the request is invalid.
    let (again, _) = acme.sign_in(&ada).await;
    let answer = Browser::new().unwrap().post_saml(&frame).await.unwrap();
    assert!(answer.saml_message().unwrap().contains("status:Requester"), "{}", answer.text());
    assert_eq!(acme.room.check(&again).await, 200);
}

#[rstest]
#[actix_web::test]
async fn without_an_address_for_answers_the_session_ends_all_the_same(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let acme = connected(&house, SamlBinding::Redirect).await;
    acme.change(&house, |connection| {
        connection.slo_url.clear();
        connection.slo_response_url.clear();
        // The connection is on for the sign-in, and off at the sign-out, which works all the same.
        connection.enabled = true;
    })
    .await;
    let ada = acme.person("Ada").await;
    let (browser, _) = acme.sign_in(&ada).await;
    acme.change(&house, |connection| connection.enabled = false).await;
    let page = sign_out_of_okta(&acme, &browser).await;
    let ends = browser.open_frames(&page).await.unwrap();
    assert_eq!(ends[0].url.path(), "/auth", "{}", ends[0].text());
    assert_eq!(acme.room.check(&browser).await, 401);
}
