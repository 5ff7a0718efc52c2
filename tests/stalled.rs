//! Tests with a stalled PostgreSQL: writes that wait for a lock, a COMMIT without a response, a server that stops responding.
//! Checks continue where reads work, other requests get 503 with `Retry-After`, and the service recovers by itself.

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query,
    sql_types::BigInt,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Backend, Fresh, House, Proxy, Room};

const SECOND: i64 = 1_000_000;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Waits until this many sessions of the database wait for a lock.
pub(crate) async fn until_waiting(other: &mut PgConnection, count: i64) {
    let waiting = "SELECT COUNT(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..1000 {
        if sql_query(waiting).get_result::<Count>(other).unwrap().count == count {
            return;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{count} sessions never waited for a lock");
}

/// Creates a user over SCIM: (status, Retry-After, detail).
async fn create(
    http: reqwest::Client,
    scim: String,
    token: String,
    name: String,
) -> (u16, Option<String>, String) {
    let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name });
    let request = http.post(format!("{scim}/Users")).bearer_auth(token);
    let answer =
        request.header("content-type", "application/scim+json").body(user.to_string()).send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let retry = headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (status, retry, body["detail"].as_str().unwrap_or_default().to_owned())
}

fn creation(
    house: &House,
    room: &Room,
    name: &str,
) -> impl Future<Output = (u16, Option<String>, String)> + use<> {
    create(house.http.clone(), room.scim.clone(), room.token.clone(), format!("{name}@acme.example"))
}

/// A new session of the service's PostgreSQL database.
pub(crate) fn beside(house: &House) -> PgConnection {
    PgConnection::establish(house.database_url()).unwrap()
}

#[actix_web::test]
async fn while_writes_wait_others_sign_in_and_are_checked_and_more_writes_are_503() {
    let settings = [
        ("DATABASE__WAIT_SECONDS", "1"),
        ("DATABASE__LOCK_SECONDS", "600"),
        ("DATABASE__ANSWER_SECONDS", "600"),
        ("DATABASE__STATEMENT_SECONDS", "600"),
    ];
    let house = House::start_with(Backend::Postgres, &settings).await;
    let (acme, beta, other) = (house.room("Acme").await, house.room("Beta").await, house.room("Gamma").await);
    let (ada, gus) = (acme.person("Ada").await, other.person("Gus").await);
    let (browser, _) = acme.sign_in(&ada).await;
    assert_eq!(acme.check(&browser).await, 200);
    let (mut holder, mut watch) = (beside(&house), beside(&house));
    // Reads continue; writes in these workspaces wait.
    holder
        .batch_execute(&format!(
            "BEGIN; SELECT seq FROM event_heads WHERE workspace_id IN ('{}', '{}') ORDER BY 1 FOR UPDATE",
            acme.workspace, beta.workspace
        ))
        .unwrap();
    let mut writes = JoinSet::new();
    for number in 0..4 {
        writes.spawn(creation(&house, &acme, &format!("u{number}")));
    }
    // Four connections, two of them reserved; a workspace gets one of the two for writes.
    until_waiting(&mut watch, 1).await;
    assert_eq!(creation(&house, &other, "before").await.0, 201, "one workspace does not stall another");
    writes.spawn(creation(&house, &beta, "bea"));
    until_waiting(&mut watch, 2).await;
    for _ in 0..3 {
        let (status, retry, detail) = writes.join_next().await.unwrap().unwrap();
        assert_eq!((status, retry.is_some()), (503, true), "{detail}");
        assert!(detail.contains("nothing was changed"), "{detail}");
    }
    let (status, retry, detail) = creation(&house, &other, "meanwhile").await;
    assert_eq!((status, retry.is_some()), (503, true), "{detail}");
    // A sign-in writes too.
    let (signed_in, _) = other.sign_in(&gus).await;
    // Also when the time of the session's last request is written.
    house.clock.advance(120 * SECOND);
    for _ in 0..8 {
        assert_eq!((acme.check(&browser).await, other.check(&signed_in).await), (200, 200));
        assert_eq!((house.get("/healthz").await.0, house.get("/readyz").await.0), (200, 200));
    }
    until_waiting(&mut watch, 2).await;
    holder.batch_execute("ROLLBACK").unwrap();
    for _ in 0..2 {
        assert_eq!(writes.join_next().await.unwrap().unwrap().0, 201);
    }
    assert_eq!(creation(&house, &acme, "after").await.0, 201);
}

#[actix_web::test]
async fn a_statement_that_waits_too_long_for_a_lock_is_503_and_changes_nothing() {
    let house = House::start_with(Backend::Postgres, &[("DATABASE__LOCK_SECONDS", "1")]).await;
    let room = house.room("Acme").await;
    let mut other = beside(&house);
    other.batch_execute("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE").unwrap();
    let (status, retry, _) = creation(&house, &room, "ada").await;
    assert_eq!((status, retry.is_some()), (503, true));
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(creation(&house, &room, "ada").await.0, 201);
}

/// Simulates a COMMIT that waits for a synchronous standby.
#[actix_web::test]
async fn a_commit_that_hangs_is_neither_done_nor_refused_and_keeps_its_connection() {
    let settings = [
        ("DATABASE__WAIT_SECONDS", "1"),
        ("DATABASE__ANSWER_SECONDS", "1"),
        ("DATABASE__LOCK_SECONDS", "600"),
        ("DATABASE__STATEMENT_SECONDS", "600"),
    ];
    let house = House::start_with(Backend::Postgres, &settings).await;
    let rooms = [house.room("Acme").await, house.room("Beta").await];
    let mut other = beside(&house);
    other
        .batch_execute(
            "CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER hang AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION hang(); \
             SELECT pg_advisory_lock(42);",
        )
        .unwrap();
    for room in &rooms {
        let (status, retry, detail) = creation(&house, room, "ada").await;
        assert_eq!((status, retry.is_some()), (503, true), "{detail}");
        assert!(!detail.contains("nothing was changed"), "{detail}");
    }
    // Both connections for writes are stuck; no write begins, and reads continue.
    until_waiting(&mut beside(&house), 2).await;
    let (status, _, detail) = creation(&house, &rooms[0], "bob").await;
    assert_eq!((status, detail.contains("nothing was changed")), (503, true), "{detail}");
    assert_eq!(rooms[0].scim("GET", "/Users?count=1", None).await.0, 200);
    other.batch_execute("SELECT pg_advisory_unlock(42)").unwrap();
    let found = "/Users?filter=userName%20eq%20%22ada@acme.example%22";
    for _ in 0..1000 {
        if rooms[0].scim("GET", found, None).await.1["totalResults"] == 1 {
            break;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(
        rooms[0].scim("GET", found, None).await.1["totalResults"],
        1,
        "the commit went through after all"
    );
    assert_eq!(creation(&house, &rooms[0], "bob").await.0, 201);
}

#[actix_web::test]
async fn a_server_that_stops_answering_is_not_waited_for_without_end() {
    let database = Fresh::make(Backend::Postgres);
    let mut url = url::Url::parse(database.url()).unwrap();
    let upstream = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let (proxy, port) = Proxy::start(upstream);
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(port)).unwrap();
    let settings =
        [("DATABASE__URL", url.as_str()), ("DATABASE__WAIT_SECONDS", "1"), ("DATABASE__ANSWER_SECONDS", "1")];
    // `start_with` also makes a database; these settings override it.
    let house = House::start_with(Backend::Sqlite, &settings).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    assert_eq!(room.check(&browser).await, 200);
    proxy.stop(true);
    // More requests than connections.
    let (room, browser) = (std::rc::Rc::new(room), std::rc::Rc::new(browser));
    let check = || {
        let (room, browser) = (room.clone(), browser.clone());
        async move { room.check(&browser).await }
    };
    let checks: Vec<_> = (0..12).map(|_| actix_web::rt::spawn(check())).collect();
    for one in checks {
        assert_eq!(one.await.unwrap(), 503);
    }
    let refused = house.http.get(house.url("/readyz")).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (503, true));
    assert_eq!(house.get("/healthz").await.0, 200);
    proxy.stop(false);
    for _ in 0..1000 {
        if check().await == 200 {
            return;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the service does not come back");
}
