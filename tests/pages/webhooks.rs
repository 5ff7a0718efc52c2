//! `/webhooks`: created with a secret that is displayed once, paused, changed, tested, sent again, deleted after confirmation;
//! only those of the workspace, and no button for auditors.

use rstest::rstest;
use vestibule_core::{
    ids,
    ids::RoleId,
    sets::{AssignmentSource, DeliveryState},
};
use vestibule_simulator::{Browser, Page};
use vestibule_store::{
    outbox::{
        deliveries::{self, Claimed},
        webhooks::{self, Webhook},
    },
    people::users,
    rights::roles,
    trail::events,
};

use super::{element, furnished};
use crate::{
    delivery::{
        receiver::{Behaviour, Receiver},
        until,
    },
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

async fn made(house: &House, browser: &Browser, url: &str, kinds: &str) -> (Page, String) {
    let page = browser.get(&house.url("/webhooks")).await.unwrap();
    let page = browser.press(&page, "Create webhook", &[("url", url), ("kinds", kinds)]).await.unwrap();
    assert_eq!((page.status, page.url.query()), (200, None), "{}", page.text());
    let secret = element(&page, "issued");
    let link = page.links().into_iter().find(|link| link.href.starts_with("/webhooks/")).unwrap();
    (browser.get(&house.url(&link.href)).await.unwrap(), secret)
}

async fn kinds_told(house: &House, room: &Room) -> Vec<String> {
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    trail.into_iter().map(|event| event.kind).filter(|kind| kind.starts_with("webhook_")).collect()
}

/// Creates this many failed deliveries of one webhook and returns its id.
async fn given_up(house: &House, room: &Room, dead: usize) -> String {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let webhook = Webhook::new(&workspace, "http://127.0.0.1:9/told", "nothing", now);
            webhooks::insert(conn, &webhook).unwrap();
            let which =
                deliveries::DeliveryFilter { target_id: Some(&webhook.webhook_id), ..Default::default() };
            for _ in 0..dead {
                webhooks::queue_test(conn, &webhook, now).unwrap();
            }
            for told in deliveries::list(conn, &which, 1000).unwrap() {
                let claimed = Claimed {
                    workspace_id: told.workspace_id,
                    delivery_id: told.delivery_id,
                    kind: told.kind,
                    target_id: told.target_id,
                    subject: told.subject,
                    sid: told.sid,
                    seq: told.seq,
                    attempts: told.attempts,
                    created_at: told.created_at,
                };
                deliveries::failed(conn, &claimed, "<i>answered 500</i>", None, now).unwrap();
            }
            webhook.webhook_id
        })
        .await
}

#[rstest]
#[actix_web::test]
async fn a_webhook_is_made_tested_changed_paused_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let receiver = Receiver::start();
    let (page, secret) = made(&house, &browser, &receiver.url, "").await;
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert!(
        !page.html.contains("whsec_") && page.text().contains("people and their rights"),
        "{}",
        page.text()
    );
    let page = browser.press(&page, "Send a test", &[]).await.unwrap();
    assert!(page.text().contains("Accepted: 200 after"), "{}", page.text());
    assert!(page.text().contains("✓ Healthy"), "{}", page.text());
    receiver.wait(1).await;
    until(&house, |rows| rows.iter().all(|row| row.state != DeliveryState::Waiting)).await;
    let page = browser.get(page.url.as_str()).await.unwrap();
    assert!(page.text().contains("A test") && page.text().contains("✓ Delivered"), "{}", page.text());

    // A second secret is displayed once; then the old one is revoked.
    let page = browser.press(&page, "Add a second secret", &[]).await.unwrap();
    let second = element(&page, "issued");
    assert!(second.starts_with("whsec_") && second != secret);
    let page = browser.press(&page, "End the old secret", &[]).await.unwrap();
    assert!(page.text().contains("1 signing secret") && !page.html.contains("whsec_"), "{}", page.text());

    let page =
        browser.press(&page, "Save the kinds", &[("kinds", "role_changed, user_created")]).await.unwrap();
    assert!(page.text().contains("role_changed, user_created"), "{}", page.text());
    let page = browser.press(&page, "Save the kinds", &[("kinds", "<Nonsense>")]).await.unwrap();
    assert_eq!(page.status, 422);
    assert!(page.text().contains("<Nonsense> is no kind of event"), "{}", page.text());
    room.user("new@acme.example").await;
    receiver.wait(2).await;
    let page = browser.press(&page, "Pause", &[]).await.unwrap();
    assert!(page.text().contains("○ Paused"), "{}", page.text());
    let page = browser.press(&page, "Resume", &[]).await.unwrap();
    assert!(page.text().contains("✓ Healthy"), "{}", page.text());

    let page = browser.follow(&page, "Delete this webhook").await.unwrap();
    assert!(
        page.text().contains(&receiver.url) && page.text().contains("receives no more messages"),
        "{}",
        page.text()
    );
    let page = browser.press(&page, "Delete this webhook", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/webhooks"));
    assert!(page.text().contains("Deleted.") && page.text().contains("None yet."), "{}", page.text());
    let kinds = kinds_told(&house, &room).await;
    assert_eq!(kinds.first().map(String::as_str), Some("webhook_created"));
    assert_eq!(kinds.last().map(String::as_str), Some("webhook_deleted"));
}

#[rstest]
#[actix_web::test]
async fn an_address_that_will_not_do_is_refused_beside_the_form(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = browser.get(&house.url("/webhooks")).await.unwrap();
    for (url, words) in [
        ("", "url is missing"),
        ("nonsense", "url must be a URL"),
        ("ftp://example.com/", "url must begin with https://"),
        ("https://a:b@example.com/", "no user name"),
        ("https://example.com/#x\"><img src=x>", "url must be a URL"),
    ] {
        let page = browser.press(&page, "Create webhook", &[("url", url)]).await.unwrap();
        assert_eq!(page.status, 422, "{url}");
        assert!(page.text().contains(words) && !page.html.contains("<img"), "{url}: {}", page.text());
    }
    assert!(kinds_told(&house, &room).await.is_empty());
}

#[rstest]
#[actix_web::test]
async fn what_was_given_up_is_told_again_one_or_all(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let webhook = given_up(&house, &room, 3).await;
    let page = browser.get(&house.url("/webhooks")).await.unwrap();
    assert!(page.text().contains("✕ 3"), "{}", page.text());
    let path = format!("/webhooks/{webhook}");
    let page = browser.get(&house.url(&format!("{path}?state=dead"))).await.unwrap();
    assert_eq!(page.text().matches("✕ Failed").count(), 3, "{}", page.text());
    assert!(page.text().contains("<i>answered 500</i>") && !page.html.contains("<i>"), "{}", page.html);
    // No server listens at the URL: a retried delivery is pending or has failed once more.
    let page = browser.press(&page, "Retry", &[]).await.unwrap();
    assert!(page.status == 200 && page.text().contains("Done."), "{}", page.text());
    let dead = async || {
        let rows = house
            .write(|conn| deliveries::list(conn, &deliveries::DeliveryFilter::default(), 100).unwrap())
            .await;
        rows.iter().filter(|row| row.state == DeliveryState::Dead).count()
    };
    assert_eq!(dead().await, 2);
    let page = browser.press(&page, "Retry all failed deliveries", &[]).await.unwrap();
    assert_eq!((page.status, dead().await), (200, 0), "{}", page.text());
    let page = browser.get(&house.url(&format!("{path}?state=dead"))).await.unwrap();
    assert!(page.text().contains("No delivery failed."), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn only_the_workspace_s_own_are_there_and_an_auditor_has_no_button(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let other = house.room("Other").await;
    let foreign = given_up(&house, &other, 1).await;
    let now = house.state.now();
    let everybody = house
        .write(move |conn| {
            let webhook = Webhook::new(&ids::DEPLOYMENT, "http://127.0.0.1:9/deployment", "nothing", now);
            webhooks::insert(conn, &webhook).unwrap();
            webhook.webhook_id
        })
        .await;
    let mine = given_up(&house, &room, 60).await;
    let page = browser.get(&house.url("/webhooks")).await.unwrap();
    assert!(page.text().contains("One webhook") && !page.text().contains("9/deployment"), "{}", page.text());
    for id in [&foreign, &everybody] {
        for path in [format!("/webhooks/{id}"), format!("/webhooks/{id}/delete")] {
            assert_eq!(browser.get(&house.url(&path)).await.unwrap().status, 404, "{path}");
        }
    }
    let page = browser.get(&house.url(&format!("/webhooks/{mine}"))).await.unwrap();
    assert!(page.html.len() < 100 * 1024, "{}", page.html.len());
    assert_eq!(page.text().matches("✕ Failed").count(), 50);
    // A delivery of another webhook cannot be retried through this one.
    let told = house
        .write(move |conn| {
            let which = deliveries::DeliveryFilter { target_id: Some(&foreign), ..Default::default() };
            deliveries::list(conn, &which, 1).unwrap().remove(0).delivery_id
        })
        .await;
    let csrf = page.form_with_button("Sign out").unwrap().value("csrf").unwrap().to_owned();
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let url = house.url(&format!("/webhooks/{mine}/deliveries/{told}/replay"));
    let sent = house.http.post(url).header("cookie", &cookie).form(&[("csrf", &csrf)]).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 422);

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
                now,
            )
            .unwrap();
            roles::keep_only(conn, &workspace, &ada.user_id, &[RoleId::from_stored("auditor")]).unwrap();
        })
        .await;
    for path in ["/webhooks".to_owned(), format!("/webhooks/{mine}")] {
        let page = browser.get(&house.url(&path)).await.unwrap();
        assert_eq!((page.status, page.html.matches("method=\"post\"").count()), (200, 1), "{}", page.html);
        assert!(!page.html.contains("/delete"), "{}", page.html);
    }
}

#[rstest]
#[actix_web::test]
async fn a_receiver_that_fails_is_told_of_with_its_last_outcome(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, _room, browser, _) = furnished(backend, true).await;
    let receiver = Receiver::start();
    receiver.behave(&[Behaviour::Status(500)]);
    let (page, _) = made(&house, &browser, &receiver.url, "user_created").await;
    let page = browser.press(&page, "Send a test", &[]).await.unwrap();
    receiver.wait(1).await;
    until(&house, |rows| rows.iter().any(|row| row.attempts == 1)).await;
    let page = browser.get(page.url.as_str()).await.unwrap();
    assert!(
        page.text().contains("○ Waiting") && page.text().contains("Not accepted: 500"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("✕ Failing since"), "{}", page.text());
    assert!(page.text().contains("The last answer was 500; 1 attempt failed since then."), "{}", page.text());
    let list = browser.get(&house.url("/webhooks")).await.unwrap();
    assert!(list.text().contains("✕ Failing since"), "{}", list.text());
    // The next attempt is not waited for, and its answer ends the failure.
    let page = browser.press(&page, "Retry now", &[]).await.unwrap();
    assert!(page.text().contains("Done."), "{}", page.text());
    until(&house, |rows| rows.iter().all(|row| row.state == DeliveryState::Delivered)).await;
    let page = browser.get(page.url.as_str()).await.unwrap();
    assert!(page.text().contains("✓ Healthy") && page.text().contains("Failed attempts"), "{}", page.text());
    assert!(!page.text().contains("Retry now"), "{}", page.text());
}
