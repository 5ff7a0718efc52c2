//! Tests of migrations: each is written once, in `migrations/source`, and generated from there for both databases. Both databases
//! have the same tables.
//!
//! In a source, `TEXT` means `TEXT COLLATE "C"` for PostgreSQL, so that both databases compare bytes. A line for one
//! database begins with `-- sqlite: ` or `-- postgres: `; a line for both in which `TEXT` stays as it is, with `-- plain: `.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::house::root;

/// Writes the generated files instead of comparing them.
const WRITE: &str = "VESTIBULE_WRITE_MIGRATIONS";

const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// The text of a migration for one database.
fn generate(source: &str, database: &str) -> String {
    source.split_inclusive('\n').filter_map(|line| generate_line(line, database)).collect()
}

fn generate_line(line: &str, database: &str) -> Option<String> {
    for name in DATABASES {
        if let Some(rest) = line.strip_prefix(&format!("-- {name}: ")) {
            return (name == database).then(|| rest.to_owned());
        }
    }
    if let Some(rest) = line.strip_prefix("-- plain: ") {
        return Some(rest.to_owned());
    }
    if database == "sqlite" || line.starts_with("--") {
        return Some(line.to_owned());
    }
    Some(with_collation(line))
}

/// Adds the collation after each word `TEXT`.
fn with_collation(line: &str) -> String {
    let part_of_word =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("TEXT") {
        out.push_str(before);
        out.push_str("TEXT");
        if !part_of_word(before.chars().next_back()) && !part_of_word(after.chars().next()) {
            out.push_str(" COLLATE \"C\"");
        }
        rest = after;
    }
    out + rest
}

fn folder(name: &str) -> PathBuf {
    root().join("migrations").join(name)
}

/// Every file under a folder of migrations, by its path below it.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for migration in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        for file in std::fs::read_dir(migration).unwrap().map(|entry| entry.unwrap().path()) {
            let below = file.strip_prefix(folder).unwrap().to_owned();
            files.insert(below, std::fs::read_to_string(file).unwrap());
        }
    }
    files
}

#[test]
fn both_databases_have_what_the_source_generates() {
    let sources = files(&folder("source"));
    assert!(!sources.is_empty());
    for database in DATABASES {
        let generated: BTreeMap<PathBuf, String> =
            sources.iter().map(|(path, text)| (path.clone(), generate(text, database))).collect();
        if std::env::var_os(WRITE).is_some() {
            for (path, text) in &generated {
                let file = folder(database).join(path);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, text).unwrap();
            }
        }
        let present = files(&folder(database));
        assert_eq!(
            present.keys().collect::<Vec<_>>(),
            generated.keys().collect::<Vec<_>>(),
            "migrations/{database} has the files of migrations/source: run this test with {WRITE}=1"
        );
        for (path, text) in &generated {
            assert!(
                present[path] == *text,
                "migrations/{database}/{} differs from its source: run this test with {WRITE}=1",
                path.display()
            );
        }
    }
}

#[test]
fn each_migration_has_both_directions_and_a_version_of_its_own() {
    let mut directions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&folder("source")).into_keys() {
        let migration = path.parent().unwrap().to_str().unwrap().to_owned();
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        directions.entry(migration).or_default().insert(file);
    }
    let both = BTreeSet::from(["down.sql".to_owned(), "up.sql".to_owned()]);
    for (migration, files) in &directions {
        assert_eq!(*files, both, "{migration} has up.sql and down.sql");
    }
    // Diesel identifies a migration by the text before the first underscore; of two with one version only one would run.
    let versions: BTreeSet<&str> = directions.keys().filter_map(|name| name.split('_').next()).collect();
    assert_eq!(versions.len(), directions.len(), "each migration has a version of its own");
}

#[test]
fn text_has_the_byte_collation_on_postgres_alone() {
    let source = "-- TEXT in a comment\nCREATE TABLE t (a TEXT NOT NULL, b TEXT);\n-- sqlite: one\n-- postgres: other TEXT\n-- plain: c TEXT\nCONTEXT TEXTS\n";
    assert_eq!(
        generate(source, "sqlite"),
        "-- TEXT in a comment\nCREATE TABLE t (a TEXT NOT NULL, b TEXT);\none\nc TEXT\nCONTEXT TEXTS\n"
    );
    assert_eq!(
        generate(source, "postgres"),
        "-- TEXT in a comment\nCREATE TABLE t (a TEXT COLLATE \"C\" NOT NULL, b TEXT COLLATE \"C\");\nother TEXT\nc TEXT\nCONTEXT TEXTS\n"
    );
}
