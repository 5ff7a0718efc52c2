//! Tests of the structure: dependencies between crates, lengths of files, the database schema, what documents name.

mod documents;
mod upgrades;

use std::{collections::BTreeMap, path::Path};

use cargo_metadata::MetadataCommand;
use diesel::{QueryableByName, RunQueryDsl, sql_types::Text};
use vestibule_store::{Conn, Database, db::schema};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Fresh,
};

/// ARCHITECTURE.md, "Arrows": the only allowed dependencies between crates.
const ARROWS: [(&str, &[&str]); 18] = [
    ("vestibule-core", &[]),
    ("vestibule-jose", &["vestibule-core"]),
    ("vestibule-saml", &["vestibule-core"]),
    ("vestibule-scim-engine", &["vestibule-core"]),
    ("vestibule-transfer", &["vestibule-core"]),
    ("vestibule-store", &["vestibule-core"]),
    ("vestibule-web", &["vestibule-core", "vestibule-jose", "vestibule-saml", "vestibule-store"]),
    (
        "vestibule-admin",
        &[
            "vestibule-core",
            "vestibule-jose",
            "vestibule-saml",
            "vestibule-store",
            "vestibule-transfer",
            "vestibule-web",
        ],
    ),
    ("vestibule-person", &["vestibule-admin", "vestibule-core", "vestibule-store"]),
    ("vestibule-login", &JOB),
    ("vestibule-oauth", &JOB),
    (
        "vestibule-scim",
        &[
            "vestibule-admin",
            "vestibule-core",
            "vestibule-saml",
            "vestibule-scim-engine",
            "vestibule-store",
            "vestibule-transfer",
            "vestibule-web",
        ],
    ),
    ("vestibule-revocation", &JOB),
    ("vestibule-console", &JOB),
    ("vestibule-management", &JOB),
    ("vestibule-delivery", &JOB),
    ("vestibule-simulator", &[]),
    (
        "vestibule",
        &[
            "vestibule-admin",
            "vestibule-console",
            "vestibule-core",
            "vestibule-delivery",
            "vestibule-login",
            "vestibule-management",
            "vestibule-oauth",
            "vestibule-revocation",
            "vestibule-saml",
            "vestibule-scim",
            "vestibule-scim-engine",
            "vestibule-simulator",
            "vestibule-store",
            "vestibule-transfer",
            "vestibule-web",
        ],
    ),
];

/// The allowed dependencies of each of the seven job crates. None of them may depend on another one.
const JOB: [&str; 8] = [
    "vestibule-admin",
    "vestibule-core",
    "vestibule-jose",
    "vestibule-person",
    "vestibule-saml",
    "vestibule-scim-engine",
    "vestibule-store",
    "vestibule-web",
];

pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec().unwrap();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    for package in &metadata.packages {
        let arrows = allowed
            .get(package.name.as_str())
            .unwrap_or_else(|| panic!("{} has no arrows yet", package.name));
        let ours = package.dependencies.iter().filter(|dependency| dependency.name.starts_with("vestibule"));
        for dependency in ours {
            assert!(
                arrows.contains(&dependency.name.as_str()),
                "{} must not depend on {}",
                package.name,
                dependency.name
            );
        }
        let speaks_openid = package.dependencies.iter().any(|dependency| dependency.name == "openidconnect");
        assert_eq!(speaks_openid, package.name.as_str() == "vestibule-login", "{}", package.name);
    }
    assert_eq!(metadata.packages.len(), ARROWS.len(), "every crate is in the list");
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let mut stack = vec![root().join("crates"), root().join("tests")];
    while let Some(directory) = stack.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // The build folder of `cargo fuzz`.
                if path.file_name().is_none_or(|name| name != "target") {
                    stack.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(text.lines().count() <= 400, "{} is longer than 400 lines", path.display());
                assert!(
                    text.starts_with("//!"),
                    "{} does not begin by saying what it is for",
                    path.display()
                );
            }
        }
    }
}

/// ARCHITECTURE.md, "The database": the folder `db` is the lowest layer of the store.
#[test]
fn the_database_layer_names_no_table_module() {
    let store = root().join("crates/store/src");
    let folders = |path: &Path| -> Vec<std::path::PathBuf> {
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let modules: Vec<String> = folders(&store)
        .into_iter()
        .filter(|path| path.is_dir() && !path.ends_with("db"))
        .map(|path| format!("{}::", path.file_name().unwrap().to_str().unwrap()))
        .collect();
    let mut stack = vec![store.join("db")];
    while let Some(path) = stack.pop() {
        if path.is_dir() {
            stack.extend(folders(&path));
        } else if !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for module in &modules {
                assert!(!text.contains(module), "{} names {module}", path.display());
            }
        }
    }
}

#[test]
fn signatures_are_verified_in_one_place() {
    // The simulator plays another party, so it must not use our crates.
    let elsewhere = |path: &Path| {
        let crates = root().join("crates");
        !["jose", "simulator"].iter().any(|name| path.starts_with(crates.join(name)))
    };
    let mut stack = vec![root().join("crates")];
    while let Some(directory) = stack.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && elsewhere(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                assert!(
                    !text.contains("verifier_from"),
                    "{} verifies a signature by itself: use vestibule_jose::verify",
                    path.display()
                );
            }
        }
    }
}

#[derive(QueryableByName, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    relation: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    nullable: String,
}

/// The columns of all tables of a migrated database, each with its type and whether it may be null.
fn columns(backend: Backend) -> Vec<Column> {
    let fresh = Fresh::make(backend);
    let database = Database::open(fresh.url(), 2).unwrap();
    database.migrate().unwrap();
    let mut columns: Vec<Column> = database
        .read(|conn| {
            Ok::<_, vestibule_store::Error>(match conn {
                Conn::Sqlite(inner) => diesel::sql_query(
                    "SELECT m.name AS relation, c.name AS name, lower(c.type) AS kind, \
                     CASE WHEN c.\"notnull\" = 0 THEN 'YES' ELSE 'NO' END AS nullable \
                     FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
                )
                .load(inner)?,
                Conn::Postgres(inner) => diesel::sql_query(
                    "SELECT table_name::text AS relation, column_name::text AS name, data_type::text AS kind, \
                     is_nullable::text AS nullable FROM information_schema.columns \
                     WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
                )
                .load(inner)?,
            })
        })
        .unwrap();
    columns.sort();
    columns
}

#[test]
fn both_databases_have_the_same_tables() {
    let (sqlite, postgres) = (columns(Sqlite), columns(Postgres));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}

#[test]
fn the_schema_in_code_is_the_one_that_is_migrated() {
    let mut declared: Vec<(String, String)> = Vec::new();
    for table in schema::tables() {
        assert_eq!(
            table.key[0], "workspace_id",
            "the primary key of {} begins with workspace_id",
            table.name
        );
        declared.extend(table.columns.iter().map(|column| (table.name.to_owned(), (*column).to_owned())));
    }
    declared.sort();
    let migrated: Vec<(String, String)> =
        columns(Sqlite).into_iter().map(|column| (column.relation, column.name)).collect();
    assert_eq!(declared, migrated);
}

/// Runs statements on either database.
pub(crate) fn execute(database: &Database, statements: &str) {
    use diesel::connection::SimpleConnection;
    let done = database.write(|conn| {
        match &mut **conn {
            Conn::Sqlite(inner) => inner.batch_execute(statements),
            Conn::Postgres(inner) => inner.batch_execute(statements),
        }
        .map_err(vestibule_store::Error::from)
    });
    done.unwrap();
}
