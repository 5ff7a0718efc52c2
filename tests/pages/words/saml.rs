//! Sign-ins by SAML through a provider of another kind than Okta: the pages on the way, those after it, and those of refusals.

use vestibule_admin::{
    Actor,
    provider::saml_connection::{self, SamlProvider, SamlSettings},
};
use vestibule_core::{
    ids::{ConnectionId, RoleId},
    providers::Provider,
    sets::{AssignmentSource, SamlBinding, Unsolicited},
};
use vestibule_saml::certificate::parse_pasted;
use vestibule_simulator::{
    App, AppSettings, Browser, Person, SamlMisbehavior as Fault, SamlSettings as OktaSettings,
};
use vestibule_store::{people::users, rights::roles};

use super::assert_no_okta_in_ours;
use crate::support::{House, Room};

/// A connection to an app of the pretend org, which names itself as this provider does.
struct Real {
    app: App,
    connection: ConnectionId,
    login: String,
}

async fn connect(house: &House, room: &Room, provider: &Provider) -> Real {
    let acs = house.url(&format!("/api/okta/saml/acs/{}", room.workspace));
    let audience = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
    let [issuer, ..] = provider.saml.examples;
    let issuer = format!("{issuer}2");
    let mut settings = OktaSettings::new(acs, audience);
    settings.issuer_id = Some(issuer.clone());
    let labels = AppSettings { name: "acme_vestibule_3".to_owned(), ..AppSettings::default() };
    let app = room.okta.create_saml_app(labels, settings).unwrap();
    let shown = room.okta.saml_instructions(&app).unwrap();
    let settings = SamlSettings {
        name: "Company sign-in".to_owned(),
        provider: Some(SamlProvider {
            issuer,
            sso_url: shown.single_sign_on_url,
            sso_binding: SamlBinding::Redirect,
            slo: None,
            wants_signed_requests: false,
            certificates: parse_pasted(&shown.certificate).unwrap(),
        }),
        unsolicited: Some(Unsolicited::Off),
        ..SamlSettings::default()
    };
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let saved = house
        .write(move |conn| saml_connection::save(conn, &Actor::cli(now), &workspace, settings, true).unwrap())
        .await;
    assert_eq!(saved.kind(), provider.kind);
    let (id, connection) = (&room.workspace, saved.connection_id);
    let login = house.url(&format!("/api/okta/saml/login?team_id={id}&connection={connection}"));
    Real { app, connection, login }
}

async fn make_administrator(house: &House, room: &Room, person: &Person) {
    let (workspace, login, now) = (room.workspace.clone(), person.login.clone(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let role = RoleId::from_stored("admin");
            roles::assign(conn, &workspace, &user.user_id, &role, AssignmentSource::Manual, now).unwrap();
        })
        .await;
}

/// Signs people in, and has each kind of sign-in refused. Returns the browser of an administrator who signed in so.
pub(super) async fn assert_sign_ins(
    house: &House,
    room: &Room,
    provider: &Provider,
    administrator: &Browser,
) -> Browser {
    let real = connect(house, room, provider).await;
    let person = room.person("Sam").await;
    room.okta.assign_quietly(&real.app, &person);
    let sign_in = async |person: &Person| {
        let browser = Browser::new().unwrap();
        let page = browser.get(&real.login).await.unwrap();
        let page = browser.sign_in_by_saml(&page, person).await.unwrap();
        assert_no_okta_in_ours(house, &page, provider);
        (browser, page)
    };
    let (browser, page) = sign_in(&person).await;
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    for fault in [
        Fault::WrongAudience,
        Fault::WrongRecipient,
        Fault::WrongDestination,
        Fault::WrongIssuer,
        Fault::Expired,
        Fault::Unsigned,
        Fault::Sha1,
        Fault::ForeignKey,
        Fault::TransientNameId,
        Fault::ErrorStatus,
        Fault::NoInResponseTo,
        Fault::OtherInResponseTo,
        Fault::NameIdInUpperCase,
    ] {
        room.okta.tamper_saml(fault.clone()).unwrap();
        let (_, page) = sign_in(&person).await;
        assert!(page.status >= 400, "{fault:?} {}", page.text());
    }
    let stranger = room.okta.add_person("stranger@acme.example", "Given", "Family");
    room.okta.assign_quietly(&real.app, &stranger);
    assert_eq!(sign_in(&stranger).await.1.status, 403);

    // The report of a test sign-in. The administrator, who came first, is signed in at the provider already.
    let first = room.okta.people().into_iter().next().unwrap();
    room.okta.assign_quietly(&real.app, &first);
    let page =
        administrator.get(&house.url(&format!("/integrations/okta/saml/{}", real.connection))).await.unwrap();
    assert_no_okta_in_ours(house, &page, provider);
    let page = administrator.press(&page, "Test sign-in", &[]).await.unwrap();
    assert_no_okta_in_ours(house, &page, provider);
    let begin = page.links().into_iter().find(|link| link.href.contains("ticket=")).unwrap();
    let page = administrator.get(&begin.href).await.unwrap();
    let page = administrator.sign_in_by_saml(&page, &person).await.unwrap();
    assert_eq!(page.url.path(), "/api/okta/saml/arrive", "{}", page.text());
    assert_no_okta_in_ours(house, &page, provider);

    make_administrator(house, room, &person).await;
    browser
}
