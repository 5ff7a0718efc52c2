//! The drift report: planted faults are all found and none is invented; the page, the command, the comparison with a list of assignments,
//! and the weekly event.

mod compared;
mod large;
mod weekly;

use std::collections::BTreeMap;

use diesel::{RunQueryDsl, sql_query};
use rstest::rstest;
use serde_json::json;
use vestibule_admin::{
    Actor,
    drift::{self, Report, Subject},
    people::NewUser,
    provider::connection::{self, Settings, Which},
};
use vestibule_core::{
    ids::{RoleId, UserId},
    sets::{AssignmentSource, DriftKind},
};
use vestibule_simulator::Browser;
use vestibule_store::{
    people::users,
    providers::identities::{self, IdentityKey},
    rights::{mappings, roles},
    workspaces,
};

use crate::{
    scim::{USER, done, group, text},
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, Fresh, House, Room, count_statements_of_this_thread,
    },
};

const DAY: i64 = 86_400 * 1_000_000;

/// A person in order: provisioned with an `externalId`, and linked at the room's provider. Returns the id.
async fn person(house: &House, room: &Room, name: &str) -> String {
    let login = format!("{name}@acme.example");
    let new =
        json!({ "schemas": [USER], "userName": login, "externalId": format!("00u{name}"), "active": true });
    let id = text(&done(room, "POST", "/Users", Some(new)).await["id"]);
    link(house, room, &id, room.okta.issuer(), &format!("00u{name}")).await;
    id
}

async fn link(house: &House, room: &Room, user: &str, issuer: &str, subject: &str) {
    let (workspace, user, now) = (room.workspace.clone(), UserId::from_stored(user), house.state.now());
    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
    house
        .write(move |conn| {
            let identity = IdentityKey { issuer: &issuer, subject: &subject };
            identities::link(conn, &workspace, identity, &user, now).unwrap();
        })
        .await;
}

async fn give(house: &House, room: &Room, user: &str, role: &'static str) {
    let (workspace, user, now) = (room.workspace.clone(), UserId::from_stored(user), house.state.now());
    house
        .write(move |conn| {
            let role = RoleId::from_stored(role);
            roles::assign(conn, &workspace, &user, &role, AssignmentSource::Manual, now).unwrap();
        })
        .await;
}

async fn sql(house: &House, statement: String) {
    house.write(move |conn| sql_query(statement).execute(&mut **conn).unwrap()).await;
}

/// The report of a workspace.
async fn report(house: &House, room: &Room, days: i64) -> Report {
    counted_report(house, room, days).await.0
}

/// The report of a workspace, and the number of its statements where the test records them.
async fn counted_report(house: &House, room: &Room, days: i64) -> (Report, usize) {
    let (workspace, region, now) =
        (room.workspace.clone(), house.state.config().region.name.clone(), house.state.now());
    house
        .write(move |conn| {
            let before = count_statements_of_this_thread();
            let row = workspaces::find(conn, &workspace, &region).unwrap().unwrap();
            let subject = Subject::of(conn, &row).unwrap();
            let report = drift::report(conn, &subject, days, None, now).unwrap();
            (report, count_statements_of_this_thread() - before)
        })
        .await
}

/// Names of those found, by kind.
fn names(report: &Report) -> BTreeMap<DriftKind, Vec<String>> {
    let named = |finding: &drift::judge::Finding| {
        let names: Vec<String> = finding.first.iter().map(|one| one.name.clone()).collect();
        assert_eq!(usize::try_from(finding.count).unwrap(), names.len(), "{finding:?}");
        (finding.kind, names)
    };
    report.findings.iter().map(named).collect()
}

/// Signs somebody in, so that nothing is missing.
async fn in_order(house: &House, name: &str) -> Room {
    let room = house.room(name).await;
    let ada = room.person("Ada").await;
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
    room
}

/// Plants one fault of each kind. Returns whom each concerns.
async fn plant(house: &House, room: &Room) -> BTreeMap<DriftKind, Vec<String>> {
    let login = |name: &str| format!("{name}@acme.example");
    let (workspace, issuer, now) = (room.workspace.clone(), room.okta.issuer().to_owned(), house.state.now());
    let w = format!("workspace_id = '{workspace}'");
    // Somebody with every reason not to be found.
    let fine = person(house, room, "fine").await;
    group(room, "Crew", &[&fine]).await;

    let old = person(house, room, "old").await;
    sql(house, format!("UPDATE users SET updated_at = {} WHERE {w} AND user_id = '{old}'", now - 91 * DAY))
        .await;
    let pushed = person(house, room, "pushed").await;
    sql(
        house,
        format!("UPDATE users SET updated_at = {} WHERE {w} AND user_id = '{pushed}'", now - 91 * DAY),
    )
    .await;
    sql(
        house,
        format!("INSERT INTO user_pushes (workspace_id, user_id, pushed_at) VALUES ('{workspace}', '{pushed}', {now})"),
    )
    .await;
    let (of_job, name) = (workspace.clone(), login("unprovisioned"));
    let unprovisioned = house
        .write(move |conn| {
            let new = NewUser { user_name: name, ..NewUser::default() };
            vestibule_admin::people::create(conn, &Actor::cli(now), &of_job, &new).unwrap().user_id
        })
        .await;
    link(house, room, &unprovisioned, &issuer, "00uunprovisioned").await;
    let never =
        json!({ "schemas": [USER], "userName": login("never"), "externalId": "00unever", "active": true });
    done(room, "POST", "/Users", Some(never)).await;
    // Who is deactivated is not missed.
    let left = json!({ "schemas": [USER], "userName": login("left"), "active": false });
    done(room, "POST", "/Users", Some(left)).await;
    let bare = text(
        &done(
            room,
            "POST",
            "/Users",
            Some(json!({ "schemas": [USER], "userName": login("bare"), "active": true })),
        )
        .await["id"],
    );
    link(house, room, &bare, &issuer, "00ubare").await;
    for (name, external_id) in [("one", "Shared-1"), ("two", "shared-1 ")] {
        let id = person(house, room, name).await;
        sql(house, format!("UPDATE users SET external_id = '{external_id}' WHERE {w} AND user_id = '{id}'"))
            .await;
    }
    // Another person signs in with the id that SCIM sent for this one.
    let four = person(house, room, "four").await;
    sql(house, format!("UPDATE users SET external_id = '00u4' WHERE {w} AND user_id = '{four}'")).await;
    let three = person(house, room, "three").await;
    sql(house, format!("UPDATE users SET external_id = '00ufour' WHERE {w} AND user_id = '{three}'")).await;
    for (name, now_called) in [("zoe", "zo\u{eb}@acme.example"), ("zoe2", "ZOE\u{308}@acme.example")] {
        let id = person(house, room, name).await;
        sql(
            house,
            format!("UPDATE users SET user_name = '{now_called}', user_name_key = 'older {name}' WHERE {w} AND user_id = '{id}'"),
        )
        .await;
    }
    group(room, "Empty", &[]).await;
    let waiting = group(room, "Waiting", &[]).await;
    sql(
        house,
        format!(
            "INSERT INTO parked_members (workspace_id, group_id, member_key, member, created_at) \
             VALUES ('{workspace}', '{waiting}', 'late@acme.example', 'late@acme.example', {now})"
        ),
    )
    .await;
    let by_hand = person(house, room, "byhand").await;
    give(house, room, &by_hand, "viewer").await;
    let outside = house
        .write({
            let of_job = workspace.clone();
            move |conn| {
                let new = NewUser { user_name: "boss@elsewhere.example".to_owned(), ..NewUser::default() };
                vestibule_admin::people::create(conn, &Actor::cli(now), &of_job, &new).unwrap().user_id
            }
        })
        .await;
    give(house, room, &outside, "owner").await;
    let moved = person(house, room, "moved").await;
    link(house, room, &moved, "https://former.example", "former-subject").await;
    let of_job = workspace.clone();
    house
        .write(move |conn| {
            for name in ["Crew", "Ghosts *"] {
                mappings::set(conn, &of_job, name, &RoleId::from_stored("editor"), now).unwrap();
            }
        })
        .await;
    let (of_job, state) = (workspace.clone(), house.state.clone());
    let second = Settings {
        which: Which::Named("Second".to_owned()),
        issuer: "https://second.example".to_owned(),
        client_id: "second".to_owned(),
        client_secret: Some("secret".to_owned().into()),
        enabled: Some(true),
        ..Settings::default()
    };
    house
        .write(move |conn| {
            connection::save(conn, &Actor::cli(now), state.sealer(), &of_job, second).map(drop).unwrap();
        })
        .await;
    // Somebody without a role has a live session; somebody with one, too.
    let ses = room.person("Ses").await;
    let rho = room.person("Rho").await;
    for person in [&ses, &rho] {
        let (_, page) = room.sign_in(person).await;
        assert_eq!(page.status, 200, "{}", page.text());
    }
    let of_job = workspace.clone();
    let rho_login = rho.login.clone();
    let rho_id = house
        .write(move |conn| users::find_by_user_name(conn, &of_job, &rho_login).unwrap().unwrap().user_id)
        .await;
    group(room, "Crew 2", &[&rho_id]).await;
    let of_job = workspace.clone();
    house
        .write(move |conn| {
            mappings::set(conn, &of_job, "crew 2", &RoleId::from_stored("editor"), now).unwrap();
        })
        .await;
    sql(house, format!("UPDATE workspaces SET default_role = '' WHERE {w}")).await;

    let one = |kind, name: &str| (kind, vec![name.to_owned()]);
    BTreeMap::from([
        one(DriftKind::NotPushed, &login("old")),
        one(DriftKind::NeverProvisioned, &login("unprovisioned")),
        one(DriftKind::NeverSignedIn, &login("never")),
        one(DriftKind::ExternalIdAbsent, &login("bare")),
        (DriftKind::ExternalIdShared, vec![login("one"), login("three"), login("two")]),
        (
            DriftKind::NamesAlike,
            vec!["ZOE\u{308}@acme.example".to_owned(), "zo\u{eb}@acme.example".to_owned()],
        ),
        one(DriftKind::EmptyGroups, "Empty"),
        one(DriftKind::MembersParked, "late@acme.example"),
        one(DriftKind::RolesByHand, &login("byhand")),
        one(DriftKind::AccessWithoutRole, "ses@acme.example"),
        one(DriftKind::OwnersOutside, "boss@elsewhere.example"),
        one(DriftKind::UnknownIssuers, &login("moved")),
        one(DriftKind::RulesUnmatched, "Ghosts *"),
        one(DriftKind::ConnectionsUnused, "Second"),
    ])
}

#[rstest]
#[actix_web::test]
async fn planted_faults_are_all_found_and_none_is_invented(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let other = in_order(&house, "Globex").await;
    let room = house.room("Acme").await;
    let planted = plant(&house, &room).await;
    assert_eq!(names(&report(&house, &room, 90).await), planted);
    assert_eq!(
        names(&report(&house, &other, 90).await),
        BTreeMap::new(),
        "another workspace has none of them"
    );
    // More days: the person is not late yet.
    assert!(!names(&report(&house, &room, 100).await).contains_key(&DriftKind::NotPushed));

    // The page has each, with its remedy; a sample leads to its page.
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let page = browser.get(&house.url("/people")).await.unwrap();
    let link = page.links().into_iter().find(|link| link.href == "/drift").expect("a link to the report");
    let page = browser.get(&house.url(&link.href)).await.unwrap();
    let shown = page.text();
    for names in planted.values().flatten() {
        assert!(shown.contains(names.as_str()), "no {names} in {shown}");
    }
    assert!(shown.contains("What to do:") && page.html.contains("id=\"not_pushed\""), "{shown}");
    let samples: Vec<String> = page
        .links()
        .into_iter()
        .map(|link| link.href)
        .filter(|href| {
            href.starts_with("/people/") || href.starts_with("/groups/") || href.contains("/oidc/")
        })
        .collect();
    assert!(samples.len() >= 14, "{samples:?}");
    for href in samples {
        assert_eq!(browser.get(&house.url(&href)).await.unwrap().status, 200, "{href}");
    }
    let page = browser.get(&house.url("/drift?days=100")).await.unwrap();
    assert!(!page.html.contains("id=\"not_pushed\""), "{}", page.text());
    // Nobody else sees it.
    let mia = room.person("Mia").await;
    let (member, _) = room.sign_in(&mia).await;
    assert_eq!(member.get(&house.url("/drift")).await.unwrap().status, 403);
    let stranger = Browser::new().unwrap().get(&house.url("/drift")).await.unwrap();
    assert_eq!(stranger.url.path(), "/auth", "{}", stranger.url);
}

#[rstest]
#[actix_web::test]
async fn only_the_first_of_many_are_named(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    for number in 0..25 {
        room.user(&format!("p{number:02}@acme.example")).await;
    }
    let report = report(&house, &room, 90).await;
    let absent = report.findings.iter().find(|one| one.kind == DriftKind::ExternalIdAbsent).unwrap();
    assert_eq!((absent.count, absent.first.len(), absent.more()), (25, 10, 15));
    assert_eq!(absent.first[0].name, "p00@acme.example");
}

#[rstest]
#[actix_web::test]
async fn a_push_that_changes_nothing_counts(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (ada, _bob) = (person(&house, &room, "ada").await, person(&house, &room, "bob").await);
    house.clock.advance(60 * DAY);
    let whole =
        json!({ "schemas": [USER], "userName": "ada@acme.example", "externalId": "00uada", "active": true });
    let before = done(&room, "GET", &format!("/Users/{ada}"), None).await;
    let after = done(&room, "PUT", &format!("/Users/{ada}"), Some(whole)).await;
    assert_eq!(before["meta"], after["meta"], "the push changes neither version nor time");
    house.clock.advance(40 * DAY);
    let found = names(&report(&house, &room, 90).await);
    assert_eq!(found[&DriftKind::NotPushed], ["bob@acme.example"]);
}

#[rstest]
#[actix_web::test]
async fn the_command_prints_the_report(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let made = house.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
    let workspace = made["id"].as_str().unwrap();
    let drift = |more: &[&str]| house.command(&[&["drift", "--workspace", workspace], more].concat(), "");
    let printed = |more: &[&str]| -> serde_json::Value {
        let output = drift(more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let report = printed(&[]);
    assert_eq!(
        (&report["days"], &report["findings"], &report["list"]),
        (&json!(90), &json!([]), &json!(null))
    );
    house.run(&["mapping", "set", "--workspace", workspace, "--group", "Ghosts", "--role", "editor"], "");
    let report = printed(&["--days", "30"]);
    assert_eq!((&report["days"], &report["findings"][0]["kind"]), (&json!(30), &json!("rules_unmatched")));
    assert_eq!(
        report["findings"][0]["first"][0],
        json!({ "name": "Ghosts", "detail": "", "path": "/roles" })
    );

    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("assignments.csv");
    std::fs::write(&file, "\u{feff}Login;Status\r\nnew@acme.example;ACTIVE\r\nbad\r\n").unwrap();
    let report = printed(&["--okta-csv", file.to_str().unwrap()]);
    assert_eq!(report["list"]["bad_rows"][0]["line"], 3, "{report}");
    let last = report["findings"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["first"][0]["name"]),
        (&json!("assigned_not_here"), &json!("new@acme.example"))
    );

    std::fs::write(&file, "First name\nAda\n").unwrap();
    for (more, status, words) in [
        (vec!["--okta-csv", file.to_str().unwrap()], 1, "no column of the first line names people"),
        (vec!["--okta-csv", "/nowhere.csv"], 1, "there is no file"),
        (vec!["--days", "0"], 2, "0 is not in 1..=3650"),
    ] {
        let output = drift(&more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{more:?}: {said}");
        assert!(said.contains(words), "{more:?}: {said}");
    }
    let nobody = "0199aaaa-0000-7000-8000-000000000001";
    assert_eq!(house.command(&["drift", "--workspace", nobody], "").status.code(), Some(1));
}
