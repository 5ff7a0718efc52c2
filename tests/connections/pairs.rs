//! A pair of issuer and client id belongs to the workspace that has proven it with a sign-in. Before that it blocks no other workspace.

use rstest::rstest;
use vestibule_admin::{
    self as admin, Actor,
    people::NewUser,
    provider::connection::{self, Settings},
};
use vestibule_core::{ids::WorkspaceId, sets::DomainProof};
use vestibule_simulator::{Browser, SubjectFormat};
use vestibule_store::{people::users, providers::domains, trail::events, workspaces};

use super::{another_okta, connect_to, sign_in_at, stored};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Creates another workspace that saves the room's issuer and client id, with a verified domain but without the secret.
async fn squat(house: &House, room: &Room) -> WorkspaceId {
    let now = house.state.now();
    let workspace = house
        .write(move |conn| {
            let workspace = workspaces::create(conn, None, "Squatter", "us", now).unwrap().workspace_id;
            domains::verify(conn, &workspace, "squatter.example", DomainProof::Operator, now).unwrap();
            workspace
        })
        .await;
    connect_to(house, &workspace, &room.okta, &room.app, "not-the-secret").await;
    workspace
}

/// Resets the room's connection to the state before the first sign-in.
async fn disconnect(house: &House, room: &Room) {
    let (okta, app) = another_okta(house, "Before");
    connect_to(house, &room.workspace, &okta, &app, &app.client_secret).await;
}

async fn kinds(house: &House, workspace: &WorkspaceId) -> Vec<String> {
    let workspace = workspace.to_owned();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    trail.into_iter().map(|event| event.kind).collect()
}

#[rstest]
#[actix_web::test]
async fn a_client_id_that_nobody_has_proven_blocks_nobody(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    disconnect(&house, &room).await;
    let squatter = squat(&house, &room).await;
    connect_to(&house, &room.workspace, &room.okta, &room.app, &room.app.client_secret).await;
    // Without the client secret, no sign-in proves the connection.
    let mallory = room.okta.add_person("mallory@squatter.example", "Mallory", "Mallory");
    let (_, page) = sign_in_at(&house, &squatter, &room.okta, &room.app, &mallory).await;
    assert!(page.status >= 400, "{}", page.text());
    assert_eq!(stored(&house, &room).await.proven_at, None);

    let ada = room.administrator(&house, "Ada").await;
    let (browser, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(stored(&house, &room).await.proven_at.is_some());
    assert!(kinds(&house, &squatter).await.contains(&"connection_taken".to_owned()));
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(
        page.text().contains("Another workspace has saved the same issuer and Client ID, without proof"),
        "{}",
        page.text()
    );

    let visitor = Browser::new().unwrap();
    let page = visitor.get(&house.url(&format!("/api/okta/oidc/login?team_id={squatter}"))).await.unwrap();
    assert_eq!(page.status, 409, "{}", page.text());
    assert!(page.text().contains("This Okta app belongs to another workspace"), "{}", page.text());
    // After the proof, no other workspace can save the pair.
    let third = house.room("Third").await;
    let (state, now) = (house.state.clone(), house.state.now());
    let settings = Settings {
        issuer: room.okta.issuer().to_owned(),
        client_id: room.app.client_id.clone(),
        client_secret: Some(room.app.client_secret.clone().into()),
        ..Settings::default()
    };
    let saved = house
        .write(move |conn| {
            connection::save(conn, &Actor::cli(now), state.sealer(), &third.workspace, settings)
                .map(drop)
                .map_err(|error| error.to_string())
        })
        .await;
    assert!(saved.unwrap_err().contains("another workspace is already connected"));
    // A Universal Logout applies to the proven workspace.
    let ended = room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await;
    assert!(ended.is_ok(), "{ended:?}");
    assert_eq!(room.check(&browser).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_universal_logout_of_an_unproven_app_counts_for_everybody_who_claims_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let squatter = squat(&house, &room).await;
    let bob = room.person("Bob").await;
    let (workspace, login, now) = (squatter.clone(), bob.login.clone(), house.state.now());
    let epochs = house
        .write(move |conn| {
            let new = NewUser { user_name: login, ..NewUser::default() };
            admin::people::create(conn, &Actor::cli(now), &workspace, &new).unwrap().epoch
        })
        .await;
    assert_eq!(epochs, 1);
    let ended = room.okta.universal_logout(&room.app, &bob, SubjectFormat::Email).await;
    assert!(ended.is_ok(), "{ended:?}");
    let login = bob.login.clone();
    let (mine, theirs) = (room.workspace.clone(), squatter.clone());
    let epochs = house
        .write(move |conn| {
            [mine, theirs]
                .map(|workspace| users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap().epoch)
        })
        .await;
    assert_eq!(epochs, [2, 2]);
    // A person who exists only in the other workspace is found there; an unknown person is not found.
    let eve = room.okta.add_person("eve@nowhere.example", "Eve", "Nobody");
    room.okta.assign_quietly(&room.app, &eve);
    let refused = room.okta.universal_logout(&room.app, &eve, SubjectFormat::Email).await.unwrap_err();
    assert_eq!(refused.exchanges[0].status, 404);
}
