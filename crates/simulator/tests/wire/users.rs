//! The SCIM client's requests about people, in both styles: headers, order, bodies.

use serde_json::{Value, json};
use vestibule_simulator::{App, Okta, Person, ScimAuth, ScimSettings, Style};

use crate::{
    CALLBACK, ada, app, org,
    recorder::{Recorder, list},
};

pub struct Scene {
    pub okta: Okta,
    pub app: App,
    pub ada: Person,
    pub service: Recorder,
}

impl Scene {
    pub fn new(style: Style) -> Self {
        let okta = org();
        let app = app(&okta, CALLBACK, style);
        let service = Recorder::start();
        let base = format!("{}/scim/v2/", service.url);
        okta.enable_provisioning(&app, ScimSettings::new(base, ScimAuth::RawHeader("t0ken".to_owned())));
        Self { ada: ada(&okta), okta, app, service }
    }

    /// Ada, created as `u1`.
    pub async fn with_ada(style: Style) -> Self {
        let scene = Self::new(style);
        scene.service.will_find(&[]).will(201, user("u1"));
        scene.okta.assign(&scene.app, &scene.ada).await.unwrap();
        scene.service.take();
        scene
    }
}

pub fn user(id: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": id, "userName": "ada@acme.example",
        "name": { "formatted": "Ada L", "givenName": "A", "familyName": "L" }, "active": true, "nickName": "x".repeat(4000),
    })
}

const LOOK_UP: &str = "filter=userName%20eq%20%22ada%40acme.example%22";

#[tokio::test]
async fn somebody_new_is_looked_up_and_created() {
    let scene = Scene::new(Style::Catalog);
    scene.service.will_find(&[]).will(201, user("u1"));
    let said = scene.okta.assign(&scene.app, &scene.ada).await.unwrap();
    assert_eq!(said.len(), 2);
    assert_eq!((said[1].status, said[1].received.as_str()), (201, "ada@acme.example, id u1"));
    assert_eq!(said[1].sent_body.as_ref().unwrap()["password"], "•••");
    assert_eq!(scene.okta.scim_id(&scene.app, &scene.ada).as_deref(), Some("u1"));

    let seen = scene.service.take();
    assert_eq!(seen[0].line(), format!("GET /scim/v2/Users?{LOOK_UP}&startIndex=1&count=100"));
    assert_eq!(seen[1].line(), "POST /scim/v2/Users");
    for (name, value) in [
        ("user-agent", "Okta SCIM Client 1.0.0"),
        ("accept", "application/scim+json"),
        ("accept-charset", "utf-8"),
        ("accept-encoding", "gzip,deflate"),
        ("authorization", "t0ken"),
    ] {
        assert_eq!(seen[0].header(name), Some(value));
    }
    assert_eq!(seen[0].header("content-type"), None);
    assert_eq!(seen[1].header("content-type"), Some("application/scim+json; charset=utf-8"));
    let mut body = seen[1].json();
    assert_eq!(body["password"].take().as_str().unwrap().len(), 16);
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.example",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "primary": true, "value": "ada@acme.example", "type": "work" }],
        "displayName": "Ada Lovelace", "locale": "en-US", "externalId": scene.ada.id,
        "groups": [], "password": null, "active": true,
    });
    assert_eq!(body.to_string(), expected.to_string(), "also in this order");
}

#[tokio::test]
async fn the_catalog_style_patches() {
    let scene = Scene::with_ada(Style::Catalog).await;
    let Scene { okta, app, service, .. } = &scene;
    let mut ada = scene.ada.clone();
    "King".clone_into(&mut ada.family);
    okta.update_person(&ada);
    service.will(200, user("u1"));
    okta.push_profile(app, &ada).await.unwrap();
    service.will_with(204, &[], "");
    okta.deactivate(app, &ada).await.unwrap();
    service.will_find(&[user("u1")]).will_with(204, &[], "");
    okta.reactivate(app, &ada).await.unwrap();
    service.will(200, user("u1"));
    okta.assign_roles(app, &ada, &["r1"]).await.unwrap();

    let seen = service.take();
    let lines: Vec<_> = seen.iter().map(|seen| seen.line()).collect();
    let patch = "PATCH /scim/v2/Users/u1";
    let look_up = format!("GET /scim/v2/Users?{LOOK_UP}&startIndex=1&count=100");
    assert_eq!(lines, [patch, patch, &look_up, patch, patch]);
    let values: Vec<_> = seen.iter().filter(|seen| seen.method == "PATCH").map(|seen| seen.json()).collect();
    for (body, value) in values.iter().zip([
        json!({ "name": { "givenName": "Ada", "familyName": "King" }, "displayName": "Ada King" }),
        json!({ "active": false }),
        json!({ "active": true }),
        json!({ "roles": [{ "value": "r1", "display": "" }] }),
    ]) {
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "value": value }],
        });
        assert_eq!(*body, expected);
    }
}

#[tokio::test]
async fn the_wizard_style_reads_and_puts_back() {
    let scene = Scene::with_ada(Style::Wizard).await;
    let Scene { okta, app, ada, service } = &scene;
    for _ in 0..3 {
        service.will(200, user("u1")).will(200, user("u1"));
    }
    okta.push_profile(app, ada).await.unwrap();
    okta.deactivate(app, ada).await.unwrap();
    okta.assign_roles(app, ada, &["r1"]).await.unwrap();
    let seen = service.take();
    let lines: Vec<_> = seen.iter().map(|seen| seen.line()).collect();
    assert_eq!(lines, ["GET /scim/v2/Users/u1", "PUT /scim/v2/Users/u1"].repeat(3));
    let put = seen[1].json();
    assert_eq!(put["name"], json!({ "formatted": "Ada L", "givenName": "Ada", "familyName": "Lovelace" }));
    assert_eq!(
        (&put["id"], &put["externalId"], &put["active"]),
        (&json!("u1"), &json!(ada.id), &json!(true))
    );
    assert_eq!(seen[3].json()["active"], false);
    assert_eq!(seen[5].json()["roles"], json!([{ "value": "r1", "display": "" }]));
}

#[tokio::test]
async fn somebody_found_is_linked_and_updated() {
    for (style, verb) in [(Style::Catalog, "PATCH"), (Style::Wizard, "PUT")] {
        let scene = Scene::new(style);
        scene.service.will_find(&[user("u9")]).will(200, user("u9")).will(200, user("u9"));
        scene.okta.assign(&scene.app, &scene.ada).await.unwrap();
        let lines = scene.service.lines();
        assert_eq!(lines[1..], ["GET /scim/v2/Users/u9".to_owned(), format!("{verb} /scim/v2/Users/u9")]);
        assert_eq!(scene.okta.scim_id(&scene.app, &scene.ada).as_deref(), Some("u9"));
    }
}

#[tokio::test]
async fn failures_say_why_and_what_was_said() {
    let scene = Scene::new(Style::Catalog);
    let Scene { okta, app, ada, service } = &scene;
    let early = okta.push_profile(app, ada).await.unwrap_err();
    assert!(early.exchanges.is_empty() && early.sentence.contains("not provisioned"));

    service.will(404, json!({})).will(409, json!({ "detail": "ada is taken" }));
    let failure = okta.assign(app, ada).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "Could not create ada@acme.example: the service answered 409 (ada is taken)."
    );
    assert_eq!(failure.exchanges.len(), 2);

    service.will_find(&[]).will_with(201, &[], "");
    let failure = okta.assign(app, ada).await.unwrap_err();
    assert_eq!(failure.sentence, "Create new user returned empty user");

    let mut other = user("u2");
    other["userName"] = json!("grace@acme.example");
    service.will_find(&[other]);
    let failure = okta.assign(app, ada).await.unwrap_err();
    assert!(failure.sentence.contains("grace@acme.example"), "a filter that is not honoured: {failure}");

    service.will_with(502, &[], "<html>Bad gateway</html>");
    assert!(okta.test_connection(app).await.unwrap_err().sentence.contains("502"));
    assert!(!format!("{:?}", okta.exchanges()).contains("t0ken"));
}

#[tokio::test]
async fn too_many_requests_are_waited_for() {
    let scene = Scene::new(Style::Catalog);
    scene.service.will_with(429, &[("Retry-After", "1")], "{}").will_with(429, &[], "").will_find(&[]);
    let said = scene.okta.test_connection(&scene.app).await.unwrap();
    assert_eq!(said.iter().map(|exchange| exchange.status).collect::<Vec<_>>(), [429, 429, 200]);
    assert_eq!(scene.service.lines(), ["GET /scim/v2/Users?startIndex=1&count=2"; 3]);
}

#[tokio::test]
async fn an_import_turns_every_page_and_insists_on_all_of_them() {
    let scene = Scene::new(Style::Catalog);
    let Scene { okta, app, service, .. } = &scene;
    let people: Vec<_> =
        (0..130).map(|number| json!({ "id": format!("u{number}"), "active": number != 7 })).collect();
    service.will(200, list(&people[..100], 130, 1)).will(200, list(&people[100..], 130, 101));
    okta.import_users(app).await.unwrap();
    assert_eq!(okta.imported_users(app).len(), 129);
    assert_eq!(
        service.lines(),
        ["GET /scim/v2/Users?startIndex=1&count=100", "GET /scim/v2/Users?startIndex=101&count=100"]
    );
    service.will(200, list(&people[..100], 130, 1)).will(200, list(&people[..30], 130, 101));
    assert!(okta.import_users(app).await.unwrap_err().sentence.contains("u0 came twice"));
    service.will(200, list(&people[..50], 130, 1));
    assert!(okta.import_users(app).await.unwrap_err().sentence.contains("a page had 50"));
}

#[tokio::test]
async fn roles_are_discovered_by_their_resource_types() {
    let scene = Scene::new(Style::Catalog);
    let kind =
        |name: &str, schema: &str| json!({ "name": name, "endpoint": format!("/{name}s"), "schema": schema });
    let role = json!({ "id": "admin", "displayName": "Administrator", "description": "All of it" });
    scene
        .service
        .will_find(&[
            kind("User", "urn:ietf:params:scim:schemas:core:2.0:User"),
            kind("Role", "urn:okta:scim:schemas:core:1.0:Role"),
        ])
        .will_find(&[])
        .will_find(&[role]);
    scene.okta.discover_roles(&scene.app).await.unwrap();
    let roles = "GET /scim/v2/Roles?startIndex=1&count=100";
    assert_eq!(scene.service.lines(), ["GET /scim/v2/ResourceTypes", "GET /scim/v2/Schemas", roles]);
    assert_eq!(scene.okta.roles(&scene.app)[0].display_name, "Administrator");
}

#[tokio::test]
async fn the_other_ways_to_authenticate() {
    let scene = Scene::new(Style::Wizard);
    for (auth, header) in [
        (ScimAuth::Bearer("t".to_owned()), "Bearer t"),
        (ScimAuth::Basic("u".to_owned(), "p".to_owned()), "Basic dTpw"),
    ] {
        scene.okta.enable_provisioning(&scene.app, ScimSettings::new(&scene.service.url, auth));
        scene.service.will_find(&[]);
        scene.okta.test_connection(&scene.app).await.unwrap();
        assert_eq!(scene.service.take()[0].header("authorization"), Some(header));
    }
}
