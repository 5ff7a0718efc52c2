//! How many requests are stored and for how long; strangers cannot displace requests of others.

use rstest::rstest;
use serde_json::{Map, json};
use vestibule_core::{ids::WorkspaceId, sets::Door};
use vestibule_store::{
    db::json::Json,
    trail::requests::{self, Request, RequestFilter},
};
use vestibule_web::observe::writers;

use super::kept;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

const DAY: i64 = 86_400 * 1_000_000;

#[rstest]
#[actix_web::test]
async fn the_newest_are_kept_and_after_a_while_none(#[values(Sqlite, Postgres)] backend: Backend) {
    let house =
        House::start_with(backend, &[("INSPECTOR__KEEP_REQUESTS", "20"), ("INSPECTOR__KEEP_DAYS", "2")])
            .await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    assert_eq!(other.scim("GET", "/Users", None).await.0, 200);
    for number in 0..50 {
        assert_eq!(room.scim("GET", &format!("/Users?count={number}"), None).await.0, 200);
    }
    let rows = kept(&house, &room).await;
    assert_eq!(rows.len(), 18, "somewhat fewer than twenty, so that it is seldom looked");
    assert!(rows[0].path.ends_with("count=49") && rows[17].path.ends_with("count=32"));
    for number in 0..5 {
        room.scim("GET", &format!("/Users?startIndex={number}"), None).await;
        assert!(kept(&house, &room).await.len() <= 20);
    }
    assert_eq!(kept(&house, &other).await.len(), 1, "another workspace's are not counted");
    house.clock.advance(DAY);
    assert_eq!(room.scim("GET", "/Groups", None).await.0, 200);
    house.clock.advance(DAY + 1);
    assert!(writers::requests::sweep(&house.state).await.unwrap() > 0);
    assert_eq!((kept(&house, &room).await.len(), kept(&house, &other).await.len()), (1, 0));
    house.clock.advance(DAY + 1);
    assert_eq!(writers::requests::sweep(&house.state).await.unwrap(), 1);
}

#[rstest]
#[actix_web::test]
async fn strangers_push_nothing_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("INSPECTOR__KEEP_REQUESTS", "100")]).await;
    let room = house.room("Acme").await;
    room.user("ada@acme.example").await;
    for flush in 0..4 {
        for _ in 0..12 {
            let knock =
                house.http.get(format!("{}/Users?startIndex={flush}", room.scim)).bearer_auth("nonsense");
            assert_eq!(answer(knock).await.0, 401);
        }
        let rows = kept(&house, &room).await;
        let strange = rows.iter().filter(|row| !row.proven).count();
        assert!((5..=10).contains(&strange), "{strange}: five a flush, five of a hundred stay");
        assert!(rows.iter().any(|row| row.proven && row.method == "POST"), "the real one is there");
    }
    // The limit also applies when the requests name many workspaces.
    for number in 0..500 {
        let nowhere = format!("/api/scim/v2/0198c0de-0000-7000-8000-{number:012}/Users");
        assert_eq!(answer(house.http.get(house.url(&nowhere))).await.0, 401);
    }
    assert_eq!(room.scim("GET", "/Groups", None).await.0, 200);
    assert_eq!(
        writers::requests::write_down(&house.state).await.unwrap(),
        1,
        "those of nobody are not written"
    );
}

#[rstest]
#[actix_web::test]
async fn switched_off_nothing_is_noted_and_what_was_goes(#[values(Sqlite, Postgres)] backend: Backend) {
    for key in ["INSPECTOR__KEEP_REQUESTS", "INSPECTOR__KEEP_DAYS"] {
        let house = House::start_with(backend, &[(key, "0")]).await;
        let room = house.room("Acme").await;
        room.user("ada@acme.example").await;
        assert_eq!(writers::requests::write_down(&house.state).await.unwrap(), 0);
        let row = row(&room.workspace, house.state.now());
        house.write(move |conn| requests::record(conn, &[row]).unwrap()).await;
        assert_eq!(kept(&house, &room).await.len(), 1);
        house.clock.advance(1_000_000);
        assert_eq!(writers::requests::sweep(&house.state).await.unwrap(), 1);
    }
}

fn row(workspace: &WorkspaceId, at: i64) -> Request {
    Request {
        workspace_id: workspace.to_owned(),
        at,
        request_id: vestibule_core::ids::new(at),
        proven: true,
        door: Door::Scim,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        status: 200,
        micros: 1,
        reason: String::new(),
        detail: String::new(),
        advice: String::new(),
        understood: Json::new(Map::new()),
        changed: Json::new(Vec::new()),
    }
}

#[rstest]
#[actix_web::test]
async fn many_are_written_at_once_and_listed_in_their_order(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let now = house.state.now();
    // Several requests have the same time.
    let rows: Vec<Request> = (0..1_201).map(|number| row(&room.workspace, now - DAY + number / 3)).collect();
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            requests::record(conn, &rows).unwrap();
            let (mut wanted, mut seen) = (RequestFilter::default(), Vec::new());
            loop {
                let page = requests::list(conn, &workspace, &wanted, 100).unwrap();
                let Some(last) = page.last() else { break };
                wanted.before = Some(last.place());
                seen.extend(page.iter().map(Request::place));
            }
            assert_eq!(seen.len(), 1_201);
            assert!(seen.windows(2).all(|two| two[0] > two[1]));
            assert_eq!(requests::trim(conn, &workspace, true, 1_000).unwrap(), 201);
            assert_eq!(requests::trim(conn, &workspace, true, 1_000).unwrap(), 0);
            assert_eq!(requests::trim(conn, &workspace, false, 10).unwrap(), 0);
        })
        .await;
}

#[rstest]
#[actix_web::test]
async fn what_is_large_is_cut(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let emails: Vec<_> =
        (0..1_000).map(|n| json!({ "value": format!("p{n}@{}.example", "x".repeat(50)) })).collect();
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.example",
        "displayName": "x".repeat(20_000), "emails": emails,
    });
    room.scim("POST", "/Users", Some(user)).await;
    let row = kept(&house, &room).await.into_iter().next().unwrap();
    assert!(
        row.understood.as_str().len() <= 8_192 && row.changed.as_str().len() <= 8_192,
        "{} {}",
        row.understood.as_str().len(),
        row.changed.as_str().len()
    );
    let understood = row.understood().unwrap();
    assert!(understood["document"]["emails"][20] == "(980 more)", "{understood:?}");
}
