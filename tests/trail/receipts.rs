//! Receipts: each end of access has one, which counts the ended sessions and tokens, is signed, and does not delay the response.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{sets::EndReason, time::SECOND};
use vestibule_simulator::SubjectFormat;
use vestibule_store::{
    people::users,
    safeguards::sweep,
    trail::{
        events::Cause,
        receipts::{self, Receipt},
    },
};
use vestibule_web::{crypto::signing, receipts::TYP};

use super::execute;
use crate::{
    management::Machine,
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, House, Room, answer, count_statements, free_port, record_statements, statements,
    },
};

async fn listed(house: &House, room: &Room) -> Vec<Receipt> {
    let workspace = room.workspace.clone();
    house.write(move |conn| receipts::list(conn, &workspace, None, None, 100).unwrap()).await
}

/// Waits until the room has this many receipts and all are signed, and returns them.
async fn signed(house: &House, room: &Room, many: usize) -> Vec<Receipt> {
    for _ in 0..400 {
        let list = listed(house, room).await;
        if list.len() == many && list.iter().all(|receipt| !receipt.jws.is_empty()) {
            return list;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("not signed: {:?}", listed(house, room).await);
}

async fn user_of(house: &House, room: &Room, name: &str) -> users::User {
    let (workspace, name) = (room.workspace.clone(), name.to_owned());
    house.write(move |conn| users::find_by_user_name(conn, &workspace, &name).unwrap().unwrap()).await
}

/// Copies the first session and the first token of a user this many times.
async fn multiply(house: &House, user: &users::User, many: i64) {
    let user_id = user.user_id.clone();
    house
        .write(move |conn| {
            let series = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) ");
            for (table, digest, id) in [("sessions", "token_digest", "session_id"), ("tokens", "token_digest", "token_id")] {
                let columns = match table {
                    "sessions" => "workspace_id, user_id, epoch, auth_time, created_at, seen_at, expires_at, idle, issuer, id_token, user_agent",
                    _ => "workspace_id, user_id, epoch, kind, name, grant_id, scope, created_at, expires_at, replaced_at, resource",
                };
                let one = format!("(SELECT * FROM {table} WHERE user_id = '{user_id}' LIMIT 1)");
                let copies = format!(
                    "INSERT INTO {table} ({columns}, {digest}, {id}) {series} SELECT {columns}, {digest} || CAST(i AS TEXT), {id} || CAST(i AS TEXT) FROM n, {one} AS one"
                );
                execute(conn, &copies);
            }
        })
        .await;
}

#[rstest]
#[actix_web::test]
async fn every_cause_leaves_a_receipt_that_anybody_can_verify(#[values(Sqlite, Postgres)] backend: Backend) {
    let listen = format!("127.0.0.1:{}", free_port());
    let house = House::start_with(backend, &[("SERVER__METRICS_LISTEN", &listen)]).await;
    let room = house.room("Acme").await;
    let machine = Machine::new(&house).await;
    let grace = room.person("Grace").await;
    room.sign_in(&grace).await;
    room.sign_in(&grace).await;
    let user = user_of(&house, &room, &grace.login).await;
    crate::scim::api_token(&house, &room, &user.user_id).await;
    room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();
    let ended = signed(&house, &room, 1).await.remove(0);
    let counts = ended.ended().unwrap().unwrap();
    assert_eq!((counts.sessions, counts.api, counts.tokens(), counts.codes), (2, 1, 1, 0));
    assert_eq!((ended.reason.as_str(), ended.actor.as_str()), ("universal_logout", "okta:universal-logout"));
    assert!(
        !ended.request_id.is_empty()
            && ended.accepted_at <= ended.acted_at
            && ended.in_force_at >= Some(ended.acted_at)
    );

    // The signature is from a published key and has this purpose only.
    let (_, keys) = house.get("/.well-known/jwks.json").await;
    let claims = signing::read(&house.state, TYP, &ended.jws).await.unwrap().unwrap();
    assert_eq!(signing::read(&house.state, "JWT", &ended.jws).await.unwrap(), None);
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(ended.jws.split('.').next().unwrap()).unwrap())
            .unwrap();
    assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]));
    assert_eq!(
        (&header["typ"], &claims["iss"], &claims["sub"]),
        (&json!(TYP), &json!(house.api), &json!(user.user_id))
    );
    assert_eq!((&claims["jti"], &claims["workspace"]), (&json!(ended.receipt_id), &json!(room.workspace)));
    assert_eq!((&claims["ended"]["sessions"], &claims["ended"]["api"]), (&json!(2), &json!(1)));
    assert_eq!(claims.get("receipt"), None, "not in itself");

    // The other ways to end access: Management API, SCIM, command line, and deletion of the user.
    let path = format!("/workspaces/{}/users/{}/end-access", room.workspace, user.user_id);
    let (status, answered) = machine.bare("POST", &path).await;
    assert_eq!(
        (status, &answered["sessions"], &answered["tokens"], &answered["epoch"]),
        (200, &json!(0), &json!(0), &json!(3)),
        "{answered}"
    );
    assert_eq!(answered.get("workspace"), None);
    let other = room.user("linus@acme.example").await;
    crate::scim::api_token(&house, &room, &other).await;
    let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": "replace", "value": { "active": false } }] });
    assert_eq!(room.scim("PATCH", &format!("/Users/{}", user.user_id), Some(off)).await.0, 200);
    assert_eq!(room.scim("DELETE", &format!("/Users/{other}"), None).await.0, 204);
    let all = signed(&house, &room, 4).await;
    let told: Vec<_> =
        all.iter().rev().map(|one| (one.reason.as_str(), one.ended().unwrap().unwrap().api)).collect();
    assert_eq!(told, [("universal_logout", 1), ("operator", 0), ("deactivated", 0), ("deleted", 1)]);
    assert_eq!(all[0].actor, "okta:scim");
    let list = machine.all(&format!("/workspaces/{}/receipts", room.workspace), 3).await;
    assert_eq!(
        (list.len(), &list[3]["receipt"], &list[1]["reason"]),
        (4, &json!(ended.jws), &json!("deactivated"))
    );
    let of_user =
        machine.all(&format!("/workspaces/{}/receipts?user={}", room.workspace, user.user_id), 50).await;
    assert_eq!((of_user.len(), of_user[0]["user_name"].as_str()), (3, Some(grace.login.as_str())));
    let (status, one) =
        machine.get(&format!("/workspaces/{}/receipts/{}", room.workspace, ended.receipt_id)).await;
    assert_eq!((status, &one), (200, &list[3]));
    let elsewhere = house.room("Other").await;
    assert_eq!(
        machine.get(&format!("/workspaces/{}/receipts/{}", elsewhere.workspace, ended.receipt_id)).await.0,
        404
    );
    assert_eq!(machine.get(&format!("/workspaces/{}/receipts?user=x", room.workspace)).await.0, 422);
    let text = house.http.get(format!("http://{listen}/metrics")).send().await.unwrap().text().await.unwrap();
    for reason in ["universal_logout", "operator", "deactivated", "deleted"] {
        let line = format!("vestibule_access_end_seconds_count{{reason=\"{reason}\"}} 1");
        assert!(text.contains(&line), "{line} is in:\n{text}");
    }
}

#[rstest]
#[actix_web::test]
async fn ten_thousand_cost_the_answer_what_one_costs(#[values(Sqlite, Postgres)] backend: Backend) {
    record_statements();
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (grace, linus) = (room.person("Grace").await, room.person("Linus").await);
    let mut ran = Vec::new();
    for (person, more) in [(&grace, 1), (&linus, 10_000)] {
        let (browser, _) = room.sign_in(person).await;
        let user = user_of(&house, &room, &person.login).await;
        let token = crate::scim::api_token(&house, &room, &user.user_id).await;
        multiply(&house, &user, more).await;
        let before = count_statements(&house);
        room.okta.universal_logout(&room.app, person, SubjectFormat::Email).await.unwrap();
        // What ended is counted later, by the worker.
        let writes = |text: &String| {
            let text = text.replace(['`', '"'], "");
            let of = |verb: &str| {
                ["users", "sessions", "tokens"].iter().any(|of| text.starts_with(&format!("{verb} {of}")))
            };
            of("UPDATE") || of("DELETE FROM")
        };
        ran.push(statements(&house, before).into_iter().filter(writes).collect::<Vec<_>>());
        assert_eq!((room.check(&browser).await, room.check_token(&token).await), (401, 401));
    }
    assert_eq!((ran[0].len(), &ran[0]), (1, &ran[1]), "one UPDATE of the user");
    let receipts = signed(&house, &room, 2).await;
    let counts: Vec<_> = receipts
        .iter()
        .rev()
        .map(|one| (one.ended().unwrap().unwrap().sessions, one.ended().unwrap().unwrap().api))
        .collect();
    assert_eq!(counts, [(2, 2), (10_001, 10_001)]);
}

#[rstest]
#[actix_web::test]
async fn what_a_crash_left_is_counted_before_it_is_swept(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let grace = room.person("Grace").await;
    room.sign_in(&grace).await;
    let user = user_of(&house, &room, &grace.login).await;
    let linus = room.person("Linus").await;
    room.sign_in(&linus).await;
    let linus = user_of(&house, &room, &linus.login).await;
    let now = house.state.now();
    // This database belongs to a process that ended after its commit, so the running service is not notified.
    let dead = vestibule_store::Database::open(house.database_url(), 1).unwrap();
    // The access ends without a count and the user is deleted: the deletion counts it.
    dead.write(|conn| {
        let mut linus = linus.clone();
        users::end_all_access(conn, &mut linus, &Cause::cli(), EndReason::Operator, now)?;
        users::delete(conn, &mut linus, &Cause::cli(), now + SECOND)
    })
    .unwrap();
    let two = listed(&house, &room).await;
    assert_eq!(
        (two[1].ended().unwrap().unwrap().sessions, two[0].ended().unwrap().unwrap().sessions),
        (1, 0)
    );

    let mut gone = user.clone();
    dead.write(|conn| {
        users::end_all_access(conn, &mut gone, &Cause::cli(), EndReason::Operator, now + 2 * SECOND)
    })
    .unwrap();
    drop(dead);
    let left = listed(&house, &room).await.remove(0);
    assert_eq!((left.counts.as_str(), left.in_force_at, left.jws.as_str()), ("", None, ""));
    // The receipt is finished days later, when the expired session would be deleted.
    house.clock.advance(3 * 86_400 * SECOND);
    let later = house.state.now();
    vestibule_web::receipts::finish_left(&house.state, later).await.unwrap();
    house.write(move |conn| sweep::expired(conn, later).unwrap()).await;
    let found = signed(&house, &room, 3).await.remove(0);
    assert_eq!(
        (found.ended().unwrap().unwrap().sessions, found.in_force_at >= Some(now + 3 * 86_400 * SECOND)),
        (1, true)
    );
}

#[rstest]
#[actix_web::test]
async fn the_command_line_counts_and_the_page_lists(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let admin = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&admin).await;
    let user = room.user("bob@acme.example").await;
    crate::scim::api_token(&house, &room, &user).await;
    let commands = Deployment::new(house.database_url(), &house.api);
    let ended = commands
        .run(&["user", "end-access", "--workspace", &room.workspace, "--user-name", "bob@acme.example"], "");
    assert_eq!((&ended["sessions"], &ended["tokens"], &ended["epoch"]), (&json!(0), &json!(1), &json!(2)));
    let shown = commands.run(
        &["receipt", "show", "--workspace", &room.workspace, "--id", ended["receipt"].as_str().unwrap()],
        "",
    );
    assert_eq!(
        (&shown["ended"]["api"], &shown["actor"], shown["in_force_at"].is_string()),
        (&json!(1), &json!("cli"), true)
    );
    let list = commands
        .run(&["receipt", "list", "--workspace", &room.workspace, "--user-name", "bob@acme.example"], "");
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(
        commands.command(&["receipt", "show", "--workspace", &room.workspace, "--id", "x"], "").status.code(),
        Some(1)
    );
    // The command leaves the receipt unsigned; the service signs it.
    house.clock.advance(60 * SECOND);
    let of_room = signed(&house, &room, 1).await.remove(0);
    let page = browser.get(&house.url(&format!("/people/{user}"))).await.unwrap();
    assert!(
        page.text().contains("1 API token")
            && page.html.contains(&format!("/receipts/{}", of_room.receipt_id)),
        "{}",
        page.text()
    );
    let (status, _) = answer(house.http.get(house.url(&format!("/people/{user}")))).await;
    assert_ne!(status, 200, "for administrators");
}
