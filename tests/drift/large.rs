//! A large workspace: the report takes as many statements as for a small one, and one that takes too long is stopped.

use rstest::rstest;

use super::{counted_report, sql};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, record_statements,
};

/// Adds people with a few statements that both databases understand: half of SCIM, half of a first sign-in, all linked.
async fn crowd(house: &House, room: &Room, people: i64) {
    let (workspace, now) = (&room.workspace, house.state.now());
    let numbers =
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {people})");
    let id = "'ffffffff-0000-7000-8000-000000' || (100000 + i)";
    sql(
        house,
        format!(
            "INSERT INTO users (workspace_id, user_id, user_name, user_name_key, external_id, active, source, attributes, comparable, \
             epoch, version, created_at, updated_at) {numbers} SELECT '{workspace}', {id}, 'p' || i || '@acme.example', \
             'p' || i || '@acme.example', '00u' || i, TRUE, CASE WHEN i % 2 = 0 THEN 'scim' ELSE 'jit' END, '{{}}', '{{}}', 1, 1, {now}, {now} FROM n"
        ),
    )
    .await;
    sql(
        house,
        format!(
            "INSERT INTO identities (workspace_id, issuer, subject, user_id, created_at) {numbers} \
             SELECT '{workspace}', '{}', '00u' || i, {id}, {now} FROM n",
            room.okta.issuer()
        ),
    )
    .await;
}

#[rstest]
#[actix_web::test]
async fn the_number_of_statements_does_not_grow_with_people(#[values(Sqlite, Postgres)] backend: Backend) {
    record_statements();
    let house = House::start(backend).await;
    let mut counts = Vec::new();
    for (name, people) in [("Acme", 10), ("Globex", 20_000)] {
        let room = house.room(name).await;
        crowd(&house, &room, people).await;
        let (report, statements) = counted_report(&house, &room, 90).await;
        assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
        assert_eq!(report.findings[0].count, people / 2, "never provisioned");
        counts.push(statements);
    }
    println!("statements with few and with many people: {counts:?}");
    assert_eq!(counts[0], counts[1]);
    assert!((1..=35).contains(&counts[0]), "{counts:?}");
}

#[rstest]
#[actix_web::test]
async fn a_report_that_takes_too_long_is_stopped_and_says_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("DATABASE__SCAN_MILLISECONDS", "1")]).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    crowd(&house, &room, 20_000).await;
    let page = browser.get(&house.url("/drift")).await.unwrap();
    assert_eq!(page.status, 503, "{}", page.text());
    assert!(page.text().contains("run vestibule drift at the command line"), "{}", page.text());
    // The service goes on.
    assert_eq!(browser.get(&house.url("/account")).await.unwrap().status, 200);
}
