//! After an import: the provider takes the imported people over, and the old system's id stays and is found.

use rstest::rstest;
use serde_json::json;
use vestibule_scim::import::OLD_ID_URN;

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House,
};

#[rstest]
#[actix_web::test]
async fn scim_takes_imported_people_over_and_the_old_id_stays(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let commands = Deployment::new(house.database_url(), &house.api);
    let scratch = tempfile::tempdir().unwrap();
    let import = |name: &str, text: &str| {
        let path = scratch.path().join(name).display().to_string();
        std::fs::write(&path, text).unwrap();
        commands.run(&["import", "--workspace", &room.workspace, "--from", "workos", &path], "")
    };
    let users = "id,idp_id,email,first_name,state,groups\nDU_1,00u1,ada@acme.example,Ada,active,Eng\n";
    assert_eq!(import("users.csv", users)["people"]["created"], 1);

    let filter = format!("/Users?filter={OLD_ID_URN}:oldId eq \"DU_1\"");
    let (status, found) = room.scim("GET", &filter, None).await;
    assert_eq!((status, &found["totalResults"]), (200, &json!(1)), "{found}");
    let id = found["Resources"][0]["id"].as_str().unwrap().to_owned();

    let okta = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.example",
        "externalId": "00u1", "displayName": "Ada of Okta", "active": true,
    });
    let (status, created) = room.scim("POST", "/Users", Some(okta.clone())).await;
    assert_eq!((status, created["id"].as_str()), (201, Some(id.as_str())), "{created}");
    let (status, put) = room.scim("PUT", &format!("/Users/{id}"), Some(okta)).await;
    assert_eq!((status, &put[OLD_ID_URN]["oldId"]), (200, &json!("DU_1")), "{put}");

    // From now on the provider's word counts.
    let again = import("again.csv", &users.replace(",Ada,", ",Adele,"));
    assert_eq!((&again["people"]["unchanged"], &again["note_count"]), (&json!(1), &json!(1)), "{again}");
    let (_, after) = room.scim("GET", &format!("/Users/{id}"), None).await;
    assert_eq!(after["displayName"], "Ada of Okta");

    // The same old id under another name, and the same name with another old id, are conflicts.
    for row in ["DU_1,,else@acme.example,,active,", "DU_2,,ada@acme.example,,active,"] {
        let path = scratch.path().join("conflict.csv").display().to_string();
        std::fs::write(&path, format!("id,idp_id,email,first_name,state,groups\n{row}\n")).unwrap();
        let output =
            commands.command(&["import", "--workspace", &room.workspace, "--from", "workos", &path], "");
        assert_eq!(output.status.code(), Some(1), "{row}");
    }
}
