//! The page of a plan, the line in the frame of every page, and sign-in meanwhile.

use rstest::rstest;
use serde_json::json;
use vestibule_simulator::SubjectFormat;

use super::{Company, assign, observe, until_applied};
use crate::{
    scim::{done, person, replace},
    support::{
        Backend::{self, Postgres, Sqlite},
        House,
    },
};

const LINE: &str = "This workspace is observed";

#[rstest]
#[actix_web::test]
async fn every_page_says_it_and_the_plan_is_applied_there(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let company = Company::found(&house, &room, 12).await;
    let (ada, audit, bob) =
        (room.administrator(&house, "Ada").await, room.person("Audrey").await, room.person("Bob").await);
    let auditor_id = room.okta.scim_id(&room.app, &audit).unwrap();
    assign(&house, &room, &auditor_id, "auditor").await;
    let stranger = other.administrator(&house, "Olga").await;
    let (browser, _) = room.sign_in(&ada).await;
    let page = browser.get(&house.url("/plan")).await.unwrap();
    assert!(
        page.html.contains("This workspace is not observed") && !page.html.contains(LINE),
        "{}",
        page.html
    );
    observe(&house, &room, "on");
    let mut formula = person("new@acme.example");
    formula["userName"] = json!("=cmd|1@acme.example");
    done(&room, "POST", "/Users", Some(formula)).await;
    done(&room, "PATCH", &company.path(2), Some(replace(&json!({ "active": false })))).await;

    // Sign-in goes on, also of somebody whom the provider deactivated; a Universal Logout is real.
    let (of_auditor, _) = room.sign_in(&audit).await;
    let (of_bob, _) = room.sign_in(&bob).await;
    assert_eq!(room.check(&of_bob).await, 200);
    room.okta.universal_logout(&room.app, &bob, SubjectFormat::IssSub).await.unwrap();
    assert_eq!(room.check(&of_bob).await, 401);

    for path in ["/overview", "/people", "/groups", "/roles", "/tokens", "/settings", "/activity", "/plan"] {
        let page = browser.get(&house.url(path)).await.unwrap();
        assert!(page.html.contains(LINE) && page.html.contains("href=\"/plan\""), "{path}: {}", page.html);
    }
    let page = browser.get(&house.url("/plan")).await.unwrap();
    assert!(page.html.contains("2 people") && page.html.contains("Deactivated"), "{}", page.html);
    let csv = browser.get(&house.url("/plan/people.csv")).await.unwrap();
    let lines: Vec<&str> = csv.html.lines().collect();
    assert_eq!(lines.len(), 3, "{}", csv.html);
    assert!(csv.html.contains(",\"'=cmd|1@acme.example\",,created,"), "{}", csv.html);

    // An auditor sees it and changes nothing; another workspace has no plan.
    let page = of_auditor.get(&house.url("/plan")).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.html.contains("2 people") && !page.html.contains("/plan/apply"), "{}", page.html);
    for path in ["/plan/apply", "/plan/discard"] {
        assert_eq!(of_auditor.get(&house.url(path)).await.unwrap().status, 403);
    }
    let (of_other, _) = other.sign_in(&stranger).await;
    let page = of_other.get(&house.url("/plan")).await.unwrap();
    assert!(page.html.contains("not observed") && !page.html.contains(LINE), "{}", page.html);

    let page = browser.get(&house.url("/plan/apply")).await.unwrap();
    browser.press(&page, "Apply", &[]).await.unwrap();
    until_applied(&house, &room).await;
    let page = browser.get(&house.url("/plan")).await.unwrap();
    assert!(!page.html.contains(LINE), "{}", page.html);
    let applied = done(&room, "GET", &company.path(2), None).await;
    assert_eq!(applied["active"], json!(false));
}
