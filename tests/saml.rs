//! Tests of sign-in by SAML, with the SAML apps of the pretend Okta, which share no code with the service.

mod certificates;
mod commands;
mod custom_uid;
mod doctor;
mod flood;
mod freshness;
mod joining;
mod keys;
mod logout;
mod metadata;
mod refused;
mod roles;
mod shapes;
mod sign_in;
mod switched_off;
mod test_sign_in;
mod universal_logout;
mod unsolicited;

use vestibule_admin::{
    Actor,
    provider::saml_connection::{self, SamlProvider, SamlSettings},
};
use vestibule_core::{ids::ConnectionId, sets::SamlBinding};
use vestibule_saml::certificate::parse_pasted;
use vestibule_simulator::{App, AppSettings, Browser, Page, Person, SamlSettings as OktaSettings};
use vestibule_store::providers::saml_connections::{self, SamlConnection};

use crate::support::{House, Room};

const SECOND: i64 = 1_000_000;

/// A workspace that signs people in by SAML, with a SAML app in its pretend Okta.
struct SamlRoom {
    room: Room,
    app: App,
    connection: ConnectionId,
    acs: String,
    login: String,
}

impl SamlRoom {
    /// A workspace with Okta's default settings.
    async fn new(house: &House, name: &str) -> Self {
        Self::with(house, name, |_| {}, |_| {}).await
    }

    /// A workspace whose settings in Okta and here are changed first.
    async fn with(
        house: &House,
        name: &str,
        in_okta: impl FnOnce(&mut OktaSettings),
        here: impl FnOnce(&mut SamlSettings),
    ) -> Self {
        let room = house.room(name).await;
        let acs = house.url(&format!("/api/okta/saml/acs/{}", room.workspace));
        let audience = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
        let mut settings = OktaSettings::new(&acs, audience);
        in_okta(&mut settings);
        let labels = AppSettings {
            label: "Vestibule SAML".to_owned(),
            name: "acme_vestibule_2".to_owned(),
            ..AppSettings::default()
        };
        let app = room.okta.create_saml_app(labels, settings).unwrap();
        let mut settings = SamlSettings {
            name: "Okta".to_owned(),
            provider: Some(provider(&room, &app)),
            ..SamlSettings::default()
        };
        here(&mut settings);
        let connection = save(house, &room, settings).await.connection_id;
        let login =
            house.url(&format!("/api/okta/saml/login?team_id={}&connection={connection}", room.workspace));
        Self { room, app, connection, acs, login }
    }

    /// A person in Okta, assigned to both apps. The OpenID Connect app provisions them.
    async fn person(&self, name: &str) -> Person {
        let person = self.room.person(name).await;
        self.room.okta.assign_quietly(&self.app, &person);
        person
    }

    /// Opens a URL in this browser and signs in at Okta as this person. Returns the page that would post the response.
    async fn up_to_response(&self, browser: &Browser, url: &str, person: &Person) -> Page {
        let page = browser.get(url).await.unwrap();
        let page = match page.form_with_field("identifier") {
            Ok(_) => browser.sign_in_to_okta(&page, person).await.unwrap(),
            Err(_) => page,
        };
        assert!(page.saml_form().is_ok(), "{} {}", page.url, page.text());
        page
    }

    /// Signs a person in with this browser; returns the last page.
    async fn sign_in_with(&self, browser: &Browser, person: &Person) -> Page {
        let page = self.up_to_response(browser, &self.login, person).await;
        browser.post_saml(&page).await.unwrap()
    }

    /// Signs a person in with a new browser.
    async fn sign_in(&self, person: &Person) -> (Browser, Page) {
        let browser = Browser::new().unwrap();
        let page = self.sign_in_with(&browser, person).await;
        (browser, page)
    }

    /// Changes the connection in the database.
    async fn change(&self, house: &House, change: impl FnOnce(&mut SamlConnection) + Send + 'static) {
        let (workspace, id) = (self.room.workspace.clone(), self.connection.clone());
        house
            .write(move |conn| {
                let mut connection = saml_connections::find(conn, &workspace, &id).unwrap().unwrap();
                change(&mut connection);
                saml_connections::save(conn, &connection).unwrap();
            })
            .await;
    }

    /// The kinds and data of the workspace's events, newest first.
    async fn events(&self, house: &House) -> Vec<(String, String)> {
        let workspace = self.room.workspace.clone();
        house
            .write(move |conn| {
                use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
                use vestibule_store::db::schema::events::dsl;
                dsl::events
                    .filter(dsl::workspace_id.eq(workspace))
                    .order(dsl::seq.desc())
                    .limit(20)
                    .select((dsl::kind, dsl::data))
                    .load(&mut **conn)
                    .unwrap()
            })
            .await
    }
}

/// The values that an administrator copies from Okta's page into the settings.
fn provider(room: &Room, app: &App) -> SamlProvider {
    let instructions = room.okta.saml_instructions(app).unwrap();
    SamlProvider {
        issuer: instructions.issuer,
        sso_url: instructions.single_sign_on_url,
        sso_binding: SamlBinding::Redirect,
        slo: None,
        wants_signed_requests: false,
        certificates: parse_pasted(&instructions.certificate).unwrap(),
    }
}

async fn save(house: &House, room: &Room, settings: SamlSettings) -> SamlConnection {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| saml_connection::save(conn, &Actor::cli(now), &workspace, settings, true).unwrap())
        .await
}

/// The session cookie of the browser.
fn session_cookie(house: &House, browser: &Browser) -> Option<String> {
    browser.cookie(&house.api, "vestibule_session")
}

/// Checks that the browser is signed in and on its account page.
#[track_caller]
fn assert_signed_in(house: &House, browser: &Browser, page: &Page) {
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    assert!(session_cookie(house, browser).is_some());
}

/// Checks that a page has this status, these words and a reference, and signed nobody in.
#[track_caller]
fn assert_refused(house: &House, browser: &Browser, page: &Page, status: u16, words: &str) {
    let text = page.text();
    assert_eq!(page.status, status, "{} {text}", page.url);
    assert!(text.contains(words), "no {words:?} in: {text}");
    assert!(text.contains("Reference "), "{text}");
    assert_eq!(session_cookie(house, browser), None, "{text}");
}
