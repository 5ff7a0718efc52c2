//! `/auth`: one field, whose domain selects the Okta to redirect to. It reveals nobody's existence.

use rstest::rstest;
use vestibule_simulator::Browser;
use vestibule_store::{providers::sign_in_domains, workspaces};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Adds a domain to the room's sign-in page.
async fn offer(house: &House, room: &Room, domain: &'static str) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| sign_in_domains::add(conn, &workspace, domain, now).unwrap()).await;
}

/// Sends an email address to the sign-in page and returns status, location and body.
async fn answer(house: &House, email: &str) -> (u16, String, String) {
    let answer = house.http.post(house.url("/auth")).form(&[("email", email)]).send().await.unwrap();
    let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), location.unwrap_or_default(), answer.text().await.unwrap())
}

#[rstest]
#[actix_web::test]
async fn an_address_under_a_known_domain_leads_to_its_okta(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (acme, _other) = (house.room("Acme").await, house.room("Other").await);
    let browser = Browser::new().unwrap();
    for typed in ["nobody+x@acme.example", "  Nobody@ACME.example "] {
        let page = browser.get(&house.url("/auth")).await.unwrap();
        let page = browser.press(&page, "Continue", &[("email", typed)]).await.unwrap();
        assert!(page.url.as_str().starts_with(acme.okta.issuer()), "{}", page.url);
        assert_eq!(page.query("login_hint").as_deref(), Some(typed.trim()));
        assert_eq!(page.form_with_field("identifier").unwrap().value("identifier"), Some(typed.trim()));
    }
}

#[rstest]
#[actix_web::test]
async fn an_address_that_leads_nowhere_is_told_so_in_a_sentence(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    house.room("Acme").await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url("/auth")).await.unwrap();
    for (typed, words) in [
        ("ada@elsewhere.example", "No workspace in region us signs in with elsewhere.example"),
        ("ada@sub.acme.example", "No workspace in region us signs in with sub.acme.example"),
        ("", "Enter your full work email address"),
        ("ada", "Enter your full work email address"),
        ("@acme.example", "Enter your full work email address"),
        ("ada@", "Enter your full work email address"),
        ("\"><script>@x.example", "No workspace in region us signs in with x.example"),
        ("ada@<script>", "Enter your full work email address"),
    ] {
        let page = browser.press(&page, "Continue", &[("email", typed)]).await.unwrap();
        assert_eq!((page.status, page.url.query()), (422, None), "{typed}");
        assert!(page.text().contains(words), "{typed}: {}", page.text());
        assert!(!page.html.contains("<script>"), "{}", page.html);
        let form = page.form_with_field("email").unwrap();
        assert_eq!(form.value("email"), Some(typed), "what was typed is kept");
    }
}

#[rstest]
#[actix_web::test]
async fn where_to_go_afterwards_survives_a_mistake_and_leads_only_to_us(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url("/auth?target_link_uri=/integrations/okta")).await.unwrap();
    let page = browser.press(&page, "Continue", &[("email", "ada")]).await.unwrap();
    let page = browser.press(&page, "Continue", &[("email", &ada.login)]).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!(page.url.path(), "/integrations/okta");

    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url("/auth?target_link_uri=https://evil.example/")).await.unwrap();
    assert!(!page.html.contains("evil.example"));
    let fields = [("email", ada.login.as_str()), ("target_link_uri", "https://evil.example/")];
    let page = browser.press(&page, "Continue", &fields).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    assert_eq!(page.url.as_str(), house.url("/account"));
}

#[rstest]
#[actix_web::test]
async fn the_page_shows_the_way_to_the_other_regions(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("REGION__OTHERS__EU", "https://eu.api.example.com")]).await;
    let page = Browser::new().unwrap().get(&house.url("/auth")).await.unwrap();
    let link = page.links().into_iter().find(|link| link.text == "Sign in to region eu").unwrap();
    assert_eq!(link.href, "https://eu.api.example.com/auth");
    assert!(page.text().contains("region us"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_domain_of_several_workspaces_leads_to_a_choice(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (acme, beta) = (house.room("Acme").await, house.room("Beta").await);
    offer(&house, &beta, "acme.example").await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url("/auth?target_link_uri=/people")).await.unwrap();
    let page = browser.press(&page, "Continue", &[("email", "ada@acme.example")]).await.unwrap();
    assert_eq!((page.status, page.title().as_str()), (200, "Choose a workspace · Vestibule"));
    let choices: Vec<_> = page.links().into_iter().filter(|link| link.href.contains("team_id=")).collect();
    assert_eq!(choices.iter().map(|link| link.text.as_str()).collect::<Vec<_>>(), ["Acme", "Beta"]);
    for link in &choices {
        assert!(link.href.starts_with(&house.url("/api/okta/oidc/login?")), "{}", link.href);
    }
    for (name, room) in [("Acme", &acme), ("Beta", &beta)] {
        let there = browser.follow(&page, name).await.unwrap();
        assert!(there.url.as_str().starts_with(room.okta.issuer()), "{}", there.url);
        assert_eq!(there.query("login_hint").as_deref(), Some("ada@acme.example"));
    }
    // An added domain only leads to the sign-in page; it does not match a user who is not provisioned by name.
    let ada = beta.okta.add_person("ada@acme.example", "Ada", "Family");
    beta.user("ada@acme.example").await;
    beta.okta.assign_quietly(&beta.app, &ada);
    let there = browser.follow(&page, "Beta").await.unwrap();
    let refused = browser.sign_in_to_okta(&there, &ada).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[rstest]
#[actix_web::test]
async fn nobody_learns_who_exists(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (acme, beta) = (house.room("Acme").await, house.room("Beta").await);
    acme.user("ada@acme.example").await;
    acme.user("ada@beta.example").await;
    for domain in ["acme.example", "beta.example"] {
        if domain == "beta.example" {
            offer(&house, &acme, "beta.example").await;
        }
        let (status, location, body) = answer(&house, &format!("ada@{domain}")).await;
        let unknown = answer(&house, &format!("xyz@{domain}")).await;
        let renamed = |text: &str| text.replace(&format!("ada%40{domain}"), &format!("xyz%40{domain}"));
        assert_eq!((status, renamed(&location), renamed(&body)), unknown, "{domain}");
        assert!(location.contains("ada%40") || body.contains("ada%40"), "{location} {body}");
    }
    drop(beta);
}

#[rstest]
#[actix_web::test]
async fn a_workspace_without_okta_says_so_as_at_its_own_door(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let now = house.state.now();
    house
        .write(move |conn| {
            let bare = workspaces::create(conn, None, "Bare", "us", now).unwrap().workspace_id;
            sign_in_domains::add(conn, &bare, "Bare.example", now).unwrap();
            sign_in_domains::add(conn, &bare, "bare.EXAMPLE", now).unwrap();
            assert_eq!(sign_in_domains::list(conn, &bare).unwrap(), ["bare.example"]);
        })
        .await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&house.url("/auth")).await.unwrap();
    let page = browser.press(&page, "Continue", &[("email", "ada@bare.example")]).await.unwrap();
    assert_eq!(page.status, 404);
    assert!(page.text().contains("Okta is not connected yet"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn afterwards_people_may_go_where_their_workspace_allows(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (acme, other) = (house.room("Acme").await, house.room("Other").await);
    let product = vestibule_simulator::Okta::start(vestibule_simulator::Options::default()).unwrap();
    let (origin, workspace, now) = (product.issuer().to_owned(), acme.workspace.clone(), house.state.now());
    house.write(move |conn| workspaces::set_origins(conn, &workspace, &[origin], now).unwrap()).await;
    let there = format!("{}/somewhere?x=1", product.issuer());
    let to = |room: &Room| {
        let pairs = [("target_link_uri", there.as_str())];
        url::Url::parse_with_params(&room.login_url(), pairs).unwrap().to_string()
    };
    let browser = Browser::new().unwrap();
    let page = browser.get(&to(&acme)).await.unwrap();
    let page = browser.sign_in_to_okta(&page, &acme.person("Ada").await).await.unwrap();
    assert_eq!(page.url.as_str(), there);
    // A site that one workspace allows is not allowed for another.
    let page = Browser::new().unwrap().get(&to(&other)).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text());
    assert!(page.text().contains("target_link_uri leads to another site"), "{}", page.text());
    // The sign-in page allows the site too, after the email address has selected the workspace.
    for (email, lasts) in [("ada@acme.example", true), ("ada@other.example", false)] {
        let form = [("email", email), ("target_link_uri", there.as_str())];
        let answer = house.http.post(house.url("/auth")).form(&form).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        assert_eq!(location.contains("somewhere"), lasts, "{location}");
    }
}
