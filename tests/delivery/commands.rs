//! Tests of the commands of webhooks, of the outbox and of an app's back-channel logout URI.

use rstest::rstest;
use serde_json::json;

use super::{
    receiver::{Behaviour, Receiver},
    webhooks::judge,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh,
};

fn now() -> i64 {
    vestibule_web::clock::Clock::default().now()
}

#[rstest]
#[actix_web::test]
async fn a_webhook_is_made_tried_given_up_replayed_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:1");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let receiver = Receiver::start();
    let made = house.run(&["webhook", "create", "--workspace", workspace, "--url", &receiver.url], "");
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert!(made["kinds"].as_array().unwrap().contains(&json!("user_deactivated")));
    let listed = house.run(&["webhook", "list", "--workspace", workspace], "");
    assert_eq!((&listed[0]["id"], listed[0].get("secret")), (&made["id"], None), "shown once");
    assert_eq!(house.run(&["webhook", "list"], ""), json!([]));

    house.run(&["webhook", "test", "--id", id], "");
    let waiting = house.run(&["delivery", "list"], "");
    assert_eq!((&waiting[0]["state"], &waiting[0]["tries"]), (&json!("waiting"), &json!(0)));
    let refused = house.command(&["delivery", "replay", "--id", waiting[0]["id"].as_str().unwrap()], "");
    assert_eq!(refused.status.code(), Some(1), "it still waits");
    // The process that wrote the delivery has ended; the next process sends it.
    let node = house.serve().await;
    let told = judge(&receiver.wait(1).await[0], secret, now()).unwrap();
    assert_eq!((&told["type"], &told["data"]["webhook"]), (&json!("webhook_test"), &json!(id)));

    let second = house.run(&["webhook", "rotate-secret", "--id", id], "");
    assert_eq!(house.run(&["webhook", "list", "--workspace", workspace], "")[0]["secrets"], 2);
    house.run(&["webhook", "end-secret", "--id", id], "");
    house.run(&["webhook", "set", "--id", id, "--kind", "user_created"], "");
    let user = ["user", "create", "--workspace", workspace, "--user-name", "ada@acme.example"];
    house.run(&user, "");
    let told = judge(&receiver.wait(2).await[1], second["secret"].as_str().unwrap(), now()).unwrap();
    assert_eq!(told["type"], "user_created");

    // A switched-off webhook gets no new deliveries, and its waiting ones are given up.
    receiver.behave(&[Behaviour::Status(500)]);
    house.run(&["webhook", "test", "--id", id], "");
    receiver.wait(3).await;
    house.run(&["webhook", "set", "--id", id, "--enabled", "off"], "");
    let dead = loop {
        let dead = house.run(&["delivery", "list", "--state", "dead"], "");
        if dead[0].is_object() {
            break dead;
        }
    };
    assert_eq!((&dead[0]["outcome"], &dead[0]["receiver"]), (&json!("the webhook is disabled"), &json!(id)));
    house.run(&["webhook", "set", "--id", id, "--enabled", "on"], "");
    assert_eq!(house.command(&["delivery", "replay"], "").status.code(), Some(1));
    assert_eq!(house.run(&["delivery", "replay", "--to", id], "")["replayed"], 1);
    receiver.wait(4).await;
    assert_eq!(house.run(&["webhook", "delete", "--id", id], "")["deleted"], true);
    assert_eq!(house.command(&["webhook", "test", "--id", id], "").status.code(), Some(1));
    assert_eq!(node.terminate(), Some(0));
}

#[test]
fn addresses_nobody_should_be_sent_to_are_refused() {
    let database = Fresh::make(Sqlite);
    let open = Deployment::new(database.url(), "http://127.0.0.1:1");
    let strict = open.clone().with("OKTA__ALLOW_INSECURE_ISSUERS", "false");
    for (house, url, words) in [
        (&strict, "http://hooks.example.com/", "must begin with https://"),
        (&strict, "https://127.0.0.1/", "must be at a public address"),
        (&strict, "https://localhost/", "must be at a public address"),
        (&strict, "https://[fd00::1]/", "must be at a public address"),
        (&open, "ftp://hooks.example.com/", "must begin with https://"),
        (&open, "https://user@hooks.example.com/", "no user name"),
        (&open, "https://hooks.example.com/#here", "no fragment"),
        (&open, "hooks.example.com", "must be a URL"),
    ] {
        let app =
            ["client", "create", "--kind", "app", "--name", "App", "--redirect-uri", "https://a.example/"];
        for arguments in [
            &["webhook", "create", "--url", url][..],
            &[&app[..], &["--backchannel-logout-uri", url]].concat(),
        ] {
            let output = house.command(arguments, "");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{url}");
            assert!(told.contains(words), "{url}: {told}");
        }
    }
    assert_eq!(strict.run(&["webhook", "list"], ""), json!([]));
    let bad_kind = open.command(&["webhook", "create", "--url", "https://h.example/", "--kind", "User"], "");
    assert!(String::from_utf8_lossy(&bad_kind.stderr).contains("kinds of events"));
    let scim = ["client", "create", "--kind", "scim", "--name", "S", "--redirect-uri", "https://a.example/"];
    let scim =
        open.command(&[&scim[..], &["--backchannel-logout-uri", "https://a.example/out"]].concat(), "");
    assert!(String::from_utf8_lossy(&scim.stderr).contains("is for clients of kind app"));
}

#[test]
fn an_app_s_address_can_change() {
    let database = Fresh::make(Sqlite);
    let house = Deployment::new(database.url(), "http://127.0.0.1:1");
    let first = "https://app.example.com/out";
    let made = house.run(
        &[
            "client",
            "create",
            "--kind",
            "app",
            "--name",
            "App",
            "--redirect-uri",
            "https://app.example.com/",
            "--backchannel-logout-uri",
            first,
        ],
        "",
    );
    assert_eq!(made["backchannel_logout_uri"], first);
    let id = made["client_id"].as_str().unwrap();
    for uri in ["https://app.example.com/elsewhere", ""] {
        house.run(&["client", "update", "--client", id, "--backchannel-logout-uri", uri], "");
        assert_eq!(house.run(&["client", "list"], "")[0]["backchannel_logout_uri"], uri);
    }
}
