//! An event has the same data wherever it is read: as JSON, and as the text that the chain hashes.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::ClientKind;
use vestibule_store::{oauth::clients, trail::events};

use crate::{
    delivery::receiver::Receiver,
    management::Machine,
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, House, answer,
    },
};

/// Returns the data of the event with this number as text, because the order of the members counts.
fn data(list: &Value, seq: i64) -> String {
    let event = list.as_array().unwrap().iter().find(|event| event["seq"] == seq).unwrap();
    event["data"].to_string()
}

#[rstest]
#[actix_web::test]
async fn an_event_has_the_same_data_everywhere(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let machine = Machine::new(&house).await;
    let base = format!("/workspaces/{}", room.workspace);
    let receiver = Receiver::start();
    let wanted =
        json!({ "url": receiver.url, "kinds": ["user_updated", "user_deactivated", "access_ended"] });
    assert_eq!(machine.send("POST", &format!("{base}/webhooks"), wanted).await.0, 201);
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let (client, secret) = house
        .write(move |conn| {
            let uris = ["https://app.example/cb".to_owned()];
            let (client, secret) =
                clients::create(conn, &workspace, ClientKind::App, "app", &uris, now).unwrap();
            (client.client_id.into_string(), secret)
        })
        .await;

    let id = room.user("ada@acme.example").await;
    let value = json!({ "title": "Zoë \"Z\" \u{2028}\n", "active": false });
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": value }],
    });
    assert_eq!(room.scim("PATCH", &format!("/Users/{id}"), Some(patch)).await.0, 200);

    let workspace = room.workspace.clone();
    let rows = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let commands = Deployment::new(house.database_url(), &house.api);
    let listed = commands.run(&["event", "list", "--workspace", &room.workspace], "");
    let exported = commands.command(&["event", "export", "--workspace", &room.workspace], "");
    let exported: Value = String::from_utf8(exported.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .collect();
    let (_, managed) = machine.get(&format!("{base}/events")).await;
    let (_, fed) = answer(house.http.get(house.url("/api/events")).basic_auth(&client, Some(&secret))).await;
    let messages = receiver.wait(3).await;
    let sent: Vec<Value> =
        messages.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect();

    let mut compared = 0;
    for row in rows.iter().filter(|row| row.target == format!("user:{id}") && row.kind != "user_created") {
        let lists = [&listed, &exported, &managed["items"], &fed["events"]];
        for (place, list) in lists.into_iter().enumerate() {
            assert_eq!(data(list, row.seq), row.data.as_str(), "{} in list {place}", row.kind);
        }
        let message = sent.iter().find(|message| message["data"]["seq"] == row.seq).unwrap();
        assert_eq!(message["data"]["details"].to_string(), row.data.as_str(), "{}", row.kind);
        assert_eq!(message["type"], row.kind);
        assert!(row.data.as_str().contains(r#""credential":{"kind":"token","id":"#), "{}", row.data.as_str());
        compared += 1;
    }
    assert_eq!(compared, 3);
}
