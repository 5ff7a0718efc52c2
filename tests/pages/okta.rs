//! `/integrations/okta` and its set-up steps: for administrators, exact values to paste into Okta, and the settings to enter here.

use rstest::rstest;
use vestibule_simulator::{AppSettings, Browser, Okta, Options, Page};

use super::{element, furnished};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn only_administrators_see_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, member, _) = furnished(backend, false).await;
    let nobody = Browser::new().unwrap().get(&house.url("/integrations/okta")).await.unwrap();
    assert_eq!((nobody.status, nobody.url.path()), (200, "/auth"));
    let page = member.get(&house.url("/integrations/okta")).await.unwrap();
    assert_eq!(page.status, 403);
    assert!(page.text().contains("This page is for administrators"), "{}", page.text());
    assert!(
        page.text().contains("Owner, Admin or Auditor") && page.text().contains("Reference "),
        "{}",
        page.text()
    );
    assert!(!page.html.contains(&room.app.client_id));
    let form = [("domain", "x"), ("client_id", "x"), ("client_secret", "x")];
    let cookie = format!("vestibule_session={}", member.cookie(&house.api, "vestibule_session").unwrap());
    let step = house.url("/integrations/okta/setup/credentials");
    let request = house.http.post(step).form(&form).header("cookie", cookie);
    assert_eq!(request.send().await.unwrap().status(), 403);
}

/// Returns the value of the paste row with this label.
fn pasted(page: &Page, label: &str) -> String {
    let (_, rest) = page
        .html
        .split_once(&format!("<b>{label}</b><code id=\""))
        .unwrap_or_else(|| panic!("no row {label:?} in {}", page.text()));
    element(page, rest.split('"').next().unwrap())
}

#[rstest]
#[actix_web::test]
async fn every_row_is_what_okta_wants_pasted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (state, now) = (house.state.clone(), house.state.now());
    let (workspace, link) = house
        .write(move |conn| {
            use vestibule_store::{providers::setup_links, workspaces};
            let workspace = workspaces::create(conn, None, "Acme", "us", now).unwrap().workspace_id;
            let link = setup_links::issue(conn, &workspace, state.now()).unwrap();
            (workspace, link)
        })
        .await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url(&format!("/setup/{link}"))).await.unwrap();
    let link_page = browser.press(&page, "Use this app", &[("app_kind", "catalog")]).await.unwrap();
    let open = async |step: &str| browser.get(&house.url(&format!("/setup/{step}"))).await.unwrap();
    // An app of the catalog has every address already; its administrator enters the workspace ID alone.
    assert_eq!(pasted(&link_page, "team_id (workspace ID)"), *workspace);
    let page = open("app").await;
    browser.press(&page, "Use this app", &[("app_kind", "own")]).await.unwrap();
    // The labels are Okta's own.
    let ours = |path: &str| format!("{}{path}", house.api);
    let authorize = "/api/okta/scim/oauth/authorize?scope=scim.read scim.write entitlements.read";
    for (step, label, value) in [
        ("create", "Sign-in redirect URIs", ours("/api/okta/oidc/callback")),
        ("create", "Sign-out redirect URIs", ours("/auth")),
        ("create", "Initiate login URI", ours(&format!("/api/okta/oidc/login?team_id={workspace}"))),
        ("provisioning", "SCIM connector base URL", ours(&format!("/api/scim/v2/{workspace}"))),
        ("provisioning", "Unique identifier field for users", "userName".to_owned()),
        ("provisioning", "Access token endpoint URI", ours("/api/okta/scim/oauth/token")),
        ("provisioning", "Authorization endpoint URI", ours(authorize)),
        ("logout", "Logout endpoint URL", ours("/api/okta/universal-logout")),
        ("logout", "Endpoint authentication type", "Signed JWT".to_owned()),
        ("logout", "Subject format", "Email Identifier".to_owned()),
    ] {
        assert_eq!(pasted(&open(step).await, label), value, "{label}");
    }
}

/// Saves the form with these fields and returns the page.
async fn save(house: &House, browser: &Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get(&house.url("/integrations/okta/setup/credentials")).await.unwrap();
    browser.press(&page, "Save and check", fields).await.unwrap()
}

#[rstest]
#[actix_web::test]
async fn settings_are_saved_once_the_okta_is_found(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let okta = Okta::start(Options { name: "New".to_owned(), ..Options::default() }).unwrap();
    let app = okta.create_app(AppSettings {
        label: "Vestibule".to_owned(),
        name: "vestibule_new_1".to_owned(),
        redirect_uris: vec![house.url("/api/okta/oidc/callback")],
        ..AppSettings::default()
    });
    let fields = [
        ("domain", okta.issuer()),
        ("client_id", &format!(" {} ", app.client_id)),
        ("client_secret", &app.client_secret),
        ("jit", "on"),
    ];
    let page = save(&house, &browser, &fields).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.text().matches("✓ OK").count(), 4, "{}", page.text());
    let form = page.form_with_field("domain").unwrap();
    assert_eq!(form.value("domain"), Some(okta.issuer()));
    assert_eq!(form.value("client_id"), Some(app.client_id.as_str()));
    assert_eq!(form.value("jit"), Some("on"));
    assert_eq!(form.value("client_secret"), Some(""), "never shown again");
    assert!(!page.html.contains(&app.client_secret));

    let person = okta.add_person("new@acme.example", "New", "Person");
    okta.assign_quietly(&app, &person);
    let visitor = Browser::new().unwrap();
    let login = house.url(&format!("/api/okta/oidc/login?team_id={}", room.workspace));
    for round in 0..2 {
        let away = visitor.get(&login).await.unwrap();
        let page = if round == 0 { visitor.sign_in_to_okta(&away, &person).await.unwrap() } else { away };
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        // An empty secret leaves the stored secret unchanged.
        let page = save(&house, &browser, &[]).await;
        assert_eq!(page.text().matches("✓ OK").count(), 4, "{}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn settings_that_can_t_work_are_not_saved_and_say_why(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let other = house.room("Other").await;
    let proves = other.person("Bob").await;
    assert_eq!(other.sign_in(&proves).await.1.status, 200);
    let nobody = format!("http://127.0.0.1:{}", crate::support::free_port());
    let spelled = room.okta.issuer().replace("127.0.0.1", "localhost");
    for (domain, client_id, words) in [
        (nobody.as_str(), "0oa1", "is not an OpenID provider that Vestibule can reach"),
        (house.api.as_str(), "0oa1", "is not an OpenID provider that Vestibule can reach"),
        (spelled.as_str(), "0oa1", &format!("this provider calls itself {}", room.okta.issuer())),
        ("acme-admin.okta.com", "0oa1", "the Okta domain is acme.okta.com"),
        ("https://acme-admin.okta.com", "0oa1", "leave out -admin"),
        ("acme", "0oa1", "type the Okta domain, such as acme.okta.com"),
        ("", "0oa1", "type the Okta domain, such as acme.okta.com"),
        ("ftp://acme.okta.com", "0oa1", "must begin with https://"),
        (room.okta.issuer(), "", "Client ID must have 1 to 255 characters"),
        (other.okta.issuer(), &other.app.client_id, "another workspace is already connected"),
    ] {
        let fields = [("domain", domain), ("client_id", client_id), ("client_secret", "typed-secret")];
        let page = save(&house, &browser, &fields).await;
        assert_eq!(page.status, 422, "{domain} {}", page.text());
        assert!(page.text().contains("Not saved: "), "{}", page.text());
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
        let form = page.form_with_field("domain").unwrap();
        assert_eq!((form.value("domain"), form.value("client_id")), (Some(domain), Some(client_id)));
        assert!(!page.html.contains("typed-secret"), "a secret is not shown again");
    }
    let form = browser.get(&house.url("/integrations/okta/setup/credentials")).await.unwrap();
    let form = form.form_with_field("domain").unwrap();
    assert_eq!(form.value("domain"), Some(room.okta.issuer()), "what was there is there");
    assert_eq!(form.value("client_id"), Some(room.app.client_id.as_str()));
}

#[rstest]
#[actix_web::test]
async fn a_first_save_needs_the_secret(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let okta = Okta::start(Options::default()).unwrap();
    let now = house.state.now();
    let link = house
        .write(move |conn| {
            use vestibule_store::{providers::setup_links, workspaces};
            let workspace = workspaces::create(conn, None, "Bare", "us", now).unwrap();
            setup_links::issue(conn, &workspace.workspace_id, now).unwrap()
        })
        .await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url(&format!("/setup/{link}"))).await.unwrap();
    browser.press(&page, "Use this app", &[("app_kind", "own")]).await.unwrap();
    let page = browser.get(&house.url("/setup/credentials")).await.unwrap();
    let fields = [("domain", okta.issuer()), ("client_id", "0oa1"), ("client_secret", " ")];
    let page = browser.press(&page, "Save and check", &fields).await.unwrap();
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Client secret is missing"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn what_the_okta_says_of_itself_is_shown_and_held_against_the_settings(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = save(&house, &browser, &[("client_secret", &room.app.client_secret)]).await;
    let text = page.text();
    for found in [
        "/oauth2/v1/authorize",
        "/oauth2/v1/token",
        "/oauth2/v1/keys",
        "/oauth2/v1/logout",
        "client_secret_basic",
    ] {
        assert!(
            text.contains(&format!("{}{found}", room.okta.issuer())) || text.contains(found),
            "no {found} in {text}"
        );
    }
    for (fields, words) in [
        ([("auth_method", "tls_client_auth"), ("groups_claim", "")], "must be one of those in the list"),
        (
            [("auth_method", "auto"), ("groups_claim", &"x".repeat(101))],
            "Groups claim must be the name of a claim",
        ),
    ] {
        let page = save(&house, &browser, &fields).await;
        assert_eq!(page.status, 422, "{}", page.text());
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    let page =
        save(&house, &browser, &[("auth_method", "client_secret_post"), ("groups_claim", " groups ")]).await;
    let form = page.form_with_field("domain").unwrap();
    assert_eq!(
        (form.value("auth_method"), form.value("groups_claim")),
        (Some("client_secret_post"), Some("groups")),
        "{}",
        page.text()
    );
    assert_eq!(form.value("dpop"), None);
}

// A stored secret is never sent to a newly entered issuer, neither at a sign-in nor at a live check.
#[rstest]
#[actix_web::test]
async fn another_okta_is_given_no_secret_of_the_former(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    let works = page.text().matches("✓ Working").count();
    assert_eq!(works, 5, "app, create, credentials, test, provisioning: {}", page.text());
    let other = Okta::start(Options { name: "Other".to_owned(), ..Options::default() }).unwrap();
    for secret in ["", " "] {
        let page = save(&house, &browser, &[("domain", other.issuer()), ("client_secret", secret)]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Client secret must be entered again"), "{}", page.text());
    }
    let page = browser.get(&house.url("/integrations/okta/setup/credentials")).await.unwrap();
    assert_eq!(page.form_with_field("domain").unwrap().value("domain"), Some(room.okta.issuer()));
    let page = save(&house, &browser, &[("domain", other.issuer()), ("client_secret", "another")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert_eq!(
        page.text().matches("✓ Working").count(),
        2,
        "what worked, worked with the former; the choice of the app and provisioning stay: {}",
        page.text()
    );
}
