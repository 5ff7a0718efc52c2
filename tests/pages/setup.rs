//! `/setup/{link}` and `/setup/{step}`: the steps for a person who cannot sign in yet. Choosing the app uses the link up; the same browser
//! continues for a while, and no other. It opens nothing else.

mod journey;
mod steps;

use rstest::rstest;
use vestibule_simulator::{Browser, Page};
use vestibule_store::{providers::setup_links, trail::events};

use super::{DAY, furnished};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

async fn link(house: &House, room: &Room) -> String {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let plain = house.write(move |conn| setup_links::issue(conn, &workspace, now).unwrap()).await;
    house.url(&format!("/setup/{plain}"))
}

#[track_caller]
fn assert_gone(page: &Page) {
    assert_eq!(page.status, 404, "{}", page.text());
    for words in
        ["This set-up link is no longer valid", "Ask the person who sent it for a new one", "Reference "]
    {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
}

/// Opens a step in this browser.
async fn open(house: &House, browser: &Browser, step: &str) -> Page {
    let page = browser.get(&house.url(&format!("/setup/{step}"))).await.unwrap();
    assert_eq!(page.url.path(), format!("/setup/{step}"), "{}", page.text());
    page
}

#[rstest]
#[actix_web::test]
async fn a_link_works_until_the_app_is_chosen(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let link = link(&house, &room).await;
    let (browser, late) = (Browser::new().unwrap(), Browser::new().unwrap());
    let page = browser.get(&link).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Connect Okta to Acme"), "{}", page.text());
    let open_late = late.get(&link).await.unwrap();

    // An invalid choice does not use up the link.
    let page = browser.press(&page, "Use this app", &[("app_kind", "nonsense")]).await.unwrap();
    assert_eq!(page.status, 422);
    let page = browser.press(&page, "Use this app", &[("app_kind", "own")]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/setup/create"), "{}", page.text());
    let page = open(&house, &browser, "credentials").await;
    let page = browser.press(&page, "Save and check", &[("domain", "acme-admin.okta.com")]).await.unwrap();
    assert_eq!(page.status, 422);
    assert!(page.text().contains("the Okta domain is acme.okta.com"), "{}", page.text());
    let fields = [("domain", room.okta.issuer()), ("client_secret", &room.app.client_secret)];
    let page = browser.press(&page, "Save and check", &fields).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.text().matches("✓ OK").count(), 4, "{}", page.text());
    assert!(!page.html.contains(&room.app.client_secret));

    let again = browser.get(&link).await.unwrap();
    assert_eq!(again.status, 200, "who used it goes on");
    assert!(again.url.path().starts_with("/setup/") && !again.url.path().contains("vsetup"), "{}", again.url);
    assert_gone(&late.get(&link).await.unwrap());
    assert_gone(&late.get(&house.url("/setup")).await.unwrap());
    assert_gone(&late.get(&house.url("/setup/credentials")).await.unwrap());
    assert_gone(&late.press(&open_late, "Use this app", &[("app_kind", "saml")]).await.unwrap());
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "the settings work, and the late ones were not taken");
}

#[rstest]
#[actix_web::test]
async fn a_link_shows_the_steps_and_nothing_else_of_the_workspace(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.person("Ada").await;
    let page = Browser::new().unwrap().get(&link(&house, &room).await).await.unwrap();
    for private in ["1 person", "people ·", "acme.example", "Ada", &room.app.client_secret, &room.token] {
        assert!(!page.html.contains(private), "{private} in {}", page.text());
    }
    assert!(
        page.links().iter().all(|link| link.href.starts_with('#') || link.href == "/setup/app"),
        "{:?}",
        page.links()
    );
    assert!(page.form_with_button("Sign out").is_err());
}

#[rstest]
#[actix_web::test]
async fn a_link_opens_nothing_once_it_is_old_or_never_was(#[values(Sqlite, Postgres)] backend: Backend) {
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
    house.clock.advance(3 * DAY - 1_000_000);
    assert_eq!(browser.get(&link).await.unwrap().status, 200);
    house.clock.advance(1_000_001);
    assert_gone(&browser.get(&link).await.unwrap());
    assert_gone(&browser.press(&open, "Use this app", &[("app_kind", "own")]).await.unwrap());
}

const MINUTE: i64 = 60 * 1_000_000;

/// Opens a link, chooses an app, saves a wrong secret and returns the browser and the page of the credentials.
async fn going_on(house: &House, room: &Room) -> (Browser, Page) {
    let browser = Browser::new().unwrap();
    let page = browser.get(&link(house, room).await).await.unwrap();
    browser.press(&page, "Use this app", &[("app_kind", "own")]).await.unwrap();
    let page = open(house, &browser, "credentials").await;
    let fields = [("domain", room.okta.issuer()), ("client_secret", "wrong")];
    let page = browser.press(&page, "Save and check", &fields).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/setup/credentials"), "{}", page.text());
    (browser, page)
}

/// Returns kind and actor of the events of the setup, oldest first.
async fn told(house: &House, room: &Room) -> Vec<(String, String)> {
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1_000).unwrap()).await;
    let ours = trail.into_iter().filter(|event| event.actor == "setup_link");
    ours.map(|event| (event.kind, event.actor)).collect()
}

#[rstest]
#[actix_web::test]
async fn a_wrong_secret_locks_nobody_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, page) = going_on(&house, &room).await;
    assert!(page.text().contains("✕ Failed Client credentials"), "{}", page.text());
    assert!(page.text().contains("! Needs attention"), "it was seen failing: {}", page.text());
    let stranger = Browser::new().unwrap();
    let refused = stranger.get(&room.login_url()).await.unwrap();
    let refused = stranger.sign_in_to_okta(&refused, &ada).await.unwrap();
    assert_eq!(refused.status, 502, "{}", refused.text());

    house.clock.advance(100 * MINUTE);
    room.okta.move_clock(100 * 60);
    let problem = browser.press(&page, "Save and check", &[("domain", "acme-admin.okta.com")]).await.unwrap();
    assert_eq!((problem.status, problem.url.path()), (422, "/setup/credentials"), "{}", problem.text());
    let fields = [("domain", room.okta.issuer()), ("client_secret", &room.app.client_secret)];
    let page = browser.press(&problem, "Save and check", &fields).await.unwrap();
    assert!(!page.text().contains("✕ Failed"), "{}", page.text());
    let (_, account) = room.sign_in(&ada).await;
    assert_eq!(account.url.path(), "/account", "{}", account.text());

    let page = open(&house, &browser, "done").await;
    let closed = browser.press(&page, "Done", &[]).await.unwrap();
    assert!(closed.text().contains("Set-up finished"), "{}", closed.text());
    assert_gone(&browser.get(&house.url("/setup")).await.unwrap());
    let kinds: Vec<String> = told(&house, &room).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        [
            "workspace_changed",
            "setup_link_used",
            "connection_changed",
            "connection_changed",
            "setup_session_ended"
        ]
    );
}

#[rstest]
#[actix_web::test]
async fn the_set_up_ends_after_two_hours_and_with_its_cookie(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (browser, page) = going_on(&house, &room).await;
    let cookie = browser.cookie(&house.api, "vestibule_setup").unwrap();
    assert!(!page.html.contains(&cookie) && !page.url.as_str().contains("vsetup"), "{}", page.url);
    // The setup cookie is no session and opens no page that needs one.
    assert_eq!(room.check(&browser).await, 401);
    assert_eq!(room.check_token(&cookie).await, 401);
    for path in ["/account", "/people", "/integrations/okta"] {
        assert_eq!(browser.get(&house.url(path)).await.unwrap().url.path(), "/auth", "{path}");
    }
    let thief = Browser::new().unwrap();
    thief.set_cookie(&house.api, &format!("vestibule_session={cookie}; Path=/"));
    assert_eq!(room.check(&thief).await, 401);
    let done = open(&house, &browser, "done").await;
    house.clock.advance(120 * MINUTE);
    assert_gone(&browser.get(&house.url("/setup")).await.unwrap());
    assert_gone(&browser.press(&page, "Save and check", &[]).await.unwrap());
    assert_gone(&browser.press(&done, "Done", &[]).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn the_set_up_takes_only_its_own_forms_and_is_of_one_workspace(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let (browser, page) = going_on(&house, &room).await;
    let (_, foreign) = going_on(&house, &other).await;
    let foreign = foreign.form_with_field("csrf").unwrap().value("csrf").unwrap().to_owned();
    for (step, button) in [
        ("app", "Use this app"),
        ("credentials", "Save and check"),
        ("provisioning", "Create another token"),
        ("domain", "Add domain"),
        ("done", "Done"),
    ] {
        let page = browser.get(&house.url(&format!("/setup/{step}"))).await.unwrap();
        if page.url.path().ends_with("/domain") != (step == "domain") {
            continue;
        }
        for csrf in ["", "x", foreign.as_str()] {
            let answer = browser.press(&page, button, &[("csrf", csrf)]).await.unwrap();
            assert_eq!(answer.status, 403, "{button} {csrf}: {}", answer.text());
        }
    }
    for private in ["1 person", "people ·", "acme.example", "Other", &room.token] {
        assert!(!page.html.contains(private), "{private} in {}", page.text());
    }
    assert_eq!(told(&house, &room).await.len(), 3, "chosen, used and saved, once");
}

#[rstest]
#[actix_web::test]
async fn administrators_see_that_a_link_was_used(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _, _) = furnished(backend, true).await;
    let ada = room.okta.people().into_iter().next().unwrap();
    let words = "A set-up link was used on";
    let sees = async || {
        let (browser, _) = room.sign_in(&ada).await;
        browser.get(&house.url("/integrations/okta")).await.unwrap().text().contains(words)
    };
    let link = link(&house, &room).await;
    assert!(!sees().await, "made is not used");
    let browser = Browser::new().unwrap();
    let page = browser.get(&link).await.unwrap();
    let page = browser.press(&page, "Use this app", &[("app_kind", "own")]).await.unwrap();
    assert!(!page.text().contains(words), "{}", page.text());
    assert!(sees().await);
    house.clock.advance(29 * DAY);
    room.okta.move_clock(29 * 86_400);
    assert!(sees().await);
    house.clock.advance(DAY + MINUTE);
    room.okta.move_clock(86_460);
    assert!(!sees().await);
}

#[rstest]
#[actix_web::test]
async fn who_sets_up_tests_the_sign_in_and_nobody_else_does(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, page) = going_on(&house, &room).await;
    // The saved secret is wrong; the test reports it, and reports success after the correction.
    let right = [("client_secret", room.app.client_secret.as_str())];
    for (words, chip) in [
        ("A sign-in would be refused. Okta refused this service", "! Needs attention"),
        ("A sign-in would succeed", "✓ Working"),
    ] {
        let step = open(&house, &browser, "test").await;
        let begin = browser.press(&step, "Test sign-in", &[]).await.unwrap();
        let mut report = browser.follow(&begin, "Continue to Okta").await.unwrap();
        if report.form_with_field("identifier").is_ok() {
            report = browser.sign_in_to_okta(&report, &ada).await.unwrap();
        }
        assert!(report.text().contains(words), "{}", report.text());
        let step = browser.follow(&report, "Back to the set-up").await.unwrap();
        assert_eq!(step.url.path(), "/setup/test", "{}", step.text());
        let line = step.text();
        let (_, line) = line.split_once("Test sign-in").unwrap();
        assert!(line.trim_start().starts_with(chip), "no {chip} in {line}");
        browser.press(&page, "Save and check", &right).await.unwrap();
        house.clock.advance(1_000_000);
    }
    assert_eq!(room.check(&browser).await, 401, "nobody is signed in by it");
    let step = open(&house, &browser, "test").await;
    let csrf = step.form_with_button("Test sign-in").unwrap().value("csrf").unwrap().to_owned();
    let request = house.http.post(house.url("/auth/test")).form(&[("csrf", csrf)]);
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[rstest]
#[actix_web::test]
async fn a_test_makes_no_owner_where_somebody_administers(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    room.administrator(&house, "Ada").await;
    let grace = room.person("Grace").await;
    let stranger = room.okta.add_person("eve@acme.example", "Eve", "Other");
    room.okta.assign_quietly(&room.app, &stranger);
    let (browser, page) = going_on(&house, &room).await;
    let right = [("client_secret", room.app.client_secret.as_str())];
    browser.press(&page, "Save and check", &right).await.unwrap();
    for (person, words) in [(&grace, "A sign-in would succeed"), (&stranger, "this person would be refused")]
    {
        let tester = Browser::new().unwrap();
        let cookie = browser.cookie(&house.api, "vestibule_setup").unwrap();
        tester.set_cookie(&house.api, &format!("vestibule_setup={cookie}; Path=/"));
        let step = open(&house, &tester, "test").await;
        assert!(!step.text().contains("becomes its first owner"), "{}", step.text());
        let begin = tester.press(&step, "Test sign-in", &[]).await.unwrap();
        let away = tester.follow(&begin, "Continue to Okta").await.unwrap();
        let report = tester.sign_in_to_okta(&away, person).await.unwrap();
        assert!(report.text().contains(words), "{}", report.text());
        assert!(report.text().contains("nothing was changed"), "{}", report.text());
    }
    let workspace = room.workspace.clone();
    let (owners, users) = house
        .write(move |conn| {
            use vestibule_store::{people::users, rights::owners};
            let owners = owners::is_any(conn, &workspace, None).unwrap();
            (owners, users::count(conn, &workspace).unwrap())
        })
        .await;
    assert_eq!((owners, users), (false, 2), "Ada and Grace, as they were");
}

#[rstest]
#[actix_web::test]
async fn a_form_of_another_site_uses_no_link(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let url = link(&house, &room).await;
    let form = [("app_kind", "own")];
    for site in ["cross-site", "same-site"] {
        let answer = house.http.post(&url).header("sec-fetch-site", site).form(&form).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers().get("set-cookie")), (403, None), "{site}");
    }
    let answer =
        house.http.post(&url).header("sec-fetch-site", "same-origin").form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 303);
}
