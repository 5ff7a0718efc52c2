//! `/account`: a person's API tokens, displayed once, listed, revoked; names are escaped.

use rstest::rstest;
use serde_json::json;
use vestibule_simulator::Browser;

use super::{DAY, element, furnished, furnished_with, listed};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_token_is_shown_once_listed_and_revoked(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, page) = furnished(backend, false).await;
    let page =
        browser.press(&page, "Create API token", &[("name", "deploys"), ("days", "30")]).await.unwrap();
    assert_eq!((page.status, page.url.query()), (200, None));
    let token = element(&page, "issued");
    assert!(token.starts_with("vapi_"), "{token}");
    assert!(
        page.text().contains("API token “deploys” Copy it now. It is not shown again."),
        "{}",
        page.text()
    );
    assert_eq!(room.check_token(&token).await, 200);
    let request = house.http.get(house.url("/api/check")).bearer_auth(&token);
    let told: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((&told["user_name"], &told["by"]), (&json!("bob@acme.example"), &json!("token")));

    let page = browser.get(&house.url("/account")).await.unwrap();
    assert_eq!(listed(&page), 1);
    assert!(!page.html.contains(&token) && !page.html.contains("vapi_"), "{}", page.html);
    assert!(page.text().contains("deploys") && page.text().contains("in 30 days"), "{}", page.text());
    let page = browser.press(&page, "Revoke", &[]).await.unwrap();
    assert_eq!((page.status, page.url.path(), listed(&page)), (200, "/account", 0));
    assert_eq!(room.check_token(&token).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_token_runs_out_after_its_days(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, page) = furnished(backend, false).await;
    let page = browser.press(&page, "Create API token", &[("name", "short"), ("days", "1")]).await.unwrap();
    let token = element(&page, "issued");
    house.clock.advance(DAY - 60_000_000);
    assert_eq!(room.check_token(&token).await, 200);
    house.clock.advance(61_000_000);
    assert_eq!(room.check_token(&token).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_form_filled_in_wrongly_says_so_beside_the_field(#[values(Sqlite, Postgres)] backend: Backend) {
    let (_house, _room, browser, page) = furnished(backend, false).await;
    let long = "x".repeat(81);
    let name = "Give the token a name of 1 to 80 characters.";
    let days = "Days must be a number from 1 to 365.";
    for (fields, field, words) in [
        ([("name", ""), ("days", "30")], "name", name),
        ([("name", "   "), ("days", "30")], "name", name),
        ([("name", &long), ("days", "30")], "name", name),
        ([("name", "x"), ("days", "0")], "days", days),
        ([("name", "x"), ("days", "366")], "days", days),
        ([("name", "x"), ("days", "-1")], "days", days),
        ([("name", "x"), ("days", "soon")], "days", days),
        ([("name", "x"), ("days", "99999999999999999999")], "days", days),
    ] {
        let page = browser.press(&page, "Create API token", &fields).await.unwrap();
        assert_eq!(page.status, 422, "{fields:?}");
        // The row has label, field and error, and the field refers to the error.
        let row = page
            .html
            .split("<div class=\"row\">")
            .find(|row| row.contains(&format!("id=\"{field}\"")))
            .unwrap();
        assert!(row.contains(words) && row.contains("aria-invalid=\"true\""), "{fields:?} {row}");
        assert_eq!(page.html.matches("class=\"error\"").count(), 1, "{fields:?}");
        let form = page.form_with_field("days").unwrap();
        assert_eq!(form.value("name"), Some(fields[0].1), "what was typed is kept");
        assert_eq!(listed(&page), 0);
    }
}

#[rstest]
#[actix_web::test]
async fn an_unreadable_form_is_refused_with_a_page(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, _, browser, _) = furnished(backend, false).await;
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    let large = format!("name={}", "x".repeat(70_000));
    for (kind, body, status) in [
        ("application/json", "{\"name\":\"x\"}".to_owned(), 415),
        ("multipart/form-data; boundary=x", "--x--".to_owned(), 415),
        ("application/x-www-form-urlencoded", large, 413),
        ("application/x-www-form-urlencoded", "name=a&name=b".to_owned(), 400),
        ("application/x-www-form-urlencoded", "name=%00".to_owned(), 400),
    ] {
        for path in ["/account/tokens", "/auth", "/auth/sign-out"] {
            let request = house.http.post(house.url(path)).header("cookie", &cookie);
            let answer = request.header("content-type", kind).body(body.clone()).send().await.unwrap();
            assert_eq!(answer.status(), status, "{path} {kind}");
            assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
            assert!(answer.text().await.unwrap().contains("be read"), "{path} {kind}");
        }
    }
}

#[rstest]
#[actix_web::test]
async fn nobody_revokes_another_s_token(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, page) = furnished(backend, false).await;
    let page = browser.press(&page, "Create API token", &[("name", "mine")]).await.unwrap();
    let token = element(&page, "issued");
    let revoke = page.forms().into_iter().find(|form| form.action.ends_with("/revoke")).unwrap();
    let eve = room.administrator(&house, "Eve").await;
    let (stranger, page) = room.sign_in(&eve).await;
    let csrf = page.form_with_field("csrf").unwrap().value("csrf").unwrap().to_owned();
    let page = stranger.submit(&page, &revoke, &[("csrf", csrf.as_str())]).await.unwrap();
    assert_eq!(page.url.path(), "/account");
    assert_eq!(room.check_token(&token).await, 200);
}

#[rstest]
#[actix_web::test]
async fn without_a_session_the_way_leads_to_sign_in_and_back(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, account) = furnished(backend, true).await;
    let person = room.okta.people().into_iter().next().unwrap();
    browser.press(&account, "Sign out", &[]).await.unwrap();
    for path in ["/account", "/integrations/okta"] {
        let visitor = Browser::new().unwrap();
        let page = visitor.get(&house.url(path)).await.unwrap();
        assert_eq!((page.status, page.url.path()), (200, "/auth"));
        let page = visitor.press(&page, "Continue", &[("email", &person.login)]).await.unwrap();
        let page = visitor.sign_in_to_okta(&page, &person).await.unwrap();
        assert_eq!((page.status, page.url.as_str()), (200, house.url(path).as_str()));
    }
    // The page was open too long: its form has no effect, and the sign-in leads back to a page.
    let page = browser.press(&account, "Create API token", &[("name", "late")]).await.unwrap();
    assert_eq!(page.url.path(), "/auth", "{}", page.text());
    let page = browser.press(&page, "Continue", &[("email", &person.login)]).await.unwrap();
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    assert_eq!(listed(&page), 0);
}

#[rstest]
#[actix_web::test]
async fn a_name_is_text_whatever_it_holds(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let nasty = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>";
    let person = room.okta.add_person("mallory@acme.example", nasty, "&lt;b&gt;");
    room.okta.assign(&room.app, &person).await.unwrap();
    let (browser, page) = room.sign_in(&person).await;
    assert_eq!(page.status, 200);
    let page = browser.press(&page, "Create API token", &[("name", "<b>\"'&amp;</b>")]).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.text().contains("API token “<b>\"'&amp;</b>”"), "{}", page.text());
    let again = browser.get(&house.url("/account")).await.unwrap();
    for page in [page, again] {
        assert!(page.text().contains(&format!("{nasty} &lt;b&gt;")), "{}", page.text());
        for markup in ["<script>", "<img", "<b>", "onerror=alert(1)>"] {
            assert!(!page.html.contains(markup), "{markup} in {}", page.html);
        }
    }
}

#[rstest]
#[actix_web::test]
async fn a_token_may_do_what_was_ticked_and_tells_when_it_was_used(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, page) =
        furnished_with(backend, &[("TOKENS__API_SCOPES", "files:read files:write")]).await;
    let typed = [("name", "deploys"), ("days", "30")];
    let page = browser.press(&page, "Create API token", &typed).await.unwrap();
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Choose what the token may do."), "{}", page.text());
    let typed = [("name", "deploys"), ("days", "30"), ("scope.files:read", "on")];
    let page = browser.press(&page, "Create API token", &typed).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let token = element(&page, "issued");

    let page = browser.get(&house.url("/account")).await.unwrap();
    let row = format!("deploys …{} files:read", &token[token.len() - 4..]);
    assert!(page.text().contains(&row) && page.text().contains("never"), "{}", page.text());
    let answer = house.http.get(house.url("/api/check")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(answer.headers()["x-vestibule-scope"], "files:read");
    assert_eq!(answer.json::<serde_json::Value>().await.unwrap()["scope"], "files:read");
    vestibule_web::observe::writers::token_uses::write_down(&house.state).await.unwrap();
    assert_eq!(room.check_token(&token).await, 200);
    assert_eq!(
        vestibule_web::observe::writers::token_uses::write_down(&house.state).await.unwrap(),
        0,
        "once an hour is enough"
    );
    let page = browser.get(&house.url("/account")).await.unwrap();
    assert!(page.text().contains("within the hour"), "{}", page.text());
}
