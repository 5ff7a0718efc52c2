//! A process ends while a receiver does not answer: the next process sends the postponed deliveries as soon as the documentation
//! promises (docs/webhooks.md, docs/app.md: attempts at most a minute apart, then everything at once).

use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::DeliveryState;
use vestibule_store::{
    Database,
    outbox::deliveries::{self, DeliveryFilter},
};

use super::receiver::{Behaviour, Receiver};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, Process, answer, free_port,
};

const PEOPLE: usize = 6;

struct Stage {
    database: Fresh,
    deployment: Deployment,
    node: Process,
    port: u16,
}

/// Starts a node and creates events about several people: the first delivery has failed, the others wait.
async fn put_off(backend: Backend, receiver: u16) -> Stage {
    let database = Fresh::make(backend);
    let port = free_port();
    let deployment = Deployment::new(database.url(), &format!("http://127.0.0.1:{port}"));
    let text = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
    let made = deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = text(&made, "id");
    let token = deployment.run(&["token", "create", "--workspace", &workspace, "--name", "okta"], "");
    let url = format!("http://127.0.0.1:{receiver}/told");
    deployment.run(&["webhook", "create", "--workspace", &workspace, "--url", &url], "");
    let node = deployment.serve_on(port).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for number in 0..PEOPLE {
        let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("u{number}@acme.example") });
        let request = http
            .post(format!("{}/api/scim/v2/{workspace}/Users", node.api))
            .bearer_auth(text(&token, "token"));
        let (status, body) =
            answer(request.header("content-type", "application/scim+json").body(user.to_string())).await;
        assert_eq!(status, 201, "{body}");
    }
    let stage = Stage { database, deployment, node, port };
    let clock = vestibule_web::clock::Clock::default();
    stage
        .until("put off", |rows| {
            rows.iter().filter(|row| row.due_at > clock.now() + 200_000_000).count() >= PEOPLE - 1
        })
        .await;
    stage
}

impl Stage {
    /// Waits until the deliveries satisfy a condition.
    async fn until(&self, what: &str, holds: impl Fn(&[deliveries::Delivery]) -> bool) {
        let database = Database::open(self.database.url(), 1).unwrap();
        // The next attempt follows at most a minute after the last one.
        let late = Instant::now() + Duration::from_secs(75);
        loop {
            let rows = database.read(|conn| deliveries::list(conn, &DeliveryFilter::default(), 100)).unwrap();
            if holds(&rows) {
                return;
            }
            assert!(Instant::now() < late, "not {what}: {rows:#?}");
            actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_told(&self) {
        self.until("told", |rows| {
            rows.len() == PEOPLE && rows.iter().all(|row| row.state == DeliveryState::Delivered)
        })
        .await;
    }
}

#[rstest]
#[actix_web::test]
async fn what_was_put_off_is_told_after_kill_9(#[values(Sqlite, Postgres)] backend: Backend) {
    let receiver = free_port();
    let Stage { database, deployment, node, port } = put_off(backend, receiver).await;
    node.kill();
    let _back = Receiver::on(receiver);
    let node = deployment.serve_on(port).await;
    Stage { database, deployment, node, port }.until_told().await;
}

#[rstest]
#[actix_web::test]
async fn what_was_put_off_is_told_after_sigterm(#[values(Sqlite, Postgres)] backend: Backend) {
    let receiver = Receiver::start();
    receiver.behave(&[Behaviour::Status(503); 50]);
    let at = url::Url::parse(&receiver.url).unwrap().port().unwrap();
    let Stage { database, deployment, node, port } = put_off(backend, at).await;
    assert_eq!(node.terminate(), Some(0));
    receiver.behave(&[]);
    let node = deployment.serve_on(port).await;
    Stage { database, deployment, node, port }.until_told().await;
}

#[actix_web::test]
async fn what_was_put_off_by_a_node_that_died_is_told_by_another() {
    let receiver = free_port();
    let Stage { database, deployment, node, port } = put_off(Postgres, receiver).await;
    let other = deployment.serve().await;
    node.kill();
    let _back = Receiver::on(receiver);
    Stage { database, deployment, node: other, port }.until_told().await;
}
