//! Kinds of identity providers: their texts, and the rules that distinguish the people of different organisations.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{providers::PROVIDERS, sets::ProviderKind};
use vestibule_simulator::{App, AppSettings, Browser, Okta, Page, Person};
use vestibule_store::trail::events;

use super::{
    another_okta,
    several::{save, settings_of},
};
use crate::{
    house::root,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

/// A workspace whose second connection is for this kind of provider.
struct OfKind {
    house: House,
    room: Room,
    okta: Okta,
    app: App,
    person: Person,
    url: String,
}

impl OfKind {
    async fn new(backend: Backend, kind: ProviderKind) -> Self {
        let house = House::start(backend).await;
        let room = house.room("Acme").await;
        room.user("ada@acme.example").await;
        let (okta, app) = another_okta(&house, "Other");
        let mut settings = settings_of(&okta, &app, "Other");
        settings.provider = Some(kind);
        let id = save(&house, &room, settings).await.unwrap().connection_id;
        let person = okta.add_person("ada@acme.example", "Ada", "Family");
        okta.assign_quietly(&app, &person);
        let url = house.url(&format!("/api/okta/oidc/login?team_id={}&connection={id}", room.workspace));
        Self { house, room, okta, app, person, url }
    }

    /// Signs the person in with a token that also has these claims.
    async fn sign_in(&self, claims: Value) -> (Browser, Page) {
        let more_claims = claims.as_object().unwrap().clone();
        self.okta.update_app(&self.app, AppSettings { more_claims, ..self.app.settings.clone() });
        let browser = Browser::new().unwrap();
        let page = browser.get(&self.url).await.unwrap();
        let page = browser.sign_in_to_okta(&page, &self.person).await.unwrap();
        (browser, page)
    }
}

#[rstest]
#[actix_web::test]
async fn an_account_of_google_is_of_a_verified_domain(#[values(Sqlite, Postgres)] backend: Backend) {
    let google = OfKind::new(backend, ProviderKind::Google).await;
    for wrong in [json!({}), json!({ "hd": "mallory.example" }), json!({ "hd": null })] {
        let (browser, page) = google.sign_in(wrong.clone()).await;
        assert_eq!(page.status, 502, "{wrong} {}", page.text());
        assert!(
            page.text().contains("The answer of Google Workspace could not be trusted"),
            "{}",
            page.text()
        );
        assert!(!page.text().contains("Okta"), "{}", page.text());
        assert_eq!(browser.cookie(&google.house.api, "vestibule_session"), None);
    }
    let workspace = google.room.workspace.clone();
    let trail = google.house.write(move |conn| events::list(conn, &workspace, 0, 100).unwrap()).await;
    let refused = trail.iter().filter(|event| event.kind == "sign_in_refused");
    let data: Vec<&str> = refused.map(|event| event.data.as_str()).collect();
    assert!(data.len() == 3 && data[0].contains("hd is missing"), "{data:?}");
    let (browser, page) = google.sign_in(json!({ "hd": "acme.example" })).await;
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    assert_eq!(google.room.check(&browser).await, 200);
}

#[rstest]
#[actix_web::test]
async fn an_issuer_of_all_tenants_of_entra_is_not_saved(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (okta, app) = another_okta(&house, "Other");
    for issuer in [
        "https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/organizations/v2.0",
        "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
    ] {
        // The same if another kind is chosen.
        for provider in [None, Some(ProviderKind::Any)] {
            let mut settings = settings_of(&okta, &app, "Other");
            (settings.issuer, settings.provider) = (issuer.to_owned(), provider);
            let refused = save(&house, &room, settings).await.unwrap_err();
            assert!(refused.contains("must name the tenant by its id"), "{issuer}: {refused}");
        }
    }
    let mut settings = settings_of(&okta, &app, "Other");
    settings.issuer =
        "https://login.microsoftonline.com/8f6a1f62-0f4b-4c0e-9d6a-3f1f0f6f0a11/v2.0".to_owned();
    assert_eq!(save(&house, &room, settings).await.unwrap().provider, ProviderKind::Entra);
}

#[rstest]
#[actix_web::test]
async fn a_refusal_uses_the_words_of_its_provider(#[values(Sqlite, Postgres)] backend: Backend) {
    for (kind, words) in [
        (ProviderKind::Keycloak, "Keycloak did not let you in"),
        (ProviderKind::Any, "The identity provider did not let you in"),
    ] {
        let other = OfKind::new(backend, kind).await;
        other.okta.unassign_quietly(&other.app, &other.person);
        let (_, page) = other.sign_in(json!({})).await;
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(page.text().contains(words) && !page.text().contains("Okta"), "{}", page.text());
    }
}

#[test]
fn the_guides_say_what_the_table_says() {
    for provider in &PROVIDERS {
        let guide = root().join("docs/providers").join(format!("{}.md", provider.guide));
        let text = std::fs::read_to_string(&guide).unwrap();
        let facts = [
            provider.app,
            provider.assign,
            provider.redirect_uri,
            provider.client_id,
            provider.client_secret,
            provider.issuer,
        ];
        for fact in facts.iter().chain(provider.quirks) {
            assert!(text.contains(fact), "{} lacks {fact:?}", guide.display());
        }
        // The terms of SAML, where no provider is known, are not quoted.
        if provider.kind == ProviderKind::Any {
            continue;
        }
        let (saml, scim) = (provider.saml, provider.scim);
        let labels =
            [saml.app, saml.acs_url, saml.entity_id, saml.name_id_format, saml.name_id.0, saml.metadata];
        let terms = PROVIDERS[0].saml;
        let others = [
            (saml.start, terms.start),
            (saml.issuer, terms.issuer),
            (saml.sso_url, terms.sso_url),
            (saml.certificates, terms.certificates),
            (saml.attributes, terms.attributes),
            (saml.groups, terms.groups),
            (saml.unencrypted.0, terms.unencrypted.0),
        ];
        let others = others.into_iter().filter(|(own, term)| own != term).map(|(own, _)| own);
        let scim = [scim.settings, scim.base_url, scim.token]
            .into_iter()
            .filter(|_| *provider.scim != *PROVIDERS[0].scim);
        let settings = saml.signs.iter().chain(saml.algorithms).map(|(label, _)| *label);
        let all = labels.into_iter().chain(others).chain(settings).chain(scim);
        let text: String = text.replace('*', "").split_whitespace().collect::<Vec<_>>().join(" ");
        for label in all.flat_map(|label| label.split(" › ")).flat_map(|label| label.split(", then ")) {
            assert!(text.contains(label.trim()), "{} lacks {label:?}", guide.display());
        }
    }
}
