//! `/overview`: its numbers come from what happened, its issues lead to where they are dealt with, and its charts have their numbers in a table.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{ids::WorkspaceId, sets::CountKind};
use vestibule_simulator::SubjectFormat;
use vestibule_store::trail::counts::{self, Count};

use super::{DAY, furnished};
use crate::{
    delivery::{
        receiver::{Behaviour, Receiver},
        until,
    },
    scim::patch,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, count_statements, record_statements,
    },
};

async fn daily(house: &House, workspace: &WorkspaceId) -> Vec<(CountKind, i64)> {
    vestibule_web::observe::writers::counts::write_down(&house.state).await.unwrap();
    let workspace = workspace.clone();
    let mut sums = std::collections::BTreeMap::new();
    for (_, kind, times) in house.write(move |conn| counts::by_day(conn, &workspace, 0).unwrap()).await {
        *sums.entry(kind).or_insert(0) += times;
    }
    sums.into_iter().collect()
}

#[rstest]
#[actix_web::test]
async fn the_numbers_are_of_what_happened(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let before = daily(&house, &room.workspace).await;
    let count =
        |counts: &[(CountKind, i64)], kind| counts.iter().find(|one| one.0 == kind).map_or(0, |one| one.1);
    let user = room.user("grace@acme.example").await;
    let wrong = patch(&json!([{ "op": "replace", "path": "nickname[", "value": "x" }]));
    assert_eq!(room.scim("PATCH", &format!("/Users/{user}"), Some(wrong)).await.0, 400);
    assert_eq!(room.scim("GET", "/Users/019ab3c4-7d5e-7f60-8a9b-0c1d2e3f4a5b", None).await.0, 404);
    let stranger = house.http.get(house.url(&format!("/api/scim/v2/{}/Users", room.workspace)));
    assert_eq!(stranger.bearer_auth("vprov_x").send().await.unwrap().status(), 401);
    let person = room.person("Ken").await;
    room.sign_in(&person).await;
    let outsider = room.okta.add_person("out@acme.example", "Out", "Sider");
    room.sign_in(&outsider).await;
    let after = daily(&house, &room.workspace).await;
    let more = |kind| count(&after, kind) - count(&before, kind);
    assert_eq!(more(CountKind::ProvisioningRefused), 1, "the stranger is not counted: {after:?}");
    assert!(more(CountKind::Provisioned) >= 2, "the missing user is an answer: {after:?}");
    assert_eq!((more(CountKind::SignedIn), more(CountKind::SignInRefused)), (1, 1), "{after:?}");

    room.okta.universal_logout(&room.app, &person, SubjectFormat::Email).await.unwrap();
    let mut page = browser.get(&house.url("/overview")).await.unwrap();
    // The receipt is completed after the answer.
    for _ in 0..500 {
        if page.text().contains("one end in 30 days") {
            break;
        }
        page = browser.get(&house.url("/overview")).await.unwrap();
    }
    let text = page.text();
    for words in [
        "Active people",
        "is connected. Last provisioning request from Okta just now.",
        "▲ 1 refused",
        "one end in 30 days",
        "Provisioning requests a day",
        "Time to end access",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let today = vestibule_core::time::short_day(house.state.now());
    assert!(page.html.contains(&format!("<title>{today}: 2 succeeded, 1 refused</title>")), "{}", page.html);
    assert!(page.html.matches("role=\"img\"").count() == 3 && page.html.len() < 60 * 1024);
    // Old counts go; those of a deleted or unknown workspace are not stored.
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let left = house
        .write(move |conn| {
            let old = |workspace_id: &WorkspaceId, days| Count {
                workspace_id: workspace_id.clone(),
                hour: counts::hour_of(now - days * DAY),
                kind: CountKind::SignedIn,
                subject: String::new(),
                times: 1,
            };
            let nobody = WorkspaceId::new(now);
            counts::add(conn, vec![old(&workspace, 91), old(&workspace, 89), old(&nobody, 1)], "us").unwrap();
            assert_eq!(counts::remove_old(conn, &workspace, now).unwrap(), 1);
            counts::by_day(conn, &nobody, 0).unwrap().len()
        })
        .await;
    assert_eq!(left, 0);
}

#[rstest]
#[actix_web::test]
async fn a_failing_webhook_is_an_issue_that_leads_to_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let receiver = Receiver::start();
    receiver.behave(&[Behaviour::Status(500); 3]);
    let page = browser.get(&house.url("/webhooks")).await.unwrap();
    let url = format!("{}/told", receiver.url);
    browser.press(&page, "Create webhook", &[("url", &url), ("kinds", "user_created")]).await.unwrap();
    room.user("grace@acme.example").await;
    until(&house, |rows| rows.iter().any(|row| row.outcome == "500")).await;
    let mut page = browser.get(&house.url("/overview")).await.unwrap();
    for _ in 0..500 {
        if page.text().contains("does not answer") {
            break;
        }
        page = browser.get(&house.url("/overview")).await.unwrap();
    }
    assert!(page.text().contains(&format!("The webhook {url} does not answer")), "{}", page.text());
    let page = browser.follow(&page, "See the deliveries").await.unwrap();
    assert!(page.url.path().starts_with("/webhooks/") && page.text().contains(&url), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn refused_requests_are_grouped_by_person_and_cause(#[values(Sqlite, Postgres)] backend: Backend) {
    record_statements();
    let (house, room, browser, _) = furnished(backend, true).await;
    let (grace, ken) = (room.user("grace@acme.example").await, room.user("ken@acme.example").await);
    let wrong = || patch(&json!([{ "op": "replace", "path": "shoe<b>size", "value": "x" }]));
    let refuse = async |user: &str, times: usize| {
        for _ in 0..times {
            assert_eq!(room.scim("PATCH", &format!("/Users/{user}"), Some(wrong())).await.0, 400);
        }
    };
    refuse(&grace, 3).await;
    refuse(&ken, 1).await;
    for path in ["/overview", "/requests"] {
        let page = browser.get(&house.url(path)).await.unwrap();
        let text = page.text();
        assert!(text.contains("Update grace@acme.example was refused 3 times:"), "{path}: {text}");
        assert!(text.contains("Update ken@acme.example was refused:"), "{path}: {text}");
        assert!(page.links().iter().any(|link| link.href == format!("/people/{grace}")), "{path}: {text}");
        assert!(!page.html.contains("<b>size"), "{path}: what was sent is text");
        let newest = browser.follow(&page, "See the newest request").await.unwrap();
        assert!(newest.text().contains("Why it was refused"), "{}", newest.text());
    }
    // Single requests are not among what is broken, and nothing that is broken is behind another page.
    let page = browser.get(&house.url("/overview")).await.unwrap();
    let needs = page.html.split("Needs you").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(!needs.contains("The last provisioning request that was refused"), "{needs}");
    let filtered = browser.get(&house.url("/requests?outcome=refused")).await.unwrap();
    assert!(!filtered.text().contains("by person and cause"), "{}", filtered.text());

    // Many more refusals take no statement more.
    let count = async || {
        let mut least = usize::MAX;
        for _ in 0..4 {
            let before = count_statements(&house);
            assert_eq!(browser.get(&house.url("/overview")).await.unwrap().status, 200);
            least = least.min(count_statements(&house) - before);
        }
        least
    };
    let few = count().await;
    let mut others = Vec::new();
    for number in 0..30 {
        others.push(room.user(&format!("person{number}@acme.example")).await);
    }
    for other in &others {
        refuse(other, 2).await;
    }
    let many = count().await;
    assert!(many <= few, "{many} statements in place of {few}");
    let page = browser.get(&house.url("/overview")).await.unwrap();
    assert!(page.text().contains("15 more") && page.html.len() < 60 * 1024, "{}", page.text());
}
