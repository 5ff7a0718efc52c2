//! `/tokens`: provisioning tokens and OAuth connections: displayed once, rotated with both valid, revoked after confirmation;
//! Okta's grants; nothing of another workspace, and no button for auditors.

mod rotation;

use rstest::rstest;
use vestibule_core::{
    ids::{ClientId, DEPLOYMENT, RoleId},
    sets::{AssignmentSource, ClientKind, TokenKind},
};
use vestibule_simulator::{Browser, Page};
use vestibule_store::{
    access::tokens::{self, NewToken},
    oauth::{clients, grants},
    people::users,
    rights::roles,
    trail::events::{self, Event},
};

use super::{DAY, element, furnished};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

async fn scim_with(house: &House, room: &Room, token: &str) -> u16 {
    let asked = house.http.get(format!("{}/Users?count=1", room.scim)).bearer_auth(token);
    asked.send().await.unwrap().status().as_u16()
}

async fn trail(house: &House, room: &Room) -> Vec<Event> {
    let workspace = room.workspace.clone();
    house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await
}

async fn tokens_page(house: &House, browser: &Browser) -> Page {
    browser.get(&house.url("/tokens")).await.unwrap()
}

const ALL: [(&str, &str); 3] =
    [("scope.scim.read", "on"), ("scope.scim.write", "on"), ("scope.entitlements.read", "on")];

#[rstest]
#[actix_web::test]
async fn a_token_is_made_shown_once_rotated_and_revoked(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = tokens_page(&house, &browser).await;
    assert!(page.text().contains("Provisioning tokens and OAuth connections"), "{}", page.text());
    let typed = [&[("name", "<b>Okta</b> \"x\""), ("days", "40")][..], &ALL[..]].concat();
    let page = browser.press(&page, "Create provisioning token", &typed).await.unwrap();
    assert_eq!((page.status, page.url.query()), (200, None));
    let first = element(&page, "issued");
    assert!(
        page.text().contains("It is not shown again") || page.text().contains("not shown again"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("I have stored it") && page.html.contains("data-copy=\"issued\""));
    assert!(
        page.text().contains("Provisioning token “<b>Okta</b> \"x\"”") && !page.html.contains("<b>Okta"),
        "{}",
        page.html
    );
    assert_eq!(scim_with(&house, &room, &first).await, 200);

    let page = tokens_page(&house, &browser).await;
    assert!(!page.html.contains(&first) && !page.html.contains("vprov_"), "{}", page.html);
    assert!(page.text().contains("create, change and deactivate people and groups"), "{}", page.text());
    // After a rotation both tokens work until the old one is revoked.
    let page = browser.follow(&page, "Rotate").await.unwrap();
    let rotation = page.url.path().to_owned();
    let page = browser.press(&page, "Create the new token", &[]).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let second = element(&page, "issued");
    assert!(
        second != first && page.text().contains("Both tokens work until you end the old one"),
        "{}",
        page.text()
    );
    assert_eq!((scim_with(&house, &room, &first).await, scim_with(&house, &room, &second).await), (200, 200));
    let workspace = room.workspace.clone();
    let rows = house
        .write(move |conn| tokens::list_of_workspace(conn, &workspace, TokenKind::Provisioning).unwrap())
        .await;
    let named: Vec<_> = rows.iter().filter(|token| token.name.contains("Okta")).collect();
    assert_eq!(named.len(), 2);
    assert_eq!(
        (&named[0].scope, named[0].expires_at.unwrap() - named[0].created_at),
        (&named[1].scope, 40 * DAY)
    );

    let old = rotation.trim_end_matches("/rotation").to_owned();
    let page = browser.get(&house.url(&format!("{old}/revoke"))).await.unwrap();
    assert!(page.text().contains("Revoke the token “<b>Okta</b> \"x\"”?"), "{}", page.text());
    assert!(page.text().contains("refused from the next request on"), "{}", page.text());
    assert_eq!(scim_with(&house, &room, &first).await, 200, "asking ends nothing");
    let page = browser.press(&page, "Revoke this token", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/tokens"));
    assert!(page.text().contains("Ended."), "{}", page.text());
    assert_eq!((scim_with(&house, &room, &first).await, scim_with(&house, &room, &second).await), (401, 200));
    assert_eq!(browser.get(&house.url(&format!("{old}/revoke"))).await.unwrap().status, 404);

    let told: Vec<_> =
        trail(&house, &room).await.into_iter().filter(|event| event.kind.contains("token_")).collect();
    let kinds: Vec<_> = told.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["provisioning_token_created", "provisioning_token_created", "token_revoked"]);
    assert!(
        told.iter().all(|event| event.actor.starts_with("user:") && !event.data.as_str().contains(&first))
    );
    assert!(told[1].data.as_str().contains("\"beside\""), "{}", told[1].data.as_str());
}

#[rstest]
#[actix_web::test]
async fn a_form_filled_in_wrongly_makes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = tokens_page(&house, &browser).await;
    let form = page.form_with_field("days").unwrap();
    let csrf = form.value("csrf").unwrap().to_owned();
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    for (name, days, scope, words) in [
        ("", "30", "scope.scim.read", "Give the token a name of 1 to 80 characters."),
        ("x", "0", "scope.scim.read", "Days must be a number from 1 to 3650."),
        ("x", "3651", "scope.scim.read", "Days must be a number from 1 to 3650."),
        ("x", "30", "scope.everything", "Choose what the token may do."),
    ] {
        let sent = [("csrf", csrf.as_str()), ("name", name), ("days", days), (scope, "on")];
        let answer =
            house.http.post(house.url("/tokens")).header("cookie", &cookie).form(&sent).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 422, "{name} {days} {scope}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(words) && !text.contains("id=\"issued\""), "{text}");
    }
    assert!(!trail(&house, &room).await.iter().any(|event| event.kind == "provisioning_token_created"));
}

#[rstest]
#[actix_web::test]
async fn what_ends_within_thirty_days_is_warned_of_and_what_ended_is_said(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            for (name, days) in [("later", 40), ("soon", 20), ("over", -1)] {
                let new = NewToken {
                    workspace_id: &workspace,
                    kind: TokenKind::Provisioning,
                    name,
                    grant_id: None,
                    user: None,
                    scope: "scim.read",
                    expires_at: Some(now + days * DAY),
                };
                tokens::issue(conn, &new, now).unwrap();
            }
        })
        .await;
    let page = tokens_page(&house, &browser).await;
    let row = |name: &str| {
        let cell = format!("<tr><td><bdi>{name}</bdi></td>");
        let (_, rest) = page.html.split_once(&cell).unwrap_or_else(|| panic!("no {name}: {}", page.html));
        rest.split("</tr>").next().unwrap().to_owned()
    };
    assert!(!row("later").contains("chip"), "{}", row("later"));
    assert!(
        row("soon").contains("chip attention") && row("soon").contains("Expires soon"),
        "{}",
        row("soon")
    );
    assert!(row("over").contains("chip bad") && row("over").contains("Expired"), "{}", row("over"));
    assert!(row("test").contains("never"), "{}", row("test"));
}

#[rstest]
#[actix_web::test]
async fn a_client_has_two_secrets_while_one_takes_the_other_s_place(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let now = house.state.now();
    let shared = house
        .write(move |conn| {
            let uris = ["https://system-admin.okta.com/<i>".to_owned()];
            clients::create(conn, &DEPLOYMENT, ClientKind::Scim, "Everybody's Okta", &uris, now)
                .unwrap()
                .0
                .client_id
        })
        .await;
    let page = tokens_page(&house, &browser).await;
    assert!(
        page.text().contains("Everybody's Okta") && page.text().contains("Shared by every workspace"),
        "{}",
        page.text()
    );
    assert!(
        !page.html.contains("<i>") && page.text().contains("https://system-admin.okta.com/<i>"),
        "{}",
        page.text()
    );
    let proves = async |secret: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let asked =
            house.http.post(house.url("/api/okta/scim/oauth/token")).basic_auth(&room.client, Some(secret));
        asked.form(&form).send().await.unwrap().text().await.unwrap().contains("invalid_grant")
    };
    assert!(proves(&room.client_secret).await);
    let page = browser.press(&page, "Add a second secret", &[]).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let second = element(&page, "issued");
    assert!(proves(&room.client_secret).await && proves(&second).await);
    let page = tokens_page(&house, &browser).await;
    assert!(!page.html.contains(&second) && !page.text().contains("Add a second secret"), "{}", page.text());

    // A third secret is refused, and a client of the operator is not found.
    let csrf = page.form_with_button("Sign out").unwrap().value("csrf").unwrap().to_owned();
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    for (client, status) in [(room.client.as_str(), 422), (shared.as_str(), 404)] {
        let url = house.url(&format!("/tokens/clients/{client}/secrets"));
        let sent =
            house.http.post(url).header("cookie", &cookie).form(&[("csrf", &csrf)]).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), status);
    }
    let end = page.links().into_iter().find(|link| link.href.contains("/secrets/")).unwrap();
    let page = browser.get(&house.url(&end.href)).await.unwrap();
    assert!(page.text().contains("The other secret still works."), "{}", page.text());
    let page = browser.press(&page, "End this secret", &[]).await.unwrap();
    assert!(page.text().contains("Ended."), "{}", page.text());
    assert!(!proves(&room.client_secret).await && proves(&second).await);
    let end = page.links().into_iter().find(|link| link.href.contains("/secrets/")).unwrap();
    let page = browser.get(&house.url(&end.href)).await.unwrap();
    assert!(page.text().contains("It is the only one"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn what_okta_was_granted_is_told_and_ended(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (workspace, client, now) = (room.workspace.clone(), room.client.clone(), house.state.now());
    let (token, mine) = house
        .write(move |conn| {
            let ada = users::find_by_user_name(conn, &workspace, "ada@acme.example").unwrap().unwrap();
            let grant = grants::give_for_workspace(
                conn,
                &workspace,
                &ClientId::sent(&client),
                &ada.user_id,
                "scim.read scim.write",
                now,
            )
            .unwrap();
            let new = NewToken {
                workspace_id: &workspace,
                kind: TokenKind::Access,
                name: "",
                grant_id: Some(&grant.grant_id),
                user: None,
                scope: "scim.read scim.write",
                expires_at: Some(now + DAY),
            };
            (tokens::issue(conn, &new, now).unwrap().1, grant.grant_id)
        })
        .await;
    assert_eq!(scim_with(&house, &room, &token).await, 200);
    let page = tokens_page(&house, &browser).await;
    assert!(
        page.text().contains("Ada Family") && page.text().contains("read people and groups; create"),
        "{}",
        page.text()
    );
    let end = page.links().into_iter().find(|link| link.href.contains("/tokens/grants/")).unwrap();
    assert_eq!(end.href, format!("/tokens/grants/{mine}/end"));
    let page = browser.get(&house.url(&end.href)).await.unwrap();
    assert!(page.text().contains("Every token under it ends at once"), "{}", page.text());
    assert_eq!(scim_with(&house, &room, &token).await, 200);
    browser.press(&page, "End this connection", &[]).await.unwrap();
    assert_eq!(scim_with(&house, &room, &token).await, 401);
    let ended = trail(&house, &room).await.into_iter().find(|event| event.kind == "grant_ended").unwrap();
    assert!(
        ended.target == format!("grant:{mine}") && ended.data.as_str().contains("administrator"),
        "{ended:?}"
    );
    assert_eq!(browser.get(&house.url(&end.href)).await.unwrap().status, 404);
}

#[rstest]
#[actix_web::test]
async fn the_page_stays_small_and_an_auditor_has_no_button(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let name = "<&\"".repeat(20);
            for _ in 0..120 {
                let new = NewToken {
                    workspace_id: &workspace,
                    kind: TokenKind::Provisioning,
                    name: &name,
                    grant_id: None,
                    user: None,
                    scope: "scim.read scim.write entitlements.read",
                    expires_at: Some(now + DAY),
                };
                tokens::issue(conn, &new, now).unwrap();
            }
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
        })
        .await;
    let page = tokens_page(&house, &browser).await;
    assert!(page.html.len() < 100 * 1024, "{}", page.html.len());
    assert!(page.text().contains("And 71 older ones"), "{}", page.text());
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let ada = users::find_by_user_name(conn, &workspace, "ada@acme.example").unwrap().unwrap();
            roles::keep_only(conn, &workspace, &ada.user_id, &[RoleId::from_stored("auditor")]).unwrap();
        })
        .await;
    let page = tokens_page(&house, &browser).await;
    assert_eq!((page.status, page.html.matches("method=\"post\"").count()), (200, 1), "{}", page.html);
    assert!(!page.html.contains("/revoke") && !page.html.contains("/end\""), "{}", page.html);
}
