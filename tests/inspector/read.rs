//! Who may read inspected requests: administrators on pages, the operator by command and API, each in their own workspace only.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::sets::Door;
use vestibule_simulator::Browser;

use super::{kept, newest};
use crate::{
    management::Machine,
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, Fresh, House, Process, Room,
    },
};

async fn furnished(backend: Backend) -> (House, Room, Browser) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    (house, room, browser)
}

#[rstest]
#[actix_web::test]
async fn an_administrator_reads_the_list_and_one_of_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser) = furnished(backend).await;
    let id = room.user("eve@acme.example").await;
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        { "op": "replace", "path": "displayName", "value": "<img src=x onerror=alert(1)>" }] });
    assert_eq!(room.scim("PATCH", &format!("/Users/{id}"), Some(body)).await.0, 200);
    assert_eq!(room.scim("GET", "/Users?filter=nonsense", None).await.0, 400);
    let page = browser.get(&house.url("/requests")).await.unwrap();
    assert!(
        page.text().contains("Latest requests") && page.text().contains("invalidFilter"),
        "{}",
        page.text()
    );
    let form = page.form_with_field("outcome").unwrap();
    let page =
        browser.submit(&page, &form, &[("door", "scim"), ("outcome", "ok"), ("q", "/USERS/")]).await.unwrap();
    assert!(!page.text().contains("invalidFilter"), "{}", page.text());
    let links: Vec<_> = page.links().into_iter().filter(|link| link.href.starts_with("/requests/")).collect();
    assert_eq!(links.len(), 1, "{}", page.text());
    let page = browser.follow(&page, &links[0].text).await.unwrap();
    for words in
        ["PATCH SCIM", "displayName", "provisioning token", "user_updated", &format!("changed Users/{id}")]
    {
        assert!(page.text().contains(words), "no {words} in {}", page.text());
    }
    assert!(!page.html.contains("<img") && page.html.contains("&#60;img"), "{}", page.html);
    let refused = newest(&house, &room, Door::Scim).await;
    let page = browser.get(&house.url(&format!("/requests/{}", refused.request_id))).await.unwrap();
    assert!(
        page.text().contains("Why it was refused") && page.text().contains("What to do"),
        "{}",
        page.text()
    );
    for query in
        ["?door=x", "?outcome=x", "?before=x", "?before=1.x", "?q=%25", "?before=99999999999999999999.x"]
    {
        assert_eq!(
            browser.get(&house.url(&format!("/requests{query}"))).await.unwrap().status,
            200,
            "{query}"
        );
    }
    for id in ["x", "0198c0de-0000-7000-8000-000000000001"] {
        let page = browser.get(&house.url(&format!("/requests/{id}"))).await.unwrap();
        assert!(page.status == 404 && page.text().contains("7 days"), "{}", page.text());
    }
}

#[rstest]
#[actix_web::test]
async fn the_list_has_pages_and_an_empty_one_says_what_that_means(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser) = furnished(backend).await;
    for number in 0..60 {
        assert_eq!(room.scim("GET", &format!("/Groups?startIndex={}", number + 1), None).await.0, 200);
    }
    let page = browser.get(&house.url("/requests?door=scim&q=/groups?start")).await.unwrap();
    let listed = |page: &vestibule_simulator::Page| {
        page.links().iter().filter(|link| link.href.starts_with("/requests/")).count()
    };
    assert_eq!(listed(&page), 50);
    let older = browser.follow(&page, "Older requests").await.unwrap();
    assert_eq!(listed(&older), 10);
    assert!(
        older.text().contains("Show all") && !older.links().iter().any(|link| link.text == "Older requests")
    );
    let page = browser.get(&house.url("/requests?q=nothing-like-this")).await.unwrap();
    assert!(page.text().contains("No matching request is stored."), "{}", page.text());
    assert!(page.html.len() < 100 * 1024);
}

#[rstest]
#[actix_web::test]
async fn nobody_else_reads_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _) = furnished(backend).await;
    let other = house.room("Globex").await;
    let (eve, bob) = (other.administrator(&house, "Eve").await, room.person("Bob").await);
    let (stranger, member) = (other.sign_in(&eve).await.0, room.sign_in(&bob).await.0);
    let id = newest(&house, &room, Door::Scim).await.request_id;
    for path in ["/requests".to_owned(), format!("/requests/{id}")] {
        assert_eq!(member.get(&house.url(&path)).await.unwrap().status, 403);
    }
    assert_eq!(stranger.get(&house.url(&format!("/requests/{id}"))).await.unwrap().status, 404);
    let page = stranger.get(&house.url("/requests")).await.unwrap();
    assert!(!page.html.contains(room.workspace.as_str()) && !page.html.contains(&id), "{}", page.text());
    assert!(page.text().contains("POST …/Users"), "{}", page.text());
    let machine = Machine::new(&house).await;
    let path = |workspace: &str| format!("/workspaces/{workspace}/requests/{id}");
    assert_eq!(machine.get(&path(&other.workspace)).await.0, 404);
    assert_eq!(machine.get(&path(&room.workspace)).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn machines_read_it_page_by_page(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _) = furnished(backend).await;
    assert_eq!(room.scim("GET", "/Users?filter=nonsense", None).await.0, 400);
    let machine = Machine::new(&house).await;
    let path = format!("/workspaces/{}/requests", room.workspace);
    let all = machine.all(&path, 2).await;
    assert_eq!(all.len(), kept(&house, &room).await.len());
    assert_eq!((&all[0]["reason"], &all[0]["refused"]), (&json!("invalidFilter"), &json!(true)));
    let refused = machine.all(&format!("{path}?outcome=refused&door=scim"), 50).await;
    assert_eq!(refused.len(), 1);
    assert_eq!(
        machine.get(&format!("{path}/{}", all[0]["id"].as_str().unwrap())).await,
        (200, all[0].clone())
    );
    for query in ["outcome=maybe", "door=cellar", "colour=red"] {
        assert!([400, 422].contains(&machine.get(&format!("{path}?{query}")).await.0), "{query}");
    }
}

#[rstest]
#[actix_web::test]
async fn the_command_tells_what_a_service_wrote_down_when_it_was_stopped(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let token = house.run(&["token", "create", "--workspace", workspace, "--name", "okta"], "");
    let service: Process = house.serve().await;
    let users = format!("{}/api/scim/v2/{workspace}/Users?filter=nonsense", service.api);
    let answered =
        reqwest::Client::new().get(users).bearer_auth(token["token"].as_str().unwrap()).send().await;
    let id = answered.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(service.terminate(), Some(0));
    let listed = house.run(&["request", "list", "--workspace", workspace, "--refused", "--door", "scim"], "");
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["id"]), (Some(1), &Value::from(id.clone())));
    let shown = house.run(&["request", "show", "--workspace", workspace, "--id", &id], "");
    assert_eq!(shown["reason"], "invalidFilter");
    assert_eq!(
        house.command(&["request", "show", "--workspace", workspace, "--id", "x"], "").status.code(),
        Some(1)
    );
}
