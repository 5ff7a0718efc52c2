//! Kills in the middle, two commands at once, and a disk that is full.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::*;
use crate::house::execute;

/// A deployment with rows that make a backup take a while.
fn large(backend: Backend) -> (Fresh, Deployment) {
    let database = Fresh::make(backend);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1");
    let workspace = deployment.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let opened = Database::open(database.url(), 2).unwrap();
    for row in 0..6 {
        let noise: String = (0..16_384).map(|_| uuid::Uuid::new_v4().simple().to_string()).collect();
        let columns = "workspace_id, at, request_id, proven, door, method, path, status, micros, reason, detail, advice, understood, changed";
        let values = format!(
            "'{workspace}', {row}, 'r{row}', true, 'scim', 'GET', '/', 200, 1, '', '{noise}', '', '', ''"
        );
        execute(&opened, &format!("INSERT INTO requests ({columns}) VALUES ({values})"));
    }
    (database, deployment)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let late = Instant::now() + Duration::from_secs(60);
    while !is_there() {
        assert!(Instant::now() < late, "{what} does not come");
        std::thread::yield_now();
    }
}

#[rstest]
#[actix_web::test]
async fn a_killed_backup_leaves_the_former_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_database, deployment) = large(backend);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.backup");
    let file = path.display().to_string();
    deployment.run(&["backup", "--to", &file], "");
    let former = std::fs::read(&path).unwrap();
    let mut running = deployment.start(&["backup", "--to", &file]);
    let part = folder.path().join(".v.backup.part");
    wait_for("the temporary file", || part.exists() || running.try_wait().unwrap().is_some());
    running.kill().unwrap();
    running.wait().unwrap();
    if part.exists() {
        assert!(std::fs::read(&path).unwrap() == former, "the former backup is as it was");
    }
    deployment.run(&["backup", "--to", &file], "");
    assert_eq!(names(folder.path()), ["v.backup"]);
    let target = empty(backend);
    elsewhere(&deployment, &target).run(&["restore", "--from", &file], "");
}

#[rstest]
#[actix_web::test]
async fn two_backups_into_one_file_and_two_restores_do_not_mix(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_database, deployment) = large(backend);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.backup").display().to_string();
    let twice = |deployment: &Deployment, words: &[&str]| -> Vec<(Option<i32>, String)> {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let deployment = deployment.clone();
                let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
                std::thread::spawn(move || {
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    let output = deployment.command(&words, "");
                    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    };
    let outcomes = twice(&deployment, &["backup", "--to", &file]);
    assert!(outcomes.iter().any(|(code, _)| *code == Some(0)), "{outcomes:?}");
    for (code, complaint) in &outcomes {
        assert!(*code == Some(0) || complaint.contains("another process is writing"), "{complaint}");
    }
    assert_eq!(names(folder.path()), ["v.backup"]);
    let target = empty(backend);
    let restoring = elsewhere(&deployment, &target);
    let outcomes = twice(&restoring, &["restore", "--from", &file]);
    let done = outcomes.iter().filter(|(code, _)| *code == Some(0)).count();
    assert_eq!(done, 1, "{outcomes:?}");
    let events = restoring.run(&["workspace", "list"], "");
    let workspace = events[0]["id"].as_str().unwrap();
    let events = restoring.run(&["event", "list", "--workspace", workspace], "");
    let restored =
        events.as_array().unwrap().iter().filter(|event| event["kind"] == "workspace_restored").count();
    assert_eq!(restored, 1);
}

#[rstest]
#[actix_web::test]
async fn a_full_disk_leaves_nothing_behind(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_database, deployment) = large(backend);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.backup").display().to_string();
    // Files may have one mebibyte: the write fails as on a full disk.
    let output = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 2048; exec \"$0\" --json backup --to \"$1\"",
            env!("CARGO_BIN_EXE_vestibule"),
            &file,
        ])
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs(deployment.variables())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && complaint.contains("no backup was made"), "{complaint}");
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
    deployment.run(&["backup", "--to", &file], "");
}

/// A killed restore is either not served, or was complete.
#[rstest]
#[actix_web::test]
async fn a_killed_restore_brings_nothing_back_to_life(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_database, deployment) = large(backend);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.backup").display().to_string();
    deployment.run(&["backup", "--to", &file], "");
    for pause in [0, 50, 150, 300, 600] {
        let target = empty(backend);
        let restoring = elsewhere(&deployment, &target);
        let mut running = restoring.start(&["restore", "--from", &file]);
        let until = Instant::now() + Duration::from_millis(pause);
        wait_for("the moment", || Instant::now() >= until);
        running.kill().unwrap();
        running.wait().unwrap();
        let listed = restoring.command(&["workspace", "list"], "");
        if listed.status.success() {
            let list: Value = serde_json::from_slice(&listed.stdout).unwrap();
            if let Some(workspace) = list[0]["id"].as_str() {
                let events = restoring.run(&["event", "list", "--workspace", workspace], "");
                assert!(events.to_string().contains("workspace_restored"), "{pause}: {events}");
            }
        } else {
            let complaint = String::from_utf8_lossy(&listed.stderr).into_owned();
            assert!(complaint.contains("has not finished"), "{pause}: {complaint}");
        }
    }
}
