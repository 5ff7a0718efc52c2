//! All requests of the pretend Okta, in both styles: catalog (PATCH) and wizard (GET and PUT).

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::EntitlementId;
use vestibule_simulator::{ScimAuth, ScimSettings, Style};
use vestibule_store::{rights::entitlements, workspaces};

use super::{checked, done, members, text};
use crate::{
    scim,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

/// The user of an Okta person, as the service returns it.
async fn user(room: &Room, person: &vestibule_simulator::Person) -> Value {
    done(room, "GET", &format!("/Users/{}", room.okta.scim_id(&room.app, person).unwrap()), None).await
}

fn methods(exchanges: &[vestibule_simulator::Exchange]) -> String {
    exchanges.iter().map(|said| said.method.as_str()).collect::<Vec<_>>().join(" ")
}

/// Runs all actions of an Okta administrator, with the requests that this style sends.
async fn repertoire(house: &House, room: &Room, update: &str, member: &str) {
    let (okta, app) = (&room.okta, &room.app);
    okta.test_connection(app).await.unwrap();
    let mut ada = okta.add_person("Ada@acme.example", "Ada", "Lovelace");
    let grace = okta.add_person("grace@acme.example", "Grace", "Hopper");
    assert_eq!(methods(&okta.assign(app, &ada).await.unwrap()), "GET POST");
    okta.assign(app, &grace).await.unwrap();
    let created = user(room, &ada).await;
    assert_eq!((&created["userName"], &created["externalId"]), (&json!("Ada@acme.example"), &json!(ada.id)));
    // An existing user is linked and updated, never created twice.
    let linus_id = room.user("LINUS@acme.example").await;
    let linus = okta.add_person("linus@acme.example", "Linus", "Torvalds");
    okta.assign(app, &linus).await.unwrap();
    assert_eq!(okta.scim_id(app, &linus), Some(linus_id));
    assert_eq!(user(room, &linus).await["externalId"], json!(linus.id));

    ada.family = "King".to_owned();
    okta.update_person(&ada);
    assert_eq!(methods(&okta.push_profile(app, &ada).await.unwrap()), update);
    let changed = user(room, &ada).await;
    assert_eq!(changed["name"], json!({ "givenName": "Ada", "familyName": "King" }));
    assert_eq!(changed["externalId"], json!(ada.id));

    let token = scim::api_token(house, room, &text(&changed["id"])).await;
    assert_eq!(methods(&okta.deactivate(app, &ada).await.unwrap()), update);
    let off = user(room, &ada).await;
    assert_eq!(
        (&off["active"], &off["name"], &off["emails"]),
        (&json!(false), &changed["name"], &changed["emails"])
    );
    assert_eq!(room.check_token(&token).await, 401);
    okta.reactivate(app, &ada).await.unwrap();
    let on = user(room, &ada).await;
    assert_eq!((&on["active"], &on["id"], &on["name"]), (&json!(true), &changed["id"], &changed["name"]));

    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            entitlements::create(conn, &workspace, EntitlementId::from_stored("beta"), "Beta", "", now)
                .unwrap()
        })
        .await;
    okta.discover_roles(app).await.unwrap();
    assert_eq!(okta.roles(app).len(), 7, "six roles, and an entitlement");
    okta.assign_roles(app, &ada, &["admin", "beta", "auditor"]).await.unwrap();
    let given = user(room, &ada).await;
    assert_eq!(given["entitlements"], json!([{ "value": "beta", "display": "Beta", "type": "Entitlement" }]));
    let token = scim::api_token(house, room, &text(&changed["id"])).await;
    assert_eq!(checked(house, &token).await["roles"], json!(["admin", "auditor"]));
    okta.push_profile(app, &ada).await.unwrap();
    assert_eq!(checked(house, &token).await["roles"], json!(["admin", "auditor"]), "an update keeps roles");
    assert_eq!(user(room, &ada).await["entitlements"], given["entitlements"]);
    okta.assign_roles(app, &ada, &[]).await.unwrap();
    let told = checked(house, &token).await;
    assert_eq!((&told["roles"], &told["entitlements"]), (&json!(["member"]), &json!([])));

    let group = okta.add_group("Engineering");
    okta.add_member(&group, &ada);
    okta.add_member(&group, &grace);
    okta.push_group(app, &group).await.unwrap();
    let id = okta.scim_group_id(app, &group).unwrap();
    assert_eq!(members(room, &id).await.len(), 2);
    okta.remove_member(&group, &grace);
    okta.add_member(&group, &linus);
    assert_eq!(methods(&okta.push_membership(app, &group).await.unwrap()), member);
    let mut expected = [&ada, &linus].map(|person| okta.scim_id(app, person).unwrap()).to_vec();
    expected.sort();
    assert_eq!(members(room, &id).await, expected);
    okta.rename_group(app, &group, "Research").await.unwrap();
    okta.remove_member(&group, &linus);
    okta.push_now(app, &group).await.unwrap();
    let shown = done(room, "GET", &format!("/Groups/{id}"), None).await;
    assert_eq!((&shown["displayName"], shown["members"].as_array().unwrap().len()), (&json!("Research"), 1));
    okta.remove_member(&group, &ada);
    okta.push_now(app, &group).await.unwrap();
    assert_eq!(members(room, &id).await, Vec::<String>::new(), "an empty group is pushed as empty");
    okta.delete_group(app, &group).await.unwrap();
    // An existing group is linked and overwritten.
    let there = scim::group(room, "RESEARCH", &[&text(&changed["id"])]).await;
    let again = okta.add_group("Research");
    okta.push_group(app, &again).await.unwrap();
    assert_eq!(okta.scim_group_id(app, &again), Some(there.clone()));
    assert_eq!(members(room, &there).await, Vec::<String>::new());

    okta.unassign(app, &grace).await.unwrap();
    assert_eq!(user(room, &grace).await["active"], json!(false));
    okta.import_users(app).await.unwrap();
    let mut imported: Vec<String> =
        okta.imported_users(app).iter().map(|user| text(&user["userName"])).collect();
    imported.sort();
    assert_eq!(imported, ["Ada@acme.example", "linus@acme.example"], "the active ones");
}

#[rstest]
#[actix_web::test]
async fn a_catalog_app_does_everything_it_can(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut settings = ScimSettings::new(format!("{}/", room.scim), ScimAuth::RawHeader(room.token.clone()));
    settings.import_groups = true;
    room.okta.enable_provisioning(&room.app, settings);
    repertoire(&house, &room, "PATCH", "PATCH PATCH").await;
}

#[rstest]
#[actix_web::test]
async fn a_catalog_app_without_patch_for_users_does_the_same(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut settings = ScimSettings::new(&room.scim, ScimAuth::Bearer(room.token.clone()));
    settings.support_patch_for_user = false;
    room.okta.enable_provisioning(&room.app, settings);
    let ada = room.person("Ada").await;
    assert_eq!(methods(&room.okta.push_profile(&room.app, &ada).await.unwrap()), "GET PUT");
    assert_eq!(methods(&room.okta.deactivate(&room.app, &ada).await.unwrap()), "PATCH");
    assert_eq!(user(&room, &ada).await["active"], json!(false));
}

#[rstest]
#[actix_web::test]
async fn a_wizard_app_does_everything_it_can(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let mut room = house.room("Acme").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| workspaces::set_allow_basic(conn, &workspace, true, now).unwrap()).await;
    let mut settings = room.app.settings.clone();
    settings.style = Style::Wizard;
    room.app = room.okta.update_app(&room.app, settings);
    let auth = ScimAuth::Basic("okta".to_owned(), room.token.clone());
    room.okta.enable_provisioning(&room.app, ScimSettings::new(&room.scim, auth));
    repertoire(&house, &room, "GET PUT", "GET PUT").await;
}
