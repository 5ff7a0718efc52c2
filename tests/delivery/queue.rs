//! Tests of the queue: a delivery is claimed by one node, in order per subject and receiver, and due again when a node dies.

use std::collections::HashSet;

use rstest::rstest;
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Database,
    outbox::{
        deliveries::{self, Claimed},
        webhooks::{self, Webhook},
    },
    trail::events::{self, Cause, Target, kinds::UserReactivated},
    workspaces,
};

use super::SECOND;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Fresh,
};

/// Opens a database with a workspace and a webhook that gets every event.
fn furnished(fresh: &Fresh) -> (Database, WorkspaceId) {
    let database = Database::open(fresh.url(), 4).unwrap();
    database.migrate().unwrap();
    let workspace = database.write(|conn| {
        let workspace = workspaces::create(conn, None, "Acme", "us", 1)?.workspace_id;
        webhooks::insert(conn, &Webhook::new(&workspace, "http://127.0.0.1:9/", "*", 1))?;
        Ok::<_, vestibule_store::Error>(workspace)
    });
    (database, workspace.unwrap())
}

fn happen(database: &Database, workspace: &WorkspaceId, target: Target<'_>) {
    let told =
        database.write(|conn| events::record(conn, workspace, &Cause::cli(), target, &UserReactivated {}, 1));
    told.unwrap();
}

fn claim(database: &Database, limit: i64, now: i64) -> Vec<Claimed> {
    let mut claimed =
        database.write(|conn| deliveries::claim(conn, &[], limit, now + 30 * SECOND, now)).unwrap();
    claimed.sort_by_key(|claimed| claimed.seq);
    claimed
}

#[rstest]
#[actix_web::test]
async fn one_subject_s_come_one_after_another(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let (database, workspace) = furnished(&fresh);
    for target in ["a", "a", "b", "a"].map(Target::User) {
        happen(&database, &workspace, target);
    }
    let seqs = |claimed: &[Claimed]| claimed.iter().map(|claimed| claimed.seq).collect::<Vec<_>>();
    let first = claim(&database, 10, 10);
    assert_eq!(seqs(&first), [1, 3]);
    assert_eq!(claim(&database, 10, 10), [], "the first is under way");
    database.write(|conn| deliveries::delivered(conn, &first[0], "200", 11)).unwrap();
    let second = claim(&database, 10, 12);
    assert_eq!(seqs(&second), [2]);
    // The second delivery failed, so the third waits for it.
    database.write(|conn| deliveries::failed(conn, &second[0], "500", Some(100 * SECOND), 13)).unwrap();
    assert_eq!(claim(&database, 10, 14), []);
    assert_eq!(seqs(&claim(&database, 10, 100 * SECOND)), [2, 3], "3: its node died, and its lease is over");
    database.write(|conn| deliveries::failed(conn, &second[0], "500", None, 101 * SECOND)).unwrap();
    assert_eq!(seqs(&claim(&database, 10, 101 * SECOND)), [4], "given up, so it holds up nobody");
}

#[rstest]
#[actix_web::test]
async fn nodes_that_claim_together_claim_each_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let (database, workspace) = furnished(&fresh);
    for number in 0..60 {
        happen(&database, &workspace, Target::User(&number.to_string()));
    }
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let database = Database::open(fresh.url(), 2).unwrap();
            std::thread::spawn(move || {
                let mut mine = Vec::new();
                loop {
                    let claimed = claim(&database, 8, 10);
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(claimed.into_iter().map(|claimed| claimed.seq));
                }
            })
        })
        .collect();
    let all: Vec<i64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (60, 60));
}

#[rstest]
#[actix_web::test]
async fn a_receiver_at_rest_is_put_off_tried_and_woken(#[values(Sqlite, Postgres)] backend: Backend) {
    let fresh = Fresh::make(backend);
    let (database, workspace) = furnished(&fresh);
    for number in 0..5 {
        happen(&database, &workspace, Target::User(&number.to_string()));
    }
    let target = database.write(|conn| webhooks::list(conn, &workspace)).unwrap()[0].webhook_id.clone();
    let closed = [target.clone()];
    let first =
        |now| database.write(|conn| deliveries::claim_first(conn, &target, now + 30 * SECOND, now)).unwrap();
    assert_eq!(database.write(|conn| deliveries::claim(conn, &closed, 10, 99, 10)).unwrap(), []);
    assert_eq!(database.write(|conn| deliveries::put_off(conn, &target, 500 * SECOND, 3, 10)).unwrap(), 3);
    assert_eq!(claim(&database, 10, 10).len(), 2);
    let deliveries::First::Claimed(tried) = first(20) else { panic!("the first was put off") };
    assert_eq!((tried.seq, tried.attempts), (1, 1));
    assert_eq!(first(20), deliveries::First::DueAt(20 + 30 * SECOND), "under way");
    let woken = database.write(|conn| deliveries::wake(conn, &target, 20 + 30 * SECOND, 20)).unwrap();
    assert_eq!((woken, claim(&database, 10, 20).len()), (2, 2), "not what is under way");
    let nobody = database.write(|conn| deliveries::claim_first(conn, "nobody", 50, 20)).unwrap();
    assert_eq!(nobody, deliveries::First::Nothing);
    assert_eq!(database.read(deliveries::oldest).unwrap(), (5, Some(1)));
    assert!(!database.read(|conn| deliveries::is_due(conn, 20)).unwrap());
    assert!(database.read(|conn| deliveries::is_due(conn, 60 * SECOND)).unwrap());
}

#[rstest]
#[actix_web::test]
async fn a_receiver_rests_longer_after_each_failure_and_gets_one_try_among_nodes(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let fresh = Fresh::make(backend);
    let (database, _) = furnished(&fresh);
    let fail =
        |now| database.write(|conn| deliveries::rest(conn, "a", |failures| failures * SECOND, now)).unwrap();
    let begin =
        |now| database.write(|conn| deliveries::begin_trial(conn, "a", now + 20 * SECOND, now)).unwrap();
    assert!(!begin(0), "it is well");
    for _ in 0..3 {
        fail(0);
    }
    assert!(!begin(SECOND - 1));
    assert_eq!(
        (begin(SECOND), begin(SECOND)),
        (true, false),
        "three that failed together count once; one try"
    );
    assert!(begin(21 * SECOND), "the node with the try died");
    fail(22 * SECOND);
    assert_eq!((begin(24 * SECOND - 1), begin(24 * SECOND)), (false, true), "twice as long");
    let pauses = database.read(deliveries::pauses).unwrap();
    assert_eq!((pauses.len(), pauses[0].failures), (1, 2));
    let end = || database.write(|conn| deliveries::end_pause(conn, "a")).unwrap();
    assert_eq!((end(), end()), (true, false), "told once");
}
