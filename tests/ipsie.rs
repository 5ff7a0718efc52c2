//! The IPSIE self-check over a workspace that is really used: what is met, what isn't, and what was not seen yet; the command, and the page.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::ipsie;
use vestibule_core::time::SECOND;
use vestibule_simulator::{Browser, SubjectFormat};
use vestibule_store::{access::tokens, trail::receipts, workspaces};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House, Room, count_statements_of_this_thread, record_statements,
};

/// The report of a workspace, and how many statements it took.
async fn report(house: &House, room: &Room) -> (Value, usize) {
    vestibule_web::observe::writers::sightings::write_down(&house.state).await.unwrap();
    let (workspace, state, now) = (room.workspace.clone(), house.state.clone(), house.state.now());
    house
        .write(move |conn| {
            let workspace = workspaces::find(conn, &workspace, "us").unwrap().unwrap();
            let before = count_statements_of_this_thread();
            let facts = ipsie::facts::read(conn, state.config(), &workspace, now).unwrap();
            (ipsie::json(&facts), count_statements_of_this_thread() - before)
        })
        .await
}

fn find<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["requirements"].as_array().unwrap().iter().find(|one| one["id"] == id).expect(id)
}

fn verdict<'a>(report: &'a Value, id: &str) -> &'a str {
    find(report, id)["verdict"].as_str().unwrap()
}

fn assert_verdicts(report: &Value, expected: &[(&str, &str)]) {
    for (id, expected) in expected {
        assert_eq!(verdict(report, id), *expected, "{}", find(report, id));
    }
}

#[rstest]
#[actix_web::test]
async fn what_a_workspace_does_is_its_evidence(#[values(Sqlite, Postgres)] backend: Backend) {
    record_statements();
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Globex").await);
    let (new, statements) = report(&house, &room).await;
    assert_verdicts(
        &new,
        &[
            ("sl1.acr", "not_seen"),
            ("sl2.revoke", "not_seen"),
            ("al1.create", "not_seen"),
            ("al1.oauth", "not_met"),
            ("sl1.redirect_uri", "not_met"),
            ("sl1.password_grant", "not_ours"),
            ("sl3.tells_changes", "not_met"),
        ],
    );

    // Ada is provisioned and signs in; Okta sends amr and auth_time, and neither acr nor session_expiry.
    let ada = room.administrator(&house, "Ada").await;
    let (browser, page) = room.sign_in(&ada).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (after, _) = report(&house, &room).await;
    assert_verdicts(
        &after,
        &[
            ("sl1.acr", "not_met"),
            ("sl1.amr", "met"),
            ("sl1.mfa", "not_met"),
            ("sl1.auth_time", "met"),
            ("sl1.session_lifetime", "not_met"),
            ("sl1.single_audience", "met"),
            ("sl1.pkce", "met"),
            ("al1.create", "met"),
            ("al2.before_sign_in", "met"),
            ("sl2.new_assertion", "not_seen"),
        ],
    );
    assert!(find(&after, "sl1.mfa")["evidence"].as_str().unwrap().contains("pwd"));
    assert_eq!(find(&after, "sl1.amr")["section"], "3.2.1 Requirements for OpenID Providers");

    // A Universal Logout, then a deactivation.
    room.okta.enable_universal_logout(&room.app, &house.url("/api/okta/universal-logout"));
    house.clock.advance(SECOND);
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap();
    assert_eq!(room.check(&browser).await, 401);
    let id = room.user("bob@acme.example").await;
    let patch = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    assert_eq!(room.scim("PATCH", &format!("/Users/{id}"), Some(patch)).await.0, 200);
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            for receipt in receipts::list(conn, &workspace, None, None, 9).unwrap() {
                let name = (workspace.clone(), receipt.receipt_id);
                receipts::record_in_force(conn, &name, receipt.acted_at).unwrap();
            }
        })
        .await;
    let (ended, later_statements) = report(&house, &room).await;
    assert_verdicts(
        &ended,
        &[
            ("sl2.revoke", "met"),
            ("sl2.new_assertion", "met"),
            ("al1.deprovision", "met"),
            ("al1.deactivate", "met"),
            ("al1.attributes", "not_met"),
            ("al1.reactivate", "not_seen"),
        ],
    );
    assert!(find(&ended, "sl2.revoke")["seen_at"].is_string());
    assert!(find(&ended, "sl2.revoke")["evidence"].as_str().unwrap().contains("1 session "), "{ended}");
    assert_eq!(statements, later_statements, "the number of statements is constant");
    assert!(statements < 40, "{statements}");
    // Another workspace has nothing of it.
    let (elsewhere, _) = report(&house, &other).await;
    assert_verdicts(
        &elsewhere,
        &[("sl2.revoke", "not_seen"), ("sl1.amr", "not_seen"), ("al1.create", "not_seen")],
    );
    assert!(!ended.to_string().to_lowercase().contains("certif"));
}

#[rstest]
#[actix_web::test]
async fn the_command_checks_a_workspace(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let made = house.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
    let workspace = made["id"].as_str().unwrap();
    let report = house.run(&["doctor", "--ipsie", "--workspace", workspace], "");
    let levels: Vec<_> =
        report["levels"].as_array().unwrap().iter().map(|one| one["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["SL1", "SL2", "SL3", "AL1", "AL2", "AL3"]);
    assert_eq!(report["workspace"], workspace);
    assert_eq!(verdict(&report, "al1.create"), "not_seen");
    house.run(&["token", "create", "--workspace", workspace, "--name", "Static"], "");
    let report = house.run(&["doctor", "--ipsie", "--workspace", workspace], "");
    assert_eq!(verdict(&report, "al1.oauth"), "not_met");
    assert!(find(&report, "al1.oauth")["evidence"].as_str().unwrap().contains("Static"));

    let both = house.command(&["doctor", "--ipsie", "--offline", "--workspace", workspace], "");
    assert_eq!(both.status.code(), Some(2), "--ipsie asks nobody anyway");
    let nobody =
        house.command(&["doctor", "--ipsie", "--workspace", "0199aaaa-0000-7000-8000-000000000001"], "");
    assert_eq!(nobody.status.code(), Some(1));
}

#[rstest]
#[actix_web::test]
async fn the_page_has_the_same_and_exports_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    let link = page.links().into_iter().find(|link| link.href == "/integrations/okta/ipsie").expect("a link");
    let page = browser.get(&house.url(&link.href)).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    for words in [
        "SL1: Single sign-on",
        "AL3: User role management",
        "Not seen yet",
        "draft-openid-ipsie-sl1-profile, 3.2.2",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert!(!page.html.to_lowercase().contains("certified"));
    // What was seen just now counts at once.
    assert!(page.html.split("id=\"sl1.amr\"").nth(1).unwrap().contains("✓ Met"), "{}", page.html);
    let exported = browser.get(&house.url("/integrations/okta/ipsie/export")).await.unwrap();
    assert_eq!(exported.status, 200);
    let exported: Value = serde_json::from_str(&exported.html).unwrap();
    assert_eq!((verdict(&exported, "sl1.amr"), verdict(&exported, "sl1.acr")), ("met", "not_met"));
    assert_eq!(exported["workspace"], room.workspace.as_str());

    let mia = room.person("Mia").await;
    let (member, _) = room.sign_in(&mia).await;
    for path in ["/integrations/okta/ipsie", "/integrations/okta/ipsie/export"] {
        assert_eq!(member.get(&house.url(path)).await.unwrap().status, 403, "{path}");
        let stranger = Browser::new().unwrap().get(&house.url(path)).await.unwrap();
        assert_eq!(stranger.url.path(), "/auth", "{path}");
    }
}

#[rstest]
#[actix_web::test]
async fn planted_markup_stays_text(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let planted = "<img src=x onerror=alert(1)>";
            tokens::provision(conn, &workspace, (planted, "scim.read", None), (false, None), now).unwrap();
        })
        .await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let page = browser.get(&house.url("/integrations/okta/ipsie")).await.unwrap();
    assert!(!page.html.contains("<img src=x") && page.html.contains("&#60;img src=x"), "{}", page.html);
}
