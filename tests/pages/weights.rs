//! A page stays small and runs the same number of statements with more people: every GET of the console with a hundred and with
//! ten thousand people. An ignored test prints times and asserts none.

use std::{collections::BTreeMap, time::Instant};

use diesel::connection::SimpleConnection;
use rstest::rstest;
use vestibule_core::{
    ids::{EntitlementId, RoleId, WorkspaceId},
    sets::Door,
};
use vestibule_simulator::Browser;
use vestibule_store::{
    Conn, Tx,
    db::json::Json,
    rights::{
        entitlements,
        roles::{self, Role},
    },
    trail::{
        events::{self, Cause, Target, kinds::UserReactivated},
        requests::{self, Request},
    },
};

use super::doors::{Ids, credentials, pages, real_path};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, count_statements, record_statements, statements,
};

/// Number of rows of each kind.
struct Size {
    people: i64,
    members: i64,
    sessions: i64,
    requests: i64,
}

const SMALL: Size = Size { people: 100, members: 60, sessions: 60, requests: 100 };
const LARGE: Size = Size { people: 10_000, members: 5_000, sessions: 300, requests: 2_000 };

// After all ids that the service makes, so that the blocks in which users are counted stay in order.
const PERSON: &str = "ffffffff-0000-7000-8000-000000100001";
const GROUP: &str = "ffffffff-0000-7000-9000-000000100001";
const REQUEST: &str = "00000000-0000-7000-8000-000000000001";

/// Fills a workspace with a few statements that both databases understand.
fn fill(conn: &mut Conn, workspace: &WorkspaceId, viewer: &str, size: &Size, now: i64) {
    let mut run = |to: i64, into: &str, select: &str| {
        let select = select.replace("$w", &format!("'{workspace}'")).replace("$now", &now.to_string());
        let statement = format!(
            "INSERT INTO {into} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT {select}"
        );
        match conn {
            Conn::Sqlite(inner) => inner.batch_execute(&statement).unwrap(),
            Conn::Postgres(inner) => inner.batch_execute(&statement).unwrap(),
        }
    };
    let Size { people, members, sessions, .. } = size;
    let name = "'person' || (100000 + i) || '@acme.example'";
    run(
        *people,
        "users (workspace_id, user_id, user_name, user_name_key, display_name, display_name_key, email, active, source, \
         attributes, comparable, epoch, version, created_at, updated_at)",
        &format!(
            "$w, 'ffffffff-0000-7000-8000-000000' || (100000 + i), {name}, {name}, 'Person ' || i, 'person ' || i, {name}, TRUE, 'scim', '{{}}', '{{}}', \
             1, 1, $now, $now FROM n"
        ),
    );
    run(
        *people,
        "user_emails (workspace_id, user_id, email_key)",
        &format!("$w, 'ffffffff-0000-7000-8000-000000' || (100000 + i), {name} FROM n"),
    );
    run(
        (people + 511) / 512,
        "user_blocks (workspace_id, first_id, users)",
        &format!(
            "$w, 'ffffffff-0000-7000-8000-000000' || (100001 + 512 * (i - 1)), CASE WHEN 512 * i > {people} THEN {people} - 512 * (i - 1) ELSE 512 END FROM n"
        ),
    );
    run(
        200,
        "groups (workspace_id, group_id, display_name, display_name_key, version, created_at, updated_at)",
        "$w, 'ffffffff-0000-7000-9000-000000' || (100000 + i), 'claresia-team-' || i, 'claresia-team-' || i, 1, $now, $now FROM n",
    );
    run(
        200,
        "mappings (workspace_id, group_name_key, role_id, group_name, created_at)",
        "$w, 'claresia-team-' || i, 'custom', 'claresia-team-' || i, $now FROM n",
    );
    let member = "members (workspace_id, group_id, user_id, created_at)";
    run(
        *members,
        member,
        &format!("$w, '{GROUP}', 'ffffffff-0000-7000-8000-000000' || (100000 + i), $now FROM n"),
    );
    run(
        199,
        member,
        &format!("$w, 'ffffffff-0000-7000-9000-000000' || (100001 + i), '{PERSON}', $now FROM n"),
    );
    for (user, mark) in [(PERSON, "p"), (viewer, "v")] {
        run(
            *sessions,
            "sessions (workspace_id, token_digest, session_id, user_id, epoch, auth_time, seen_at, issuer, id_token, provider_sid, \
             user_agent, created_at, expires_at)",
            &format!(
                "$w, '{mark}-digest-' || i, '{mark}-session-' || i, '{user}', 1, $now, $now - 1000000 * i, 'https://acme.okta.com', \
                 '', '', 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', $now, $now + 3600000000 FROM n"
            ),
        );
        run(
            *sessions,
            "tokens (workspace_id, token_digest, token_id, kind, name, user_id, epoch, scope, created_at, resource)",
            &format!(
                "$w, '{mark}-api-' || i, '{mark}-api-id-' || i, 'api', 'Token ' || i, '{user}', 1, 'api', $now, '' FROM n"
            ),
        );
    }
}

/// Returns the record of a request of Okta, accepted or refused.
fn request(workspace: &WorkspaceId, number: i64, now: i64) -> Request {
    let refused = number % 2 == 0;
    Request {
        workspace_id: workspace.to_owned(),
        at: now - number * 1_000,
        request_id: format!("00000000-0000-7000-8000-{number:012}"),
        proven: true,
        door: Door::Scim,
        method: "PATCH".to_owned(),
        path: format!("/api/scim/v2/{workspace}/Users/ffffffff-0000-7000-8000-000000{}", 100_000 + number),
        status: if refused { 400 } else { 200 },
        micros: 1_000,
        reason: if refused { "invalidPath".to_owned() } else { String::new() },
        detail: if refused { "nickname[ is no path".to_owned() } else { String::new() },
        advice: String::new(),
        understood: Json::new(serde_json::Map::new()),
        changed: Json::new(Vec::new()),
    }
}

/// Starts a house of this size and returns it with an administrator's browser.
async fn filled(backend: Backend, size: &'static Size) -> (House, Browser, Ids) {
    record_statements();
    let house = House::start(backend).await;
    let room: Room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    // The requests until now are written first, so they do not disturb the count.
    vestibule_web::observe::writers::requests::write_down(&house.state).await.unwrap();
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let fill_in = move |conn: &mut Tx<'_>| {
        let viewer =
            vestibule_store::people::users::find_by_user_name(conn, &workspace, &ada.login).unwrap().unwrap();
        roles::insert(conn, &Role::new(&workspace, RoleId::from_stored("custom"), "Custom", "", now))
            .unwrap();
        entitlements::create(conn, &workspace, EntitlementId::from_stored("grant"), "Grant", "", now)
            .unwrap();
        fill(conn, &workspace, &viewer.user_id, size, now);
        let rows: Vec<Request> = (1..=size.requests).map(|number| request(&workspace, number, now)).collect();
        requests::record(conn, &rows).unwrap();
        for number in 1..=size.requests {
            let user_id = match number % 2 {
                0 => PERSON.to_owned(),
                _ => format!("ffffffff-0000-7000-8000-000000{}", 100_000 + number % 100),
            };
            let cause = Cause::new("okta:scim", format!("request-{number}"));
            let target = Target::User(&user_id);
            events::record(conn, &workspace, &cause, target, &UserReactivated {}, now).unwrap();
        }
    };
    house.write(fill_in).await;
    let ids = credentials(&house, &room, (GROUP.to_owned(), REQUEST.to_owned()), "spare").await;
    (house, browser, ids)
}

/// Returns every GET route of the console and its URL with ids from the large data set.
fn addresses(ids: &Ids) -> Vec<(String, String)> {
    // These are files, as long as the event log, and as the list of people.
    let is_page = |path: &str| !["/activity/export", "/people/access.csv"].contains(&path);
    let read = pages().filter(|(method, path, _)| *method == "GET" && is_page(path));
    let mut addresses: Vec<(String, String)> =
        read.map(|(_, path, _)| (path.to_owned(), real_path(path, PERSON, ids))).collect();
    addresses.extend(
        [
            "/people?page=4",
            "/people?q=person",
            "/groups?page=8",
            "/requests?outcome=refused",
            "/mapping/preview?group=claresia-*&role.editor=on",
        ]
        .map(|address| (address.to_owned(), address.to_owned())),
    );
    addresses
}

/// Returns size and minimum number of statements of each page; background work can only add statements.
async fn weigh((house, browser, ids): &(House, Browser, Ids)) -> BTreeMap<String, (usize, usize)> {
    let mut weights = BTreeMap::new();
    for (route, address) in addresses(ids) {
        let mut least = usize::MAX;
        let mut weight = 0;
        for _ in 0..5 {
            let before = count_statements(house);
            let page = browser.get(&house.url(&address)).await.unwrap();
            assert_eq!(page.status, 200, "{address}: {}", page.text());
            least = least.min(count_statements(house) - before);
            weight = page.html.len();
        }
        weights.insert(route, (weight, least));
    }
    weights
}

/// Returns how many more statements a page may use for a hundred times as many people. Two pages have a reason.
fn may_take_more(address: &str) -> usize {
    if address.starts_with("/mapping/preview?group=claresia") {
        // It counts the people that a rule affects, so it reads all members of its groups, 500 at a time.
        10 * 9
    } else if address.starts_with("/requests/") {
        // It finds the events of one request by bisection: one more statement for twice as many events.
        8
    } else {
        0
    }
}

#[rstest]
#[actix_web::test]
async fn pages_are_small_and_ask_as_often_however_many_people_there_are(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let small = weigh(&filled(backend, &SMALL).await).await;
    let large = weigh(&filled(backend, &LARGE).await).await;
    for (address, (weight, count)) in &large {
        println!("{address}: {weight} bytes, {count} statements ({} with few)", small[address].1);
    }
    for (address, (weight, count)) in &large {
        assert!(*weight < 100 * 1024, "{address} weighs {weight} bytes");
        let more = count.saturating_sub(small[address].1);
        assert!((1..=50).contains(&(count - more)), "{address} takes {count} statements");
        assert!(more <= may_take_more(address), "{address} takes {more} statements more for more people");
    }
}

/// The session and its workspace are read together, and nothing on a page reads the workspace again.
#[rstest]
#[actix_web::test]
async fn a_page_reads_its_workspace_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, browser, ids) = filled(backend, &SMALL).await;
    for (_, address) in addresses(&ids) {
        let mut least = usize::MAX;
        for _ in 0..3 {
            let before = count_statements(&house);
            assert_eq!(browser.get(&house.url(&address)).await.unwrap().status, 200, "{address}");
            least = least.min(statements(&house, before).iter().filter(|text| reads_workspace(text)).count());
        }
        assert_eq!(least, 1, "{address} reads its workspace {least} times");
    }
}

/// Whether a statement reads a whole row of a workspace; other statements read one column.
fn reads_workspace(text: &str) -> bool {
    text.replace(['`', '"'], "").starts_with("SELECT workspaces.workspace_id, workspaces.")
}

#[actix_web::test]
#[ignore = "tells how long pages take; asserts nothing about time"]
async fn how_long_pages_take_with_ten_thousand_people() {
    let (house, browser, ids) = filled(Sqlite, &LARGE).await;
    for (_, address) in addresses(&ids) {
        let mut took: Vec<u128> = Vec::new();
        for _ in 0..15 {
            let from = Instant::now();
            browser.get(&house.url(&address)).await.unwrap();
            took.push(from.elapsed().as_micros());
        }
        took.sort_unstable();
        println!("{address}: median {} µs, longest {} µs", took[7], took[14]);
    }
}
