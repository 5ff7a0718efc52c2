//! Tests of connections: who may replace a workspace's identity provider, and what another provider may claim about existing
//! people.

mod commands;
mod doctor;
mod ending;
mod kinds;
mod moving;
mod pairs;
mod several;
mod upgrade;

use rstest::rstest;
use vestibule_admin::{
    Actor,
    people::{self, NewUser},
    provider::{
        connection::{self, Settings},
        identities,
    },
};
use vestibule_core::{
    ids::{RoleId, WorkspaceId},
    sets::{AssignmentSource, DomainProof, ProviderKind},
};
use vestibule_simulator::{App, AppSettings, Browser, Okta, Options, Page, Person};
use vestibule_store::{
    people::users,
    providers::{connections, identities::IdentityKey},
    rights::roles,
};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Another Okta org with an app for this service.
fn another_okta(house: &House, name: &str) -> (Okta, App) {
    let okta = Okta::start(Options { name: name.to_owned(), ..Options::default() }).unwrap();
    let app = okta.create_app(AppSettings {
        label: "Vestibule".to_owned(),
        name: "vestibule_other_1".to_owned(),
        redirect_uris: vec![house.url("/api/okta/oidc/callback")],
        ..AppSettings::default()
    });
    (okta, app)
}

/// Connects the workspace to this app, as the operator does.
async fn connect_to(house: &House, workspace: &WorkspaceId, okta: &Okta, app: &App, secret: &str) {
    let settings = Settings {
        issuer: okta.issuer().to_owned(),
        client_id: app.client_id.clone(),
        client_secret: Some(secret.to_owned().into()),
        enabled: Some(true),
        assumed: ProviderKind::Okta,
        ..Settings::default()
    };
    let (state, workspace, now) = (house.state.clone(), workspace.to_owned(), house.state.now());
    house
        .write(move |conn| {
            connection::save(conn, &Actor::cli(now), state.sealer(), &workspace, settings).map(drop).unwrap();
        })
        .await;
}

/// Assigns a role by hand to the user with this name.
async fn give(house: &House, room: &Room, login: &str, role: &'static str) {
    let (workspace, login, now) = (room.workspace.clone(), login.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            roles::assign(
                conn,
                &workspace,
                &user.user_id,
                &RoleId::from_stored(role),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
        .await;
}

/// A person of the room's Okta with this role, signed in.
async fn signed_in(house: &House, room: &Room, name: &str, role: &'static str) -> (Person, Browser) {
    let person = room.person(name).await;
    give(house, room, &person.login, role).await;
    let (browser, page) = room.sign_in(&person).await;
    assert_eq!(page.status, 200, "{}", page.text());
    (person, browser)
}

/// Like `signed_in`, for a person whom SCIM provisioned without `externalId`.
async fn known_by_name(house: &House, room: &Room, name: &str, role: &'static str) -> (Person, Browser) {
    let login = format!("{}@{}", name.to_lowercase(), room.domain);
    room.user(&login).await;
    give(house, room, &login, role).await;
    let person = room.okta.add_person(&login, name, "Family");
    room.okta.assign_quietly(&room.app, &person);
    let (browser, page) = room.sign_in(&person).await;
    assert_eq!(page.status, 200, "{}", page.text());
    (person, browser)
}

/// Signs a person of another Okta org in to the workspace.
async fn sign_in_at(
    house: &House,
    workspace: &WorkspaceId,
    okta: &Okta,
    app: &App,
    person: &Person,
) -> (Browser, Page) {
    okta.assign_quietly(app, person);
    let browser = Browser::new().unwrap();
    let away = browser.get(&house.url(&format!("/api/okta/oidc/login?team_id={workspace}"))).await.unwrap();
    let page = browser.sign_in_to_okta(&away, person).await.unwrap();
    (browser, page)
}

async fn save(house: &House, browser: &Browser, fields: &[(&str, &str)]) -> Page {
    let page = browser.get(&house.url("/integrations/okta/setup/credentials")).await.unwrap();
    browser.press(&page, "Save and check", fields).await.unwrap()
}

async fn stored(house: &House, room: &Room) -> connections::Connection {
    let workspace = room.workspace.clone();
    house.write(move |conn| connections::find_first(conn, &workspace).unwrap().unwrap()).await
}

#[rstest]
#[actix_web::test]
async fn only_an_owner_replaces_the_provider_of_a_workspace_that_has_one(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (_, ada) = signed_in(&house, &room, "Ada", "admin").await;
    let (_, olga) = signed_in(&house, &room, "Olga", "owner").await;
    let before = stored(&house, &room).await;
    let (okta, app) = another_okta(&house, "Mallory");
    let mine =
        [("domain", okta.issuer()), ("client_id", &*app.client_id), ("client_secret", &*app.client_secret)];
    let attempts: [&[(&str, &str)]; 4] = [
        &mine,
        &[("client_id", "0oaelse")],
        &[("client_secret", "another")],
        &[("groups_claim", "nickname")],
    ];
    for fields in attempts {
        let page = save(&house, &ada, fields).await;
        assert_eq!(page.status, 422, "{fields:?} {}", page.text());
        assert!(
            page.text().contains("only an owner of this workspace may change the Okta domain"),
            "{}",
            page.text()
        );
        assert_eq!(stored(&house, &room).await, before, "{fields:?}");
    }
    // An administrator may change settings that do not decide who a person is.
    let page = save(&house, &ada, &[("jit", "on")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(stored(&house, &room).await.jit);
    let page = save(&house, &olga, &mine).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(stored(&house, &room).await.issuer, okta.issuer());
}

#[rstest]
#[actix_web::test]
async fn another_provider_names_nobody_with_a_role_in_the_console(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (olga, her_browser) = known_by_name(&house, &room, "Olga", "owner").await;
    let (_, ada) = known_by_name(&house, &room, "Ada", "admin").await;
    // Audrey has never signed in; only SCIM provisioned her.
    let audrey = room.person("Audrey").await;
    give(&house, &room, &audrey.login, "auditor").await;
    room.user("bob@acme.example").await;
    let (okta, app) = another_okta(&house, "Mallory");
    let of_name = okta.add_person(&olga.login, "Not", "Olga");
    let of_id = okta.add_person("mallory@mallory.example", "Mallory", "Mallory");
    let (workspace, login, subject, now) =
        (room.workspace.clone(), audrey.login.clone(), of_id.id.clone(), house.state.now());
    house
        .write(move |conn| {
            let before = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let mut user = before.clone();
            user.external_id = Some(subject);
            users::save(conn, &before, &mut user, None, now).unwrap();
        })
        .await;
    connect_to(&house, &room.workspace, &okta, &app, &app.client_secret).await;
    for person in [&of_name, &of_id] {
        let (browser, page) = sign_in_at(&house, &room.workspace, &okta, &app, person).await;
        assert_eq!(page.status, 403, "{} {}", person.login, page.text());
        assert!(page.text().contains("An owner has to let you in"), "{}", page.text());
        assert_eq!(browser.cookie(&house.api, "vestibule_session"), None);
    }
    // A user without a role in the console is still recognised by name.
    let bob = okta.add_person("bob@acme.example", "Bob", "Family");
    let (_, page) = sign_in_at(&house, &room.workspace, &okta, &app, &bob).await;
    assert_eq!(page.status, 200, "{}", page.text());

    // An administrator may resolve none of these conflicts; an owner may, one by one.
    let conflicts = house.url("/integrations/okta/conflicts");
    for button in ["Link to this user", "Dismiss"] {
        let page = ada.get(&conflicts).await.unwrap();
        assert!(page.text().contains("an owner must choose who they are"), "{}", page.text());
        let page = ada.press(&page, button, &[]).await.unwrap();
        assert_eq!(page.status, 422, "{}", page.text());
        assert!(page.text().contains("only an owner may decide who signs in as"), "{}", page.text());
    }
    let page = her_browser.get(&conflicts).await.unwrap();
    // The newest conflict is listed first.
    let page = her_browser.press(&page, "Link to this user", &[("user_name", &audrey.login)]).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let (_, page) = sign_in_at(&house, &room.workspace, &okta, &app, &of_id).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (_, page) = sign_in_at(&house, &room.workspace, &okta, &app, &of_name).await;
    assert_eq!(page.status, 403, "each person is settled for themselves: {}", page.text());
    // The operator may always link a user.
    let (workspace, issuer, subject, login, now) = (
        room.workspace.clone(),
        okta.issuer().to_owned(),
        of_name.id.clone(),
        olga.login.clone(),
        house.state.now(),
    );
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let identity = IdentityKey { issuer: &issuer, subject: &subject };
            identities::link(conn, &Actor::cli(now), &workspace, identity, &user.user_id).map(drop).unwrap();
        })
        .await;
    let (_, page) = sign_in_at(&house, &room.workspace, &okta, &app, &of_name).await;
    assert_eq!(page.status, 200, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn an_administrator_says_of_nobody_that_they_are_an_owner(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (olga, _) = signed_in(&house, &room, "Olga", "owner").await;
    let (_, ada) = signed_in(&house, &room, "Ada", "admin").await;
    let (mut first, _) = signed_in(&house, &room, "Grace", "member").await;
    let login = std::mem::replace(&mut first.login, "former@acme.example".to_owned());
    first.email.clone_from(&first.login);
    room.okta.update_person(&first);
    let second = room.okta.add_person(&login, "Grace", "Second");
    room.okta.assign_quietly(&room.app, &second);
    let (_, page) = room.sign_in(&second).await;
    assert_eq!(page.status, 403, "{}", page.text());
    let page = ada.get(&house.url("/integrations/okta/conflicts")).await.unwrap();
    let page = ada.press(&page, "Link to this user", &[("user_name", &olga.login)]).await.unwrap();
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(
        page.text().contains("only an owner may decide who signs in as olga@acme.example"),
        "{}",
        page.text()
    );
    let (_, page) = room.sign_in(&second).await;
    assert_eq!(page.status, 403, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn a_first_set_up_recognises_the_operators_administrator_by_name(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (okta, app) = another_okta(&house, "Acme");
    let now = house.state.now();
    let workspace = house
        .write(move |conn| {
            let workspace =
                vestibule_store::workspaces::create(conn, None, "Acme", "us", now).unwrap().workspace_id;
            vestibule_store::providers::domains::verify(
                conn,
                &workspace,
                "acme.example",
                DomainProof::Operator,
                now,
            )
            .unwrap();
            for (name, role) in [("ada@acme.example", "admin"), ("olga@acme.example", "owner")] {
                let new = NewUser { user_name: name.to_owned(), ..NewUser::default() };
                let user = people::create(conn, &Actor::cli(now), &workspace, &new).unwrap();
                roles::assign(
                    conn,
                    &workspace,
                    &user.user_id,
                    &RoleId::from_stored(role),
                    AssignmentSource::Manual,
                    now,
                )
                .unwrap();
            }
            workspace
        })
        .await;
    // First a wrong provider, with which nobody has signed in.
    let (wrong, its_app) = another_okta(&house, "Wrong");
    connect_to(&house, &workspace, &wrong, &its_app, &its_app.client_secret).await;
    connect_to(&house, &workspace, &okta, &app, &app.client_secret).await;
    for name in ["ada@acme.example", "olga@acme.example"] {
        let person = okta.add_person(name, "First", "Person");
        let (_, page) = sign_in_at(&house, &workspace, &okta, &app, &person).await;
        assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    }
}
