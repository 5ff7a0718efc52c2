//! `/integrations/okta/oidc/…`: a second OpenID Connect connection is added, used, switched, given domains and deleted on pages.

use rstest::rstest;
use vestibule_simulator::{AppSettings, Browser, Okta, Options};

use super::{element, furnished};
use crate::support::Backend::{self, Postgres, Sqlite};

#[rstest]
#[actix_web::test]
async fn a_connection_is_added_used_switched_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let okta = Okta::start(Options { name: "Labs".to_owned(), ..Options::default() }).unwrap();
    let app = okta.create_app(AppSettings {
        label: "Vestibule".to_owned(),
        name: "labs_vestibule_1".to_owned(),
        redirect_uris: vec![house.url("/api/okta/oidc/callback")],
        ..AppSettings::default()
    });
    room.user("bob@acme.example").await;
    let bob = okta.add_person("bob@acme.example", "Bob", "Family");
    okta.assign_quietly(&app, &bob);

    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    let page = browser.follow(&page, "Add an OpenID Connect connection").await.unwrap();
    assert_eq!(element(&page, "redirect"), house.url("/api/okta/oidc/callback"));
    let fields = [
        ("name", " Labs "),
        ("domain", okta.issuer()),
        ("client_id", &app.client_id),
        ("client_secret", &app.client_secret),
        ("enabled", "on"),
    ];
    let same = [fields[0], ("domain", room.okta.issuer()), fields[2], fields[3]];
    let refused = browser.press(&page, "Add the connection", &same).await.unwrap();
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("the issuer is that of another"), "{}", refused.text());
    let page = browser.press(&page, "Add the connection", &fields).await.unwrap();
    assert_eq!((page.status, page.url.query()), (200, Some("saved=1")), "{}", page.text());
    for words in ["Labs", "✓ On", okta.issuer(), &app.client_id] {
        assert!(page.text().contains(words), "no {words} in {}", page.text());
    }
    assert!(!page.html.contains(&app.client_secret));
    let url = element(&page, "initiate").replace("&amp;", "&");
    let sign_in = async || {
        let browser = Browser::new().unwrap();
        let page = browser.get(&url).await.unwrap();
        match page.form_with_field("identifier") {
            Ok(_) => browser.sign_in_to_okta(&page, &bob).await.unwrap(),
            Err(_) => page,
        }
    };
    let page_of_bob = sign_in().await;
    assert_eq!((page_of_bob.status, page_of_bob.url.path()), (200, "/account"), "{}", page_of_bob.text());

    // The test begins here and leads to this provider.
    let test = browser.press(&page, "Test sign-in", &[]).await.unwrap();
    let begin = test.links().into_iter().find(|link| link.href.contains("ticket=")).unwrap();
    let asked = browser.get(&begin.href).await.unwrap();
    assert!(asked.url.as_str().starts_with(okta.issuer()), "{} {}", asked.url, asked.text());

    let page = browser.press(&page, "Switch off", &[]).await.unwrap();
    assert!(page.text().contains("○ Off"), "{}", page.text());
    assert_eq!(sign_in().await.status, 403);
    // Saving other settings leaves the connection switched off.
    let page = browser.press(&page, "Save the connection", &[("name", "Labs"), ("jit", "on")]).await.unwrap();
    assert!(page.text().contains("○ Off"), "{}", page.text());
    let page = browser.press(&page, "Switch on", &[]).await.unwrap();
    let page = browser.press(&page, "Make it the default", &[]).await.unwrap();
    assert!(page.form_with_button("Make it the default").is_err(), "{}", page.text());
    let wrong = browser.press(&page, "Save the domains", &[("domains", "labs")]).await.unwrap();
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let page =
        browser.press(&page, "Save the domains", &[("domains", "Labs.example, lab.example")]).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let list = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(list.text().contains("lab.example, labs.example"), "{}", list.text());

    let page = browser.follow(&page, "Delete this connection").await.unwrap();
    let page = browser.press(&page, "Delete this connection", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/integrations/okta"));
    assert!(page.text().contains("The OpenID Connect connection was deleted."), "{}", page.text());
    assert!(page.text().contains(room.okta.issuer()), "the other one stays: {}", page.text());
    assert_eq!(sign_in().await.status, 404);
}

#[rstest]
#[actix_web::test]
async fn the_step_saves_the_connection_that_it_shows(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = browser.get(&house.url("/integrations/okta/setup/credentials")).await.unwrap();
    let labs = Okta::start(Options { name: "Labs".to_owned(), ..Options::default() }).unwrap();
    let new = browser.get(&house.url("/integrations/okta/oidc/new")).await.unwrap();
    let fields = [("name", "Labs"), ("domain", labs.issuer()), ("client_id", "c"), ("client_secret", "s")];
    let added = browser.press(&new, "Add the connection", &fields).await.unwrap();
    let added = browser.press(&added, "Make it the default", &[]).await.unwrap();
    assert_eq!(added.status, 200, "{}", added.text());
    // The form is from before the change, so it is for the connection that was the default then.
    let saved = browser.press(&page, "Save and check", &[("jit", "on")]).await.unwrap();
    assert_eq!(saved.status, 200, "{}", saved.text());
    let workspace = room.workspace.clone();
    let all = house
        .write(move |conn| vestibule_store::providers::connections::list(conn, &workspace).unwrap())
        .await;
    let jit: Vec<bool> = all.iter().map(|connection| connection.jit).collect();
    assert_eq!(jit, [false, true], "the default first");
}
