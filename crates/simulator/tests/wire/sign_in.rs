//! The browser at the org's authorize endpoint and sign-in page.

use url::Url;
use vestibule_simulator::{Browser, Misbehavior, Okta, Page, Person, Style};

use crate::{CALLBACK, ada, app, org, recorder::Recorder};

/// An authorize URL as a careful relying party makes it. `more` adds or replaces parameters.
pub fn authorize_url(okta: &Okta, client_id: &str, callback: &str, more: &[(&str, &str)]) -> String {
    let mut url = Url::parse(&format!("{}/oauth2/v1/authorize", okta.issuer())).unwrap();
    let mut pairs: Vec<(&str, &str)> = vec![
        ("client_id", client_id),
        ("redirect_uri", callback),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "state-1"),
        ("nonce", "nonce-1"),
    ];
    pairs.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    url.query_pairs_mut().extend_pairs(pairs).extend_pairs(more);
    url.into()
}

struct Scene {
    okta: Okta,
    ada: Person,
    client_id: String,
    rp: Recorder,
    browser: Browser,
}

impl Scene {
    fn new() -> Self {
        let okta = org();
        let rp = Recorder::start();
        for _ in 0..20 {
            rp.will_with(200, &[], "<title>Signed in</title>");
        }
        let app = app(&okta, &format!("{}/callback", rp.url), Style::Catalog);
        let ada = ada(&okta);
        okta.assign_quietly(&app, &ada);
        Self { okta, ada, client_id: app.client_id, rp, browser: Browser::new().unwrap() }
    }

    fn url(&self, more: &[(&str, &str)]) -> String {
        authorize_url(&self.okta, &self.client_id, &format!("{}/callback", self.rp.url), more)
    }

    async fn open(&self, more: &[(&str, &str)]) -> Page {
        self.browser.get(&self.url(more)).await.unwrap()
    }

    async fn sign_in(&self) -> Page {
        let page = self.open(&[]).await;
        self.browser.sign_in_to_okta(&page, &self.ada).await.unwrap()
    }
}

#[tokio::test]
async fn a_person_signs_in_once_and_is_known_afterwards() {
    let scene = Scene::new();
    let page = scene.open(&[("login_hint", "ada@acme.example")]).await;
    assert_eq!(page.title(), "Acme - Sign in");
    assert_eq!(page.form_with_field("identifier").unwrap().value("identifier"), Some("ada@acme.example"));
    let page = scene.browser.sign_in_to_okta(&page, &scene.ada).await.unwrap();
    assert_eq!(page.title(), "Signed in");
    assert!(page.url.as_str().starts_with(&format!("{}/callback?code=", scene.rp.url)));
    assert_eq!(page.query("state").as_deref(), Some("state-1"));
    let hops: Vec<_> = page.hops.iter().map(|hop| (hop.method.as_str(), hop.status)).collect();
    assert_eq!(hops, [("POST", 302), ("GET", 200)]);

    let again = scene.open(&[("prompt", "none")]).await;
    assert!(again.query("code").is_some());
    assert_eq!(again.hops.len(), 2);
}

#[tokio::test]
async fn a_session_is_not_enough_when_a_new_sign_in_is_asked_for() {
    let scene = Scene::new();
    scene.sign_in().await;
    for more in [[("prompt", "login")], [("max_age", "60")]] {
        scene.okta.move_clock(61);
        assert_eq!(scene.open(&more).await.title(), "Acme - Sign in", "{more:?}");
        let none = [more[0], ("prompt", "none")];
        if more[0].0 == "max_age" {
            assert_eq!(scene.open(&none).await.query("error").as_deref(), Some("login_required"));
        }
    }
    assert!(scene.open(&[]).await.query("code").is_some());
    scene.okta.end_org_sessions(&scene.ada);
    assert_eq!(scene.open(&[]).await.title(), "Acme - Sign in");
}

#[tokio::test]
async fn who_may_not_come_in() {
    let scene = Scene::new();
    assert_eq!(scene.open(&[("prompt", "none")]).await.query("error").as_deref(), Some("login_required"));

    let page = scene.open(&[]).await;
    let mut wrong = scene.ada.clone();
    "wrong".clone_into(&mut wrong.password);
    let page = scene.browser.sign_in_to_okta(&page, &wrong).await.unwrap();
    assert_eq!(page.status, 401);
    assert!(page.text().contains("Unable to sign in"), "{}", page.text());

    let eve = scene.okta.add_person("eve@acme.example", "Eve", "<b>");
    let page = scene.browser.sign_in_to_okta(&page, &eve).await.unwrap();
    assert_eq!(page.query("error").as_deref(), Some("access_denied"));
    let description = page.query("error_description");
    assert_eq!(description.as_deref(), Some("User is not assigned to the client application."));
    assert_eq!(page.query("state").as_deref(), Some("state-1"));

    scene.okta.deactivate_person(&scene.ada);
    let fresh = Browser::new().unwrap();
    let page = fresh.get(&scene.url(&[])).await.unwrap();
    assert_eq!(fresh.sign_in_to_okta(&page, &scene.ada).await.unwrap().status, 401);
}

#[tokio::test]
async fn requests_that_are_refused() {
    let scene = Scene::new();
    for more in [("client_id", "0oaNobody"), ("redirect_uri", CALLBACK)] {
        let page = scene.open(&[more]).await;
        assert_eq!((page.status, page.hops.len()), (400, 1), "{more:?}");
    }
    for (more, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("state", "a=b"), "invalid_request"),
        (("scope", "profile"), "invalid_scope"),
        (("scope", "openid offline_access"), "invalid_scope"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "create"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
    ] {
        let page = scene.open(&[more]).await;
        assert_eq!(page.query("error").as_deref(), Some(error), "{more:?}");
    }
}

#[tokio::test]
async fn a_lazy_org_lets_an_old_session_do() {
    let scene = Scene::new();
    scene.sign_in().await;
    scene.okta.tamper(Misbehavior::StaleAuthTime);
    assert!(scene.open(&[("prompt", "login")]).await.query("code").is_some());
}
