//! An observed workspace: SCIM is answered as if everything were done, nothing changes, and the plan is what would have happened.

mod apply;
mod pages;
mod push;
mod walls;

use std::time::Duration;

use diesel::{prelude::*, sql_query, sql_types::Text};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use vestibule_core::{
    ids::{RoleId, UserId, WorkspaceId},
    sets::AssignmentSource,
};
use vestibule_store::{Conn, observation, rights::roles, trail::events};

use crate::{
    scim::{done, group, person, replace, text},
    support::{Deployment, House, Room},
};

/// Tables that SCIM writes, and the trail.
const TABLES: [&str; 15] = [
    "users",
    "user_emails",
    "user_blocks",
    "groups",
    "members",
    "parked_members",
    "assignments",
    "entitlement_assignments",
    "claimed_groups",
    "former_users",
    "receipts",
    "deliveries",
    "brake_minutes",
    "brake_people",
    "brakes",
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every row of a workspace in these tables, and its trail.
async fn dump(house: &House, workspace: &WorkspaceId) -> Vec<String> {
    let workspace = workspace.clone();
    house
        .write(move |conn| {
            let mut all = Vec::new();
            for table in TABLES {
                all.extend(rows(conn, table, &workspace));
            }
            let told = events::list(conn, &workspace, 0, 100_000).unwrap();
            // A worker writes rights_changed at its own time, about what came before.
            let beside = ["signed_in", "rights_changed"];
            let told = told
                .into_iter()
                .filter(|event| !event.kind.contains("observe") && !beside.contains(&event.kind.as_str()));
            all.extend(told.map(|event| format!("{} {} {}", event.kind, event.target, event.data.as_str())));
            all
        })
        .await
}

fn rows(conn: &mut Conn, table: &str, workspace: &WorkspaceId) -> Vec<String> {
    let lines: Vec<Line> = match conn {
        Conn::Postgres(inner) => sql_query(format!(
            "SELECT CAST(row_to_json(t) AS text) AS line FROM {table} AS t WHERE workspace_id = '{workspace}' ORDER BY 1"
        ))
        .load(inner)
        .unwrap(),
        Conn::Sqlite(inner) => {
            #[derive(QueryableByName)]
            struct Column {
                #[diesel(sql_type = Text)]
                name: String,
            }
            let columns: Vec<Column> =
                sql_query(format!("SELECT name FROM pragma_table_info('{table}')")).load(inner).unwrap();
            let columns: Vec<String> =
                columns.into_iter().map(|column| format!("quote({})", column.name)).collect();
            sql_query(format!(
                "SELECT {} AS line FROM {table} WHERE workspace_id = '{workspace}' ORDER BY 1",
                columns.join(" || '|' || ")
            ))
            .load(inner)
            .unwrap()
        }
    };
    lines.into_iter().map(|line| format!("{table} {}", line.line)).collect()
}

fn commands(house: &House) -> Deployment {
    let key = house.state.config().security.sealing_key.expose_secret().to_owned();
    Deployment::new(house.database_url(), &house.api).with("SECURITY__SEALING_KEY", &key)
}

fn observe(house: &House, room: &Room, state: &str) -> Value {
    commands(house).run(&["workspace", "observe", "--workspace", room.workspace.as_str(), state], "")
}

fn plan(house: &House, room: &Room) -> Value {
    commands(house).run(&["plan", "show", "--workspace", room.workspace.as_str(), "--limit", "1000"], "")
}

fn apply(house: &House, room: &Room) -> Value {
    commands(house).run(&["plan", "apply", "--workspace", room.workspace.as_str()], "")
}

/// Runs a command that must be refused; returns the sentence.
fn refused_command(house: &House, words: &[&str]) -> String {
    let output = commands(house).command(words, "");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The hidden copies of an observed workspace: plan and base.
async fn copies(house: &House, room: &Room) -> (WorkspaceId, WorkspaceId) {
    let workspace = room.workspace.clone();
    let of = house.write(move |conn| observation::find(conn, &workspace).unwrap().unwrap()).await;
    (of.plan_id, of.base_id)
}

/// Assigns a role by hand.
async fn assign(house: &House, room: &Room, user_id: &str, role: &str) {
    let (workspace, now, user_id, role) =
        (room.workspace.clone(), house.state.now(), UserId::from_stored(user_id), RoleId::from_stored(role));
    house
        .write(move |conn| {
            roles::assign(conn, &workspace, &user_id, &role, AssignmentSource::Manual, now).unwrap();
        })
        .await;
}

/// Waits until the service has applied the plan.
async fn until_applied(house: &House, room: &Room) {
    for _ in 0..3000 {
        let workspace = room.workspace.clone();
        if house.write(move |conn| observation::find(conn, &workspace).unwrap().is_none()).await {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the plan is not applied");
}

/// People of a workspace before a push: their ids by number; the first is the only owner. And two groups with mappings.
struct Company {
    people: Vec<String>,
    engineering: String,
    support: String,
}

impl Company {
    async fn found(house: &House, room: &Room, people: usize) -> Self {
        let mut ids = Vec::new();
        for number in 0..people {
            ids.push(text(&done(room, "POST", "/Users", Some(person(&name(number)))).await["id"]));
        }
        assign(house, room, &ids[0], "owner").await;
        let some: Vec<&str> = ids.iter().take(10).map(String::as_str).collect();
        let engineering = group(room, "Engineering", &some).await;
        let support = group(room, "Support", &some[5..]).await;
        let id = room.workspace.as_str();
        let deployment = commands(house);
        for (group, role) in [("Engineering", "editor"), ("Support", "viewer"), ("Admins", "admin")] {
            deployment.run(&["mapping", "set", "--workspace", id, "--group", group, "--role", role], "");
        }
        Self { people: ids, engineering, support }
    }

    fn path(&self, number: usize) -> String {
        format!("/Users/{}", self.people[number])
    }

    /// What a provider pushes, with surprises: `new` new people; some changed, deactivated, activated again and deleted; roles given and
    /// taken; groups created, renamed and changed; the last owner deactivated; a name that is taken, and one in other letter case.
    async fn push(&self, room: &Room, new: usize) {
        let mut created = Vec::new();
        for number in 0..new {
            let body = done(room, "POST", "/Users", Some(person(&format!("new{number}@acme.example")))).await;
            created.push(text(&body["id"]));
        }
        // Later requests see the plan as done.
        let again = done(room, "GET", &format!("/Users/{}", created[0]), None).await;
        assert_eq!(again["userName"], "new0@acme.example");
        let off = || Some(replace(&json!({ "active": false })));
        for number in 10..14 {
            done(room, "PATCH", &self.path(number), off()).await;
        }
        done(room, "PATCH", &self.path(13), Some(replace(&json!({ "active": true })))).await;
        done(room, "PATCH", &self.path(14), Some(replace(&json!({ "title": "Countess" })))).await;
        done(room, "PATCH", &self.path(15), Some(replace(&json!({ "displayName": "Other" })))).await;
        done(room, "PATCH", &self.path(15), Some(replace(&json!({ "displayName": "Test User" })))).await;
        done(room, "PATCH", &self.path(16), Some(replace(&json!({ "roles": [{ "value": "editor" }] }))))
            .await;
        done(room, "DELETE", &self.path(17), None).await;
        done(room, "PATCH", &self.path(18), Some(replace(&json!({ "userName": "Renamed@acme.example" }))))
            .await;
        done(room, "PATCH", &self.path(19), Some(replace(&json!({ "userName": name(19).to_uppercase() }))))
            .await;
        // A name that became free is taken by another person.
        done(room, "PATCH", &self.path(20), Some(replace(&json!({ "userName": name(17) })))).await;
        // The only owner stays.
        assert_eq!(room.scim("PATCH", &self.path(0), off()).await.0, 403);
        assert_eq!(room.scim("POST", "/Users", Some(person(&name(1)))).await.0, 409);
        assert_eq!(room.scim("POST", "/Users", Some(person(&name(2).to_uppercase()))).await.0, 409);
        let engineering = format!("/Groups/{}", self.engineering);
        done(room, "PATCH", &engineering, Some(replace(&json!({ "displayName": "Builders" })))).await;
        let support = format!("/Groups/{}", self.support);
        let members = crate::scim::patch(&json!([
            { "op": "remove", "path": format!("members[value eq \"{}\"]", self.people[6]) },
            { "op": "add", "path": "members", "value": [{ "value": created[0] }, { "value": self.people[12] }] },
        ]));
        done(room, "PATCH", &support, Some(members)).await;
        let some: Vec<&str> = [&created[1], &created[2], &self.people[3]].map(String::as_str).to_vec();
        group(room, "Admins", &some).await;
        let gone = group(room, "Short-lived", &[]).await;
        done(room, "DELETE", &format!("/Groups/{gone}"), None).await;
    }
}

fn name(number: usize) -> String {
    format!("person{number}@acme.example")
}
