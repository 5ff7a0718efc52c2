//! Token exchange (RFC 8693): a service calls another resource of the product for a person, never with more than it was called with.

mod ends;
mod refused;

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor, Refusal,
    access::{
        clients::{self as admin_clients, ClientChange},
        resources::{self as admin_resources, NewResource},
    },
};
use vestibule_core::ids::{ClientId, WorkspaceId};
use vestibule_simulator::{CrossApp, Forgery};
use vestibule_store::oauth::{clients, resources::ResourceScope};

use super::{
    SECOND, assert_error,
    flow::{Party, somebody, userinfo},
    id_jag::Scene,
    text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The resource that the service serves; the scene's agent has tokens for it.
const FILES: &str = "https://mcp.example/files";
/// The resource that the service calls.
const STORAGE: &str = "https://storage.example/";

/// A scene with an agent that acts for Grace at `FILES`, and the service of `FILES`, which may call `STORAGE`.
pub struct Chain {
    pub scene: Scene,
    pub service: Party,
}

impl Chain {
    pub async fn set(backend: Backend) -> Self {
        let scene = Scene::set(backend).await;
        let service = Party::register(&scene.house, &scene.room.workspace, "service", "client_secret").await;
        register(&scene.house, &scene.room.workspace, STORAGE, &["files:read", "files:delete"], &[]).await;
        let change =
            Change { scopes: &["files:read", "files:write", "files:delete"], ..Change::on(&[FILES]) };
        change.apply(&scene.house, &service).await.unwrap();
        Self { scene, service }
    }

    pub async fn exchange(&self, token: &str) -> (u16, Value) {
        self.exchange_with(token, &[]).await
    }

    /// Exchanges a token; `changes` replace parameters, and an empty value removes one.
    pub async fn exchange_with(&self, token: &str, changes: &[(&str, &str)]) -> (u16, Value) {
        exchange(&self.scene.house, &self.service, token, changes).await
    }

    /// The token for `STORAGE` that the agent's token becomes.
    pub async fn exchanged(&self, token: &str) -> String {
        let (status, body) = self.exchange(token).await;
        assert_eq!(status, 200, "{body}");
        text(&body, "access_token")
    }

    pub async fn introspect(&self, token: &str) -> Value {
        introspect(&self.scene.house, &self.service, token).await
    }

    pub async fn is_active(&self, token: &str) -> bool {
        self.introspect(token).await["active"] == true
    }
}

pub async fn exchange(house: &House, party: &Party, token: &str, changes: &[(&str, &str)]) -> (u16, Value) {
    let usual = [
        ("grant_type", GRANT),
        ("subject_token", token),
        ("subject_token_type", TYPE),
        ("resource", STORAGE),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let form: Vec<_> = kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
    party.ask(house, &form).await
}

pub async fn introspect(house: &House, party: &Party, token: &str) -> Value {
    let (status, body) = party.ask_at(house, "/oauth/introspect", &[("token", token)]).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// A change of a client's token exchange.
#[derive(Clone, Copy, Default)]
pub struct Change {
    pub on: Option<bool>,
    pub serves: Option<&'static [&'static str]>,
    pub scopes: &'static [&'static str],
}

impl Change {
    pub fn on(serves: &'static [&'static str]) -> Self {
        Self { on: Some(true), serves: Some(serves), scopes: &["files:read"] }
    }

    pub async fn apply(self, house: &House, party: &Party) -> Result<(), Refusal> {
        let (client_id, now) = (ClientId::sent(&party.client_id), house.state.now());
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        house
            .write(move |conn| {
                let client = clients::find(conn, &client_id).unwrap().unwrap();
                let (scopes, serves) = (owned(self.scopes), self.serves.map(owned));
                let change = ClientChange {
                    token_exchange: self.on,
                    serves: serves.as_deref(),
                    scopes: Some(&scopes).filter(|scopes| !scopes.is_empty()).map(Vec::as_slice),
                    ..ClientChange::default()
                };
                admin_clients::change(conn, &Actor::cli(now), client, change, true).map(drop)
            })
            .await
    }
}

pub async fn register(
    house: &House,
    workspace: &WorkspaceId,
    uri: &'static str,
    scopes: &'static [&'static str],
    roles: &'static [&'static str],
) -> String {
    let (workspace, now) = (workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            let scope = |scope: &&str| ResourceScope { scope: (*scope).to_owned(), text: String::new() };
            let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
            let new = NewResource {
                uri,
                name: "Resource",
                scopes: scopes.iter().map(scope).collect(),
                roles: &roles,
            };
            let actor = Actor::cli(now);
            admin_resources::create(conn, &actor, &workspace, new, "http://own.example").unwrap().resource_id
        })
        .await
}

#[rstest]
#[actix_web::test]
async fn a_service_calls_another_resource_for_the_person(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let scene = &chain.scene;
    let to = CrossApp { agent: "wlp1".to_owned(), ..scene.to() };
    let (_, body) = scene.present(&scene.room.okta.id_jag(&to, &scene.grace, &Forgery::new()).unwrap()).await;
    let subject = text(&body, "access_token");
    let (status, body) = chain.exchange(&subject).await;
    assert_eq!(status, 200, "{body}");
    for (name, value) in [("token_type", "Bearer"), ("issued_token_type", TYPE), ("scope", "files:read")] {
        assert_eq!(body[name], value, "{name}");
    }
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none(), "{body}");
    assert!((3590..=3600).contains(&body["expires_in"].as_i64().unwrap()), "{body}");
    let token = text(&body, "access_token");
    let (said, before) = (chain.introspect(&token).await, chain.introspect(&subject).await);
    let acts = json!({ "sub": chain.service.client_id, "act": { "sub": "wlp1" } });
    for (name, value) in [
        ("active", &json!(true)),
        ("aud", &json!(STORAGE)),
        ("client_id", &json!(chain.service.client_id)),
        ("sub", &before["sub"]),
        ("exp", &before["exp"]),
        ("act", &acts),
    ] {
        assert_eq!(&said[name], value, "{name}");
    }
    assert_eq!((&before["act"], &before["aud"]), (&json!({ "sub": "wlp1" }), &json!(FILES)));
    assert_eq!((scene.room.check_token(&token).await, userinfo(&scene.house, &token).await.0), (401, 401));

    // One event, however often it exchanges.
    chain.exchanged(&subject).await;
    let events = scene.events("token_exchanged").await;
    assert_eq!(
        (events.len(), &events[0]["resource"], &events[0]["from"]),
        (1, &json!(STORAGE), &json!(FILES))
    );
    assert_eq!(events[0]["client"], chain.service.client_id.as_str());
}

#[rstest]
#[actix_web::test]
async fn a_jwt_is_exchanged_for_a_jwt_with_the_chain_of_actors(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let (house, workspace) = (&chain.scene.house, &chain.scene.room.workspace);
    let web = Party::register(house, workspace, "app", "client_secret").await;
    let api = Party::register(house, workspace, "app", "client_secret").await;
    Change::on(&[FILES]).apply(house, &api).await.unwrap();
    for app in [&web, &api] {
        app.set_tokens(house, Some(60), "RS256").await;
    }
    let browser = somebody(house, &chain.scene.room).await;
    let code = web.code(house, &browser, &[("scope", "openid email files:read"), ("resource", FILES)]).await;
    let subject = text(&web.exchange(house, &code).await.1, "access_token");
    let (status, body) = exchange(house, &api, &subject, &[]).await;
    assert_eq!((status, &body["scope"]), (200, &json!("files:read")), "{body}");
    let compact = text(&body, "access_token");
    let claims =
        vestibule_web::crypto::signing::read(&house.state, "at+jwt", &compact).await.unwrap().unwrap();
    assert_eq!(claims["act"], json!({ "sub": api.client_id }));
    assert_eq!((&claims["client_id"], &claims["aud"]), (&json!(api.client_id), &json!(STORAGE)));
    let said = introspect(house, &chain.service, &compact).await;
    assert_eq!((&said["act"], &said["sub"]), (&claims["act"], &claims["sub"]));
}

#[rstest]
#[actix_web::test]
async fn services_in_a_chain_are_named_one_inside_the_other(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let house = &chain.scene.house;
    let storage = Party::register(house, &chain.scene.room.workspace, "service", "client_secret").await;
    Change::on(&[STORAGE]).apply(house, &storage).await.unwrap();
    let mut token = chain.scene.token().await;
    for step in 0..4 {
        let (party, target) = if step % 2 == 0 { (&chain.service, STORAGE) } else { (&storage, FILES) };
        let (status, body) = exchange(house, party, &token, &[("resource", target)]).await;
        assert_eq!(status, 200, "{step} {body}");
        token = text(&body, "access_token");
    }
    let said = chain.introspect(&token).await;
    let (first, last) = (&chain.service.client_id, &storage.client_id);
    assert_eq!(
        said["act"],
        json!({ "sub": last, "act": { "sub": first, "act": { "sub": last, "act": { "sub": first } } } })
    );
    assert_error(chain.exchange(&token).await, 400, "invalid_request");
}

#[rstest]
#[actix_web::test]
async fn scope_and_lifetime_are_never_more_than_the_subject_tokens(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let chain = Chain::set(backend).await;
    let scene = &chain.scene;
    let both = Forgery::new().claim("scope", "files:read files:write");
    let (_, body) = scene.present(&scene.assertion(&both)).await;
    let subject = text(&body, "access_token");
    // FILES has read and write, STORAGE read and delete, the service all three.
    for (requested, expected) in [
        ("", Ok("files:read")),
        ("files:read", Ok("files:read")),
        ("files:read files:delete", Ok("files:read")),
        ("files:delete", Err("invalid_scope")),
        ("files:write", Err("invalid_scope")),
        ("openid", Err("invalid_scope")),
    ] {
        let (status, body) = chain.exchange_with(&subject, &[("scope", requested)]).await;
        match expected {
            Ok(scope) => {
                assert_eq!((status, body["scope"].as_str()), (200, Some(scope)), "{requested} {body}");
            }
            Err(error) => assert_error((status, body), 400, error),
        }
    }
    // What the client lost, it gets no more.
    let narrower = Change { on: None, serves: None, scopes: &["files:write"] };
    narrower.apply(&scene.house, &chain.service).await.unwrap();
    assert_error(chain.exchange(&subject).await, 400, "invalid_scope");
    Change { scopes: &["files:read"], ..narrower }.apply(&scene.house, &chain.service).await.unwrap();

    scene.house.clock.advance(3590 * SECOND);
    let (_, body) = chain.exchange(&subject).await;
    assert!((1..=10).contains(&body["expires_in"].as_i64().unwrap()), "{body}");
    let token = text(&body, "access_token");
    assert!(chain.is_active(&token).await);
    scene.house.clock.advance(10 * SECOND);
    assert!(!chain.is_active(&token).await);
    assert_error(chain.exchange(&subject).await, 400, "invalid_request");
}

#[rstest]
#[actix_web::test]
async fn the_metadata_names_the_grant_only_while_a_client_may_use_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let chain = Chain::set(backend).await;
    let house = &chain.scene.house;
    let offers = async || {
        let (_, document) = house.get("/.well-known/oauth-authorization-server").await;
        document["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT))
    };
    assert!(offers().await);
    Change { on: Some(false), ..Change::default() }.apply(house, &chain.service).await.unwrap();
    assert!(!offers().await);
}
