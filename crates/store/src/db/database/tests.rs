//! What SQLite's one writer promises to units of work that share a transaction.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use diesel::connection::SimpleConnection;

use super::{Conn, Database, within};
use crate::{Error, trail::events, workspaces};

type Unit = fn(&mut Conn) -> Result<(), Error>;

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

fn create(conn: &mut Conn, name: &str) -> Result<(), Error> {
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
            // A row that points nowhere, which is looked at only by the commit.
            |conn| {
                let Conn::Sqlite(inner) = conn else { return Err(Error::NotFound) };
                inner.batch_execute(
                    "PRAGMA defer_foreign_keys = ON; \
                     INSERT INTO domains (workspace_id, domain, verified_by, verified_at) VALUES ('x', 'y', 'z', 1);",
                )?;
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
    // What the time limit is not for has none, on the same thread.
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
