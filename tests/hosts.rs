//! Two hosts: Okta's redirect ends on the API host, people work on the app host, and one session serves both.
//! `127.0.0.1` and `localhost` are two hosts to a browser.

use vestibule_simulator::Browser;

use crate::support::House;

crate::on_both! {
    async fn a_sign_in_ends_on_the_app_host_signed_in(backend: Backend) {
        let house = House::start_with(backend, &[("REGION__APP_URL", "http://localhost:{port}")]).await;
        let room = house.room("Acme").await;
        let grace = room.person("Grace").await;
        let (browser, page) = room.sign_in(&grace).await;
        assert_eq!((page.status, page.url.host_str(), page.url.path()), (200, Some("localhost"), "/account"));
        assert!(page.url.query().is_none(), "the ticket is not where the person ends");
        let app = house.api.replace("127.0.0.1", "localhost");
        for host in [&house.api, &app] {
            assert_eq!(browser.get(&format!("{host}/api/check")).await.unwrap().status, 200, "{host}");
        }

        let ticket = page.hops.iter().find(|hop| hop.url.as_str().contains("ticket=")).expect("a ticket was used");
        let stranger = Browser::new().unwrap();
        let refused = stranger.get(ticket.url.as_str()).await.unwrap();
        assert_eq!(refused.status, 400, "a ticket is taken once: {}", refused.text());

        let page = browser.press(&page, "Sign out", &[]).await.unwrap();
        assert_eq!(page.title(), "Sign in · Vestibule");
        assert_eq!(room.check(&browser).await, 401, "signing out on one host ends the session of both");
    }
}

crate::on_both! {
    async fn a_test_sign_in_begins_on_the_app_host_and_ends_on_the_api_host(backend: Backend) {
        let house = House::start_with(backend, &[("REGION__APP_URL", "http://localhost:{port}")]).await;
        let room = house.room("Acme").await;
        let ada = room.administrator(&house, "Ada").await;
        let (browser, _) = room.sign_in(&ada).await;
        let app = house.api.replace("127.0.0.1", "localhost");
        let page = browser.get(&format!("{app}/integrations/okta")).await.unwrap();
        let begin = browser.press(&page, "Test sign-in", &[]).await.unwrap();
        assert_eq!(begin.url.as_str(), format!("{app}/auth/test"));
        let report = browser.follow(&begin, "Continue to Okta").await.unwrap();
        assert!(report.url.as_str().starts_with(&house.api), "{}", report.url);
        assert!(report.text().contains("A sign-in would succeed"), "{}", report.text());
    }
}
