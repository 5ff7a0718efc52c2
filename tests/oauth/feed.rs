//! The feed of an app: the pull endpoint, and the live stream of ends of access.

use std::time::Duration;

use actix_web::rt::time::timeout;
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{self, ClientId, UserId, WorkspaceId},
    sets::EndReason,
};
use vestibule_store::{
    oauth::{client_secrets, clients},
    people::users,
    trail::events::Cause,
};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House, Room, answer,
};

/// Creates a client of this kind and returns its id and secret.
async fn client(house: &House, workspace: &WorkspaceId, kind: &'static str) -> (String, String) {
    let (workspace, now) = (workspace.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let (client, secret) = clients::create(
                conn,
                &workspace,
                kind.parse().unwrap(),
                kind,
                &["https://app.example/cb".to_owned()],
                now,
            )
            .unwrap();
            (client.client_id.into_string(), secret)
        })
        .await
}

async fn pull(house: &House, (client, secret): &(String, String), query: &str) -> (u16, Value) {
    answer(house.http.get(house.url(&format!("/api/events{query}"))).basic_auth(client, Some(secret))).await
}

/// An open event stream and its unread text.
struct Stream(reqwest::Response, String);

impl Stream {
    async fn open(
        api: &str,
        (client, secret): &(String, String),
        query: &str,
        last: Option<&str>,
    ) -> Result<Self, u16> {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.get(format!("{api}/api/events/stream{query}")).basic_auth(client, Some(secret));
        let request = match last {
            Some(last) => request.header("last-event-id", last),
            None => request,
        };
        let response = request.send().await.unwrap();
        if response.status() != 200 {
            return Err(response.status().as_u16());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut stream = Self(response, String::new());
        assert_eq!(stream.frame().await.unwrap(), ": listening");
        Ok(stream)
    }

    /// Returns the next block, or `None` at the end of the stream.
    async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.1.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.1 = rest;
                return Some(frame);
            }
            let chunk = timeout(Duration::from_secs(20), self.0.chunk()).await.expect("nothing came");
            self.1 += std::str::from_utf8(&chunk.ok()??).unwrap();
        }
    }

    /// Returns the next event: its id, kind and data.
    async fn event(&mut self) -> (String, String, Value) {
        loop {
            let frame = self.frame().await.expect("the stream ended");
            if frame.starts_with(':') {
                continue;
            }
            let part = |name: &str| {
                frame.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap().to_owned()
            };
            return (part("id"), part("event"), serde_json::from_str(&part("data")).unwrap());
        }
    }
}

async fn end(house: &House, room: &Room, user: &str) {
    let (workspace, user, now) = (room.workspace.clone(), user.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let mut user = users::get_locked(conn, &workspace, &UserId::from_stored(&user)).unwrap();
            users::end_all_access(conn, &mut user, &Cause::cli(), EndReason::Operator, now).unwrap();
        })
        .await;
}

#[rstest]
#[actix_web::test]
async fn the_feed_has_everything_about_people_in_order(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let app = client(&house, &room.workspace, "app").await;
    let (_, begin) = pull(&house, &app, "").await;
    let cursor = begin["cursor"].as_str().unwrap().to_owned();
    assert_eq!(
        (&begin["events"], &begin["more"]),
        (&json!([]), &json!(false)),
        "what is about nobody isn't there"
    );
    let ada = room.user("ada@acme.example").await;
    other.user("bob@other.example").await;
    end(&house, &room, &ada).await;
    let (status, page) = pull(&house, &app, &format!("?cursor={cursor}")).await;
    assert_eq!(status, 200, "{page}");
    let kinds: Vec<&str> =
        page["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["user_created", "access_ended"]);
    assert_eq!(
        (&page["events"][1]["user_id"], &page["events"][1]["team_id"]),
        (&json!(ada), &json!(room.workspace))
    );
    // Without new events, the response has none and the same cursor.
    let cursor = page["cursor"].as_str().unwrap().to_owned();
    let page = pull(&house, &app, &format!("?cursor={cursor}&wait=1")).await.1;
    assert_eq!((&page["events"], &page["cursor"]), (&json!([]), &json!(cursor)));
    // A waiting request is answered when an event comes: before one that waits less long in a workspace without new events.
    let quiet = client(&house, &other.workspace, "app").await;
    let start = pull(&house, &quiet, "").await.1["cursor"].as_str().unwrap().to_owned();
    let query = format!("?cursor={start}&wait=10");
    let waits_to_the_end = pull(&house, &quiet, &query);
    let url = house.url(&format!("/api/events?cursor={cursor}&wait=30"));
    let waiting = actix_web::rt::spawn(answer(house.http.get(url).basic_auth(&app.0, Some(&app.1))));
    end(&house, &room, &ada).await;
    let (_, page) = tokio::select! {
        answered = waiting => answered.unwrap(),
        _ = waits_to_the_end => panic!("the event did not end the wait"),
    };
    assert_eq!(page["events"][0]["kind"], "access_ended");

    // A client of all workspaces must name the workspace to read.
    let shared = client(&house, &ids::DEPLOYMENT, "service").await;
    assert_eq!(pull(&house, &shared, "").await.0, 400);
    let (status, page) = pull(&house, &shared, &format!("?team_id={}", other.workspace)).await;
    assert_eq!((status, page["events"].as_array().unwrap().len()), (200, 1));
}

#[rstest]
#[actix_web::test]
async fn nobody_else_hears_anything(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let app = client(&house, &room.workspace, "app").await;
    let mcp = client(&house, &room.workspace, "mcp").await;
    let scim = (room.client.clone(), room.client_secret.clone());
    let wrong = (app.0.clone(), "vsecret_wrong".to_owned());
    let theirs = format!("?team_id={}", other.workspace);
    for (who, query, status) in [
        (&mcp, "", 400),
        (&scim, "", 400),
        (&wrong, "", 401),
        (&app, theirs.as_str(), 400),
        (&app, "?team_id=x", 400),
        (&app, "?team_id=00000000-0000-4000-8000-000000000001", 400),
    ] {
        assert_eq!(pull(&house, who, query).await.0, status, "{query}");
        assert_eq!(Stream::open(&house.api, who, query, None).await.err(), Some(status), "{query}");
    }
    for query in
        ["?cursor=x", "?cursor=-1", "?wait=soon", "?cursor=99999999999999999999", "?cursor=1&cursor=2"]
    {
        assert_eq!(pull(&house, &app, query).await.0, 400, "{query}");
    }
    assert_eq!(Stream::open(&house.api, &app, "", Some("yesterday")).await.err(), Some(400));
    assert_eq!(house.get("/api/events").await.0, 401);
    let bearer = house.http.get(house.url("/api/events")).bearer_auth(&room.token);
    assert_eq!(answer(bearer).await.0, 401);
}

#[rstest]
#[actix_web::test]
async fn the_stream_tells_each_end_at_once_and_goes_on_where_it_broke(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let (ada, bob) = (room.user("ada@acme.example").await, room.user("bob@acme.example").await);
    let eve = other.user("eve@other.example").await;
    end(&house, &room, &bob).await;
    let app = client(&house, &room.workspace, "app").await;
    let all = client(&house, &ids::DEPLOYMENT, "app").await;
    let mut stream = Stream::open(&house.api, &app, "", None).await.ok().unwrap();
    let mut wide = Stream::open(&house.api, &all, "", None).await.ok().unwrap();
    end(&house, &other, &eve).await;
    end(&house, &room, &ada).await;
    let (place, kind, data) = stream.event().await;
    // The stream has no event of the other workspace and none from before the stream was opened.
    assert_eq!(
        (kind.as_str(), &data["user_id"], &data["data"]["epoch"]),
        ("access_ended", &json!(ada), &json!(2))
    );
    let mut heard = vec![wide.event().await.2["user_id"].clone(), wide.event().await.2["user_id"].clone()];
    heard.sort_by_key(ToString::to_string);
    let mut both = vec![json!(ada), json!(eve)];
    both.sort_by_key(ToString::to_string);
    assert_eq!(heard, both);
    drop(stream);
    // These events happen while no stream is open.
    room.scim("DELETE", &format!("/Users/{ada}"), None).await;
    house.clock.advance(3_600_000_000);
    let mut stream = Stream::open(&house.api, &app, "", Some(&place)).await.ok().unwrap();
    let mut kinds = Vec::new();
    while kinds.last().is_none_or(|kind| kind != "user_deleted") {
        kinds.push(stream.event().await.1);
    }
    assert!(kinds.iter().any(|kind| kind == "access_ended"), "{kinds:?}");
    assert_eq!(stream.frame().await.as_deref(), Some(": current"), "it has what it missed");
    end(&house, &room, &bob).await;
    assert_eq!(stream.event().await.2["user_id"], json!(bob));
}

#[rstest]
#[actix_web::test]
async fn a_client_has_ten_streams_and_none_once_its_secret_ended(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (app, other) =
        (client(&house, &room.workspace, "app").await, client(&house, &room.workspace, "app").await);
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(Stream::open(&house.api, &app, "", None).await.ok().unwrap());
    }
    assert_eq!(Stream::open(&house.api, &app, "", None).await.err(), Some(429));
    assert!(Stream::open(&house.api, &other, "", None).await.is_ok());
    let client_id = app.0.clone();
    house
        .write(move |conn| {
            let client = clients::find(conn, &ClientId::sent(&client_id)).unwrap().unwrap();
            for secret in client_secrets::list(conn, &client).unwrap() {
                client_secrets::end(conn, &client, &secret.secret_id).unwrap();
            }
        })
        .await;
    for mut stream in streams {
        while let Some(frame) = stream.frame().await {
            assert!(frame.starts_with(':'), "only comments come before its end: {frame}");
        }
    }
    assert!(Stream::open(&house.api, &app, "", None).await.is_err());
}

#[rstest]
#[actix_web::test]
async fn another_process_is_heard_too_and_stopping_ends_streams(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let database = Fresh::make(backend);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    let workspace = deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let user = ["--workspace", workspace, "--user-name", "ada@acme.example"];
    deployment.run(&[&["user", "create"][..], &user].concat(), "");
    let made = deployment
        .run(&["client", "create", "--kind", "service", "--name", "Listener", "--workspace", workspace], "");
    let client =
        (made["client_id"].as_str().unwrap().to_owned(), made["client_secret"].as_str().unwrap().to_owned());
    let node = deployment.serve().await;
    let mut stream = Stream::open(&node.api, &client, "", None).await.ok().unwrap();
    deployment.run(&[&["user", "end-access"][..], &user].concat(), "");
    assert_eq!(stream.event().await.1, "access_ended");
    assert_eq!(actix_web::web::block(move || node.terminate()).await.unwrap(), Some(0));
    while let Some(frame) = stream.frame().await {
        assert!(frame.starts_with(':'), "nothing but comments follows: {frame}");
    }
}
