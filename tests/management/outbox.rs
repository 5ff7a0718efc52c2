//! Webhooks, their deliveries, and an app's back-channel logout URI.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};
use vestibule_core::sets::DeliveryState;

#[rstest]
#[actix_web::test]
async fn webhooks_are_made_changed_rotated_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let other = house.room("Other").await;
    let own = format!("/workspaces/{}", room.workspace);
    for (base, elsewhere) in
        [("", own.as_str()), (own.as_str(), ""), (&own, &format!("/workspaces/{}", other.workspace))]
    {
        let path = format!("{base}/webhooks");
        let (status, made) =
            machine.send("POST", &path, json!({ "url": "https://hooks.example.com/in" })).await;
        assert_eq!(
            (status, made["kinds"].as_array().unwrap().contains(&json!("user_deleted"))),
            (201, true),
            "{made}"
        );
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        let one = format!("{path}/{}", made["id"].as_str().unwrap());
        let (_, shown) = machine.get(&one).await;
        assert_eq!((&shown["secret"], &shown["secrets"]), (&Value::Null, &json!(1)), "shown once");
        assert_eq!(
            machine.get(&format!("{elsewhere}/webhooks/{}", made["id"].as_str().unwrap())).await.0,
            404
        );
        let (_, changed) = machine.send("PATCH", &one, json!({ "kinds": ["*"], "enabled": false })).await;
        assert_eq!(
            (&changed["kinds"], &changed["enabled"], &changed["url"]),
            (&json!(["*"]), &json!(false), &made["url"])
        );
        for (member, wrong) in [
            ("url", json!("hooks")),
            ("url", json!("ftp://a.example/")),
            ("kinds", json!(["User"])),
            ("kinds", json!(["moon_risen"])),
            ("name", json!("x")),
        ] {
            assert_eq!(fields(&machine.send("PATCH", &one, json!({ member: wrong })).await), [member]);
        }
        assert_eq!(fields(&machine.send("POST", &path, json!({})).await), ["url"]);
        assert_eq!(machine.bare("DELETE", &format!("{one}/secrets")).await.0, 409);
        let (status, second) = machine.bare("POST", &format!("{one}/secrets")).await;
        assert_eq!((status, second["secret"] == made["secret"]), (201, false));
        assert_eq!(machine.bare("POST", &format!("{one}/secrets")).await.0, 409);
        assert_eq!(machine.bare("DELETE", &format!("{one}/secrets")).await.0, 204);
        assert_eq!(machine.all(&path, 1).await.len(), 1);
        assert_eq!(machine.bare("DELETE", &one).await.0, 204);
        assert_eq!(machine.bare("DELETE", &one).await.0, 404);
    }
}

#[rstest]
#[actix_web::test]
async fn deliveries_are_listed_and_replayed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let base = format!("/workspaces/{}", room.workspace);
    let receiver = crate::delivery::receiver::Receiver::start();
    let (_, made) = machine.send("POST", &format!("{base}/webhooks"), json!({ "url": receiver.url })).await;
    for _ in 0..3 {
        let sent =
            machine.bare("POST", &format!("{base}/webhooks/{}/test", made["id"].as_str().unwrap())).await;
        assert_eq!(sent.0, 204, "{}", sent.1);
    }
    receiver.wait(3).await;
    crate::delivery::until(&house, |rows| rows.iter().all(|row| row.state == DeliveryState::Delivered)).await;
    for path in
        ["/deliveries".to_owned(), format!("{base}/deliveries"), format!("{base}/deliveries?state=delivered")]
    {
        let listed = machine.all(&path, 2).await;
        assert_eq!(listed.len(), 3, "{path}");
        assert!(
            listed.windows(2).all(|pair| pair[0]["id"].as_str() > pair[1]["id"].as_str()),
            "the newest first"
        );
        assert_eq!(
            (&listed[0]["state"], &listed[0]["outcome"], &listed[0]["receiver"]),
            (&json!("delivered"), &json!("200"), &made["id"])
        );
    }
    assert_eq!(machine.all("/deliveries?state=dead", 2).await, Vec::<Value>::new());
    assert_eq!(fields(&machine.get("/deliveries?state=lost").await), ["state"]);
    let id = machine.all("/deliveries", 5).await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        machine.bare("POST", &format!("/workspaces/{}/deliveries/{id}/replay", other.workspace)).await.0,
        404
    );
    assert_eq!(machine.bare("POST", &format!("{base}/deliveries/{id}/replay")).await.0, 204);
    receiver.wait(4).await;
}

#[rstest]
#[actix_web::test]
async fn an_app_says_where_it_is_told_of_ends(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let app = |uri: &str, kind: &str| {
        json!({
            "kind": kind, "name": "App", "redirect_uris": ["https://app.example.com/"], "backchannel_logout_uri": uri,
        })
    };
    let (status, made) = machine.send("POST", "/clients", app("https://app.example.com/out", "app")).await;
    assert_eq!(
        (status, &made["backchannel_logout_uri"]),
        (201, &json!("https://app.example.com/out")),
        "{made}"
    );
    let one = format!("/clients/{}", made["client_id"].as_str().unwrap());
    for uri in ["https://app.example.com/else", ""] {
        let (status, changed) = machine.send("PATCH", &one, json!({ "backchannel_logout_uri": uri })).await;
        assert_eq!((status, &changed["backchannel_logout_uri"]), (200, &json!(uri)));
    }
    for (uri, kind) in
        [("https://a.example/#x", "app"), ("nonsense", "app"), ("https://a.example/out", "scim")]
    {
        assert_eq!(
            fields(&machine.send("POST", "/clients", app(uri, kind)).await),
            ["backchannel_logout_uri"]
        );
    }
    assert_eq!(
        fields(&machine.send("PATCH", &one, json!({ "backchannel_logout_uri": "javascript:x" })).await),
        ["backchannel_logout_uri"]
    );
}
