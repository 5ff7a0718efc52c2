//! A flood of junk at the ACS: each response is refused, good sign-ins go on, and neither rows nor memory grow with it.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Text},
};
use futures_util::future::{join, join_all};
use rstest::rstest;
use vestibule_simulator::{Browser, SamlMisbehavior as Fault};
use vestibule_web::observe::writers;

use super::{SamlRoom, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// Rounds of the flood; a round posts each kind of junk once, all at once.
const ROUNDS: usize = 12;

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Number of rows of each table.
async fn rows(house: &House, backend: Backend) -> BTreeMap<String, i64> {
    let tables = match backend {
        Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Postgres => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
    };
    house
        .write(move |conn| {
            let tables: Vec<Table> = sql_query(tables).load(&mut **conn).unwrap();
            let count = |Table { name }: Table| {
                let counted = sql_query(format!("SELECT count(*) AS rows FROM {name}"));
                let rows: Rows = counted.get_result(&mut **conn).unwrap();
                (name, rows.rows)
            };
            tables.into_iter().map(count).collect()
        })
        .await
}

/// A response of this person that the provider spoiled, or a good one, as base64.
async fn response(at: &SamlRoom, person: &vestibule_simulator::Person, fault: Option<Fault>) -> String {
    if let Some(fault) = fault {
        at.room.okta.tamper_saml(fault).unwrap();
    }
    let page = at.up_to_response(&Browser::new().unwrap(), &at.login, person).await;
    page.saml_form().unwrap().value("SAMLResponse").unwrap().to_owned()
}

#[rstest]
#[actix_web::test]
async fn junk_is_refused_and_costs_no_rows(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("INSPECTOR__KEEP_REQUESTS", "100")]).await;
    let (acme, globex) = (SamlRoom::new(&house, "Acme").await, SamlRoom::new(&house, "Globex").await);
    let (ada, eve) = (acme.person("Ada").await, globex.person("Eve").await);
    let xml = |text: String| STANDARD.encode(text);
    let protocol = "urn:oasis:names:tc:SAML:2.0:protocol";
    let many = |part: &str, times: usize| {
        format!("<p:Response xmlns:p=\"{protocol}\">{}</p:Response>", part.repeat(times))
    };
    let junk = vec![
        ("no base64", "***".to_owned()),
        ("no XML", xml("junk".to_owned())),
        ("an open element", xml("<p:Response".to_owned())),
        ("a DTD", xml("<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>".to_owned())),
        ("deep", xml(format!("{}{}", "<a>".repeat(20_000), "</a>".repeat(20_000)))),
        ("many nodes", xml(many("<a/>", 50_000))),
        ("a long tag", xml(format!("<a {}/>", "b=\"\" ".repeat(5_000)))),
        (
            "many attributes",
            xml(many(&format!("<a {}/>", (0..40).map(|n| format!("b{n}=\"\" ")).collect::<String>()), 100)),
        ),
        ("oversize XML", xml(" ".repeat(300_000))),
        ("oversize form", "A".repeat(600_000)),
        ("unsigned", response(&acme, &ada, Some(Fault::Unsigned)).await),
        ("another key", response(&acme, &ada, Some(Fault::ForeignKey)).await),
        ("tampered", response(&acme, &ada, Some(Fault::TamperedNameId("eve@acme.example".to_owned()))).await),
        ("of another workspace", response(&globex, &eve, None).await),
    ];
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
    flush(&house).await;
    let before = rows(&house, backend).await;

    let post = async |value: &str| {
        let answer = house.http.post(&acme.acs).form(&[("SAMLResponse", value)]).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let refused = AtomicUsize::new(0);
    let flood = async {
        for _ in 0..ROUNDS {
            let posts = junk.iter().map(async |(what, value)| {
                let (status, text) = post(value).await;
                // 503: the queue of this workspace is full, and nothing was read.
                assert!([400, 403, 503].contains(&status), "{what}: {status} {text}");
                refused.fetch_add(1, Ordering::SeqCst);
            });
            join_all(posts).await;
        }
    };
    let good = async {
        for _ in 0..5 {
            let (browser, page) = acme.sign_in(&ada).await;
            assert_signed_in(&house, &browser, &page);
        }
    };
    join(flood, good).await;
    assert_eq!(refused.load(Ordering::SeqCst), ROUNDS * junk.len());
    flush(&house).await;
    let after = rows(&house, backend).await;
    let grown: BTreeMap<&String, i64> = after
        .iter()
        .map(|(table, rows)| (table, rows - before[table]))
        .filter(|(_, more)| *more > 0)
        .collect();
    println!("{} posts of junk; rows that five sign-ins and the flood added: {grown:?}", ROUNDS * junk.len());
    for (table, more) in grown {
        let most = match table.as_str() {
            // Five requests without proof a second, of which a twentieth of the limit stays; and those of the sign-ins.
            "requests" => 100,
            // One row of a kind and a connection, however often it is seen.
            "sightings" => 5,
            // What five sign-ins write: each two events, a session, an answer, a replay row, ….
            _ => 15,
        };
        assert!(more <= most, "{table} grew by {more}");
    }
    let proven = acme.room.scim("GET", "/Users", None).await;
    assert_eq!(proven.1["totalResults"], 1, "{proven:?}");
}

/// Writes what is buffered in memory.
async fn flush(house: &House) {
    writers::requests::write_down(&house.state).await.unwrap();
    writers::sightings::write_down(&house.state).await.unwrap();
}

#[rstest]
#[actix_web::test]
async fn reading_junk_holds_up_no_other_request(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    // The most expensive document that is read at all: as many nodes and bytes as may be.
    let part = "<a:a xmlns:a=\"urn:a\" b=\"c\">d</a:a>".repeat(6_000);
    let value = STANDARD.encode(format!("<p:Response xmlns:p=\"urn:p\">{part}</p:Response>"));
    let ended = AtomicUsize::new(0);
    let junk = join_all((0..24).map(|_| async {
        let answer = house.http.post(&acme.acs).form(&[("SAMLResponse", &value)]).send().await.unwrap();
        ended.fetch_add(1, Ordering::SeqCst);
        answer.status().as_u16()
    }));
    let other = async {
        // The first answers show that the others wait in the queue.
        while ended.load(Ordering::SeqCst) < 2 {
            actix_web::rt::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        let health = house.http.get(house.url("/healthz")).send().await.unwrap().status();
        (health.as_u16(), ended.load(Ordering::SeqCst))
    };
    let (statuses, (health, ended)) = join(junk, other).await;
    assert!(statuses.iter().all(|status| [403, 503].contains(status)), "{statuses:?}");
    assert_eq!(health, 200);
    assert!(ended < 24, "another request waits for no response to be read");
}
