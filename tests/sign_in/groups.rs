//! Groups from a claim, for workspaces whose Okta pushes none: they count in mappings until SCIM manages the person.

use rstest::rstest;
use serde_json::json;
use vestibule_core::ids::RoleId;
use vestibule_store::rights::mappings;

use super::{change_connection, who};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

async fn map(house: &House, room: &Room, group: &'static str, role: &'static str) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| mappings::set(conn, &workspace, group, &RoleId::from_stored(role), now).unwrap())
        .await;
}

#[rstest]
#[actix_web::test]
async fn groups_of_a_claim_count_in_the_mappings_from_each_sign_in_on(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let mut settings = room.app.settings.clone();
    settings.groups_claim = true;
    room.okta.update_app(&room.app, settings);
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Family");
    room.okta.assign_quietly(&room.app, &ada);
    let engineers = room.okta.add_group("EU-Engineers");
    room.okta.add_member(&engineers, &ada);
    map(&house, &room, "eu-*", "editor").await;
    map(&house, &room, "auditors", "auditor").await;
    change_connection(&house, &room, |connection| connection.jit = true).await;

    let (browser, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(who(&house, &browser).await["roles"], json!(["member"]), "the connection asks for no claim");
    change_connection(&house, &room, |connection| connection.groups_claim = "groups".to_owned()).await;
    let (again, page) = room.sign_in(&ada).await;
    assert_eq!(who(&house, &again).await["roles"], json!(["editor"]));
    assert_eq!(
        who(&house, &browser).await["roles"],
        json!(["editor"]),
        "at the very next request, everywhere"
    );
    assert!(page.text().contains("the group EU-Engineers, from Okta at sign-in"), "{}", page.text());

    // A new rule applies at once; a new group applies from the next sign-in.
    map(&house, &room, "EU-ENGINEERS", "viewer").await;
    assert_eq!(who(&house, &browser).await["roles"], json!(["editor", "viewer"]));
    let auditors = room.okta.add_group("Auditors");
    room.okta.add_member(&auditors, &ada);
    room.okta.remove_member(&engineers, &ada);
    assert_eq!(who(&house, &browser).await["roles"], json!(["editor", "viewer"]));
    room.sign_in(&ada).await;
    assert_eq!(who(&house, &browser).await["roles"], json!(["auditor"]));

    // From now on the groups come from SCIM, and there are none.
    room.okta.assign(&room.app, &ada).await.unwrap();
    assert_eq!(who(&house, &browser).await["roles"], json!(["member"]));
    let (browser, _) = room.sign_in(&ada).await;
    assert_eq!(who(&house, &browser).await["roles"], json!(["member"]));
}
