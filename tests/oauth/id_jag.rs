//! Cross App Access: an AI client acts for a person by an assertion of the person's provider, and the end of the person's access ends it.

mod races;
mod refused;
mod resources;

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    access::{
        clients::{self as admin_clients, ClientChange},
        resources::{self as admin_resources, NewResource},
    },
    provider::connection::{self, Settings},
};
use vestibule_core::ids::{ClientId, WorkspaceId};
use vestibule_simulator::{CrossApp, Forgery, Person, SubjectFormat};
use vestibule_store::{
    Tx,
    oauth::{clients, resources::ResourceScope},
    people::users,
    providers::connections,
    trail::{events, receipts},
};

use super::{SECOND, assert_error, flow::Party, read, text};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, House, Room,
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const RESOURCE: &str = "https://mcp.example/files";

/// A service, a room that lets AI clients act for its people, an allowed client, and a person.
pub struct Scene {
    pub house: House,
    pub room: Room,
    pub agent: Party,
    pub grace: Person,
}

impl Scene {
    pub async fn set(backend: Backend) -> Self {
        Self::set_with(backend, &[]).await
    }

    pub async fn set_with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let house = House::start_with(backend, settings).await;
        let room = house.room("Acme").await;
        let agent = Party::register(&house, &room.workspace, "mcp", "client_secret").await;
        let grace = room.person("Grace").await;
        allow_client(&house, &agent, true).await;
        allow_connection(&house, &room.workspace, true).await;
        register(&house, &room.workspace, RESOURCE, &["files:read", "files:write"], &[]).await;
        Self { house, room, agent, grace }
    }

    pub fn to(&self) -> CrossApp {
        CrossApp {
            audience: self.house.api.clone(),
            client_id: self.agent.client_id.clone(),
            scope: "files:read".to_owned(),
            resource: RESOURCE.to_owned(),
            ..CrossApp::default()
        }
    }

    pub fn assertion(&self, forgery: &Forgery) -> String {
        self.room.okta.id_jag(&self.to(), &self.grace, forgery).unwrap()
    }

    pub async fn present(&self, assertion: &str) -> (u16, Value) {
        self.present_with(assertion, &[]).await
    }

    pub async fn present_with(&self, assertion: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("grant_type", GRANT), ("assertion", assertion)];
        form.extend(more);
        self.agent.ask(&self.house, &form).await
    }

    /// A token of the agent for Grace.
    pub async fn token(&self) -> String {
        let (status, body) = self.present(&self.assertion(&Forgery::new())).await;
        assert_eq!(status, 200, "{body}");
        text(&body, "access_token")
    }

    /// The introspection response for a token.
    pub async fn introspect(&self, token: &str) -> Value {
        let (status, body) = self.agent.ask_at(&self.house, "/oauth/introspect", &[("token", token)]).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Id of Grace's user.
    pub async fn user_id(&self) -> String {
        let (workspace, login) = (self.room.workspace.clone(), self.grace.login.clone());
        let find =
            move |conn: &mut Tx<'_>| users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
        self.house.write(find).await.user_id.into_string()
    }

    /// The data of the events of this kind.
    pub async fn events(&self, kind: &'static str) -> Vec<Value> {
        let workspace = self.room.workspace.clone();
        let list = self.house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
        let list = list.into_iter().filter(|event| event.kind == kind);
        list.map(|event| serde_json::from_str(event.data.as_str()).unwrap()).collect()
    }
}

async fn allow_client(house: &House, party: &Party, on: bool) {
    let (client_id, now) = (ClientId::sent(&party.client_id), house.state.now());
    house
        .write(move |conn| {
            let client = clients::find(conn, &client_id).unwrap().unwrap();
            let change = ClientChange { cross_app: Some(on), ..ClientChange::default() };
            admin_clients::change(conn, &Actor::cli(now), client, change, true).unwrap();
        })
        .await;
}

async fn allow_connection(house: &House, workspace: &WorkspaceId, on: bool) {
    let (workspace, state) = (workspace.clone(), house.state.clone());
    house
        .write(move |conn| {
            let found = connections::find_first(conn, &workspace).unwrap().unwrap();
            let settings = Settings { cross_app: Some(on), ..Settings::of(&found) };
            connection::save(conn, &Actor::cli(state.now()), state.sealer(), &workspace, settings).unwrap();
        })
        .await;
}

async fn register(
    house: &House,
    workspace: &WorkspaceId,
    uri: &'static str,
    scopes: &[&str],
    roles: &'static [&str],
) {
    let (workspace, now) = (workspace.clone(), house.state.now());
    let scope = |scope: &&str| ResourceScope { scope: (*scope).to_owned(), text: format!("Do {scope}") };
    let scopes = scopes.iter().map(scope).collect();
    house
        .write(move |conn| {
            let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
            let new = NewResource { uri, name: "Files", scopes, roles: &roles };
            admin_resources::create(conn, &Actor::cli(now), &workspace, new, "http://own.example").unwrap();
        })
        .await;
}

#[rstest]
#[actix_web::test]
async fn an_assertion_becomes_a_token_that_acts_for_the_person(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let to = CrossApp { agent: "wlp1".to_owned(), ..scene.to() };
    let assertion = scene.room.okta.id_jag(&to, &scene.grace, &Forgery::new()).unwrap();
    let (status, body) = scene.present(&assertion).await;
    assert_eq!((status, &body["token_type"], &body["scope"]), (200, &json!("Bearer"), &json!("files:read")));
    assert_eq!(body["expires_in"], 3600);
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none(), "{body}");
    let token = text(&body, "access_token");
    let said = scene.introspect(&token).await;
    let user = scene.user_id().await;
    assert_eq!((&said["active"], &said["sub"], &said["aud"]), (&json!(true), &json!(user), &json!(RESOURCE)));
    assert_eq!((&said["scope"], &said["client_id"]), (&json!("files:read"), &json!(scene.agent.client_id)));
    assert_eq!(scene.room.check_token(&token).await, 401, "it is for another resource");
    let given = scene.events("agent_access_given").await;
    assert_eq!(
        (given.len(), &given[0]["agent"], &given[0]["by"]),
        (1, &json!("wlp1"), &json!("external_id"))
    );
    // The next assertion uses the same grant, so there is no second event.
    let assertion = scene.room.okta.id_jag(&to, &scene.grace, &Forgery::new()).unwrap();
    assert_eq!(scene.present(&assertion).await.0, 200);
    assert_eq!(scene.events("agent_access_given").await.len(), 1);
}

#[rstest]
#[actix_web::test]
async fn universal_logout_ends_the_agent_and_older_assertions(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let token = scene.token().await;
    let older = scene.assertion(&Forgery::new());
    scene.room.okta.universal_logout(&scene.room.app, &scene.grace, SubjectFormat::IssSub).await.unwrap();
    assert_eq!(scene.introspect(&token).await, json!({ "active": false }));
    assert_error(scene.present(&older).await, 400, "invalid_grant");
    scene.house.clock.advance(5 * SECOND);
    scene.room.okta.move_clock(5);
    assert_error(scene.present(&older).await, 400, "invalid_grant");
    let ahead = scene.room.okta.now() + 30;
    let future = scene.assertion(&Forgery::new().claim("iat", ahead));
    assert_error(scene.present(&future).await, 400, "invalid_grant");
    let old_authentication = scene.assertion(&Forgery::new().claim("auth_time", scene.room.okta.now() - 100));
    assert_error(scene.present(&old_authentication).await, 400, "invalid_grant");
    let newer = scene.assertion(&Forgery::new().claim("iat", scene.room.okta.now() - 1));
    let (status, body) = scene.present(&newer).await;
    assert_eq!(status, 200, "{body}");
    let agents = loop {
        let workspace = scene.room.workspace.clone();
        let list =
            move |conn: &mut Tx<'_>| receipts::list(conn, &workspace, None, None, 10).unwrap().remove(0);
        // The receipt is counted after the commit.
        if let Some(counts) = scene.house.write(list).await.ended().unwrap() {
            break counts.agents;
        }
        actix_web::rt::task::yield_now().await;
    };
    assert_eq!(agents, 1, "the receipt counts the agent");
}

#[rstest]
#[actix_web::test]
async fn deactivating_or_deleting_the_person_ends_the_agent(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let token = scene.token().await;
    let id = scene.user_id().await;
    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    assert_eq!(scene.room.scim("PATCH", &format!("/Users/{id}"), Some(off)).await.0, 200);
    assert_eq!(scene.introspect(&token).await, json!({ "active": false }));
    assert_error(scene.present(&scene.assertion(&Forgery::new())).await, 400, "invalid_grant");
    assert_eq!(scene.room.scim("DELETE", &format!("/Users/{id}"), None).await.0, 204);
    assert_error(scene.present(&scene.assertion(&Forgery::new())).await, 400, "invalid_grant");
}

#[rstest]
#[actix_web::test]
async fn while_the_brake_refuses_the_deactivation_the_agent_goes_on(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let scene = Scene::set(backend).await;
    let token = scene.token().await;
    let path = format!("/Users/{}", scene.user_id().await);
    let commands = Deployment::new(scene.house.database_url(), &scene.house.api);
    let of = ["--workspace", scene.room.workspace.as_str()];
    commands.run(&["workspace", "update", of[0], of[1], "--brake-percent", "1", "--brake-least", "1"], "");
    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": false } }],
    });
    assert_eq!(scene.room.scim("PATCH", &path, Some(off.clone())).await.0, 429);
    assert_eq!(scene.introspect(&token).await["active"], true, "nothing was changed");
    commands.run(&["brake", "release", of[0], of[1], "--people", "1"], "");
    assert_eq!(scene.room.scim("PATCH", &path, Some(off)).await.0, 200);
    assert_eq!(scene.introspect(&token).await, json!({ "active": false }));
}

#[rstest]
#[actix_web::test]
async fn what_is_switched_off_ends_what_it_gave(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let token = scene.token().await;
    allow_client(&scene.house, &scene.agent, false).await;
    assert_eq!(scene.introspect(&token).await, json!({ "active": false }));
    assert_error(scene.present(&scene.assertion(&Forgery::new())).await, 400, "unauthorized_client");
    allow_client(&scene.house, &scene.agent, true).await;
    let token = scene.token().await;
    allow_connection(&scene.house, &scene.room.workspace, false).await;
    assert_eq!(scene.introspect(&token).await, json!({ "active": false }));
    assert_error(scene.present(&scene.assertion(&Forgery::new())).await, 400, "invalid_grant");
    assert_eq!(scene.events("agent_access_ended").await.len(), 2);
}

#[rstest]
#[actix_web::test]
async fn an_assertion_counts_once_and_a_refusal_uses_nothing_up(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let scene = Scene::set(backend).await;
    let assertion = scene.assertion(&Forgery::new());
    let refused = scene.present_with(&assertion, &[("scope", "files:write")]).await;
    assert_error(refused, 400, "invalid_scope");
    assert_error(
        scene.present_with(&assertion, &[("resource", "https://else.example")]).await,
        400,
        "invalid_target",
    );
    let mut stranger = Party {
        secret: Some("wrong".to_owned()),
        ..Party::register(&scene.house, &scene.room.workspace, "mcp", "client_secret").await
    };
    stranger.client_id = scene.agent.client_id.clone();
    let form = [("grant_type", GRANT), ("assertion", assertion.as_str())];
    assert_error(stranger.ask(&scene.house, &form).await, 401, "invalid_client");
    assert_eq!(scene.present(&assertion).await.0, 200);
    assert_error(scene.present(&assertion).await, 400, "invalid_grant");
    let refused = scene.events("agent_access_refused").await;
    assert_eq!((refused.len(), &refused[0]["reason"]), (1, &json!("jti")));
}

#[rstest]
#[actix_web::test]
async fn a_deployment_may_accept_an_assertion_again(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set_with(backend, &[("OAUTH__ID_JAG_REUSE", "true")]).await;
    let assertion = scene.assertion(&Forgery::new());
    assert_eq!(scene.present(&assertion).await.0, 200);
    assert_eq!(scene.present(&assertion).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn the_metadata_names_the_grant_only_while_a_client_may_use_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let scene = Scene::set(backend).await;
    let metadata = || scene.house.get("/.well-known/oauth-authorization-server");
    let (_, document) = metadata().await;
    assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    let profile = "urn:ietf:params:oauth:grant-profile:id-jag";
    assert_eq!(document["authorization_grant_profiles_supported"], json!([profile]));
    allow_client(&scene.house, &scene.agent, false).await;
    let (_, document) = metadata().await;
    assert!(!document["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT)));
    assert!(document.get("authorization_grant_profiles_supported").is_none());
}

#[rstest]
#[actix_web::test]
async fn a_person_is_recognised_by_the_rules_of_sign_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    // The person exists in Okta but is not provisioned here, and just-in-time creation is off.
    let stranger = scene.room.okta.add_person("stranger@acme.example", "No", "Body");
    let assertion = scene.room.okta.id_jag(&scene.to(), &stranger, &Forgery::new()).unwrap();
    assert_error(scene.present(&assertion).await, 400, "invalid_grant");
    // Another person's email address does not make them that person.
    let posing =
        Forgery::new().claim("sub", "00uSomebodyElse00000").claim("email", scene.grace.login.as_str());
    assert_error(scene.present(&scene.assertion(&posing)).await, 400, "invalid_grant");
    let reasons = scene.events("agent_access_refused").await;
    assert!(reasons.iter().all(|refused| refused["reason"] == "person"), "{reasons:?}");
    // After a sign-in the identity is linked, and the assertion finds it.
    scene.room.sign_in(&scene.grace).await;
    scene.token().await;
    assert_eq!(scene.events("agent_access_given").await[0]["by"], "identity");
    let named = Forgery::new().claim("aud_sub", "another");
    assert_error(scene.present(&scene.assertion(&named)).await, 400, "invalid_grant");
    let named = Forgery::new().claim("aud_sub", scene.user_id().await);
    assert_eq!(scene.present(&scene.assertion(&named)).await.0, 200);
}
