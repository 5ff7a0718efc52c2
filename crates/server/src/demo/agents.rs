//! The chapter of the story about an AI client. Okta lets it act for Grace (Cross App Access), until her access ends.

use anyhow::{Context, ensure};
use serde_json::Value;
use vestibule_admin::{
    Actor,
    access::{
        clients::{self, ClientChange, NewClient},
        resources::{self, NewResource},
    },
    provider::connection::{self, Settings},
};
use vestibule_core::sets::{ClientAuth, ClientKind};
use vestibule_simulator::{CrossApp, Forgery};
use vestibule_store::{oauth::resources::ResourceScope, providers::connections};

use super::{
    report::Report,
    seed::{SUBJECT, Stage, pause, text},
};
use crate::cli::commands::Sentence;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// An OAuth client with its secret.
struct Credentials {
    id: String,
    secret: String,
}

/// Plays the chapter.
pub(super) async fn act(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    report.chapter("8. An AI client acts for Grace by Okta's word (Cross App Access)");
    let resource = "https://mcp.acme.example/files".to_owned();
    let (agent, server) = let_in(stage, &resource).await?;
    report.done(
        "The operator lets it",
        "vestibule client update --cross-app on, connection set --cross-app on",
    );
    let to = CrossApp {
        audience: stage.state.config().region.api_url.clone(),
        client_id: agent.id.clone(),
        scope: "files:read".to_owned(),
        resource: resource.clone(),
        agent: "wlp1DemoAgent".to_owned(),
        ..CrossApp::default()
    };
    let assertion = || stage.okta.id_jag(&to, &stage.people.grace, &Forgery::new());
    let (status, body) = exchange(stage, &agent, &assertion()?).await?;
    let scope = text(&body, "/scope");
    report.expect(
        "Okta's assertion becomes a token",
        status == 200,
        &format!("POST token → {status}, scope {scope}"),
    )?;
    let token = text(&body, "/access_token");
    let told = introspect(stage, &server, &token).await?;
    let right = text(&told, "/username") == stage.people.grace.login && text(&told, "/aud") == resource;
    report.expect(
        "The MCP server asks whose it is",
        right,
        &format!("POST introspect → {}", text(&told, "/username")),
    )?;

    let older = assertion()?;
    let ended = stage.okta.universal_logout(&stage.app, &stage.people.grace, SUBJECT).await;
    report.outcome("Universal Logout", ended)?;
    let told = introspect(stage, &server, &token).await?;
    report.expect(
        "Its next call is refused",
        told == serde_json::json!({ "active": false }),
        "POST introspect → inactive",
    )?;
    let (status, _) = exchange(stage, &agent, &older).await?;
    report.expect("So is an assertion from before", status == 400, &format!("POST token → {status}"))?;
    // Times are compared in whole seconds, so the new assertion needs a later second.
    pause(2_100).await;
    let (status, _) = exchange(stage, &agent, &assertion()?).await?;
    report.expect("Okta may let it in again", status == 200, &format!("POST token → {status}"))
}

/// Registers an MCP server and an AI client as an operator does, and allows Cross App Access for the client and the connection.
async fn let_in(stage: &Stage, resource: &str) -> anyhow::Result<(Credentials, Credentials)> {
    let (workspace_id, now, uri) =
        (stage.workspace.workspace_id.clone(), stage.state.now(), resource.to_owned());
    let redirect_uri = [stage.state.api_url("/callback")];
    let state = stage.state.clone();
    let made = stage.state.write(move |conn| {
        let actor = Actor::cli(now);
        let new = |kind, name| NewClient {
            kind,
            name,
            redirect_uris: if kind == ClientKind::Service { &[] } else { &redirect_uri },
            post_logout_redirect_uris: &[],
            auth_method: ClientAuth::Secret,
            jwks: "",
            scopes: &[],
            jwt_seconds: None,
            id_token_alg: None,
            backchannel_logout_uri: None,
            requires_pkce: false,
            default_max_age: None,
            requires_auth_time: false,
        };
        let agent = clients::create(conn, &actor, &workspace_id, &new(ClientKind::Mcp, "Demo agent"), true)?;
        let server =
            clients::create(conn, &actor, &workspace_id, &new(ClientKind::Service, "Demo MCP server"), true)?;
        let change = ClientChange { cross_app: Some(true), ..ClientChange::default() };
        clients::change(conn, &actor, agent.0.clone(), change, true)?;
        let read = ResourceScope { scope: "files:read".to_owned(), text: "Read your files".to_owned() };
        let new = NewResource { uri: &uri, name: "Files", scopes: vec![read], roles: &[] };
        resources::create(conn, &actor, &workspace_id, new, &state.config().region.api_url)?;
        let found = connections::find_first(conn, &workspace_id)?.context("no connection")?;
        let settings = Settings { cross_app: Some(true), ..Settings::of(&found) };
        connection::save(conn, &actor, state.sealer(), &workspace_id, settings)
            .map_err(anyhow::Error::from)?;
        Ok::<_, Sentence>((agent, server))
    });
    let (agent, server) = made.await.map_err(|Sentence(error)| error)?;
    let credentials = |(client, secret): (vestibule_store::oauth::clients::Client, Option<String>)| {
        Credentials { id: client.client_id.into_string(), secret: secret.unwrap_or_default() }
    };
    Ok((credentials(agent), credentials(server)))
}

async fn exchange(stage: &Stage, agent: &Credentials, assertion: &str) -> anyhow::Result<(u16, Value)> {
    post(stage, agent, "/oauth/token", &[("grant_type", GRANT), ("assertion", assertion)]).await
}

async fn introspect(stage: &Stage, server: &Credentials, token: &str) -> anyhow::Result<Value> {
    let (status, body) = post(stage, server, "/oauth/introspect", &[("token", token)]).await?;
    ensure!(status == 200, "introspection answers {status}: {body}");
    Ok(body)
}

#[expect(clippy::disallowed_methods, reason = "plays a client on loopback, which outbound refuses to call")]
async fn post(
    stage: &Stage,
    client: &Credentials,
    path: &str,
    form: &[(&str, &str)],
) -> anyhow::Result<(u16, Value)> {
    let request = reqwest::Client::new().post(stage.state.api_url(path));
    let answer = request.basic_auth(&client.id, Some(&client.secret)).form(form).send().await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}
