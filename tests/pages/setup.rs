//! `/setup/{link}`: the steps for somebody who can't sign in yet. The link is used up by saving, and opens nothing else.

use vestibule_simulator::{Browser, Page};
use vestibule_store::setup_links;

use super::DAY;
use crate::support::{House, Room};

async fn link(house: &House, room: &Room) -> String {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let plain = house.write(move |conn| setup_links::issue(conn, &workspace, now).unwrap()).await;
    house.url(&format!("/setup/{plain}"))
}

#[track_caller]
fn assert_gone(page: &Page) {
    assert_eq!(page.status, 404, "{}", page.text());
    for words in ["This set-up link opens nothing", "Ask whoever sent it for a new one", "Reference "] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
}

crate::on_both! {
    async fn a_link_works_until_the_settings_are_saved(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let ada = room.person("Ada").await;
        let link = link(&house, &room).await;
        let (browser, late) = (Browser::new().unwrap(), Browser::new().unwrap());
        let page = browser.get(&link).await.unwrap();
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Connect Okta to Acme"), "{}", page.text());
        let open = late.get(&link).await.unwrap();

        // A mistake does not use it up.
        let page =
            browser.press(&page, "Save Okta settings", &[("domain", "acme-admin.okta.com")]).await.unwrap();
        assert_eq!(page.status, 422);
        assert!(page.text().contains("the Okta domain is acme.okta.com"), "{}", page.text());
        let fields = [("domain", room.okta.issuer()), ("client_secret", &room.app.client_secret)];
        let page = browser.press(&page, "Save Okta settings", &fields).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("Okta settings saved"), "{}", page.text());
        assert!(!page.html.contains(&room.app.client_secret));

        assert_gone(&browser.get(&link).await.unwrap());
        assert_gone(&late.press(&open, "Save Okta settings", &[("client_id", "0oalate")]).await.unwrap());
        let (_, page) = room.sign_in(&ada).await;
        assert_eq!(page.url.path(), "/account", "the settings work, and the late ones were not taken");
    }
}

crate::on_both! {
    async fn a_link_shows_the_steps_and_nothing_else_of_the_workspace(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        room.person("Ada").await;
        let page = Browser::new().unwrap().get(&link(&house, &room).await).await.unwrap();
        for private in ["1 person", "people ·", "acme.example", "Ada", &room.app.client_secret, &room.token]
        {
            assert!(!page.html.contains(private), "{private} in {}", page.text());
        }
        assert!(page.links().iter().all(|link| link.href.starts_with('#')), "{:?}", page.links());
        assert!(page.form_with_button("Sign out").is_err());
    }
}

crate::on_both! {
    async fn a_link_opens_nothing_once_it_is_old_or_never_was(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let link = link(&house, &room).await;
        let browser = Browser::new().unwrap();
        let other_kind = link.replace("vsetup_", "vat_");
        for nonsense in
            [&house.url("/setup/x"), &link[..link.len() - 1], &other_kind, &house.url("/setup/%3Cscript%3E")]
        {
            assert_gone(&browser.get(nonsense).await.unwrap());
        }
        let open = browser.get(&link).await.unwrap();
        assert_eq!(open.status, 200);
        house.clock.advance(7 * DAY);
        assert_gone(&browser.get(&link).await.unwrap());
        assert_gone(&browser.press(&open, "Save Okta settings", &[]).await.unwrap());
    }
}
