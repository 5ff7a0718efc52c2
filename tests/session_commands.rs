//! Tests of the commands for sign-in settings: limits, origins, domains of the sign-in page, sessions.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Database, Tx,
    access::sessions::{self, NewSession},
    people::users,
};
use vestibule_web::clock::Clock;

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh,
};

const API: &str = "http://127.0.0.1:8080";

#[rstest]
#[actix_web::test]
async fn limits_origins_and_domains_are_set_shown_and_taken_back(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), API);
    let id = house.run(&["workspace", "create", "--name", "Acme"], "")["id"].as_str().unwrap().to_owned();
    let update =
        |more: &[&str]| house.run(&[&["workspace", "update", "--workspace", &id], more].concat(), "");
    let shown = update(&[]);
    assert_eq!((&shown["session_hours"], &shown["idle_minutes"]), (&json!(12), &json!(120)));
    let shown = update(&["--session-hours", "8", "--idle-minutes", "0"]);
    assert_eq!((&shown["session_hours"], &shown["idle_minutes"]), (&json!(8), &json!(0)));
    let shown = update(&["--idle-minutes", "15"]);
    assert_eq!((&shown["session_hours"], &shown["idle_minutes"]), (&json!(8), &json!(15)));
    let shown = update(&["--session-hours", "default", "--idle-minutes", "default"]);
    assert_eq!((&shown["session_hours"], &shown["idle_minutes"]), (&json!(12), &json!(120)));

    let (one, two) = ("https://a.example.com", "https://b.example.com:8443");
    let shown = update(&["--allow-origin", two, "--allow-origin", one, "--allow-origin", one]);
    assert_eq!(shown["allowed_origins"], json!([one, two]));
    assert_eq!(update(&["--disallow-origin", one])["allowed_origins"], json!([two]));
    let shown = update(&["--sign-in-domain", "Partner.example", "--sign-in-domain", "acme.example"]);
    assert_eq!(shown["sign_in_domains"], json!(["acme.example", "partner.example"]));
    let shown = update(&["--no-sign-in-domain", "PARTNER.example"]);
    assert_eq!(shown["sign_in_domains"], json!(["acme.example"]));
    let listed = house.run(&["workspace", "list"], "");
    assert_eq!(listed[0]["sign_in_domains"], json!(["acme.example"]));
    assert_eq!(listed[0]["allowed_origins"], json!([two]));

    for (wrong, code, words) in [
        (["--session-hours", "0"], 1, "--session-hours must be a whole number from 1 to 8760, or default"),
        (["--session-hours", "1.5"], 2, "must be a whole number or default"),
        (
            ["--idle-minutes", "525601"],
            1,
            "--idle-minutes must be a whole number from 0 to 525600, or default",
        ),
        (["--idle-minutes", "soon"], 2, "must be a whole number or default"),
        (
            ["--allow-origin", "https://a.example.com/"],
            1,
            "--allow-origin https://a.example.com/ is no origin",
        ),
        (["--allow-origin", "http://a.example.com"], 1, "must begin with https://"),
        (["--disallow-origin", one], 1, "is not allowed"),
        (["--sign-in-domain", "a b"], 1, "is no email domain"),
        (["--no-sign-in-domain", "never.example"], 1, "is not one of this workspace"),
    ] {
        let output = house.command(&[&["workspace", "update", "--workspace", &id][..], &wrong].concat(), "");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{wrong:?}: {complaint}");
        assert!(complaint.contains(words), "{wrong:?}: {complaint}");
    }
    assert_eq!(update(&[])["allowed_origins"], json!([two]), "what was refused changed nothing");

    let many: Vec<String> = (0..100).map(|number| format!("https://app-{number}.example.com")).collect();
    let many = many.iter().flat_map(|origin| ["--allow-origin", origin.as_str()]);
    let output = house.command(
        &["workspace", "update", "--workspace", &id].into_iter().chain(many).collect::<Vec<_>>(),
        "",
    );
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && complaint.contains("--allow-origin must be at most 100"),
        "{complaint}"
    );

    let last = |kind: &str| {
        let events = house.run(&["event", "list", "--workspace", &id], "");
        let found = events.as_array().unwrap().iter().filter(|event| event["kind"] == kind);
        (found.clone().next_back().cloned().unwrap_or_default()["data"].clone(), found.count())
    };
    update(&["--session-hours", "3", "--max-age-minutes", "2"]);
    let (data, count) = last("workspace_changed");
    assert_eq!(
        data,
        json!({
            "session_seconds": 10_800, "max_age_seconds": 120,
            "before": { "session_seconds": null, "max_age_seconds": null },
        })
    );
    update(&["--session-hours", "3"]);
    assert_eq!(last("workspace_changed").1, count, "nothing changed");
    update(&["--domain", "acme.example"]);
    assert_eq!(last("domain_verified"), (json!({ "domain": "acme.example", "by": "operator" }), 1));
    assert_eq!(last("workspace_changed").1, count);
}

#[rstest]
#[actix_web::test]
async fn the_operator_lists_and_ends_sessions(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), API);
    let id = house.run(&["workspace", "create", "--name", "Acme"], "")["id"].as_str().unwrap().to_owned();
    let name = "ada@acme.example";
    house.run(&["user", "create", "--workspace", &id, "--user-name", name], "");
    let (workspace, now) = (WorkspaceId::from_stored(&id), Clock::default().now());
    let start = move |conn: &mut Tx<'_>| {
        let user = users::find_by_user_name(conn, &workspace, name).unwrap().unwrap();
        let new = NewSession {
            auth_time: Some(now),
            lifetime: 3_600_000_000,
            idle: Some(1_800_000_000),
            user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0".to_owned(),
            ..NewSession::default()
        };
        for _ in 0..3 {
            sessions::start(conn, &user, &new, now).unwrap();
        }
        Ok::<_, vestibule_store::Error>(())
    };
    Database::open(database.url(), 2).unwrap().write(start).unwrap();
    let whom = ["--workspace", &id, "--user-name", name];
    let list = || house.run(&[&["session", "list"][..], &whom].concat(), "");
    let listed = list();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert_eq!(listed[0]["browser"], "Firefox on Linux");
    for member in ["id", "started_at", "seen_at", "expires_at", "idle_until"] {
        assert!(listed[0][member].is_string(), "{listed}");
    }
    let first = listed[0]["id"].as_str().unwrap();
    let one = [&["session", "end"][..], &whom, &["--session", first]].concat();
    assert_eq!(house.run(&one, ""), json!({ "ended": [first] }));
    let output = house.command(&one, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has no live session"));
    let ended = house.run(&[&["session", "end"][..], &whom].concat(), "");
    assert_eq!(ended["ended"].as_array().unwrap().len(), 2);
    assert_eq!(list(), json!([]));
    assert_eq!(house.run(&[&["session", "end"][..], &whom].concat(), ""), json!({ "ended": [] }));
    let trail = house.run(&["event", "list", "--workspace", &id], "");
    let ended: Vec<&Value> =
        trail.as_array().unwrap().iter().filter(|event| event["kind"] == "session_ended").collect();
    assert_eq!(ended.len(), 2);
    assert!(ended.iter().all(|event| event["actor"] == "cli"));
}
