//! Backups that cannot be restored, and places that cannot be restored into: each refused in one sentence, with nothing changed.

use std::path::Path;

use super::*;
use crate::house::execute;

/// A small deployment with a backup of it, in a folder.
fn backed_up(backend: Backend) -> (Fresh, Deployment, tempfile::TempDir, String) {
    let database = Fresh::make(backend);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.backup").display().to_string();
    deployment.run(&["backup", "--to", &file], "");
    (database, deployment, folder, file)
}

fn refused(deployment: &Deployment, file: &str) -> String {
    let output = deployment.command(&["restore", "--from", file], "");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[rstest]
#[actix_web::test]
async fn a_file_that_is_not_whole_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_database, deployment, folder, file) = backed_up(backend);
    let target = empty(backend);
    let restoring = elsewhere(&deployment, &target);
    let whole = std::fs::read(&file).unwrap();
    let wrong = folder.path().join("wrong").display().to_string();
    let half = whole.len() / 2;
    let mut altered = whole.clone();
    altered[half] ^= 1;
    let mut longer = whole.clone();
    longer.extend_from_slice(b"x");
    for (bytes, sentence) in [
        (&whole[..half], "it was cut off or changed"),
        (&whole[..whole.len() - 1], "it was cut off or changed"),
        (&altered, "it was cut off or changed"),
        (&longer, "it was cut off or changed"),
        (&whole[..30], "the backup was cut off"),
        (&b"not a backup at all, but some text"[..], "it is no backup of Vestibule"),
    ] {
        std::fs::write(&wrong, bytes).unwrap();
        let complaint = refused(&restoring, &wrong);
        assert!(complaint.contains(sentence), "{complaint}");
    }
    assert!(refused(&restoring, "/no/such/file").contains("cannot read /no/such/file"));
    // Nothing was changed: the whole file is restored into the same place.
    restoring.run(&["restore", "--from", &file], "");
}

#[rstest]
#[actix_web::test]
async fn another_key_kind_schema_or_region_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_database, deployment, folder, file) = backed_up(backend);
    let target = empty(backend);
    let restoring = elsewhere(&deployment, &target);
    let other_key = elsewhere(&Deployment::new(target.url(), "http://127.0.0.1:1"), &target);
    let complaint = refused(&other_key, &file);
    assert!(complaint.contains("encrypted with a key of the sealing key"), "{complaint}");
    let other = empty(if backend == Sqlite { Postgres } else { Sqlite });
    let complaint = refused(&elsewhere(&deployment, &other), &file);
    assert!(complaint.contains("restored into a database of the same kind"), "{complaint}");
    let complaint = refused(&restoring.clone().with("REGION__NAME", "eu"), &file);
    assert!(complaint.contains("region.name is eu"), "{complaint}");

    // A later schema, as a later version writes it.
    let bytes = std::fs::read(&file).unwrap();
    let text = String::from_utf8_lossy(&bytes[..600]).into_owned();
    let place = text.find("\"schema\":\"").unwrap() + "\"schema\":\"".len();
    let start = bytes.windows(10).position(|window| window == b"\"schema\":\"").unwrap() + 10;
    assert!(place > 0);
    let mut later = bytes;
    later[start..start + 8].copy_from_slice(b"99991231");
    let wrong = folder.path().join("later").display().to_string();
    std::fs::write(&wrong, later).unwrap();
    let complaint = refused(&restoring, &wrong);
    assert!(complaint.contains("which this version does not know"), "{complaint}");

    // After a rotation the former key still opens the backup.
    let rotated = restoring.rekeyed(&vestibule_web::crypto::seal::generate_key().unwrap());
    rotated.run(&["restore", "--from", &file], "");
}

#[rstest]
#[actix_web::test]
async fn a_database_in_use_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let (database, deployment, _folder, file) = backed_up(backend);
    let before = rows::all(&Database::open(database.url(), 2).unwrap());
    let complaint = refused(&deployment, &file);
    assert!(complaint.contains("has tables"), "{complaint}");
    assert_eq!(rows::all(&Database::open(database.url(), 2).unwrap()), before);
    let target = empty(backend);
    let restoring = elsewhere(&deployment, &target);
    if backend == Sqlite {
        let log = format!("{}-wal", target.url().trim_start_matches("sqlite://"));
        std::fs::write(&log, "frames").unwrap();
        assert!(refused(&restoring, &file).contains("belongs to another database"));
        std::fs::remove_file(&log).unwrap();
        std::fs::write(log.trim_end_matches("-wal"), "").unwrap();
    } else {
        // A restore that was killed leaves this mark, and perhaps tables.
        let opened = Database::open(target.url(), 2).unwrap();
        execute(&opened, "CREATE TABLE vestibule_restore_unfinished (started_at timestamptz)");
        for command in [&["workspace", "list"][..], &["migrate"], &["serve"]] {
            let output = restoring.command(command, "");
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(1) && complaint.contains("has not finished"), "{complaint}");
        }
    }
    restoring.run(&["restore", "--from", &file], "");
    assert_eq!(restoring.run(&["workspace", "list"], "").as_array().unwrap().len(), 1);
}

#[rstest]
#[actix_web::test]
async fn a_passphrase_takes_the_place_of_the_sealing_key(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_database, deployment, folder, _) = backed_up(backend);
    let file = folder.path().join("p.backup").display().to_string();
    let words = "correct horse battery staple";
    let made = deployment.clone().with("BACKUP__PASSPHRASE", words).run(&["backup", "--to", &file], "");
    assert_eq!(made["sealing_key"], Value::Null);
    let untouched = empty(backend);
    let restoring = elsewhere(&deployment, &untouched);
    assert!(refused(&restoring, &file).contains("backup.passphrase_file"));
    let complaint = refused(&restoring.with("BACKUP__PASSPHRASE", "another one, and long"), &file);
    assert!(complaint.contains("belongs to another key"), "{complaint}");
    let short = deployment.clone().with("BACKUP__PASSPHRASE", "short");
    let complaint =
        String::from_utf8_lossy(&short.command(&["backup", "--to", &file], "").stderr).into_owned();
    assert!(complaint.contains("backup.passphrase must have at least 16"), "{complaint}");
    assert!(Path::new(&file).exists());
    let target = empty(backend);
    let restoring = elsewhere(&deployment, &target).with("BACKUP__PASSPHRASE", words);
    restoring.run(&["restore", "--from", &file], "");
}

#[test]
fn programs_of_postgres_are_there_and_new_enough() {
    let database = Fresh::make(Postgres);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.backup").display().to_string();
    let program = folder.path().join("pg_dump");
    std::fs::write(&program, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (programs, sentence) in [
        ("/nowhere", "cannot run /nowhere/pg_dump; install the client programs"),
        (folder.path().to_str().unwrap(), "has version 9 and the server"),
    ] {
        let output = deployment
            .clone()
            .with("BACKUP__POSTGRES_PROGRAMS", programs)
            .command(&["backup", "--to", &file], "");
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && complaint.contains(sentence), "{complaint}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the program is there");
    }
}
