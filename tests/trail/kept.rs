//! Retention of the trail: only the oldest events are removed, without gaps, and the rest still verifies.

use std::sync::LazyLock;

use rstest::rstest;
use vestibule_core::{ids::WorkspaceId, time::SECOND};
use vestibule_store::{
    Error,
    trail::events::{
        self, Cause, Fault, Link, Target,
        kinds::{EverybodyEnded, UserReactivated},
    },
    workspaces,
};

use super::{execute, opened};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Fresh,
};

static W: LazyLock<WorkspaceId> =
    LazyLock::new(|| WorkspaceId::from_stored("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));

#[rstest]
#[actix_web::test]
async fn what_is_old_goes_from_the_beginning_and_the_rest_holds(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let fresh = Fresh::make(backend);
    let database = opened(fresh.url());
    database
        .write(|conn| {
            workspaces::create(conn, Some(&W), "Acme", "us", 1)?;
            for line in 1..=2500 {
                // The clock was wrong for this event: it stays until the events before it may be deleted.
                let at = if line == 2200 { 1 } else { line * SECOND };
                let data = EverybodyEnded { end: "e", people: line };
                events::record(conn, &W, &Cause::cli(), Target::Workspace, &data, at)?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    let head = database.read(|conn| events::head(conn, &W)).unwrap();
    let hash_of = |seq| database.read(|conn| events::find(conn, &W, seq)).unwrap().map(|line| line.hash);
    let last = hash_of(2100).unwrap();
    let sweep = |until: i64| {
        let mut gone = Vec::new();
        loop {
            match database.write(|conn| events::remove_before(conn, &W, until * SECOND)).unwrap() {
                0 => return gone,
                rows => gone.push(rows),
            }
        }
    };
    assert_eq!(sweep(2101), [1000, 1000, 100]);
    let verified = database.read(|conn| events::verify(conn, &W, Some(&head.hash))).unwrap();
    assert_eq!((verified.fault, verified.events, verified.met), (None, 400, Some(2500)));
    assert_eq!(verified.anchor, Link { seq: 2100, hash: last.clone() });
    // The stored head is the hash of the last deleted event.
    assert_eq!(database.read(|conn| events::verify(conn, &W, Some(&last))).unwrap().met, Some(2100));
    assert_eq!(sweep(2101), [0_usize; 0]);
    // A manual deletion is detected.
    let told = database.write(|conn| {
        execute(conn, "DELETE FROM events WHERE seq = 2101");
        Err::<(), _>(Error::Database(format!("{:?}", events::verify(conn, &W, None)?.fault).into()))
    });
    assert!(
        matches!(told, Err(Error::Database(told)) if told.to_string() == format!("{:?}", Some(Fault::Missing(2101))))
    );
    // All events may be deleted; the next event continues the chain.
    assert_eq!(sweep(9000), [400]);
    database
        .write(|conn| events::record(conn, &W, &Cause::cli(), Target::User("1"), &UserReactivated {}, 9))
        .unwrap();
    let verified = database.read(|conn| events::verify(conn, &W, Some(&head.hash))).unwrap();
    assert_eq!(
        (verified.fault, verified.events, verified.head.seq, verified.met),
        (None, 1, 2501, Some(2500))
    );
}
