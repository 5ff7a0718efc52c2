//! Clients of other authors, run against the service over HTTP. They must find no fault that their scripts don't explain.
//! `tests/run` installs them into target/peers and sets `VESTIBULE_TEST_PEERS` to their Python.

use std::process::Command;

use josekit::jwk::{Jwk, alg::ec::EcCurve};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    provider::saml_connection::{self, SamlProvider, SamlSettings},
};
use vestibule_core::sets::{ClientAuth, ClientKind, DpopMode};
use vestibule_saml::metadata;
use vestibule_store::{
    Tx,
    oauth::clients::{self, NewClient},
};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// The Python that has the clients; `None` when they could not be installed, which is a failure in CI.
fn python() -> Option<String> {
    let python = std::env::var("VESTIBULE_TEST_PEERS").ok().filter(|path| !path.is_empty());
    if python.is_none() {
        let why = "VESTIBULE_TEST_PEERS names no Python: tests/run sets it, when pip reached its index";
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{why}");
        eprintln!("SKIPPED, nothing was tested: {why}");
    }
    python
}

#[rstest]
#[actix_web::test]
async fn scim2_tester(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(python) = python() else { return };
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // The client fills attributes as /Schemas suggests; in a workspace without entitlements, roles in both attributes.
    let mut command = Command::new(python);
    // Isolated from the user's Python packages.
    command.args(["-I", &script("conformance.py"), &room.scim]).env("SCIM_TOKEN", &room.token);
    run(&mut command).await;
}

#[rstest]
#[actix_web::test]
async fn authlib(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(python) = python() else { return };
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let person = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&person).await;
    let key = Jwk::generate_ec_key(EcCurve::P256).unwrap();
    let jwks = json!({ "keys": [Value::Object(key.to_public_key().unwrap().as_ref().clone())] }).to_string();
    let (workspace, uris, now) = (room.workspace.clone(), vec![house.url("/callback")], house.state.now());
    let (app, signer, service) = house
        .write(move |conn| {
            let register = |conn: &mut _, kind, auth_method, jwks: &str, scope| {
                let redirect_uris = if kind == ClientKind::App { &uris[..] } else { &[] };
                let new = NewClient {
                    name: "Peer",
                    redirect_uris,
                    auth_method,
                    jwks,
                    scope,
                    ..NewClient::new(kind)
                };
                let (client, secret) = clients::register(conn, &workspace, &new, now).unwrap();
                json!({ "client_id": client.client_id, "client_secret": secret })
            };
            (
                register(conn, ClientKind::App, ClientAuth::Secret, "", ""),
                register(conn, ClientKind::App, ClientAuth::PrivateKeyJwt, &jwks, ""),
                register(conn, ClientKind::Service, ClientAuth::Secret, "", "scim.read"),
            )
        })
        .await;
    let cookie = browser.cookie(&house.api, "vestibule_session").unwrap();
    let told = json!({
        "app": app,
        "signer": { "client_id": signer["client_id"], "key": Value::Object(key.as_ref().clone()) },
        "service": service,
        "redirect_uri": house.url("/callback"),
        "cookie": format!("vestibule_session={cookie}"),
    });
    let mut command = Command::new(python);
    command.args(["-I", &script("authlib_client.py"), &house.api]).env("PEER", told.to_string());
    // Authlib requires https unless this variable is set.
    run(command.env("AUTHLIB_INSECURE_TRANSPORT", "1").env("NO_PROXY", "*")).await;
}

#[rstest]
#[actix_web::test]
async fn joserfc(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(python) = python() else { return };
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let person = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&person).await;
    let (workspace, uris, now) = (room.workspace.clone(), vec![house.url("/callback")], house.state.now());
    let (app, public) = house
        .write(move |conn| {
            let register = |conn: &mut Tx<'_>, auth_method, dpop| {
                let new = NewClient {
                    name: "Peer",
                    redirect_uris: &uris,
                    auth_method,
                    ..NewClient::new(ClientKind::App)
                };
                let (client, secret) = clients::register(conn, &workspace, &new, now).unwrap();
                clients::set_dpop(conn, &client, dpop).unwrap();
                json!({ "client_id": client.client_id, "client_secret": secret })
            };
            (
                register(conn, ClientAuth::Secret, DpopMode::Required),
                register(conn, ClientAuth::None, DpopMode::Optional),
            )
        })
        .await;
    let cookie = browser.cookie(&house.api, "vestibule_session").unwrap();
    let told = json!({
        "app": app,
        "public": public,
        "redirect_uri": house.url("/callback"),
        "cookie": format!("vestibule_session={cookie}"),
    });
    let mut command = Command::new(python);
    command.args(["-I", &script("dpop_client.py"), &house.api]).env("PEER", told.to_string());
    run(command.env("NO_PROXY", "*")).await;
}

#[rstest]
#[actix_web::test]
async fn pysaml2(#[values(Sqlite, Postgres)] backend: Backend) {
    let Some(python) = python() else { return };
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // The script stores its key there between calls.
    let scratch = tempfile::tempdir().unwrap();
    let mut command = Command::new(&python);
    command.args(["-I", "-W", "ignore", &script("pysaml2_provider.py"), "metadata"]).arg(scratch.path());
    let provider = metadata::parse(run(&mut command).await.trim().as_bytes()).unwrap();
    let settings = SamlSettings {
        name: "pysaml2".to_owned(),
        provider: Some(SamlProvider::of_metadata(provider).unwrap()),
        jit: Some(true),
        ..SamlSettings::default()
    };
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let connection = house
        .write(move |conn| saml_connection::save(conn, &Actor::cli(now), &workspace, settings, true).unwrap())
        .await
        .connection_id;
    let entity_id = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
    let told = json!({
        "login": house.url(&format!("/api/okta/saml/login?team_id={}&connection={connection}", room.workspace)),
        "metadata": entity_id,
        "entity_id": entity_id,
        "person": format!("grace@{}", room.domain),
    });
    let mut command = Command::new(&python);
    command.args(["-I", "-W", "ignore", &script("pysaml2_provider.py"), "sign-in"]).arg(scratch.path());
    run(command.arg(&house.api).env("PEER", told.to_string()).env("NO_PROXY", "*")).await;
}

fn script(name: &str) -> String {
    format!("{}/../../tests/peers/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs the command, which must succeed; returns what it printed.
async fn run(command: &mut Command) -> String {
    let mut command = std::mem::replace(command, Command::new(""));
    let output = actix_web::rt::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let (told, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}{complaint}");
    assert!(output.status.success(), "{}{complaint}", told.lines().last().unwrap_or_default());
    told.into_owned()
}
