//! The rotation of a provisioning token in three steps, and the events that warn of the end of a token.

use rstest::rstest;
use vestibule_admin::access::expiry;
use vestibule_core::{
    ids::RoleId,
    sets::{AssignmentSource, TokenKind},
};
use vestibule_simulator::Page;
use vestibule_store::{
    access::tokens::{self, NewToken},
    people::users,
    rights::roles,
};

use super::{ALL, DAY, element, furnished, scim_with, tokens_page, trail};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_rotation_goes_on_when_the_new_token_was_seen(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = tokens_page(&house, &browser).await;
    let typed = [&[("name", "Okta <i>"), ("days", "40")][..], &ALL[..]].concat();
    let page = browser.press(&page, "Create provisioning token", &typed).await.unwrap();
    let first = element(&page, "issued");
    let page = tokens_page(&house, &browser).await;
    let ends = |secret: &str| format!("<code>…{}</code>", &secret[secret.len() - 4..]);
    assert!(page.html.contains(&ends(&first)), "{}", page.html);
    let page = browser.follow(&page, "Rotate").await.unwrap();
    let rotation = page.url.clone();
    assert!(page.text().contains("1. Create the new token ○ To do"), "{}", page.text());
    assert!(
        !page.text().contains("Check now") && !page.text().contains("End the old token Last"),
        "{}",
        page.text()
    );
    let page = browser.press(&page, "Create the new token", &[]).await.unwrap();
    let second = element(&page, "issued");
    assert!(page.text().contains("2. Paste it in Okta ○ Waiting"), "{}", page.text());
    assert!(page.text().contains("Test API Credentials"), "{}", page.text());

    // Until it was seen, nothing offers to end the old one; the secret is not shown again.
    let offers_end = |page: &Page| page.links().iter().any(|link| link.text == "End the old token");
    let page = browser.follow(&page, "Check now").await.unwrap();
    assert_eq!(page.url, rotation);
    assert!(page.text().contains("was not used yet") && !offers_end(&page), "{}", page.text());
    assert!(!page.html.contains(&second) && page.html.contains(&ends(&second)), "{}", page.html);
    let list = tokens_page(&house, &browser).await;
    assert!(list.text().contains("Go on rotating"), "{}", list.text());
    assert_eq!(scim_with(&house, &room, &first).await, 200, "the old one is not the new one");
    let page = browser.get(rotation.as_str()).await.unwrap();
    assert!(page.text().contains("was not used yet"), "{}", page.text());

    let seen_at = house.state.now();
    assert_eq!(scim_with(&house, &room, &second).await, 200);
    let page = browser.get(rotation.as_str()).await.unwrap();
    let clock = &vestibule_core::time::rfc3339(seen_at)[11..14];
    assert!(page.text().contains(&format!("The new one was seen at {clock}")), "{}", page.text());
    assert!(offers_end(&page) && !page.html.contains("<i>"), "{}", page.html);
    // An auditor sees how far it is, without a button; nobody of another workspace does.
    let auditor = room.person("Olivia").await;
    let (workspace, login, now) = (room.workspace.clone(), auditor.login.clone(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let (role, by) = (RoleId::from_stored("auditor"), AssignmentSource::Manual);
            roles::assign(conn, &workspace, &user.user_id, &role, by, now).unwrap();
        })
        .await;
    let (of_auditor, _) = room.sign_in(&auditor).await;
    let seen = of_auditor.get(rotation.as_str()).await.unwrap();
    assert!(
        seen.status == 200 && seen.text().contains("was seen at") && !offers_end(&seen),
        "{}",
        seen.text()
    );
    let other = house.room("Other").await;
    let (stranger, _) = other.sign_in(&other.administrator(&house, "Eve").await).await;
    assert_eq!(stranger.get(rotation.as_str()).await.unwrap().status, 404);

    let page = browser.follow(&page, "End the old token").await.unwrap();
    let page = browser.press(&page, "Revoke this token", &[]).await.unwrap();
    assert!(page.text().contains("Ended.") && !page.text().contains("Go on rotating"), "{}", page.text());
    assert_eq!((scim_with(&house, &room, &first).await, scim_with(&house, &room, &second).await), (401, 200));
    assert_eq!(browser.get(rotation.as_str()).await.unwrap().status, 404);
}

/// Warns of tokens, as the worker does each minute.
async fn warn(house: &House) {
    let (region, now) = (house.state.config().region.name.clone(), house.state.now());
    house
        .write(move |conn| {
            for token in expiry::due(conn, &region, now).unwrap() {
                expiry::record(conn, &token, now).unwrap();
                expiry::record(conn, &token, now).unwrap();
            }
        })
        .await;
}

#[rstest]
#[actix_web::test]
async fn each_token_is_warned_of_thirty_seven_and_one_day_ahead(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let (token, plain) = house
        .write(move |conn| {
            let ada = users::find_by_user_name(conn, &workspace, "ada@acme.example").unwrap().unwrap();
            let new = |kind, name, user, days: i64| NewToken {
                workspace_id: &workspace,
                kind,
                name,
                grant_id: None,
                user,
                scope: "scim.read",
                expires_at: Some(now + days * DAY),
            };
            tokens::issue(conn, &new(TokenKind::Api, "mine", Some((&ada.user_id, ada.epoch)), 20), now)
                .unwrap();
            tokens::issue(conn, &new(TokenKind::Api, "dead", Some((&ada.user_id, ada.epoch - 1)), 20), now)
                .unwrap();
            tokens::issue(conn, &new(TokenKind::Access, "other", None, 20), now).unwrap();
            tokens::issue(conn, &new(TokenKind::Provisioning, "long", None, 40), now).unwrap()
        })
        .await;
    let told = async || {
        let all = trail(&house, &room).await.into_iter().filter(|event| event.kind == "credential_expiring");
        all.map(|event| {
            let data: serde_json::Value = serde_json::from_str(event.data.as_str()).unwrap();
            assert_eq!(
                (event.actor.as_str(), data["credential_kind"] == "api"),
                ("vestibule", event.target != "workspace")
            );
            format!("{} {}", data["name"].as_str().unwrap(), data["days"])
        })
        .collect::<Vec<_>>()
    };
    let mut expected = Vec::new();
    // A token of 20 days is not warned of thirty days ahead.
    for (day, more) in [
        (0, &[][..]),
        (9, &[]),
        (10, &["long 30"]),
        (12, &[]),
        (13, &["mine 7"]),
        (19, &["mine 1"]),
        (33, &["long 7"]),
        (39, &["long 1"]),
        (41, &[]),
    ] {
        house.clock.advance(now + day * DAY + DAY / 24 - house.state.now());
        for _ in 0..2 {
            warn(&house).await;
        }
        expected.extend(more.iter().map(|line| (*line).to_owned()));
        assert_eq!(told().await, expected, "day {day}");
    }
    let first =
        trail(&house, &room).await.into_iter().find(|event| event.kind == "credential_expiring").unwrap();
    let data: serde_json::Value = serde_json::from_str(first.data.as_str()).unwrap();
    assert_eq!(data["last_four"].as_str().unwrap(), &plain[plain.len() - 4..]);
    assert_eq!(
        (data["token"].as_str(), data["expires_at"].as_i64()),
        (Some(token.token_id.as_str()), Some((now + 40 * DAY) / 1_000_000))
    );
    drop(browser);
}
