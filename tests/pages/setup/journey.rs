//! By the link alone a stranger gets from nothing to an administrator who can sign in, with provisioning and Universal Logout connected and tried.

use std::time::Duration;

use rstest::rstest;
use vestibule_simulator::{
    App, AppSettings, Browser, Okta, Options, Page, ScimAuth, ScimSettings, Style, SubjectFormat,
};
use vestibule_store::{people::users, providers::setup_links, rights::owners, workspaces};

use super::{MINUTE, open};
use crate::{
    pages::element,
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

/// What the list of steps says of this one.
fn chip(page: &Page, step: &str) -> String {
    let text = page.text();
    let (_, after) = text.split_once(step).unwrap_or_else(|| panic!("no {step:?} in {text}"));
    after.trim_start().chars().take(20).collect()
}

/// Signs in at the sign-in address of the workspace.
async fn sign_in(
    house: &House,
    okta: &Okta,
    workspace: &str,
    person: &vestibule_simulator::Person,
) -> (Browser, Page) {
    let browser = Browser::new().unwrap();
    let away = browser.get(&house.url(&format!("/api/okta/oidc/login?team_id={workspace}"))).await.unwrap();
    if !away.url.as_str().starts_with(okta.issuer()) {
        return (browser, away);
    }
    let page = browser.sign_in_to_okta(&away, person).await.unwrap();
    (browser, page)
}

/// Creates the app in Okta as the step says.
fn create_app(okta: &Okta, page: &Page) -> App {
    for words in ["Federation Broker Mode", "Login initiated by", "Login flow", "Authorization Code"] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    okta.create_app(AppSettings {
        label: "Product".to_owned(),
        name: "acme_product_1".to_owned(),
        redirect_uris: vec![element(page, "redirect")],
        post_logout_redirect_uris: vec![element(page, "postlogout")],
        initiate_login_uri: Some(element(page, "initiate")),
        style: Style::Wizard,
        ..AppSettings::default()
    })
}

#[rstest]
#[actix_web::test]
async fn a_stranger_connects_okta_by_the_link_alone(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let okta = Okta::start(Options { name: "Acme".to_owned(), ..Options::default() }).unwrap();
    let now = house.state.now();
    let (workspace, link) = house
        .write(move |conn| {
            let workspace = workspaces::create(conn, None, "Acme", "us", now).unwrap().workspace_id;
            let link = setup_links::issue(conn, &workspace, now).unwrap();
            (workspace, link)
        })
        .await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url(&format!("/setup/{link}"))).await.unwrap();
    let page = browser.press(&page, "Use this app", &[("app_kind", "own")]).await.unwrap();
    assert_eq!(page.url.path(), "/setup/create", "{}", page.text());
    let app = create_app(&okta, &page);
    let ada = okta.add_person("ada@acme.example", "Ada", "Lovelace");
    okta.assign_quietly(&app, &ada);

    // Credentials: a wrong secret is seen failing, the right one is seen working, and nobody can sign in yet.
    let page = open(&house, &browser, "credentials").await;
    let wrong =
        [("domain", okta.issuer()), ("client_id", app.client_id.as_str()), ("client_secret", "wrong")];
    let page = browser.press(&page, "Save and check", &wrong).await.unwrap();
    assert!(page.text().contains("✕ Failed Client credentials"), "{}", page.text());
    assert_eq!(chip(&page, "Enter the credentials"), "! Needs attention, s");
    let page =
        browser.press(&page, "Save and check", &[("client_secret", &app.client_secret)]).await.unwrap();
    assert_eq!(page.text().matches("✓ OK").count(), 4, "{}", page.text());
    assert!(page.text().contains("Sign-in is off until you have tested it."), "{}", page.text());
    assert!(chip(&page, "Enter the credentials").starts_with("✓ Working"), "{}", page.text());
    assert_eq!(sign_in(&house, &okta, &workspace, &ada).await.1.status, 403, "sign-in is off");

    // The test makes the first administrator.
    let page = open(&house, &browser, "test").await;
    assert!(page.form_with_button("Turn on sign-in").is_err(), "not before the test");
    let begin = browser.press(&page, "Test sign-in", &[]).await.unwrap();
    let away = browser.follow(&begin, "Continue to Okta").await.unwrap();
    let report = browser.sign_in_to_okta(&away, &ada).await.unwrap();
    for words in ["A sign-in would succeed", "ada@acme.example", "this person is now its owner"] {
        assert!(report.text().contains(words), "no {words:?} in {}", report.text());
    }
    let page = browser.follow(&report, "Back to the set-up").await.unwrap();
    assert!(page.text().contains("Sign-in works."), "{}", page.text());
    let page = browser.press(&page, "Turn on sign-in", &[]).await.unwrap();
    assert!(chip(&page, "Test sign-in").starts_with("✓ Working"), "{}", page.text());
    let of = workspace.clone();
    let owner = house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &of, "ada@acme.example").unwrap().unwrap();
            owners::is_one(conn, &user).unwrap()
        })
        .await;
    assert!(owner);
    // Somebody else who passes the test is nobody.
    let eve = okta.add_person("eve@acme.example", "Eve", "Other");
    okta.assign_quietly(&app, &eve);
    let other = Browser::new().unwrap();
    other.set_cookie(
        &house.api,
        &format!("vestibule_setup={}; Path=/", browser.cookie(&house.api, "vestibule_setup").unwrap()),
    );
    let begin = other.press(&open(&house, &other, "test").await, "Test sign-in", &[]).await.unwrap();
    let away = other.follow(&begin, "Continue to Okta").await.unwrap();
    let report = other.sign_in_to_okta(&away, &eve).await.unwrap();
    assert!(report.text().contains("this person would be refused"), "{}", report.text());

    // Provisioning: the token is made in the step and shown once.
    let page = open(&house, &browser, "provisioning").await;
    assert_eq!(chip(&page, "Provisioning"), "○ To do Universal Lo");
    assert!(page.text().contains("○ First request"), "{}", page.text());
    let page = browser.press(&page, "Create provisioning token", &[]).await.unwrap();
    let (token, base) = (element(&page, "issued"), element(&page, "scim"));
    let second = okta.create_app(AppSettings {
        label: "Provisioning".to_owned(),
        name: "acme_provisioning_1".to_owned(),
        style: Style::Wizard,
        ..AppSettings::default()
    });
    okta.enable_provisioning(&second, ScimSettings::new(&base, ScimAuth::Bearer(token.clone())));
    let page = open(&house, &browser, "provisioning").await;
    assert!(!page.html.contains(&token), "shown once");
    assert!(chip(&page, "Provisioning").starts_with("◐ Waiting for Okta"), "{}", page.text());
    let grace = okta.add_person("grace@acme.example", "Grace", "Hopper");
    okta.assign(&second, &grace).await.unwrap();
    // The part that the script fetches says the same as the page.
    let part = browser.get(&house.url("/setup/provisioning?part=1")).await.unwrap();
    for page in [&open(&house, &browser, "provisioning").await, &part] {
        assert!(chip(page, "Provisioning").starts_with("✓ Working"), "{}", page.text());
        for words in ["✓ First request", "✓ 1 person was provisioned", "Okta was seen."] {
            assert!(page.text().contains(words), "no {words:?} in {}", page.text());
        }
    }
    assert!(!part.html.contains("<html"), "{}", part.html);

    // Universal Logout, tried on herself.
    let page = open(&house, &browser, "logout").await;
    assert!(chip(&page, "Universal Logout").starts_with("◐ Waiting for Okta"), "{}", page.text());
    okta.enable_universal_logout(&app, &element(&page, "gtr"));
    let (hers, account) = sign_in(&house, &okta, &workspace, &ada).await;
    assert_eq!(account.url.path(), "/account", "{}", account.text());
    okta.universal_logout(&app, &ada, SubjectFormat::Email).await.unwrap();
    assert_eq!(hers.get(&house.url("/api/check")).await.unwrap().status, 401);
    let page = open(&house, &browser, "logout").await;
    assert!(chip(&page, "Universal Logout").starts_with("✓ Working"), "{}", page.text());
    // The receipt is completed after the answer; the page keeps asking until then.
    let measured = |page: &Page| page.text().contains(" ms after Okta's request: 1 session");
    let mut part = page;
    for _ in 0..400 {
        if measured(&part) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        part = browser.get(&house.url("/setup/logout?part=1")).await.unwrap();
    }
    assert!(
        measured(&part) && part.text().contains("The access of ada@acme.example ended"),
        "{}",
        part.text()
    );
    assert!(!part.html.contains("data-listen"), "nothing is left to wait for");

    // The summary leads to the console, where she signs in as an administrator.
    let page = open(&house, &browser, "done").await;
    assert!(page.text().contains("6 of 7 done"), "only the domain is left: {}", page.text());
    let console = page.links().into_iter().find(|link| link.text == "Open the console").unwrap().href;
    house.clock.advance(MINUTE + 1_000_000);
    okta.move_clock(61);
    let signed_in = Browser::new().unwrap();
    let away = signed_in.get(&console.replace("&amp;", "&")).await.unwrap();
    let overview = signed_in.sign_in_to_okta(&away, &ada).await.unwrap();
    assert_eq!((overview.status, overview.url.path()), (200, "/overview"), "{}", overview.text());
    let closed = browser.press(&page, "Done", &[]).await.unwrap();
    assert!(closed.text().contains("Set-up finished"), "{}", closed.text());
}
