//! `/auth`: one field, whose domain says which Okta to go to. It tells nobody who exists.

use vestibule_simulator::Browser;

use crate::support::House;

crate::on_both! {
    async fn an_address_under_a_known_domain_leads_to_its_okta(backend: Backend) {
        let house = House::start(backend).await;
        let (acme, _other) = (house.room("Acme").await, house.room("Other").await);
        let browser = Browser::new().unwrap();
        for typed in ["nobody+x@acme.example", "  Nobody@ACME.example "] {
            let page = browser.get(&house.url("/auth")).await.unwrap();
            let page = browser.press(&page, "Continue to Okta", &[("email", typed)]).await.unwrap();
            assert!(page.url.as_str().starts_with(acme.okta.issuer()), "{}", page.url);
            assert_eq!(page.query("login_hint").as_deref(), Some(typed.trim()));
            assert_eq!(page.form_with_field("identifier").unwrap().value("identifier"), Some(typed.trim()));
        }
    }
}

crate::on_both! {
    async fn an_address_that_leads_nowhere_is_told_so_in_a_sentence(backend: Backend) {
        let house = House::start(backend).await;
        house.room("Acme").await;
        let browser = Browser::new().unwrap();
        let page = browser.get(&house.url("/auth")).await.unwrap();
        for (typed, words) in [
            ("ada@elsewhere.example", "No workspace in region us signs in with elsewhere.example"),
            ("ada@sub.acme.example", "No workspace in region us signs in with sub.acme.example"),
            ("", "Type your whole work e-mail address"),
            ("ada", "Type your whole work e-mail address"),
            ("@acme.example", "Type your whole work e-mail address"),
            ("ada@", "Type your whole work e-mail address"),
            ("\"><script>@x.example", "No workspace in region us signs in with x.example"),
            ("ada@<script>", "Type your whole work e-mail address"),
        ] {
            let page = browser.press(&page, "Continue to Okta", &[("email", typed)]).await.unwrap();
            assert_eq!((page.status, page.url.query()), (422, None), "{typed}");
            assert!(page.text().contains(words), "{typed}: {}", page.text());
            assert!(!page.html.contains("<script>"), "{}", page.html);
            let form = page.form_with_field("email").unwrap();
            assert_eq!(form.value("email"), Some(typed), "what was typed is kept");
        }
    }
}

crate::on_both! {
    async fn where_to_go_afterwards_survives_a_mistake_and_leads_only_to_us(backend: Backend) {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        let ada = room.administrator(&house, "Ada").await;
        let browser = Browser::new().unwrap();
        let page = browser.get(&house.url("/auth?target_link_uri=/integrations/okta")).await.unwrap();
        let page = browser.press(&page, "Continue to Okta", &[("email", "ada")]).await.unwrap();
        let page = browser.press(&page, "Continue to Okta", &[("email", &ada.login)]).await.unwrap();
        let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
        assert_eq!(page.url.path(), "/integrations/okta");

        let browser = Browser::new().unwrap();
        let page = browser.get(&house.url("/auth?target_link_uri=https://evil.example/")).await.unwrap();
        assert!(!page.html.contains("evil.example"));
        let fields = [("email", ada.login.as_str()), ("target_link_uri", "https://evil.example/")];
        let page = browser.press(&page, "Continue to Okta", &fields).await.unwrap();
        let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
        assert_eq!(page.url.as_str(), house.url("/account"));
    }
}

crate::on_both! {
    async fn the_page_shows_the_way_to_the_other_regions(backend: Backend) {
        let house = House::start_with(backend, &[("REGION__OTHERS__EU", "https://eu.api.example.com")]).await;
        let page = Browser::new().unwrap().get(&house.url("/auth")).await.unwrap();
        let link = page.links().into_iter().find(|link| link.text == "Sign in to region eu").unwrap();
        assert_eq!(link.href, "https://eu.api.example.com/auth");
        assert!(page.text().contains("region us"), "{}", page.text());
    }
}
