//! `/people`: administrators find people and end their access.

use rstest::rstest;
use vestibule_core::{ids::UserId, sets::EventKind};
use vestibule_simulator::Browser;
use vestibule_store::trail::events;

use super::{element, furnished};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

async fn id_of(house: &House, room: &Room, login: &str) -> UserId {
    let (workspace, login) = (room.workspace.clone(), login.to_owned());
    let find = move |conn: &mut vestibule_store::Tx<'_>| {
        vestibule_store::people::users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap().user_id
    };
    house.write(find).await
}

#[rstest]
#[actix_web::test]
async fn people_are_found_by_name_a_page_at_a_time(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    for number in 0..60 {
        room.user(&format!("person{number:02}@acme.example")).await;
    }
    let page = browser.get(&house.url("/account")).await.unwrap();
    let page = browser.follow(&page, "People").await.unwrap();
    assert!(page.text().contains("61 people"), "{}", page.text());
    assert!(page.text().contains("Page 1 of 3"), "{}", page.text());
    let page = browser.follow(&page, "Next page").await.unwrap();
    let page = browser.follow(&page, "Next page").await.unwrap();
    assert!(page.text().contains("person59@acme.example"), "{}", page.text());
    assert!(!page.text().contains("Next page") && page.text().contains("Previous page"));
    let form = page.form_with_field("q").unwrap();
    let page = browser.submit(&page, &form, &[("q", " PERSON1 ")]).await.unwrap();
    assert!(page.text().contains("10 people with “PERSON1”"), "{}", page.text());
    let is_person = |href: &str| href.starts_with("/people/") && href != "/people/access.csv";
    assert_eq!(page.links().iter().filter(|link| is_person(&link.href)).count(), 10);
    for (asked, words) in [
        ("%", "0 people"),
        ("_", "0 people"),
        ("'", "0 people"),
        ("ada", "1 person"),
        ("<b>", "0 people with “<b>”"),
    ] {
        let page = browser.submit(&page, &form, &[("q", asked)]).await.unwrap();
        assert!(page.text().contains(words), "{asked}: {}", page.text());
        assert!(!page.html.contains("<b>"));
    }
    for query in ["?page=0", "?page=-1", "?page=x", "?page=99999999999999999999", "?page=999999"] {
        assert_eq!(browser.get(&house.url(&format!("/people{query}"))).await.unwrap().status, 200, "{query}");
    }
}

#[rstest]
#[actix_web::test]
async fn an_administrator_ends_a_browser_and_then_everything(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, admin, _) = furnished(backend, true).await;
    let bob = room.person("Bob").await;
    let (browser, account) = room.sign_in(&bob).await;
    let issued = browser.press(&account, "Create API token", &[("name", "laptop")]).await.unwrap();
    let token = element(&issued, "issued");
    let (second, _) = room.sign_in(&bob).await;
    let path = format!("/people/{}", id_of(&house, &room, &bob.login).await);
    let page = admin.get(&house.url(&path)).await.unwrap();
    for words in
        ["bob@acme.example", "Active", "Okta, by provisioning", &bob.id, room.okta.issuer(), "laptop"]
    {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    assert!(!page.html.contains(&token));
    let page = admin.press(&page, "End", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, path.as_str()));
    let checks = [room.check(&browser).await, room.check(&second).await];
    assert!(checks == [200, 401] || checks == [401, 200], "{checks:?}");
    assert_eq!(room.check_token(&token).await, 200, "ending a browser ends no token");

    let page = admin.follow(&page, "End all access").await.unwrap();
    for words in ["End all access of Bob Family?", "1 signed-in browser", "1 API token, for good"] {
        assert!(page.text().contains(words), "no {words:?} in {}", page.text());
    }
    assert_eq!(room.check_token(&token).await, 200, "asking ends nothing");
    let page = admin.press(&page, "End all access for this person", &[]).await.unwrap();
    assert!(page.text().contains("All access ended"), "{}", page.text());
    assert_eq!(
        [room.check(&browser).await, room.check(&second).await, room.check_token(&token).await],
        [401; 3]
    );
    assert_eq!(room.check(&admin).await, 200);

    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1_000).unwrap()).await;
    for kind in ["session_ended", "access_ended"] {
        let event = trail.iter().find(|event| event.kind == kind).unwrap();
        assert!(event.actor.starts_with("user:") && event.actor != event.target, "{event:?}");
        assert!(event.data.as_str().contains("administrator"), "{event:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn only_administrators_of_the_workspace_and_only_by_their_forms(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, admin, _) = furnished(backend, true).await;
    let bob = room.person("Bob").await;
    let (browser, account) = room.sign_in(&bob).await;
    let bob_id = id_of(&house, &room, &bob.login).await;
    let path = format!("/people/{bob_id}");
    let mine = admin.get(&house.url(&path)).await.unwrap();
    let ask = admin.get(&house.url(&format!("{path}/end-access"))).await.unwrap();
    // A member cannot open the list or any person's page, and cannot end access.
    assert!(!account.text().contains("People"));
    for path in ["/people", &path, &format!("{path}/end-access")] {
        let page = browser.get(&house.url(path)).await.unwrap();
        assert_eq!(page.status, 403, "{path} {}", page.text());
    }
    let csrf = account.form_with_field("csrf").unwrap().value("csrf").unwrap().to_owned();
    let end = ask.form_with_button("End all access for this person").unwrap();
    let one = mine.forms().into_iter().find(|form| form.action.ends_with("/end")).unwrap();
    for form in [&end, &one] {
        assert_eq!(browser.submit(&ask, form, &[("csrf", &csrf)]).await.unwrap().status, 403);
        for csrf in ["", "x", csrf.as_str()] {
            assert_eq!(admin.submit(&ask, form, &[("csrf", csrf)]).await.unwrap().status, 403, "{csrf}");
        }
        let stranger = Browser::new().unwrap();
        let page = stranger.submit(&ask, form, &[]).await.unwrap();
        assert_eq!(page.query("target_link_uri"), Some(house.url(&path)));
    }
    // For an administrator of another workspace these people do not exist.
    let other = house.room("Other").await;
    let (foreign, page) = other.sign_in(&other.administrator(&house, "Eve").await).await;
    let csrf = page.form_with_field("csrf").unwrap().value("csrf").unwrap().to_owned();
    assert_eq!(foreign.get(&house.url(&path)).await.unwrap().status, 404);
    for form in [&end, &one] {
        assert_eq!(foreign.submit(&ask, form, &[("csrf", &csrf)]).await.unwrap().status, 404);
    }
    assert_eq!([room.check(&browser).await, room.check(&admin).await], [200, 200]);
    assert_eq!(admin.get(&house.url("/people/nobody")).await.unwrap().status, 404);
}

#[rstest]
#[actix_web::test]
async fn what_pushes_may_do_is_set_and_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let page = browser.get(&house.url("/settings")).await.unwrap();
    let typed = [("brake_percent", "101"), ("brake_least", "5")];
    let page = browser.press(&page, "Save provisioning settings", &typed).await.unwrap();
    assert_eq!(page.status, 422);
    assert!(page.text().contains("brake percent must be a whole number from 0 to 100"), "{}", page.text());
    let typed = [("brake_percent", "20"), ("brake_least", "5"), ("park_members", "on")];
    let page = browser.press(&page, "Save provisioning settings", &typed).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/settings"), "{}", page.text());
    let form = page.form_with_button("Save provisioning settings").unwrap();
    assert_eq!(
        (
            form.value("brake_percent"),
            form.value("brake_least"),
            form.value("park_members"),
            form.value("allow_basic")
        ),
        (Some("20"), Some("5"), Some("on"), None)
    );
    let workspace = room.workspace.clone();
    let event = house
        .write(move |conn| events::newest(conn, &workspace, EventKind::WorkspaceChanged).unwrap().unwrap())
        .await;
    let data: serde_json::Value = serde_json::from_str(event.data.as_str()).unwrap();
    assert_eq!(
        data["before"],
        serde_json::json!({ "brake_percent": 30, "brake_least": 50, "park_members": false })
    );
}

#[rstest]
#[actix_web::test]
async fn a_person_s_access_says_since_when_and_by_whom(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, admin, _) = furnished(backend, true).await;
    let odd = room.user("=cmd|1@acme.example").await;
    let ken = room.user("ken@acme.example").await;
    crate::scim::group(&room, "Ops, \"EU\" <b>", &[&ken]).await;
    crate::trail::origins::followed(&house, &room).await;
    let page = admin.get(&house.url("/mapping/preview?group=ops*&role.editor=on")).await.unwrap();
    admin.press(&page, "Save this rule", &[]).await.unwrap();
    crate::trail::origins::followed(&house, &room).await;
    let (url, rule) =
        (house.url(&format!("/people/{ken}")), newest(&house, &room, EventKind::MappingSet).await);
    let page = admin.get(&url).await.unwrap();
    assert!(page.text().contains("Editor Role the group Ops, \"EU\" <b>"), "{}", page.text());
    assert!(page.text().contains(&format!("Ada Family Line {}", rule.seq)), "{}", page.text());
    let detail = "got role editor (the group Ops, \"EU\" <b>); lost role member (by default)";
    assert!(page.text().contains(detail) && !page.html.contains("EU\" <b>"), "{}", page.html);
    // Both the row and the line of the history lead to the cause.
    for link in [format!("Line {}", rule.seq), "Cause".to_owned()] {
        let page = admin.follow(&page, &link).await.unwrap();
        assert!(page.text().contains(&format!("line {}", rule.seq)), "{}", page.text());
    }
    let page = admin.get(&house.url("/activity?kind=rights_changed")).await.unwrap();
    assert!(page.text().contains(&format!("The cause, line {}", rule.seq)), "{}", page.text());
    let page = admin.get(&house.url("/activity?kind=group_created")).await.unwrap();
    assert!(page.text().contains("joined: ken@acme.example"), "the line names who joined: {}", page.text());

    // The file has a line for each; an auditor may have it, a member not, and no cell is a formula.
    let file = admin.get(&house.url("/people/access.csv")).await.unwrap();
    let lines: Vec<&str> = file.html.lines().collect();
    assert_eq!(lines[0], "user_id,user_name,active,kind,id,name,source,since,not_after,by,event");
    assert_eq!(lines.len(), 4, "{}", file.html);
    let of_ken = lines.iter().find(|line| line.starts_with(&ken)).unwrap();
    let since = vestibule_core::time::rfc3339(rule.at);
    let expected = format!(
        "{ken},ken@acme.example,true,role,editor,Editor,\"group:Ops, \"\"EU\"\" <b>\",{since},,{},{}",
        rule.actor, rule.event_id
    );
    assert_eq!(**of_ken, *expected);
    assert!(
        file.html.contains(&format!("{odd},\"'=cmd|1@acme.example\",true,role,member,")),
        "{}",
        file.html
    );
    let bob = room.person("Bob").await;
    let (member, _) = room.sign_in(&bob).await;
    assert_eq!(member.get(&house.url("/people/access.csv")).await.unwrap().status, 403);
    // Another workspace has its own people only.
    let other = house.room("Other").await;
    let (stranger, _) = other.sign_in(&other.administrator(&house, "Eve").await).await;
    let file = stranger.get(&house.url("/people/access.csv")).await.unwrap();
    assert!(file.status == 200 && !file.html.contains(&ken), "{}", file.html);
}

async fn newest(house: &House, room: &Room, kind: EventKind) -> events::Event {
    let workspace = room.workspace.clone();
    house.write(move |conn| events::newest(conn, &workspace, kind).unwrap().unwrap()).await
}
