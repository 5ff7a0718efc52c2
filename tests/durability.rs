//! `kill -9` during writes: every acknowledged write is stored, no refused write is, and the service starts again.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, answer, free_port,
};

/// How many acknowledged writes to wait for before the kill.
const ENOUGH: usize = 60;

async fn kill_amid_writes(backend: Backend) {
    let database = Fresh::make(backend);
    let port = free_port();
    let deployment = Deployment::new(database.url(), &format!("http://127.0.0.1:{port}"));
    let workspace = deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap().to_owned();
    let token = deployment.run(&["token", "create", "--workspace", &workspace, "--name", "okta"], "");
    let token = token["token"].as_str().unwrap().to_owned();
    let node = deployment.serve_on(port).await;
    let base = format!("{}/api/scim/v2/{workspace}", node.api);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();

    let acknowledged: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let sent = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (http, base, token) = (http.clone(), base.clone(), token.clone());
            let (acknowledged, sent) = (acknowledged.clone(), sent.clone());
            actix_web::rt::spawn(async move {
                for number in 0..100_000 {
                    let name = format!("u{writer}-{number}@acme.example");
                    let body = json!({
                        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                        "userName": name,
                        "emails": [{ "value": name }],
                    });
                    sent.fetch_add(1, Ordering::SeqCst);
                    let request = http
                        .post(format!("{base}/Users"))
                        .bearer_auth(&token)
                        .header("content-type", "application/scim+json")
                        .body(body.to_string());
                    let Ok(response) = request.send().await else { return };
                    let status = response.status().as_u16();
                    let Ok(body) = response.json::<Value>().await else { return };
                    assert_eq!(status, 201, "{body}");
                    let id = body["id"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().push((name, id));
                }
            })
        })
        .collect();
    while acknowledged.lock().unwrap().len() < ENOUGH {
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
    node.kill();
    for writer in writers {
        writer.await.unwrap();
    }

    let node = deployment.serve_on(port).await;
    let acknowledged = acknowledged.lock().unwrap().clone();
    for (name, id) in &acknowledged {
        let (status, user) = answer(http.get(format!("{base}/Users/{id}")).bearer_auth(&token)).await;
        assert_eq!((status, user["userName"].as_str()), (200, Some(name.as_str())));
        assert_eq!(user["emails"][0]["value"], json!(name), "no half-written row");
    }
    let (_, list) = answer(http.get(format!("{base}/Users?count=0")).bearer_auth(&token)).await;
    let total = usize::try_from(list["totalResults"].as_u64().unwrap()).unwrap();
    assert!(total >= acknowledged.len() && total <= sent.load(Ordering::SeqCst), "{total} users");
    let events = deployment.run(&["event", "list", "--workspace", &workspace, "--limit", "10000"], "");
    let events = events.as_array().unwrap();
    let created = events.iter().filter(|event| event["kind"] == "user_created").count();
    assert_eq!(created, total, "each user with its event, each event with its user");
    let numbers: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "the trail has no gap");
    drop(node);
}

#[rstest]
#[actix_web::test]
async fn nothing_acknowledged_is_missing_after_kill_9(#[values(Sqlite, Postgres)] backend: Backend) {
    kill_amid_writes(backend).await;
}

#[rstest]
#[actix_web::test]
async fn sigterm_ends_it_in_order(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    let node = deployment.serve().await;
    assert_eq!(node.terminate(), Some(0));
}

#[rstest]
#[actix_web::test]
async fn processes_that_start_together_on_a_new_database_migrate_it_once(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let database = Fresh::make(backend);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let deployment = deployment.clone();
            std::thread::spawn(move || {
                deployment.run(&["workspace", "create", "--name", &format!("W{number}")], "")
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(deployment.run(&["workspace", "list"], "").as_array().map(Vec::len), Some(4));
}
