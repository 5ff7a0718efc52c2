//! A push into an observed workspace: nothing changes, the plan is exact, and applying it makes what the push would have made.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::{Value, json};

use super::{Company, apply, commands, dump, name, observe, plan, refused_command};
use crate::{
    scim::{done, person, replace, text},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room, answer,
    },
};

/// The people and groups of a workspace over SCIM, without ids, times and versions.
async fn directory(room: &Room) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for path in ["/Users", "/Groups"] {
        let mut start = 1;
        loop {
            let list = done(room, "GET", &format!("{path}?count=500&startIndex={start}"), None).await;
            let resources = list["Resources"].as_array().unwrap().clone();
            if resources.is_empty() {
                break;
            }
            start += resources.len();
            for mut resource in resources {
                let name = resource.get("userName").or(resource.get("displayName")).unwrap().to_string();
                let members = resource.as_object_mut().unwrap();
                members.shift_remove("id");
                members.shift_remove("meta");
                for name in ["groups", "members"] {
                    let Some(Value::Array(values)) = members.shift_remove(name) else { continue };
                    let mut names: Vec<String> =
                        values.iter().map(|value| value["display"].to_string()).collect();
                    names.sort();
                    members.insert(name.to_owned(), json!(names));
                }
                assert!(all.insert(format!("{path} {name}"), resource).is_none());
            }
        }
    }
    all
}

#[rstest]
#[actix_web::test]
async fn nothing_changes_and_the_plan_is_what_happens(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let (company, of_other) =
        (Company::found(&house, &room, 30).await, Company::found(&house, &other, 30).await);
    let before = dump(&house, &room.workspace).await;
    let directory_before = directory(&room).await;
    let started = observe(&house, &room, "on");
    assert_eq!(started["observing"], json!(true), "{started}");
    let twice =
        refused_command(&house, &["workspace", "observe", "--workspace", room.workspace.as_str(), "on"]);
    assert!(twice.contains("observed already"), "{twice}");

    company.push(&room, 120).await;
    of_other.push(&other, 120).await;
    assert_eq!(dump(&house, &room.workspace).await, before, "a row changed");
    // SCIM reads the plan: the same as where everything was done.
    let planned = directory(&room).await;
    assert_eq!(planned, directory(&other).await);
    assert_ne!(planned, directory_before);

    let shown = plan(&house, &room);
    let counts = &shown["counts"];
    let expected = json!({
        "people_created": 120, "people_changed": 9, "people_deactivated": 3, "people_activated": 0, "people_deleted": 1,
        "letter_case": 1, "groups_created": 1, "groups_renamed": 1, "groups_deleted": 0, "members_joined": 5, "members_left": 1,
        "roles_given": 1, "roles_taken": 0, "entitlements_given": 0, "entitlements_taken": 0, "groups": 3,
        // 120 new; ten changed or deleted; person 0 to 9 by the name of their group.
        "people": 140,
    });
    assert_eq!(*counts, expected, "{shown}");
    let all = shown["people"].as_array().unwrap();
    assert_eq!(all.len(), 140);
    let gone = all.iter().find(|one| one["change"] == "deleted").unwrap();
    assert_eq!((&gone["user_name"], &gone["ends_access"]), (&json!(name(17)), &json!(true)));
    // Somebody else takes the name of the deleted person.
    let staying = all.iter().filter(|one| one["change"] != "deleted");
    let people: BTreeMap<String, &Value> = staying.map(|one| (text(&one["user_name"]), one)).collect();
    assert_eq!(people.len(), 139);
    assert_eq!(people[&name(17)]["user_name_before"], json!(name(20)));
    assert_eq!(people[&name(10)]["change"], "deactivated");
    assert_eq!(people[&name(10)]["ends_access"], json!(true));
    // Deactivated and activated again: what the person had before would end.
    assert_eq!(
        (&people[&name(13)]["change"], &people[&name(13)]["ends_access"]),
        (&json!("changed"), &json!(true))
    );
    assert_eq!(people[&name(14)]["attributes"], json!(["title"]));
    assert!(!people.contains_key(&name(15)), "a change that was taken back is none");
    assert_eq!(people[&name(16)]["roles_gained"], json!(["editor"]));
    assert_eq!(people["Renamed@acme.example"]["user_name_before"], json!(name(18)));
    assert_eq!(people[&name(19).to_uppercase()]["letter_case"], json!(true));
    // The mapping of the group's old name does not hold for its new one.
    assert_eq!(
        (&people[&name(1)]["change"], &people[&name(1)]["roles_lost"]),
        (&json!("groups"), &json!(["editor"]))
    );
    assert_eq!(people[&name(3)]["roles_gained"], json!(["admin"]));
    assert_eq!(people[&name(6)]["groups_left"], json!(["Engineering", "Support"]));
    let groups: Vec<&Value> = shown["groups"].as_array().unwrap().iter().map(|one| &one["change"]).collect();
    assert_eq!(groups.len(), 3, "{shown}");
    let reasons: Vec<String> =
        shown["refusals"].as_array().unwrap().iter().map(|one| text(&one["reason"])).collect();
    assert_eq!(reasons, ["conflict", "last_owner", "letter_case"], "{shown}");
    assert_eq!(shown["moved"], json!([]), "{shown}");
    let full =
        refused_command(&house, &["workspace", "observe", "--workspace", room.workspace.as_str(), "off"]);
    assert!(full.contains("apply it") && full.contains("discard it"), "{full}");

    let id_before = done(&room, "GET", "/Users?filter=userName%20eq%20%22new5%40acme.example%22", None).await;
    let applied = apply(&house, &room);
    assert_eq!((&applied["how"], &applied["left_out"]), (&json!("applied"), &json!(0)), "{applied}");
    assert_eq!(applied["changes"], json!(133), "{applied}");
    assert_eq!(directory(&room).await, planned);
    let id_after = done(&room, "GET", "/Users?filter=userName%20eq%20%22new5%40acme.example%22", None).await;
    assert_eq!(id_before["Resources"][0]["id"], id_after["Resources"][0]["id"], "the answered id is kept");
    // One event for each change.
    let kinds = commands(&house)
        .run(&["event", "list", "--workspace", room.workspace.as_str(), "--limit", "10000"], "");
    let count = |kind: &str| kinds.as_array().unwrap().iter().filter(|event| event["kind"] == kind).count();
    assert_eq!(count("user_created"), 30 + 120);
    assert_eq!(count("user_deactivated"), 3);
    assert_eq!(count("user_deleted"), 1);
    assert_eq!((count("workspace_observe_started"), count("workspace_observe_ended")), (1, 1));
    // SCIM changes the workspace again.
    let made = done(&room, "POST", "/Users", Some(person("later@acme.example"))).await;
    assert!(dump(&house, &room.workspace).await.iter().any(|line| line.contains(&text(&made["id"]))));
    assert!(house.write(|conn| vestibule_store::observation::count_copies(conn).unwrap()).await == 0);
}

#[rstest]
#[actix_web::test]
async fn what_the_brake_would_block_is_in_the_plan_and_said(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let company = Company::found(&house, &room, 24).await;
    let id = room.workspace.as_str();
    let limits = ["workspace", "update", "--workspace", id, "--brake-percent", "30", "--brake-least", "3"];
    commands(&house).run(&limits, "");
    observe(&house, &room, "on");
    for number in 1..20 {
        let off = Some(replace(&json!({ "active": false })));
        done(&room, "PATCH", &company.path(number), off).await;
    }
    let shown = plan(&house, &room);
    assert_eq!(shown["counts"]["people_deactivated"], json!(19));
    let braked = shown["refusals"].as_array().unwrap().iter().filter(|one| one["reason"] == "brake").count();
    assert_eq!(braked, 12, "seven of 24 are less than 30 %: {shown}");
    let applied = apply(&house, &room);
    assert_eq!((&applied["changes"], &applied["left_out"]), (&json!(19), &json!(0)), "{applied}");
    // Nobody has to release the brake afterwards.
    done(&room, "PATCH", &company.path(20), Some(replace(&json!({ "active": false })))).await;
}

#[rstest]
#[actix_web::test]
async fn a_discarded_plan_is_forgotten(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let company = Company::found(&house, &room, 22).await;
    let before = dump(&house, &room.workspace).await;
    let id = room.workspace.as_str();
    assert!(refused_command(&house, &["plan", "show", "--workspace", id]).contains("not observed"));
    observe(&house, &room, "on");
    // Nothing planned: it ends without a question.
    assert_eq!(observe(&house, &room, "off")["observing"], json!(false));
    observe(&house, &room, "on");
    company.push(&room, 3).await;
    commands(&house).run(&["plan", "discard", "--workspace", id], "");
    assert_eq!(dump(&house, &room.workspace).await, before);
    assert_eq!(done(&room, "GET", "/Users", None).await["totalResults"], json!(22));
    assert!(refused_command(&house, &["plan", "apply", "--workspace", id]).contains("not observed"));
    assert!(house.write(|conn| vestibule_store::observation::count_copies(conn).unwrap()).await == 0);
}

#[rstest]
#[actix_web::test]
async fn each_answer_says_that_the_workspace_is_observed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let header = async |path: &str| {
        let response = house.http.get(format!("{}{path}", room.scim)).bearer_auth(&room.token).send();
        let response = response.await.unwrap();
        response.headers().get("x-vestibule-observe").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("/Users").await, None);
    observe(&house, &room, "on");
    assert_eq!(header("/Users").await.as_deref(), Some("1"));
    assert_eq!(header("/Users/none").await.as_deref(), Some("1"));
    // The location is that of the real workspace, and a stranger learns nothing.
    let made = done(&room, "POST", "/Users", Some(person("new@acme.example"))).await;
    assert!(text(&made["meta"]["location"]).starts_with(&room.scim), "{made}");
    let stranger = house.http.get(format!("{}/Users", room.scim)).bearer_auth("x").send().await.unwrap();
    assert!(!stranger.headers().contains_key("x-vestibule-observe"));
    assert_eq!(answer(house.http.get(format!("{}/Users", room.scim))).await.0, 401);
}
