//! A sign-out that starts here: the session ends, then the provider is asked to sign out too.

use rstest::rstest;
use url::Url;
use vestibule_core::sets::{ClientKind, SamlBinding};
use vestibule_simulator::{Browser, Page, SamlMisbehavior};
use vestibule_store::oauth::clients::{self, NewClient};

use super::{
    super::{SECOND, SamlRoom, assert_signed_in, doctor::finding, session_cookie},
    connected,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// Continues from the page after our sign-out. Returns Okta's page that would post the response.
async fn up_to_answer(browser: &Browser, page: &Page) -> Page {
    let page = browser.press(page, "Continue", &[]).await.unwrap();
    match page.saml_form().unwrap().value("SAMLRequest") {
        Some(_) => browser.press(&page, "Continue", &[]).await.unwrap(),
        None => page,
    }
}

/// Whether Okta asks this browser to sign in.
async fn is_signed_out_of_okta(acme: &SamlRoom, browser: &Browser) -> bool {
    browser.get(&acme.login).await.unwrap().form_with_field("identifier").is_ok()
}

#[rstest]
#[actix_web::test]
async fn our_sign_out_ends_both_sessions(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(SamlBinding::Redirect, SamlBinding::Post)] binding: SamlBinding,
) {
    let house = House::start(backend).await;
    let acme = connected(&house, binding).await;
    let ada = acme.person("Ada").await;
    let (browser, account) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &account);
    let cookie = session_cookie(&house, &browser).unwrap();
    let page = browser.press(&account, "Sign out", &[]).await.unwrap();
    // Our session has ended before Okta is asked.
    let own = Browser::new().unwrap();
    own.set_cookie(&house.api, &format!("vestibule_session={cookie}; Path=/"));
    assert_eq!((session_cookie(&house, &browser), acme.room.check(&own).await), (None, 401));
    let events = acme.events(&house).await;
    assert_eq!(events[0].0, "signed_out", "{events:?}");
    assert!(events[0].1.contains(r#""okta":true"#), "{events:?}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("form-action"), "the form leads to Okta: {policy}");

    let answer = up_to_answer(&browser, &page).await;
    let xml = answer.saml_message().unwrap();
    assert!(xml.contains("LogoutResponse") && xml.contains("status:Success"), "{xml}");
    let page = browser.post_saml(&answer).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/auth"), "{}", page.text());
    assert!(page.text().contains("here and at your identity provider"), "{}", page.text());
    assert!(is_signed_out_of_okta(&acme, &browser).await);
    // The response works once. Posted again, it leads to the sign-in page.
    let page = browser.post_saml(&answer).await.unwrap();
    assert_eq!((page.status, page.url.path(), page.query("state")), (200, "/auth", None), "{}", page.url);
    let page = browser.get(&house.url("/api/okta/saml/logout?team_id=x&request=y")).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn an_app_s_sign_out_leads_back_to_the_app(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = connected(&house, SamlBinding::Redirect).await;
    let ada = acme.person("Ada").await;
    let (workspace, now) = (acme.room.workspace.clone(), house.state.now());
    let (callback, after) = (vec![house.url("/callback")], vec![house.url("/signed-out")]);
    let client_id = house
        .write(move |conn| {
            let new = NewClient {
                name: "The Product",
                redirect_uris: &callback,
                post_logout_redirect_uris: &after,
                ..NewClient::new(ClientKind::App)
            };
            clients::register(conn, &workspace, &new, now).unwrap().0.client_id.into_string()
        })
        .await;
    let (browser, _) = acme.sign_in(&ada).await;
    let pairs = [
        ("client_id", client_id.as_str()),
        ("post_logout_redirect_uri", &house.url("/signed-out")),
        ("state", "bye"),
    ];
    let url = Url::parse_with_params(&house.url("/oauth/logout"), pairs).unwrap();
    let page = browser.get(url.as_str()).await.unwrap();
    let page = browser.press(&page, "Sign out", &[]).await.unwrap();
    assert_eq!(session_cookie(&house, &browser), None);
    let answer = up_to_answer(&browser, &page).await;
    let page = browser.post_saml(&answer).await.unwrap();
    assert_eq!(page.url.as_str(), house.url("/signed-out?state=bye"));
    assert!(is_signed_out_of_okta(&acme, &browser).await);
}

#[rstest]
#[actix_web::test]
async fn without_an_address_a_sign_out_stays_here(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = connected(&house, SamlBinding::Redirect).await;
    let ada = acme.person("Ada").await;
    let (browser, account) = acme.sign_in(&ada).await;
    acme.change(&house, |connection| connection.slo_url.clear()).await;
    let page = browser.press(&account, "Sign out", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/auth"), "{}", page.text());
    assert!(page.text().contains("You are signed out"), "{}", page.text());
    assert!(!is_signed_out_of_okta(&acme, &browser).await);
    // A sign-out is not sent to the SAML provider if the person signed in by OpenID Connect.
    acme.change(&house, |connection| connection.slo_url = "https://idp.example/slo".to_owned()).await;
    let (browser, account) = acme.room.sign_in(&ada).await;
    let page = browser.press(&account, "Sign out", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/auth"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_provider_that_does_not_follow_is_told_to_the_person_and_the_doctor(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let acme = connected(&house, SamlBinding::Redirect).await;
    let ada = acme.person("Ada").await;
    let (browser, account) = acme.sign_in(&ada).await;
    let page = browser.press(&account, "Sign out", &[]).await.unwrap();
    let page = browser.press(&page, "Continue", &[]).await;
    // The request is repeated, so Okta knows no session any more and responds with an error.
    let sent = page.unwrap().hops.into_iter().find(|hop| hop.url.contains("/slo/saml?")).unwrap().url;
    let answer = browser.get(&sent).await.unwrap();
    assert!(answer.saml_message().unwrap().contains("status:Responder"));
    let page = browser.post_saml(&answer).await.unwrap();
    assert!(page.text().contains("You are signed out here"), "{}", page.text());
    let found = finding(&house, &acme, "saml_logout").await.unwrap();
    assert!(found.contains("status:Responder") && found.contains("Signature Certificate"), "{found}");

    // A changed or foreign response is refused.
    for (misbehavior, check) in [
        (SamlMisbehavior::WrongDestination, "destination"),
        (SamlMisbehavior::WrongIssuer, "issuer"),
        (SamlMisbehavior::Unsigned, "signature"),
        (SamlMisbehavior::ForeignKey, "signature"),
        (SamlMisbehavior::Sha1, "signature"),
    ] {
        house.clock.advance(SECOND);
        acme.room.okta.move_clock(1);
        let (browser, account) = acme.sign_in(&ada).await;
        let page = browser.press(&account, "Sign out", &[]).await.unwrap();
        acme.room.okta.tamper_saml(misbehavior.clone()).unwrap();
        let answer = up_to_answer(&browser, &page).await;
        let page = browser.post_saml(&answer).await.unwrap();
        assert_eq!(page.status, 403, "{misbehavior:?}: {}", page.text());
        assert!(page.text().contains(&format!("The check: {check}")), "{misbehavior:?}: {}", page.text());
        assert_eq!(session_cookie(&house, &browser), None);
    }
}
