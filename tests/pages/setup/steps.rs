//! The steps in the console and by a link: what each kind of app shows, and who may act.

use rstest::rstest;
use vestibule_core::sets::OktaAppKind;
use vestibule_simulator::{Browser, Page};
use vestibule_store::providers::setup_progress;

use super::link;
use crate::{
    pages::{doors, furnished},
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

/// The steps after the choice of an app.
const STEPS: [&str; 7] = ["create", "credentials", "test", "provisioning", "logout", "domain", "done"];

/// Labels that belong to some kinds of apps alone.
const OF_CATALOG: [&str; 4] =
    ["Browse App Catalog", "team_id (workspace ID)", "App logs out when", "Authenticate with"];
const OF_OWN: [&str; 5] = [
    "Create App Integration",
    "Federation Broker Mode",
    "SWA - Secure Web Authentication",
    "Sign-in redirect URIs",
    "CLIENT SECRETS",
];
const OF_SAML: [&str; 3] = ["ACS URL", "Audience URI", "Metadata URL"];

async fn in_console(house: &House, browser: &Browser, step: &str) -> Page {
    browser.get(&house.url(&format!("/integrations/okta/setup/{step}"))).await.unwrap()
}

#[rstest]
#[actix_web::test]
async fn no_step_has_labels_of_another_kind(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = Browser::new().unwrap();
    let page = browser.get(&link(&house, &room).await).await.unwrap();
    browser.press(&page, "Use this app", &[("app_kind", "catalog")]).await.unwrap();
    let others: [(&str, Vec<&str>); 4] = [
        ("catalog", [&OF_OWN[..], &OF_SAML[..]].concat()),
        ("own", [&OF_CATALOG[..], &OF_SAML[..]].concat()),
        ("saml", [&OF_CATALOG[..], &OF_OWN[1..]].concat()),
        ("other", [&["Okta", "Universal Logout"][..], &OF_CATALOG[..], &OF_OWN[..], &OF_SAML[..]].concat()),
    ];
    for (kind, foreign) in others {
        let page = super::open(&house, &browser, "app").await;
        let page = browser.press(&page, "Use this app", &[("app_kind", kind)]).await.unwrap();
        assert_eq!(page.url.path(), "/setup/create", "{kind}: {}", page.text());
        if kind == "other" {
            // The connection of the room is Okta's.
            let workspace = room.workspace.clone();
            house
                .write(move |conn| {
                    use vestibule_store::providers::connections;
                    for mut one in connections::list(conn, &workspace).unwrap() {
                        one.provider = vestibule_core::sets::ProviderKind::Keycloak;
                        "Company".clone_into(&mut one.name);
                        connections::save(conn, &one).unwrap();
                    }
                })
                .await;
        }
        for step in STEPS {
            let page = browser.get(&house.url(&format!("/setup/{step}"))).await.unwrap();
            assert_eq!(page.status, 200, "{kind} {step}: {}", page.text());
            for words in &foreign {
                assert!(!page.text().contains(words), "{kind} {step} says {words}: {}", page.text());
            }
        }
    }
}

#[rstest]
#[actix_web::test]
async fn an_auditor_sees_every_step_and_changes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, admin, _) = furnished(backend, true).await;
    let (auditor, _) = doors::somebody(&house, &room, "Art", "auditor").await;
    for kind in [OktaAppKind::Catalog, OktaAppKind::Own, OktaAppKind::Saml] {
        let workspace = room.workspace.clone();
        house.write(move |conn| setup_progress::set_app_kind(conn, &workspace, kind).unwrap()).await;
        for step in ["app"].into_iter().chain(STEPS) {
            let page = in_console(&house, &auditor, step).await;
            assert_eq!(page.status, 200, "{step}: {}", page.text());
            let forms: Vec<_> = page.forms().into_iter().map(|form| form.action).collect();
            assert!(
                forms.iter().all(|action| !action.contains("okta") && action != "/auth/test"),
                "{step}: {forms:?}"
            );
        }
    }
    let page = in_console(&house, &admin, "provisioning").await;
    let csrf = page.form_with_field("csrf").unwrap().value("csrf").unwrap().to_owned();
    let cookie = format!("vestibule_session={}", auditor.cookie(&house.api, "vestibule_session").unwrap());
    for (step, action) in [
        ("app", "app_kind=saml"),
        ("test", "do=off"),
        ("provisioning", ""),
        ("domain", "do=claim&domain=x.example"),
    ] {
        let request = house
            .http
            .post(house.url(&format!("/integrations/okta/setup/{step}")))
            .header("cookie", &cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("csrf={csrf}&{action}"));
        assert_eq!(request.send().await.unwrap().status(), 403, "{step}");
    }
}

#[rstest]
#[actix_web::test]
async fn until_people_can_sign_in_the_page_leads_to_the_first_open_step(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert_eq!(page.url.path(), "/integrations/okta", "{}", page.text());
    assert!(page.text().contains("Set-up steps"), "{}", page.text());
    // Nothing of the former connection counts for one that nobody has used.
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            use vestibule_store::providers::connections;
            for one in connections::list(conn, &workspace).unwrap() {
                connections::delete(conn, &workspace, &one.connection_id).unwrap();
            }
        })
        .await;
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert_eq!(page.url.path(), "/integrations/okta/setup/app", "{}", page.text());
    let page = browser.get(&house.url("/integrations/okta/setup/logout")).await.unwrap();
    assert_eq!(page.url.path(), "/integrations/okta/setup/app", "before the choice there is only the choice");
    let page = browser.press(&page, "Use this app", &[("app_kind", "catalog")]).await.unwrap();
    assert_eq!(page.url.path(), "/integrations/okta/setup/create", "{}", page.text());
    assert!(page.text().contains(room.workspace.as_str()), "{}", page.text());
    let page = browser.get(&house.url("/integrations/okta/setup/nonsense")).await.unwrap();
    assert_eq!(page.status, 404);
}
