//! Searches without an index: stopped after a time, few at once per workspace, limited in size before they run. Lookups work
//! meanwhile.

use rstest::rstest;
use serde_json::json;
use vestibule_store::Conn;

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const PEOPLE: usize = 4000;

/// Thousands of users with two addresses each, inserted at once.
async fn fill(house: &House, room: &Room) {
    let (status, body) = room
        .scim("POST", "/Users", Some(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ada@acme.example",
            "addresses": [{ "streetAddress": "1 Long Lane", "locality": "Leeds" }, { "locality": "York", "type": "home" }],
        })))
        .await;
    assert_eq!(status, 201, "{body}");
    let statement = format!(
        "INSERT INTO users (workspace_id, user_id, user_name, user_name_key, external_id, display_name, display_name_key, email, \
         active, source, attributes, comparable, epoch, revoked_at, version, created_at, updated_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PEOPLE}) \
         SELECT workspace_id, user_id || '-' || i, user_name || i, user_name_key || i, NULL, display_name, display_name_key, email, \
         active, source, attributes, comparable, epoch, revoked_at, version, created_at, updated_at FROM users, n"
    );
    house
        .write(move |conn| {
            use diesel::connection::SimpleConnection;
            match &mut **conn {
                Conn::Sqlite(inner) => inner.batch_execute(&statement),
                Conn::Postgres(inner) => inner.batch_execute(&statement),
            }
            .unwrap();
        })
        .await;
}

/// A filter with this many pairs of comparisons that match nobody.
fn filter(pairs: usize) -> String {
    let term = |number| format!("addresses[streetAddress co \"x{number}\" or locality co \"y{number}\"]");
    (0..pairs).map(term).collect::<Vec<_>>().join(" or ")
}

async fn search(room: &Room, filter: &str) -> (u16, serde_json::Value) {
    let body =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
    room.scim("POST", "/Users/.search", Some(body)).await
}

const LOOKUP: &str = "/Users?filter=userName%20eq%20%22ada@acme.example%22";

#[rstest]
#[actix_web::test]
async fn a_search_that_takes_too_long_is_refused_to_its_caller_alone(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start_with(backend, &[("DATABASE__SCAN_MILLISECONDS", "1")]).await;
    let (room, other) = (house.room("Acme").await, house.room("Beta").await);
    fill(&house, &room).await;
    let long = filter(20);
    let ((status, body), (found, _)) = tokio::join!(search(&room, &long), other.scim("GET", LOOKUP, None));
    // RFC 7644 §3.12: tooMany, "the specified filter yields many more results than the server is willing to calculate or process".
    assert_eq!((status, body["scimType"].as_str()), (400, Some("tooMany")), "{body}");
    assert_eq!(found, 200);
    // Sorting and the search over all resources are searches as well.
    let (status, body) = room.scim("GET", "/Users?sortBy=addresses.locality&count=5", None).await;
    assert_eq!((status, body["scimType"].as_str()), (400, Some("tooMany")), "{body}");
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": long });
    let (status, body) = room.scim("POST", "/.search", Some(body)).await;
    assert_eq!((status, body["scimType"].as_str()), (400, Some("tooMany")), "{body}");
    // Lookups by an index have no such limit, and connections still work.
    for _ in 0..8 {
        let (status, body) = room.scim("GET", LOOKUP, None).await;
        assert_eq!((status, &body["totalResults"]), (200, &json!(1)), "{body}");
    }
    assert_eq!(room.scim("GET", "/Users?startIndex=2000&count=5", None).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn one_workspace_runs_few_searches_at_once_and_others_theirs(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let settings = [
        ("DATABASE__POOL_SIZE", "8"),
        ("DATABASE__SCANS_PER_WORKSPACE", "1"),
        ("DATABASE__WAIT_SECONDS", "1"),
    ];
    let house = House::start_with(backend, &settings).await;
    let (room, other) = (house.room("Acme").await, house.room("Beta").await);
    let (begun, mut has_begun) = tokio::sync::oneshot::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let (state, workspace) = (house.state.clone(), room.workspace.clone());
    let running = actix_web::rt::spawn(async move {
        state
            .search(&workspace, move |_| {
                begun.send(()).unwrap();
                ended.recv().unwrap();
                Ok::<_, vestibule_store::Error>(())
            })
            .await
    });
    (&mut has_begun).await.unwrap();
    let (status, body) = search(&room, &filter(2)).await;
    assert_eq!((status, body["scimType"].as_str()), (503, None), "{body}");
    let asked =
        house.http.get(format!("{}/Users?filter=title%20co%20%22x%22", room.scim)).bearer_auth(&room.token);
    let refused = asked.send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (503, true));
    assert_eq!(room.scim("GET", LOOKUP, None).await.0, 200, "by an index");
    assert_eq!(search(&other, &filter(2)).await.0, 200, "another workspace");
    end.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(search(&room, &filter(2)).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_filter_is_bounded_before_it_runs(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (status, body) = search(&room, &filter(95)).await;
    assert_eq!((status, body["scimType"].as_str()), (400, Some("tooMany")), "{body}");
    assert!(body["detail"].as_str().unwrap().contains("50 comparisons"), "{body}");
    assert_eq!(search(&room, &filter(25)).await.0, 200);
    // Columns are cheap, so a filter may name many people.
    let many = (0..150).map(|n| format!("userName eq \"u{n}\"")).collect::<Vec<_>>().join(" or ");
    assert_eq!(search(&room, &many).await.0, 200);
}
