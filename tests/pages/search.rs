//! The search: what a text names exactly is opened; otherwise people and groups are listed. Nothing of another workspace is found.

use rstest::rstest;
use serde_json::json;
use vestibule_simulator::{Browser, SubjectFormat};

use super::furnished;
use crate::{
    scim::{group, patch},
    support::Backend::{self, Postgres, Sqlite},
};

#[rstest]
#[actix_web::test]
async fn any_reference_opens_its_case(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let user = room.user("grace@acme.example").await;
    let team = group(&room, "Rocket Team", &[&user]).await;
    let open = async |text: &str| {
        let mut url = url::Url::parse(&house.url("/search")).unwrap();
        url.query_pairs_mut().append_pair("find", text);
        browser.get(url.as_str()).await.unwrap()
    };
    // A person by name and address in any spelling, and by id; a group by name and id.
    for text in ["grace@acme.example", " GRACE@acme.example ", user.as_str()] {
        assert_eq!(open(text).await.url.path(), format!("/people/{user}"), "{text}");
    }
    for text in ["rocket team", team.as_str()] {
        assert_eq!(open(text).await.url.path(), format!("/groups/{team}"), "{text}");
    }
    // A refused request by its id.
    let wrong = patch(&json!([{ "op": "replace", "path": "nickname[", "value": "x" }]));
    let refused = house
        .http
        .patch(house.url(&format!("/api/scim/v2/{}/Users/{user}", room.workspace)))
        .bearer_auth(&room.token)
        .header("content-type", "application/scim+json")
        .body(wrong.to_string())
        .send()
        .await
        .unwrap();
    let request = refused.headers()["x-request-id"].to_str().unwrap().to_owned();
    let page = open(&request).await;
    assert_eq!(page.url.path(), format!("/requests/{request}"));
    assert!(page.text().contains("Why it was refused"), "{}", page.text());
    // The reference on the page of a refused sign-in.
    let outsider = room.okta.add_person("out@acme.example", "Out", "Sider");
    let (_, page) = room.sign_in(&outsider).await;
    let text = page.text();
    let reference = text.split("Reference ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let page = open(&reference).await;
    assert!(page.url.path().starts_with("/requests/"), "{}", page.url);
    assert!(page.text().contains("access_denied") || page.text().contains("did not let"), "{}", page.text());
    // A receipt by its id.
    let person = room.person("Ken").await;
    room.sign_in(&person).await;
    room.okta.universal_logout(&room.app, &person, SubjectFormat::Email).await.unwrap();
    let workspace = room.workspace.clone();
    let receipt = house
        .write(move |conn| {
            vestibule_store::trail::receipts::list(conn, &workspace, None, None, 1)
                .unwrap()
                .remove(0)
                .receipt_id
        })
        .await;
    let page = open(&receipt).await;
    assert_eq!(page.url.path(), format!("/receipts/{receipt}"));
    assert!(
        page.text().contains("Universal Logout") && page.text().contains("In force (UTC)"),
        "{}",
        page.text()
    );
    let file = browser.get(&house.url(&format!("/receipts/{receipt}/export"))).await.unwrap();
    let file: serde_json::Value = serde_json::from_str(&file.html).unwrap();
    assert_eq!((&file["id"], &file["reason"]), (&json!(receipt), &json!("universal_logout")));
    // Several people: a list. Nothing: the page says so.
    room.user("gracia@acme.example").await;
    let page = open("grac").await;
    assert_eq!(page.url.path(), "/search");
    assert!(page.text().contains("2 people"), "{}", page.text());
    let page = open("<b>nobody</b>").await;
    assert!(page.text().contains("Results for “<b>nobody</b>”") && page.text().contains("Nothing here has"));
    assert_eq!(open(" ").await.url.path(), "/overview");
    // Nothing of it is found from another workspace.
    let other = house.room("Other").await;
    let (foreign, _) = other.sign_in(&other.administrator(&house, "Eve").await).await;
    for text in
        [user.as_str(), team.as_str(), request.as_str(), reference.as_str(), receipt.as_str(), "rocket team"]
    {
        let page =
            foreign.get(&house.url(&format!("/search?find={}", text.replace(' ', "+")))).await.unwrap();
        assert_eq!(page.url.path(), "/search", "{text}");
        assert!(page.text().contains("Nothing here has"), "{text}: {}", page.text());
    }
    assert_eq!(foreign.get(&house.url(&format!("/receipts/{receipt}"))).await.unwrap().status, 404);
}

/// Somebody whom the provider does not let in types an address that nobody here has: the address leads to the refusal.
#[rstest]
#[actix_web::test]
async fn the_typed_address_leads_to_the_refused_sign_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let outsider = room.okta.add_person("out@acme.example", "Out", "Sider");
    let open = async |text: &str| {
        let mut url = url::Url::parse(&house.url("/search")).unwrap();
        url.query_pairs_mut().append_pair("find", text);
        browser.get(url.as_str()).await.unwrap()
    };
    assert!(open("o.sider@acme.example").await.text().contains("Nothing here has"));
    let hint = |typed: &str| {
        let mut url = url::Url::parse(&room.login_url()).unwrap();
        url.query_pairs_mut().append_pair("login_hint", typed);
        url.to_string()
    };
    let sign_in = async |typed: &str| {
        let theirs = Browser::new().unwrap();
        let page = theirs.get(&hint(typed)).await.unwrap();
        let page = theirs.sign_in_to_okta(&page, &outsider).await.unwrap();
        assert!(page.text().contains("Reference "), "{}", page.text());
    };
    sign_in("O.Sider@acme.example").await;
    let page = open(" o.sider@ACME.example ").await;
    assert!(page.url.path().starts_with("/requests/"), "{}: {}", page.url, page.text());
    assert!(
        page.text().contains("typed email") && page.text().contains("O.Sider@acme.example"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Why it was refused"), "{}", page.text());
    // A second one: the search lists both, and the requests are found by the address.
    sign_in("o.sider@acme.example").await;
    let page = open("o.sider@acme.example").await;
    assert_eq!(page.url.path(), "/search");
    assert!(page.text().contains("Refused sign-ins with this address"), "{}", page.text());
    let found = browser.get(&house.url("/requests?outcome=refused&q=o.sider@acme.example")).await.unwrap();
    assert_eq!(found.html.matches("<bdi>access denied</bdi>").count(), 2, "{}", found.text());
    // What is no address, or a long one, is not stored; markup stays text.
    sign_in(&format!("{}@acme.example", "x".repeat(400))).await;
    sign_in("<b>o</b>@acme.example").await;
    assert!(open("xxx@acme.example").await.text().contains("Nothing here has"));
    let page = open("<b>o</b>@acme.example").await;
    assert!(
        page.text().contains("<b>o</b>@acme.example") && !page.html.contains("<b>o</b>"),
        "{}",
        page.html
    );
    // Another workspace finds nothing of it.
    let other = house.room("Other").await;
    let (foreign, _) = other.sign_in(&other.administrator(&house, "Eve").await).await;
    let page = foreign.get(&house.url("/search?find=o.sider@acme.example")).await.unwrap();
    assert!(page.text().contains("Nothing here has"), "{}", page.text());
}
