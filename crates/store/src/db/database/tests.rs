//! Tests of SQLite's one writer: guarantees to units of work that share a transaction.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
    time::Duration,
};

use diesel::connection::SimpleConnection;
use vestibule_core::ids::WorkspaceId;

use super::{Conn, Database};
use crate::{Error, Tx, trail::events, within, workspaces};

type Unit = fn(&mut Tx<'_>) -> Result<(), Error>;

/// Inserts a row whose foreign key names no row, which SQLite then checks at the commit.
const DANGLING: &str = "PRAGMA defer_foreign_keys = ON; \
     INSERT INTO domains (workspace_id, domain, verified_by, verified_at) VALUES ('x', 'y', 'z', 1);";

fn house() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&format!("sqlite://{}/v.db", folder.path().display()), 4).unwrap();
    database.migrate().unwrap();
    (folder, database)
}

fn names(database: &Database) -> Vec<String> {
    let found = database.read(|conn| workspaces::list(conn, "here")).unwrap();
    let mut names: Vec<String> = found.into_iter().map(|workspace| workspace.name).collect();
    names.sort();
    names
}

fn create(conn: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    workspaces::create(conn, None, name, "here", 1).map(drop)
}

/// Runs the units in one transaction: the first begins to work when all others wait for it.
fn together(database: &Database, units: &[Unit]) -> Vec<Result<(), String>> {
    let run = |index: usize, unit: Unit| {
        let work = || {
            database.write(|conn| {
                while index == 0 && database.waiting() + 1 < units.len() {
                    thread::yield_now();
                }
                unit(conn)
            })
        };
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("panicked".to_owned()),
        }
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| run(0, units[0]));
        while !database.is_writing() {
            thread::yield_now();
        }
        let others: Vec<_> = units
            .iter()
            .enumerate()
            .skip(1)
            .map(|(index, unit)| scope.spawn(move || run(index, *unit)))
            .collect();
        let all = std::iter::once(first).chain(others);
        all.map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn units_that_come_together_are_all_kept() {
    let (_folder, database) = house();
    let outcomes =
        together(&database, &[|conn| create(conn, "a"), |conn| create(conn, "b"), |conn| create(conn, "c")]);
    assert_eq!(outcomes, [Ok(()), Ok(()), Ok(())]);
    assert_eq!(names(&database), ["a", "b", "c"]);
}

#[test]
fn a_unit_that_is_refused_leaves_nothing_and_takes_nobody_along() {
    let (_folder, database) = house();
    let outcomes = together(
        &database,
        &[
            |conn| create(conn, "a"),
            |conn| create(conn, "refused").and(Err(Error::NotFound)),
            |conn| create(conn, "b"),
        ],
    );
    assert_eq!(outcomes, [Ok(()), Err("not found".to_owned()), Ok(())]);
    assert_eq!(names(&database), ["a", "b"]);
}

#[test]
fn a_unit_that_panics_leaves_nothing_and_takes_nobody_along() {
    let (_folder, database) = house();
    let outcomes = together(
        &database,
        &[
            |conn| create(conn, "a"),
            |conn| create(conn, "lost").map(|()| panic!("as wished")),
            |conn| create(conn, "b"),
        ],
    );
    assert_eq!(outcomes, [Ok(()), Err("panicked".to_owned()), Ok(())]);
    assert_eq!(names(&database), ["a", "b"]);
}

#[test]
fn when_the_commit_fails_nobody_is_told_that_it_was_done() {
    let (_folder, database) = house();
    let outcomes = together(
        &database,
        &[
            |conn| create(conn, "a"),
            |conn| {
                let Conn::Sqlite(inner) = &mut **conn else { return Err(Error::NotFound) };
                inner.batch_execute(DANGLING)?;
                Ok(())
            },
            |conn| create(conn, "b"),
        ],
    );
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
    assert_eq!(names(&database), Vec::<String>::new());
    database.write(|conn| create(conn, "after")).unwrap();
    assert_eq!(names(&database), ["after"]);
}

/// Writes a workspace, and leaves a receipt of this name as an effect.
fn create_with_effect(tx: &mut Tx<'_>, name: &str) -> Result<(), Error> {
    tx.effects().receipts.push((WorkspaceId::new(0), name.to_owned()));
    create(tx, name)
}

/// Sends each effect of a commit to the receiver.
fn effects_of(database: &Database) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    database.after_commit().on_receipts(move |names| {
        names.into_iter().for_each(|(_, name)| sender.send(name).unwrap());
    });
    receiver
}

#[test]
fn only_accepted_jobs_have_effects() {
    let (_folder, database) = house();
    let effects = effects_of(&database);
    let refused = |conn: &mut Tx<'_>| create_with_effect(conn, "refused").and(Err(Error::NotFound));
    let outcomes = together(
        &database,
        &[|conn| create_with_effect(conn, "a"), refused, |conn| create_with_effect(conn, "b")],
    );
    assert_eq!(outcomes, [Ok(()), Err("not found".to_owned()), Ok(())]);
    let mut applied: Vec<String> = effects.try_iter().collect();
    applied.sort();
    assert_eq!(applied, ["a", "b"]);
}

#[test]
fn a_commit_that_fails_has_no_effects() {
    let (_folder, database) = house();
    let effects = effects_of(&database);
    let dangling = |conn: &mut Tx<'_>| {
        create_with_effect(conn, "dangling")?;
        let Conn::Sqlite(inner) = &mut **conn else { return Err(Error::NotFound) };
        inner.batch_execute(DANGLING).map_err(Error::from)
    };
    let outcomes = together(&database, &[|conn| create_with_effect(conn, "a"), dangling]);
    assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
    assert_eq!(effects.try_iter().count(), 0);
}

/// A statement that SQLite would run without end.
fn endless(conn: &mut Conn) -> Result<(), Error> {
    let Conn::Sqlite(inner) = conn else { return Err(Error::NotFound) };
    inner.batch_execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    )?;
    Ok(())
}

#[test]
fn a_read_whose_time_is_over_is_stopped_and_its_connection_is_as_good_as_before() {
    let (_folder, database) = house();
    database.write(|conn| create(conn, "a")).unwrap();
    for _ in 0..8 {
        let stopped = database.read(|conn| within(conn, Duration::from_millis(5), endless));
        assert!(matches!(stopped, Err(Error::TooLong)), "{stopped:?}");
        assert_eq!(names(&database), ["a"]);
    }
    // A later read on the same thread has no time limit.
    let read = |conn: &mut Conn| workspaces::list(conn, "here");
    assert_eq!(database.read(|conn| within(conn, Duration::from_secs(60), read)).unwrap().len(), 1);
}

#[test]
fn a_walk_along_the_trail_ends_with_its_time() {
    let (_folder, database) = house();
    let workspace =
        database.write(|conn| workspaces::create(conn, None, "a", "here", 1)).unwrap().workspace_id;
    let walk = |conn: &mut Conn| events::verify(conn, &workspace, None).map(drop);
    let stopped = database.read(|conn| within(conn, Duration::ZERO, walk));
    assert!(matches!(stopped, Err(Error::TooLong)), "{stopped:?}");
    assert!(database.read(walk).is_ok());
}
