//! `/integrations/okta/saml/…`: a SAML connection is created, used, switched, changed and deleted on pages; each refusal; and who may do
//! what.

mod refused;
mod rotation;

use rstest::rstest;
use vestibule_simulator::{App, AppSettings, Browser, Page, Person, SamlSettings as OktaSettings};
use vestibule_store::{db::schema, trail::events};

use super::{element, furnished};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Creates a SAML app in the room's Okta; returns it with its metadata URL.
fn app(house: &House, room: &Room) -> (App, String) {
    let acs = house.url(&format!("/api/okta/saml/acs/{}", room.workspace));
    let audience = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
    let labels = AppSettings {
        label: "Vestibule SAML".to_owned(),
        name: "acme_vestibule_2".to_owned(),
        ..AppSettings::default()
    };
    let app = room.okta.create_saml_app(labels, OktaSettings::new(&acs, audience)).unwrap();
    let url = room.okta.saml_instructions(&app).unwrap().metadata_url;
    (app, url)
}

/// Fills in the form of a new connection and sends it.
async fn add(house: &House, browser: &Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get(&house.url("/integrations/okta/saml/new")).await.unwrap();
    browser.press(&page, "Add the connection", fields).await.unwrap()
}

/// Signs a person in by SAML with a new browser; returns the page at the end.
async fn sign_in(house: &House, room: &Room, person: &Person) -> Page {
    let browser = Browser::new().unwrap();
    let login = house.url(&format!("/api/okta/saml/login?team_id={}", room.workspace));
    let page = browser.get(&login).await.unwrap();
    browser.sign_in_by_saml(&page, person).await.unwrap()
}

/// The kinds of the workspace's events about SAML connections.
async fn kinds(house: &House, room: &Room) -> Vec<String> {
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    all.into_iter().map(|event| event.kind).filter(|kind| kind.starts_with("saml_")).collect()
}

#[rstest]
#[actix_web::test]
async fn a_connection_is_added_used_switched_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (app, url) = app(&house, &room);
    let bob = room.person("Bob").await;
    room.okta.assign_quietly(&app, &bob);
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    let page = browser.follow(&page, "Add a SAML connection").await.unwrap();
    assert_eq!(element(&page, "acs"), house.url(&format!("/api/okta/saml/acs/{}", room.workspace)));
    let metadata = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
    assert_eq!((element(&page, "entity"), element(&page, "metadata-of-us")), (metadata.clone(), metadata));
    let fields = [("name", " Okta by SAML "), ("metadata_url", url.as_str())];
    let page = browser.press(&page, "Add the connection", &fields).await.unwrap();
    assert_eq!((page.status, page.url.query()), (200, Some("saved=1")), "{}", page.text());
    let text = page.text();
    for words in
        ["Okta by SAML", "✓ On", "✓ Trusted", &url, &room.okta.saml_instructions(&app).unwrap().issuer]
    {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let page_of_bob = sign_in(&house, &room, &bob).await;
    assert_eq!((page_of_bob.status, page_of_bob.url.path()), (200, "/account"), "{}", page_of_bob.text());

    // The test begins here and leads to the provider.
    let test = browser.press(&page, "Test sign-in", &[]).await.unwrap();
    let begin = test.links().into_iter().find(|link| link.href.contains("ticket=")).unwrap();
    let asked = browser.get(&begin.href).await.unwrap();
    assert!(asked.url.as_str().starts_with(room.okta.issuer()), "{} {}", asked.url, asked.text());

    let page = browser.press(&page, "Switch off", &[]).await.unwrap();
    assert!(page.text().contains("○ Off"), "{}", page.text());
    assert_eq!(sign_in(&house, &room, &bob).await.status, 403);
    let page = browser.press(&page, "Switch on", &[]).await.unwrap();
    assert_eq!(sign_in(&house, &room, &bob).await.url.path(), "/account");
    let page = browser.press(&page, "Make it the default", &[]).await.unwrap();
    assert!(page.form_with_button("Make it the default").is_err(), "{}", page.text());
    let list = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(list.text().contains("Okta by SAML") && list.text().contains("Default"), "{}", list.text());

    let page = browser.follow(&page, "Delete this connection").await.unwrap();
    assert!(page.text().contains("Okta by SAML"), "{}", page.text());
    let page = browser.press(&page, "Delete this connection", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/integrations/okta"));
    assert!(page.text().contains("The SAML connection was deleted."), "{}", page.text());
    assert_eq!(
        kinds(&house, &room).await,
        [["saml_connection_changed"; 4].as_slice(), &["saml_connection_deleted"]].concat()
    );
}

#[rstest]
#[actix_web::test]
async fn settings_are_shown_as_stored_and_changed(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (app, url) = app(&house, &room);
    let shown = room.okta.saml_instructions(&app).unwrap();
    let by_hand = [
        ("name", "By hand"),
        ("source", "hand"),
        ("issuer", shown.issuer.as_str()),
        ("sso_url", shown.single_sign_on_url.as_str()),
        ("certificate", shown.certificate.as_str()),
        ("uid", "employeeNumber"),
        ("uid_is", "user_name"),
        ("user_name", "userName"),
        ("email", "Contact"),
        ("full_name", "displayName"),
        ("given_name", "First"),
        ("family_name", "Last"),
        ("groups", "groups"),
        ("okta_org", room.okta.issuer()),
        ("app_instance_id", "0oa1"),
        ("unsolicited", "accept"),
        ("roles", "Role"),
        ("slo_url", "https://idp.example/slo"),
        ("signs_requests", "on"),
    ];
    let page = add(&house, &browser, &by_hand).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let form = page.form_with_field("name").unwrap();
    for (name, value) in by_hand {
        match name {
            "source" => assert_eq!(form.value(name), Some("keep")),
            "certificate" => assert_eq!(form.value(name).unwrap_or_default(), ""),
            _ => assert_eq!(form.value(name), Some(value), "{name}"),
        }
    }
    // The certificate stays when none is entered, and other settings can be changed without the provider's.
    let change = [("name", "Renamed"), ("source", "hand"), ("uid", ""), ("jit", "on")];
    let page = browser.press(&page, "Save the connection", &change).await.unwrap();
    let form = page.form_with_field("name").unwrap();
    assert_eq!(
        (page.status, form.value("name"), form.value("jit")),
        (200, Some("Renamed"), Some("on")),
        "{}",
        page.text()
    );
    assert_eq!(form.value("groups"), Some("groups"));
    // Values entered by hand don't include the provider's logout URL, so it stays.
    assert_eq!(form.value("slo_url"), Some("https://idp.example/slo"));
    assert_eq!(form.value("signs_requests"), Some("on"));
    let wrong = [("uid", "UID"), ("uid_is", "custom"), ("uid_custom", "nothing")];
    let refused = browser.press(&page, "Save the connection", &wrong).await.unwrap();
    assert!(
        refused.text().contains("is no attribute that this workspace has declared"),
        "{}",
        refused.text()
    );
    assert!(page.text().contains("✓ Trusted") && !page.text().contains("employeeNumber"), "{}", page.text());
    // The metadata is pasted, and then its URL is given.
    let xml = house.http.get(&url).send().await.unwrap().text().await.unwrap();
    let pasted = [("source", "metadata"), ("metadata", xml.as_str())];
    let page = browser.press(&page, "Save the connection", &pasted).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.form_with_button("Read the metadata now").is_err());
    let followed = [("source", "url"), ("metadata_url", url.as_str())];
    let page = browser.press(&page, "Save the connection", &followed).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.form_with_button("Read the metadata now").is_ok(), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_workspace_with_saml_alone_is_not_told_to_connect_okta(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (_, url) = app(&house, &room);
    add(&house, &browser, &[("name", "Okta"), ("metadata_url", &url)]).await;
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
            let this = schema::connections::table.filter(schema::connections::workspace_id.eq(workspace));
            assert_eq!(diesel::delete(this).execute(&mut **conn).unwrap(), 1);
        })
        .await;
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    for step in ["create", "credentials"] {
        let page = browser.get(&house.url(&format!("/integrations/okta/setup/{step}"))).await.unwrap();
        for words in ["Client secret", "OIDC - OpenID Connect", "Sign-in redirect URIs"] {
            assert!(!page.text().contains(words), "{step} says {words}: {}", page.text());
        }
    }
    let page = browser.press(&page, "Run the live checks", &[]).await.unwrap();
    assert!(page.text().contains("✓ OK SAML metadata"), "{}", page.text());
}
