//! Scheduled backups of SQLite.

use super::*;

/// Waits until the metrics have this line.
async fn until_counted(house: &House, line: &str) {
    for _ in 0..3000 {
        if house.state.metrics().text().contains(line) {
            return;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{line} is not counted: {}", house.state.metrics().text());
}

#[actix_web::test]
async fn a_backup_is_made_at_start_when_one_is_due_and_old_ones_go() {
    let folder = tempfile::tempdir().unwrap();
    let old = ["vestibule-20200101T000000Z.backup", "vestibule-20210101T000000Z.backup"];
    let other = ["notes.txt", "vestibule-mine.backup"];
    for name in old.iter().chain(&other) {
        std::fs::write(folder.path().join(name), "x").unwrap();
    }
    let directory = folder.path().to_str().unwrap();
    let settings = [("BACKUP__DIRECTORY", directory), ("BACKUP__KEEP", "2")];
    let house = House::start_with(Sqlite, &settings).await;
    until_counted(&house, "vestibule_backups_total{outcome=\"made\"} 1").await;
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(other.iter().all(|name| names.contains(&(*name).to_owned())), "{names:?}");
    assert!(!names.contains(&old[0].to_owned()) && names.contains(&old[1].to_owned()), "{names:?}");
    let newest = names.iter().rfind(|name| name.starts_with("vestibule-2")).unwrap();
    let file = folder.path().join(newest).display().to_string();
    let target = empty(Sqlite);
    elsewhere(&commands(&house), &target).run(&["restore", "--from", &file], "");
}

#[actix_web::test]
async fn a_scheduled_backup_that_fails_is_counted_and_the_service_goes_on() {
    let house = House::start_with(Sqlite, &[("BACKUP__DIRECTORY", "/nowhere")]).await;
    until_counted(&house, "vestibule_backups_total{outcome=\"failed\"} 1").await;
    assert_eq!(house.get("/readyz").await.0, 200);
}

#[test]
fn a_schedule_on_postgres_is_refused() {
    let database = Fresh::make(Postgres);
    let deployment = Deployment::new(database.url(), "http://127.0.0.1:1").with("BACKUP__DIRECTORY", "/tmp");
    let output = deployment.command(&["check-config"], "");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.code() == Some(1) && complaint.contains("backup.directory is for SQLite"),
        "{complaint}"
    );
}
