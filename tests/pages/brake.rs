//! Changes blocked by the safety brake are on `/integrations/okta`, where an administrator releases or rejects them.

use rstest::rstest;
use serde_json::json;
use vestibule_store::safeguards::brakes;

use super::furnished;
use crate::support::Backend::{self, Postgres, Sqlite};

#[rstest]
#[actix_web::test]
async fn what_was_held_is_told_and_let_through_or_kept(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| brakes::set(conn, &workspace, Some(30), Some(1), now).unwrap()).await;
    let bob = room.user("bob@acme.example").await;
    let url = house.url("/integrations/okta");
    let off = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }] });
    let push = async || room.scim("PATCH", &format!("/Users/{bob}"), Some(off.clone())).await.0;
    assert!(!browser.get(&url).await.unwrap().text().contains("blocked"));
    assert_eq!(push().await, 429);
    assert_eq!(push().await, 429);
    let page = browser.get(&url).await.unwrap();
    assert!(page.text().contains("2 pushes from Okta are blocked"), "{}", page.text());
    let speak = async |word: &str, people: &str| {
        let csrf = browser.get(&url).await.unwrap().html;
        let csrf = csrf.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let cookie =
            format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
        let form = [("do", word), ("people", people), ("csrf", &csrf)];
        house
            .http
            .post(house.url("/integrations/okta/brake"))
            .header("cookie", cookie)
            .form(&form)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(speak("keep", "").await, 303);
    assert_eq!(push().await, 429);
    let page = browser.get(&url).await.unwrap();
    assert!(page.text().contains("One push from Okta is blocked"), "{}", page.text());
    // An invalid number or an unknown word lets no change through.
    for (word, people) in [("people", ""), ("people", "-1"), ("people", "many"), ("", "3")] {
        assert_eq!(speak(word, people).await, 303);
        assert_eq!(push().await, 429, "{word} {people}");
    }
    assert_eq!(speak("people", "1").await, 303);
    let page = browser.get(&url).await.unwrap();
    assert!(page.text().contains("allowed for 1 person more"), "{}", page.text());
    assert!(!page.text().contains("are blocked"), "{}", page.text());
    assert_eq!(push().await, 200);
    // A form without the session's token has no effect.
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let form = [("do", "hour"), ("csrf", "x")];
    let sent = house
        .http
        .post(house.url("/integrations/okta/brake"))
        .header("cookie", cookie)
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status().as_u16(), 403);
}
