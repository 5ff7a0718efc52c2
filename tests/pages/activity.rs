//! `/activity`: the trail in plain words, filters in the URL, export as at the command line, verification.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{ids::RoleId, sets::AssignmentSource};
use vestibule_simulator::Page;
use vestibule_store::{
    people::users,
    rights::roles,
    trail::events::{
        self, Cause, EventData, Target,
        kinds::{BrakeKept, SyncStarted, UserSynced},
    },
};

use super::{element, furnished};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

const SYNCED: UserSynced<'static> =
    UserSynced { sync: "s", active: true, epoch: 1, roles: &[], entitlements: &[] };

async fn record(
    house: &House,
    room: &Room,
    count: usize,
    actor: &'static str,
    data: impl EventData + Send + 'static,
) {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            for _ in 0..count {
                let cause = Cause::new(actor, "");
                events::record(conn, &workspace, &cause, Target::Workspace, &data, now).unwrap();
            }
        })
        .await;
}

fn lines(page: &Page) -> usize {
    page.html.matches(">line ").count()
}

#[rstest]
#[actix_web::test]
async fn what_happened_is_told_in_words_with_names_and_links(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let user = room.user("grace@acme.example").await;
    let change = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "displayName": "\"><img src=x onerror=1>", "title": "<b>Lady" } }] });
    assert_eq!(room.scim("PATCH", &format!("/Users/{user}"), Some(change)).await.0, 200);
    let group =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "<i>Crew" });
    assert_eq!(room.scim("POST", "/Groups", Some(group)).await.0, 201);
    let page = browser.get(&house.url("/people")).await.unwrap();
    let page = browser.follow(&page, "Audit log").await.unwrap();
    assert_eq!(page.status, 200);
    let text = page.text();
    for words in [
        "A person's details changed",
        "title: nothing → <b>Lady",
        "A group was added",
        "the group <i>Crew",
        "\"><img src=x onerror=1>",
        "Okta, by SCIM",
        "Somebody signed in",
        "The request",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    assert!(
        !page.html.contains("<img") && !page.html.contains("<i>") && !page.html.contains("<b>"),
        "{}",
        page.html
    );
    assert!(page.html.contains(&format!("href=\"/people/{user}\"")), "{}", page.html);
    let request = page
        .links()
        .into_iter()
        .find(|link| link.href.starts_with("/requests/") && link.href.len() > 12)
        .unwrap();
    assert_eq!(browser.get(&house.url(&request.href)).await.unwrap().status, 200);
    // Searches by request, by kind, by person and by actor.
    let reference = request.href.trim_start_matches("/requests/").to_owned();
    for (query, all) in [
        (format!("request={reference}"), "A group was added"),
        ("kind=group_created".to_owned(), "A group was added"),
        ("kind=user_updated&person=grace%40acme.example".to_owned(), "A person's details changed"),
        (format!("kind=user_updated&person={user}&who=okta:scim"), "A person's details changed"),
    ] {
        let page = browser.get(&house.url(&format!("/activity?{query}"))).await.unwrap();
        assert!(lines(&page) == 1, "{query}: {}", page.text());
        let table = page.html.split("<tbody>").nth(1).unwrap().to_owned();
        assert!(table.contains(&all.replace('\'', "&#39;")), "{query}: {table}");
    }
    let account = browser.get(&house.url("/account")).await.unwrap();
    browser.press(&account, "Create API token", &[("name", "x")]).await.unwrap();
    let page = browser.get(&house.url("/activity?who=ada%40acme.example")).await.unwrap();
    assert!(
        lines(&page) == 1
            && page.text().contains("An API token was created")
            && !page.html.split("<tbody>").nth(1).unwrap().contains("Okta, by SCIM"),
        "{}",
        page.text()
    );
    let page = browser.get(&house.url("/activity?person=%3Cb%3E")).await.unwrap();
    assert!(
        page.text().contains("No person is called “<b>”.") && !page.html.contains("<b>"),
        "{}",
        page.text()
    );
    for odd in [
        "kind=%27",
        "before=x",
        "before=-1",
        "before=99999999999999999999",
        "request=%27%22",
        "who=operator:x",
    ] {
        assert_eq!(browser.get(&house.url(&format!("/activity?{odd}"))).await.unwrap().status, 200, "{odd}");
    }
}

#[rstest]
#[actix_web::test]
async fn it_is_turned_page_by_page_and_says_how_far_it_looked(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    record(&house, &room, 1, "cli", BrakeKept { held: 0 }).await;
    record(
        &house,
        &room,
        120,
        "okta:scim",
        SyncStarted { sync: "<&\"".repeat(200).leak(), people: 1, groups: 2 },
    )
    .await;
    let page = browser.get(&house.url("/activity")).await.unwrap();
    assert_eq!(lines(&page), 50);
    assert!(page.html.len() < 100 * 1024, "{}", page.html.len());
    let page = browser.follow(&page, "Older entries").await.unwrap();
    let page = browser.follow(&page, "Older entries").await.unwrap();
    assert!(page.text().contains("Pushes that the safety brake blocked stay blocked"), "{}", page.text());
    assert!(!page.text().contains("Older entries Export"), "{}", page.text());
    // No index covers this search, so it reads a limited number of lines, and the page says so.
    let old = browser.get(&house.url("/activity?who=cli")).await.unwrap();
    assert!(old.text().contains("the operator") && !old.text().contains("were searched"), "{}", old.text());
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let (cause, now) = (Cause::new("okta:scim", ""), 1);
            for _ in 0..10_050 {
                events::record(conn, &workspace, &cause, Target::Workspace, &SYNCED, now).unwrap();
            }
        })
        .await;
    let page = browser.get(&house.url("/activity?who=cli&kind=brake_kept")).await.unwrap();
    assert_eq!(lines(&page), 0);
    assert!(page.text().contains("Only the 10,000 lines down to line"), "{}", page.text());
    let page = browser.follow(&page, "Search further back").await.unwrap();
    assert_eq!(lines(&page), 1, "{}", page.text());
    // A search that an index covers finds lines of any age.
    let page = browser.get(&house.url("/activity?kind=brake_kept")).await.unwrap();
    assert_eq!(lines(&page), 1, "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn it_is_exported_line_by_line_and_verified_by_an_auditor(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    record(&house, &room, 700, "cli", SYNCED).await;
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let ada = users::find_by_user_name(conn, &workspace, "ada@acme.example").unwrap().unwrap();
            roles::assign(
                conn,
                &workspace,
                &ada.user_id,
                &RoleId::from_stored("auditor"),
                AssignmentSource::Manual,
                1,
            )
            .unwrap();
            roles::keep_only(conn, &workspace, &ada.user_id, &[RoleId::from_stored("auditor")]).unwrap();
        })
        .await;
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let answer =
        house.http.get(house.url("/activity/export")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment; filename=\"activity-")
    );
    let text = answer.text().await.unwrap();
    let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seqs: Vec<i64> = told.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=i64::try_from(told.len()).unwrap()).collect::<Vec<_>>());
    assert!(told.len() > 700 && told.iter().all(|line| line["workspace"] == room.workspace.as_str()));

    let page = browser.get(&house.url("/activity")).await.unwrap();
    let page = browser.press(&page, "Verify the trail", &[]).await.unwrap();
    assert!(page.text().contains("✓ Intact The trail is intact: all "), "{}", page.text());
    let head = element(&page, "head-now");
    assert_eq!(told.last().unwrap()["hash"], head.as_str());
    let page = browser.press(&page, "Verify the trail", &[("head", &head)]).await.unwrap();
    assert!(page.text().contains("and the saved checkpoint is in it"), "{}", page.text());
    let page = browser.press(&page, "Verify the trail", &[("head", "<b>another")]).await.unwrap();
    assert!(
        page.text().contains("✕ Broken The trail is not intact: the saved hash matches no line"),
        "{}",
        page.text()
    );
}
