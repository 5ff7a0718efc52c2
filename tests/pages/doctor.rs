//! The doctor over HTTP: each row of the four documents' troubleshooting tables, caused by a real request, and the finding that
//! names the Okta field. The rules themselves are tested in the console.

use reqwest::Client;
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_core::{sets::OktaAppKind, time::SECOND};
use vestibule_simulator::{AppSettings, Forgery, SubjectFormat};
use vestibule_store::{
    providers::{connections, setup_progress},
    workspaces,
};

use super::furnished;
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House, Room, answer,
};

/// Returns each finding's id with the first value to paste.
async fn findings(house: &House, room: &Room, live: bool) -> Vec<(String, String)> {
    let (workspace, state) = (room.workspace.clone(), house.state.clone());
    let workspace = house.write(move |conn| workspaces::find(conn, &workspace, "us").unwrap().unwrap()).await;
    let report = vestibule_console::provider::doctor::report(&state, &workspace, live).await.unwrap();
    let told = |finding: &Value| {
        let first = finding["change"][0]["value"].as_str().unwrap_or_default();
        (finding["id"].as_str().unwrap().to_owned(), first.to_owned())
    };
    report["findings"].as_array().unwrap().iter().map(told).collect()
}

async fn has(house: &House, room: &Room, id: &str) -> Option<String> {
    findings(house, room, false).await.into_iter().find(|(found, _)| found == id).map(|(_, value)| value)
}

#[rstest]
#[actix_web::test]
async fn a_base_url_in_the_wrong_syntax_is_named_with_the_right_one(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let right = format!("'{}/api/scim/v2/' + app.team_id", house.api);
    for stood in
        ["%7Bapp.team_id%7D", "null", "'%20+%20app.team_id", "Users", "00000000-0000-7000-8000-000000000000"]
    {
        let url = format!("{}/api/scim/v2/{stood}/Users", house.api);
        let asked = Client::new().get(&url).bearer_auth(&room.token);
        assert_eq!(answer(asked).await.0, 401, "{stood}");
        assert_eq!(has(&house, &room, "base_url").await, Some(right.clone()), "{stood}");
        let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
        assert!(page.html.contains("id=\"finding-base_url\""), "{}", page.text());
        house.clock.advance(SECOND);
        assert_eq!(room.scim("GET", "/Users?count=1", None).await.0, 200);
        assert_eq!(has(&house, &room, "base_url").await, None, "the next one came to the right place");
        house.clock.advance(SECOND);
    }
    // A request without a valid token causes no finding.
    let stranger = Client::new()
        .get(format!("{}/api/scim/v2/%7Bapp.team_id%7D/Users", house.api))
        .bearer_auth("vscim_x");
    assert_eq!(answer(stranger).await.0, 401);
    assert_eq!(has(&house, &room, "base_url").await, None);
}

#[rstest]
#[actix_web::test]
async fn what_scim_brings_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _, _) = furnished(backend, true).await;
    let http = Client::new();
    // Seemore: "Invalid SCIM credentials".
    house.clock.advance(SECOND);
    assert_eq!(answer(http.get(format!("{}/Users", room.scim)).bearer_auth("vscim_nobody")).await.0, 401);
    assert!(has(&house, &room, "scim_credentials").await.is_some());
    house.clock.advance(SECOND);
    assert_eq!(
        answer(http.get(format!("{}/Users", room.scim)).header("authorization", &room.token)).await.0,
        200
    );
    assert_eq!(has(&house, &room, "scim_credentials").await, None);
    assert!(has(&house, &room, "bare_token").await.is_some());
    assert_eq!(
        answer(http.get(format!("{}/Users", room.scim)).basic_auth("okta", Some(&room.token))).await.0,
        401
    );
    assert_eq!(has(&house, &room, "basic").await.as_deref(), Some("HTTP Header"));
    // Seemore: "Roles missing: sent as string", "Duplicate users: external_id mismatch", and the three default mappings.
    let user = |name: &str, more: Value| {
        let mut body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let (status, made) = room
        .scim(
            "POST",
            "/Users",
            Some(user("one@acme.example", json!({ "roles": "editor", "externalId": "00u1" }))),
        )
        .await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(has(&house, &room, "roles_as_text").await.as_deref(), Some("string array"));
    let twice = user("two@acme.example", json!({ "externalId": "00u1" }));
    assert_eq!(room.scim("POST", "/Users", Some(twice)).await.0, 409);
    assert!(has(&house, &room, "taken").await.unwrap().contains("getInternalProperty"));
    let put = user("one@acme.example", json!({ "phoneNumbers": [{ "primary": true, "type": "work" }] }));
    assert_eq!(room.scim("PUT", &format!("/Users/{}", made["id"].as_str().unwrap()), Some(put)).await.0, 200);
    assert!(has(&house, &room, "empty_types").await.is_some());
    assert_eq!(room.scim("POST", "/Users", Some(json!({ "schemas": [] }))).await.0, 400);
    assert!(has(&house, &room, "scim_refused").await.is_some());
    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Everyone", "members": [{ "value": "00u-not-here" }] });
    assert_eq!(room.scim("POST", "/Groups", Some(group)).await.0, 400);
    assert!(has(&house, &room, "group_overlap").await.is_some());
    // 5th Kind: the button that is missing.
    let form = [("grant_type", "refresh_token"), ("refresh_token", &room.token.replace("vscim_", "vrt_"))];
    let token = http
        .post(format!("{}/api/okta/scim/oauth/token", house.api))
        .basic_auth(&room.client, Some(&room.client_secret))
        .form(&form);
    assert_eq!(answer(token).await.0, 400);
    assert!(
        has(&house, &room, "reauthenticate").await.is_some(),
        "{:?}",
        findings(&house, &room, false).await
    );
}

#[rstest]
#[actix_web::test]
async fn who_may_not_enter_is_told_with_the_reason(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _, _) = furnished(backend, true).await;
    let stranger = room.okta.add_person("stranger@acme.example", "No", "Body");
    room.okta.assign_quietly(&room.app, &stranger);
    let (_, page) = room.sign_in(&stranger).await;
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(has(&house, &room, "not_provisioned").await.is_some());
    // The user was created by a sign-in, so no SCIM request of Okta would end their access.
    let workspace = room.workspace.clone();
    house
        .write(move |conn| {
            let mut connection = connections::find_first(conn, &workspace).unwrap().unwrap();
            connection.jit = true;
            connections::save(conn, &connection).unwrap();
            setup_progress::set_app_kind(conn, &workspace, OktaAppKind::Own).unwrap();
        })
        .await;
    assert_eq!(room.sign_in(&stranger).await.1.status, 200);
    assert!(has(&house, &room, "not_managed").await.is_some());
    assert!(has(&house, &room, "logout_never").await.is_some());
}

#[rstest]
#[actix_web::test]
async fn each_cause_of_a_401_of_universal_logout_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _, _) = furnished(backend, true).await;
    let grace = room.person("Grace").await;
    let endpoint = format!("{}/api/okta/universal-logout", house.api);
    for (forgery, id, value) in [
        (
            Forgery::new().claim("aud", json!("https://elsewhere.example/api/okta/universal-logout")),
            "logout_audience",
            endpoint.as_str(),
        ),
        (Forgery::new().claim("sub", json!("0oaOTHER")), "logout_caller", room.app.client_id.as_str()),
        (Forgery::new().foreign_key(), "logout_signature", room.okta.issuer()),
        (Forgery::new().claim("exp", json!(room.okta.now() - 600)), "logout_clock", ""),
        (Forgery::new().header("typ", json!("JWT")), "logout_unsigned", "SIGNED_JWT"),
    ] {
        house.clock.advance(61 * SECOND);
        room.okta.move_clock(61);
        let refused = room
            .okta
            .forge_universal_logout(&room.app, &grace, SubjectFormat::Email, &forgery)
            .await
            .unwrap();
        assert_eq!(refused.status, 401, "{id}");
        let told = has(&house, &room, id).await;
        assert_eq!(told.as_deref(), Some(value), "{id}: {:?}", findings(&house, &room, false).await);
    }
    assert_eq!(answer(house.http.post(&endpoint).json(&json!({}))).await.0, 401);
    assert_eq!(has(&house, &room, "logout_unsigned").await.as_deref(), Some("SIGNED_JWT"));
    house.clock.advance(61 * SECOND);
    room.okta.move_clock(61);
    room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();
    let left = findings(&house, &room, false).await;
    assert!(!left.iter().any(|(id, _)| id.starts_with("logout_")), "{left:?}");
}

#[rstest]
#[actix_web::test]
async fn the_live_checks_ask_okta_itself(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let press = async || {
        let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
        browser.press(&page, "Run the live checks", &[]).await.unwrap()
    };
    let page = press().await;
    assert_eq!(page.status, 200);
    assert_eq!(page.html.matches("✓ OK").count(), 4, "{}", page.text());
    // ClosedLoop: "The OIDC callback fails".
    let redirect_uris = vec![format!("{}/api/okta/oidc/callbacks", house.api)];
    room.okta.update_app(&room.app, AppSettings { redirect_uris, ..room.app.settings.clone() });
    let page = press().await;
    assert!(page.html.contains("id=\"finding-redirect_uri\""), "{}", page.text());
    assert!(page.text().contains(&format!("{}/api/okta/oidc/callback", house.api)), "{}", page.text());
    room.okta.update_app(&room.app, room.app.settings.clone());
    // A wrong client secret, and a client id of no app.
    let change = async |change: fn(&mut connections::Connection, &House)| {
        let (workspace, house_) = (room.workspace.clone(), &house);
        let mut connection =
            house.write(move |conn| connections::find_first(conn, &workspace).unwrap().unwrap()).await;
        change(&mut connection, house_);
        house.write(move |conn| connections::save(conn, &connection).unwrap()).await;
    };
    change(|connection, house| {
        let context = vestibule_web::crypto::seal::client_secret_context(
            &connection.workspace_id,
            &connection.connection_id,
        );
        connection.client_secret = house.state.sealer().seal(&context, "not the secret").unwrap();
    })
    .await;
    let page = press().await;
    assert!(page.html.contains("id=\"finding-client_secret\""), "{}", page.text());
    change(|connection, _| connection.client_id = "0oaNOBODY".to_owned()).await;
    let page = press().await;
    assert!(page.text().contains("0oaNOBODY"), "{}", page.text());
    room.okta.stop().await;
    let page = press().await;
    assert!(page.html.contains("id=\"finding-issuer\""), "{}", page.text());
    assert!(!page.html.contains("not the secret"));
}

#[rstest]
#[actix_web::test]
async fn the_command_line_says_the_same(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, _, _) = furnished(backend, true).await;
    assert_eq!(
        answer(Client::new().get(format!("{}/api/scim/v2/null/Users", house.api)).bearer_auth(&room.token))
            .await
            .0,
        401
    );
    vestibule_web::observe::writers::sightings::write_down(&house.state).await.unwrap();
    let deployment = Deployment::new(house.database_url(), &house.api);
    let report = deployment.run(&["doctor", "--workspace", &room.workspace, "--offline"], "");
    assert_eq!((&report["well"], &report["connected"]), (&json!(false), &json!(true)));
    assert!(report["findings"].to_string().contains("base_url"), "{report}");
    let output = deployment.command(&["doctor", "--workspace", "5f0c1f6e-8f57-4d7b-9d5a-0a5a6f1e2d3c"], "");
    assert_eq!(output.status.code(), Some(1));
}
