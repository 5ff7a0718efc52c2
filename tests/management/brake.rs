//! The safety brake in the management API and at the command line: its state, its settings, release and rejection of blocked
//! changes.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House,
};

#[rstest]
#[actix_web::test]
async fn the_brake_is_set_shown_and_released(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let workspace = format!("/workspaces/{}", room.workspace);
    let path = format!("{workspace}/brake");
    let (status, brake) = machine.get(&path).await;
    assert_eq!(
        (status, &brake["state"], &brake["percent"], &brake["least"]),
        (200, &json!("ready"), &json!(30), &json!(50))
    );
    let (status, changed) =
        machine.send("PATCH", &workspace, json!({ "brake_percent": 20, "brake_least": 1 })).await;
    assert_eq!(
        (status, &changed["brake_percent"], &changed["brake_least"]),
        (200, &json!(20), &json!(1)),
        "{changed}"
    );
    for (member, wrong) in [("brake_percent", 101), ("brake_percent", -1), ("brake_least", 0)] {
        assert_eq!(fields(&machine.send("PATCH", &workspace, json!({ member: wrong })).await), [member]);
    }
    let ada = room.user("ada@acme.example").await;
    let gone = async || room.scim("DELETE", &format!("/Users/{ada}"), None).await.0;
    assert_eq!(gone().await, 429);
    let (_, brake) = machine.get(&path).await;
    assert_eq!(
        (&brake["state"], &brake["held"], &brake["people_with_access"]),
        (&json!("on"), &json!(1), &json!(1))
    );
    let (status, kept) = machine.bare("POST", &format!("{path}/keep")).await;
    assert_eq!((status, &kept["state"], &kept["held"]), (200, &json!("on"), &json!(0)));
    assert_eq!(
        fields(&machine.send("POST", &format!("{path}/release"), json!({ "people": 0 })).await),
        ["people"]
    );
    let (status, released) = machine.send("POST", &format!("{path}/release"), json!({ "people": 1 })).await;
    assert_eq!(
        (status, &released["state"], &released["released_people"]),
        (200, &json!("released"), &json!(1))
    );
    assert_eq!(gone().await, 204);
    let (_, released) = machine.send("POST", &format!("{path}/release"), json!({})).await;
    assert_eq!((&released["state"], &released["released_people"]), (&json!("released"), &Value::Null));
    machine.send("PATCH", &workspace, json!({ "brake_percent": 0 })).await;
    assert_eq!(machine.get(&path).await.1["state"], "off");
    assert_eq!(
        machine.told(&room.workspace).await,
        ["workspace_changed", "brake_kept", "brake_released", "brake_released", "workspace_changed"]
    );
}

#[rstest]
#[actix_web::test]
async fn the_command_line_says_the_same(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let operator = Deployment::new(house.database_url(), &house.api);
    let run = |args: &[&str]| operator.run(args, "");
    let of = ["--workspace", room.workspace.as_str()];
    let set = run(&["workspace", "update", of[0], of[1], "--brake-percent", "10", "--brake-least", "1"]);
    assert_eq!((&set["brake_percent"], &set["brake_least"]), (&json!(10), &json!(1)), "{set}");
    let ada = room.user("ada@acme.example").await;
    assert_eq!(room.scim("DELETE", &format!("/Users/{ada}"), None).await.0, 429);
    assert_eq!(run(&["brake", "show", of[0], of[1]])["state"], "on");
    assert_eq!(run(&["brake", "keep", of[0], of[1]])["held"], 0);
    assert_eq!(run(&["brake", "release", of[0], of[1], "--people", "1"])["released_people"], 1);
    assert_eq!(room.scim("DELETE", &format!("/Users/{ada}"), None).await.0, 204);
}
