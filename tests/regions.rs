//! Tests of regions: a workspace is in one region. Another region does not find it, and every refusal names the region and the URL
//! to use, because a wrong region is the most common set-up mistake in Okta.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    provider::connection::{self, Settings},
};
use vestibule_core::{
    ids::WorkspaceId,
    sets::{DomainProof, TokenKind, UserSource},
};
use vestibule_simulator::{App, AppSettings, Forgery, Okta, Options, SubjectFormat};
use vestibule_store::{
    access::{
        sessions::{self, NewSession},
        tokens::{self, NewToken},
    },
    people::users::{self, User},
    providers::{domains, setup_links},
    trail::events::Cause,
    workspaces,
};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

const EU: &str = "https://eu.vestibule.example";

/// A workspace of region `eu` in the database of region `us`, as in a restored or shared database.
struct Elsewhere {
    workspace: WorkspaceId,
    okta: Okta,
    app: App,
    provisioning: String,
    api: String,
    session: String,
    setup: String,
}

impl Elsewhere {
    async fn settle(house: &House) -> Self {
        let okta = Okta::start(Options { name: "Europe".to_owned(), ..Options::default() }).unwrap();
        let app = okta.create_app(AppSettings {
            label: "Vestibule".to_owned(),
            name: "vestibule_test_1".to_owned(),
            redirect_uris: vec![house.url("/api/okta/oidc/callback")],
            ..AppSettings::default()
        });
        okta.enable_universal_logout(&app, &house.url("/api/okta/universal-logout"));
        let settings = Settings {
            issuer: okta.issuer().to_owned(),
            client_id: app.client_id.clone(),
            client_secret: Some(app.client_secret.clone().into()),
            enabled: Some(true),
            jit: Some(false),
            ..Settings::default()
        };
        let (state, now) = (house.state.clone(), house.state.now());
        let (workspace, [provisioning, api, session, setup]) = house
            .write(move |conn| {
                let workspace = workspaces::create(conn, None, "Europe", "eu", now).unwrap().workspace_id;
                domains::verify(conn, &workspace, "europe.example", DomainProof::Operator, now).unwrap();
                connection::save(conn, &Actor::cli(now), state.sealer(), &workspace, settings).unwrap();
                let user = person(&workspace, now);
                users::insert(conn, &user, std::slice::from_ref(&user.user_name)).unwrap();
                users::created(conn, &user, &Cause::cli(), now).unwrap();
                let mut token = |kind, user| {
                    let new = NewToken {
                        workspace_id: &workspace,
                        kind,
                        name: "test",
                        grant_id: None,
                        user,
                        scope: "scim.read scim.write entitlements.read api",
                        expires_at: None,
                    };
                    tokens::issue(conn, &new, now).unwrap().1
                };
                let provisioning = token(TokenKind::Provisioning, None);
                let api = token(TokenKind::Api, Some((&user.user_id, 1)));
                let new =
                    NewSession { auth_time: Some(now), lifetime: 3_600_000_000, ..NewSession::default() };
                let session = sessions::start(conn, &user, &new, now).unwrap().cookie;
                let setup = setup_links::issue(conn, &workspace, now).unwrap();
                (workspace, [provisioning, api, session, setup])
            })
            .await;
        Self { workspace, okta, app, provisioning, api, session, setup }
    }
}

fn person(workspace: &WorkspaceId, now: i64) -> User {
    let mut user = User::new(workspace, "elke@europe.example", UserSource::Scim, now);
    user.email = Some(user.user_name.clone());
    user
}

#[track_caller]
fn tells_the_way(words: &str) {
    for part in ["region us", "eu is https://eu.vestibule.example"] {
        assert!(words.contains(part), "{part:?} in: {words}");
    }
}

#[rstest]
#[actix_web::test]
async fn sign_in_to_a_workspace_of_another_region_names_the_regions(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start_with(backend, &[("REGION__OTHERS__EU", EU)]).await;
    let elsewhere = Elsewhere::settle(&house).await;
    let browser = vestibule_simulator::Browser::new().unwrap();
    let nowhere = "01890000-0000-7000-8000-000000000000";
    for team in [elsewhere.workspace.as_str(), nowhere, "not-an-id", "%3Cscript%3E"] {
        let url = house.url(&format!("/api/okta/oidc/login?team_id={team}"));
        let page = browser.get(&url).await.unwrap();
        assert_eq!(page.status, 404, "{}", page.text());
        tells_the_way(&page.text());
        assert!(!page.html.contains("<script>"), "{}", page.html);
    }
    // By email address: the database has the domain, but the workspace is in another region.
    let page = browser.get(&house.url("/auth")).await.unwrap();
    let form = page.form_with_field("email").unwrap();
    let page = browser.submit(&page, &form, &[("email", "elke@europe.example")]).await.unwrap();
    assert!((400..500).contains(&page.status), "{} {}", page.status, page.url);
    assert!(page.text().contains("region us"), "{}", page.text());
    assert!(page.html.contains(EU), "{}", page.text());
    let page = browser.get(&house.url(&format!("/setup/{}", elsewhere.setup))).await.unwrap();
    assert_eq!(page.status, 404, "{}", page.text());
    assert!(page.text().contains("region"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn scim_to_a_workspace_of_another_region_is_refused_and_says_where_to_go(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start_with(backend, &[("REGION__OTHERS__EU", EU)]).await;
    let elsewhere = Elsewhere::settle(&house).await;
    let room = house.room("Acme").await;
    let asked = |workspace: &str, token: &str| {
        let url = house.url(&format!("/api/scim/v2/{workspace}/Users?startIndex=1&count=2"));
        answer(house.http.get(url).bearer_auth(token))
    };
    for (workspace, token) in [
        (&elsewhere.workspace, &elsewhere.provisioning),
        (&elsewhere.workspace, &room.token),
        (&room.workspace, &elsewhere.provisioning),
    ] {
        let (status, body) = asked(workspace, token).await;
        assert_eq!((status, &body["status"]), (401, &json!("401")), "{body}");
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains("region us"), "{detail}");
    }
    let (_, body) = asked(&elsewhere.workspace, &elsewhere.provisioning).await;
    tells_the_way(body["detail"].as_str().unwrap());
    // A token from the other region's database is unknown here too, and gets the same response.
    let (_, body) = asked(&elsewhere.workspace, &format!("{}x", &elsewhere.provisioning[..70])).await;
    assert!(body["detail"].as_str().unwrap().contains("region us"), "{body}");
}

#[rstest]
#[actix_web::test]
async fn people_of_another_region_have_no_access_here(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("REGION__OTHERS__EU", EU)]).await;
    let elsewhere = Elsewhere::settle(&house).await;
    let check = house.http.get(house.url("/api/check"));
    let (status, body) = answer(check.bearer_auth(&elsewhere.api)).await;
    assert_eq!(status, 401, "API token: {body}");
    let cookie = format!("vestibule_session={}", elsewhere.session);
    let (status, body) = answer(house.http.get(house.url("/api/check")).header("cookie", &cookie)).await;
    assert_eq!(status, 401, "session: {body}");
    let page = house.http.get(house.url("/account")).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(page.status(), 303, "to sign in");
}

/// The token that this Okta sends, forged or not, caught before it reaches the service.
async fn caught(okta: &Okta, app: &App, forgery: &Forgery) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    okta.enable_universal_logout(app, &endpoint);
    let catching = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut authorization = String::new();
        for line in BufReader::new(&stream).lines().map(Result::unwrap) {
            if line.is_empty() {
                break;
            }
            if line.to_ascii_lowercase().starts_with("authorization:") {
                authorization = line.split_once(": ").unwrap().1.to_owned();
            }
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        authorization
    });
    let person = okta.add_person("elke@europe.example", "Elke", "Europe");
    okta.forge_universal_logout(app, &person, SubjectFormat::Email, forgery).await.unwrap();
    catching.join().unwrap()
}

/// Sends such a token to the service: (status, WWW-Authenticate, sentence of the body).
async fn logout(house: &House, authorization: &str) -> (u16, String, String) {
    let request = house.http.post(house.url("/api/okta/universal-logout"));
    let request = request.header("authorization", authorization).header("content-type", "application/json");
    let body = json!({ "sub_id": { "format": "email", "email": "elke@europe.example" } });
    let response = request.body(body.to_string()).send().await.unwrap();
    let challenge =
        response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
    let sentence = body["error_description"].as_str().unwrap_or_default().to_owned();
    (status, challenge.unwrap_or_default(), sentence)
}

#[rstest]
#[actix_web::test]
async fn universal_logout_meant_for_another_region_says_so(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("REGION__OTHERS__EU", EU)]).await;
    let elsewhere = Elsewhere::settle(&house).await;
    let room = house.room("Acme").await;
    room.user("elke@europe.example").await;
    let there = format!("{EU}/api/okta/universal-logout");
    for (audience, told) in [
        (json!(there), true),
        (json!([there]), true),
        (json!("https://eu.vestibule.example.evil.example/api/okta/universal-logout"), false),
        (json!("https://elsewhere.example/api/okta/universal-logout"), false),
    ] {
        let token = caught(&room.okta, &room.app, &Forgery::new().claim("aud", audience.clone())).await;
        let (status, challenge, sentence) = logout(&house, &token).await;
        assert_eq!(status, 401, "{audience}: {sentence}");
        for words in [&challenge, &sentence] {
            assert!(words.contains("aud"), "{words}");
            assert_eq!(words.contains("region eu"), told, "{audience}: {words}");
        }
        let endpoint = house.url("/api/okta/universal-logout");
        assert!(sentence.contains(&endpoint), "and what to put there: {sentence}");
    }
    let here = Forgery::new().claim("aud", house.url("/api/okta/universal-logout"));
    assert_eq!(logout(&house, &caught(&room.okta, &room.app, &here).await).await.0, 204);
    // A caller from a workspace of the other region is unknown here.
    let token = caught(&elsewhere.okta, &elsewhere.app, &here).await;
    let (status, challenge, sentence) = logout(&house, &token).await;
    assert_eq!(status, 401, "{sentence}");
    assert!(sentence.contains("region us") && challenge.contains("region us"), "{sentence}");
}
