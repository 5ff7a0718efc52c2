//! `kill -9` between commit and delivery, a commit by a process without a worker, and several nodes: everything is delivered, in
//! order.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_store::outbox::deliveries;

use super::{SECOND, receiver::Receiver, told_app, until, webhooks::judge};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House, answer, free_port,
};

/// Creates a workspace, a webhook for this receiver and a SCIM token: (workspace, token, webhook secret).
fn furnish(deployment: &Deployment, receiver: &Receiver) -> (String, String, String) {
    let text = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
    let made = deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = text(&made, "id");
    let token = deployment.run(&["token", "create", "--workspace", &workspace, "--name", "okta"], "");
    let made = deployment.run(&["webhook", "create", "--workspace", &workspace, "--url", &receiver.url], "");
    (workspace, text(&token, "token"), text(&made, "secret"))
}

/// Creates, deactivates and reactivates a user on these nodes in turn; returns whether all requests were answered.
async fn come_and_go(http: &reqwest::Client, nodes: [&str; 3], token: &str, name: &str) -> bool {
    let send = |method: reqwest::Method, url: String, body: Value| {
        let request = http.request(method, url).bearer_auth(token);
        request.header("content-type", "application/scim+json").body(body.to_string()).send()
    };
    let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name });
    let Ok(made) = send(reqwest::Method::POST, format!("{}/Users", nodes[0]), user).await else {
        return false;
    };
    let Ok(made) = made.json::<Value>().await else { return false };
    let id = made["id"].as_str().unwrap();
    for (node, active) in [(nodes[1], false), (nodes[2], true)] {
        let change = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "value": { "active": active } }],
        });
        match send(reqwest::Method::PATCH, format!("{node}/Users/{id}"), change).await {
            Ok(answer) => assert_eq!(answer.status(), 200),
            Err(_) => return false,
        }
    }
    true
}

/// Returns the events about users in the event log: number and target.
fn trail(deployment: &Deployment, workspace: &str) -> BTreeMap<i64, String> {
    let events = deployment.run(&["event", "list", "--workspace", workspace, "--limit", "10000"], "");
    let of_users = events.as_array().unwrap().iter().filter(|event| {
        vestibule_store::outbox::webhooks::DEFAULT_KINDS.split(' ').any(|kind| event["kind"] == kind)
    });
    of_users
        .map(|event| (event["seq"].as_i64().unwrap(), event["target"].as_str().unwrap().to_owned()))
        .collect()
}

/// Verifies the received messages and returns the number and target of each.
fn told(receiver: &Receiver, secret: &str) -> Vec<(i64, String)> {
    let now = vestibule_web::clock::Clock::default().now();
    let judged = receiver.received().into_iter().map(|one| judge(&one, secret, now).expect("signed"));
    judged
        .map(|one| (one["data"]["seq"].as_i64().unwrap(), one["data"]["target"].as_str().unwrap().to_owned()))
        .collect()
}

/// Waits until every event was received, then asserts that the events of each person came in order.
async fn all_told(
    deployment: &Deployment,
    workspace: &str,
    receiver: &Receiver,
    secret: &str,
) -> Vec<(i64, String)> {
    let expected = trail(deployment, workspace);
    let late = Instant::now() + Duration::from_secs(60);
    loop {
        let received = told(receiver, secret);
        let numbers: BTreeSet<i64> = received.iter().map(|(seq, _)| *seq).collect();
        if expected.keys().all(|seq| numbers.contains(seq)) {
            let mut last: BTreeMap<&str, i64> = BTreeMap::new();
            for (seq, target) in &received {
                let before = last.insert(target, *seq).unwrap_or_default();
                assert!(before <= *seq, "{target}: {seq} after {before}");
            }
            return received;
        }
        assert!(Instant::now() < late, "{} of {}", numbers.len(), expected.len());
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}

#[rstest]
#[actix_web::test]
async fn nothing_committed_is_left_untold_after_kill_9(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let receiver = Receiver::start();
    let port = free_port();
    let deployment = Deployment::new(database.url(), &format!("http://127.0.0.1:{port}"));
    let (workspace, token, secret) = furnish(&deployment, &receiver);
    let node = deployment.serve_on(port).await;
    let base = format!("{}/api/scim/v2/{workspace}", node.api);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (http, base, token, done) = (http.clone(), base.clone(), token.clone(), done.clone());
            actix_web::rt::spawn(async move {
                for number in 0..10_000 {
                    let name = format!("u{writer}-{number}@acme.example");
                    if !come_and_go(&http, [&base; 3], &token, &name).await {
                        return;
                    }
                    done.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    while done.load(Ordering::SeqCst) < 12 || receiver.received().is_empty() {
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
    node.kill();
    for writer in writers {
        writer.await.unwrap();
    }
    let before = told(&receiver, &secret).len();
    let committed = trail(&deployment, &workspace).len();
    assert!(before < committed, "killed between commit and delivery: {before} of {committed}");
    let node = deployment.serve_on(port).await;
    all_told(&deployment, &workspace, &receiver, &secret).await;
    drop(node);
}

#[rstest]
#[actix_web::test]
async fn what_a_process_without_a_worker_commits_is_told_by_one_that_has(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let receiver = Receiver::start();
    let app = told_app(&house, &room.workspace, &receiver).await;
    let ada = room.person("Ada").await;
    app.tokens(&house, &room.sign_in(&ada).await.0, "openid").await;
    let other = Deployment::new(house.database_url(), &house.api);
    let named = ["--workspace", &room.workspace, "--user-name", &ada.login];
    other.run(&[&["user", "end-access"][..], &named].concat(), "");
    assert_eq!(receiver.logouts(&house, 1).await[0]["aud"], app.client_id.as_str());
}

#[actix_web::test]
async fn two_nodes_tell_each_once_and_in_order() {
    let database = Fresh::make(Postgres);
    let receiver = Receiver::start();
    let port = free_port();
    let deployment = Deployment::new(database.url(), &format!("http://127.0.0.1:{port}"));
    let (workspace, token, secret) = furnish(&deployment, &receiver);
    let (first, second) = (deployment.serve_on(port).await, deployment.serve().await);
    let bases = [&first, &second].map(|node| format!("{}/api/scim/v2/{workspace}", node.api));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let work = (0..4).map(|writer| {
        let (http, bases, token) = (http.clone(), bases.clone(), token.clone());
        actix_web::rt::spawn(async move {
            for number in 0..8 {
                let nodes = [writer, number, writer + number].map(|turn| bases[turn % 2].as_str());
                assert!(come_and_go(&http, nodes, &token, &format!("u{writer}-{number}@acme.example")).await);
            }
        })
    });
    for writer in work.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let received = all_told(&deployment, &workspace, &receiver, &secret).await;
    let once: BTreeSet<i64> = received.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(once.len(), received.len(), "nobody died, so each is told once");
}

#[rstest]
#[actix_web::test]
async fn what_waits_is_counted(#[values(Sqlite, Postgres)] backend: Backend) {
    let listen = format!("127.0.0.1:{}", free_port());
    let house = House::start_with(backend, &[("SERVER__METRICS_LISTEN", &listen)]).await;
    let room = house.room("Acme").await;
    let away = format!("http://127.0.0.1:{}/", free_port());
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let hook = vestibule_store::outbox::webhooks::Webhook::new(&workspace, &away, "*", now);
            vestibule_store::outbox::webhooks::insert(conn, &hook).unwrap();
            vestibule_store::outbox::webhooks::queue_test(conn, &hook, now).unwrap();
        })
        .await;
    until(&house, |rows| !rows[0].outcome.is_empty()).await;
    house.clock.advance(90 * SECOND);
    let text = house.http.get(format!("http://{listen}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("vestibule_deliveries_waiting 1\n"), "{text}");
    assert!(text.contains("vestibule_deliveries_total{kind=\"webhook\",outcome=\"failed\"} "), "{text}");
    let oldest =
        text.lines().find_map(|line| line.strip_prefix("vestibule_delivery_oldest_seconds ")).unwrap();
    assert!(oldest.parse::<i64>().unwrap() >= 90, "{oldest}");
    assert_eq!(answer(house.http.get(house.url("/metrics"))).await.0, 404);
    assert_eq!(house.state.read(deliveries::oldest).await.unwrap().0, 1);
}
