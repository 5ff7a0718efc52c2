//! The org's administration page, used by the pretend browser.

use vestibule_simulator::{Browser, Okta, Style};

use crate::{CALLBACK, ada, app, org};

fn is_send<T: Send>(_: T) {}

#[tokio::test]
async fn an_administrator_uses_the_page() {
    let okta = org();
    let app = app(&okta, CALLBACK, Style::Catalog);
    let ada = ada(&okta);
    okta.add_person("eve@acme.example", "<script>", "O'E\"");
    let browser = Browser::new().unwrap();
    let page = browser.get(okta.issuer()).await.unwrap();
    assert_eq!(page.title(), "Acme - pretend Okta");
    assert!(page.text().contains(&ada.password));
    assert!(!page.html.contains("<script>"));
    let links = page.links();
    assert_eq!(links[0].text, "Open Vestibule");
    let issuer = okta.issuer().replace(':', "%3A").replace('/', "%2F");
    assert_eq!(links[0].href, format!("http://127.0.0.1:9/login?team_id=7&iss={issuer}"));

    let page = browser.press(&page, "Assign", &[]).await.unwrap();
    assert!(okta.is_assigned(&app, &ada));
    assert!(page.text().contains("Done: assign."));
    let page = browser.press(&page, "Change name", &[("family", "King")]).await.unwrap();
    assert_eq!(okta.person(&ada.id).unwrap().family, "King");
    let page = browser.press(&page, "Test API credentials", &[]).await.unwrap();
    assert!(page.text().contains("Provisioning is not enabled for Vestibule."));
    let page = browser.press(&page, "Deactivate", &[]).await.unwrap();
    assert!(!okta.person(&ada.id).unwrap().active);

    let mut form = page.form_with_button("Rotate keys").unwrap();
    let refused = browser.submit(&page, &form, &[("csrf", "guess")]).await.unwrap();
    assert_eq!(refused.status, 403);
    form.action = format!("{}/nowhere", okta.issuer());
    assert_eq!(browser.submit(&page, &form, &[]).await.unwrap().status, 404);
    okta.stop().await;
    assert!(browser.get(okta.issuer()).await.is_err());
}

#[test]
fn actions_can_be_spawned() {
    let actions = |okta: &Okta, browser: &Browser| {
        let app = app(okta, CALLBACK, Style::Catalog);
        let ada = ada(okta);
        is_send(okta.assign(&app, &ada));
        is_send(okta.test_connection(&app));
        is_send(browser.get("http://127.0.0.1:9"));
    };
    actions(&org(), &Browser::new().unwrap());
}
