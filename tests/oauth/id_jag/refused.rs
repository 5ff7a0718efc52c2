//! Assertions and clients that are refused: each with the right error, and nothing changes.

use super::*;

#[rstest]
#[actix_web::test]
async fn each_hostile_assertion_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let now = scene.room.okta.now();
    let issuer = scene.room.okta.issuer().to_owned();
    let claim = |name: &str, value: Value| Forgery::new().claim(name, value);
    for forgery in [
        Forgery::new().alg("none"),
        Forgery::new().alg("HS256"),
        Forgery::new().alg("HS256").header("alg", "RS256"),
        Forgery::new().foreign_key(),
        Forgery::new().header("typ", "JWT"),
        Forgery::new().header("typ", Value::Null),
        Forgery::new().header("typ", "global-token-revocation+jwt"),
        Forgery::new().header("typ", "logout+jwt"),
        Forgery::new().header("crit", json!(["b64"])),
        Forgery::new().before_claims(r#""sub":"x","#),
        Forgery::new().before_claims(r#""aud":"https://evil.example","#),
        claim("iss", json!("https://evil.example")),
        claim("iss", json!(format!("{issuer}/oauth2/default"))),
        claim("iss", json!(format!("{issuer}/"))),
        claim("iss", Value::Null),
        claim("aud", json!("https://else.example")),
        claim("aud", json!(format!("{}/", scene.house.api))),
        claim("aud", json!([scene.house.api, "https://else.example"])),
        claim("aud", json!(scene.house.url("/oauth/token"))),
        claim("client_id", json!("vclient_other")),
        claim("client_id", Value::Null),
        claim("exp", json!(now - 120)),
        claim("exp", json!(now + 7200)),
        claim("iat", json!(now + 600)),
        claim("iat", Value::Null),
        claim("nbf", json!(now + 600)),
        claim("jti", Value::Null),
        claim("jti", json!("x".repeat(300))),
        claim("sub", Value::Null),
        claim("sub", json!(["00u"])),
        claim("cnf", json!({ "jkt": "x" })),
        claim("authorization_details", json!([{ "type": "x" }])),
        claim("aud_tenant", json!("00000000-0000-7000-8000-000000000000")),
        claim("resource", json!("https://mcp.example/files/")),
        claim("resource", json!("https://evil.example")),
        claim("act", json!("x")),
    ] {
        let (status, body) = scene.present(&scene.assertion(&forgery)).await;
        assert_eq!((status, body["error"].as_str()), (400, Some("invalid_grant")), "{forgery:?} {body}");
        assert_eq!(body["error_description"], "the assertion was not accepted", "{forgery:?}");
    }
    // An ID token in its place, and JSON that is nested too deeply.
    let id_token = Forgery::new().header("typ", "JWT").claim("aud", scene.room.app.client_id.as_str());
    let id_token = id_token.claim("nonce", "n").claim("client_id", Value::Null);
    let deep = format!(r#""act":{}1{},"#, "[".repeat(2000), "]".repeat(2000));
    for forgery in [id_token, Forgery::new().before_claims(&deep)] {
        assert_error(scene.present(&scene.assertion(&forgery)).await, 400, "invalid_grant");
    }
    let logout = scene.room.okta.logout_token(&scene.room.app, &scene.grace, &Forgery::new()).unwrap();
    let (huge, megabyte) = ("x".repeat(20_000), "x".repeat(1_000_000));
    for other in [logout.as_str(), "a.b.c.d.e", "", "nonsense", huge.as_str(), megabyte.as_str()] {
        let (status, body) = scene.present(other).await;
        let is_refused = [400, 413].contains(&status) && body["error"] != "server_error";
        assert!(is_refused, "{other:.40} {status} {body}");
    }
    assert_eq!(scene.events("agent_access_given").await, Vec::<Value>::new());
    // The genuine assertion is still accepted.
    scene.token().await;
}

#[rstest]
#[actix_web::test]
async fn only_a_confidential_client_that_is_let_may_use_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let workspace = &scene.room.workspace;
    let form = |assertion: &str| [("grant_type", GRANT.to_owned()), ("assertion", assertion.to_owned())];
    let assertion = scene.assertion(&Forgery::new());
    let public = Party::register(&scene.house, workspace, "mcp", "none").await;
    let plain = Party::register(&scene.house, workspace, "mcp", "client_secret").await;
    for party in [public, plain] {
        let form = form(&assertion);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_error(party.ask(&scene.house, &form).await, 400, "unauthorized_client");
    }
    let nobody = [("grant_type", GRANT), ("assertion", assertion.as_str())];
    let url = scene.house.url("/oauth/token");
    assert_error(
        read(scene.house.http.post(&url).form(&nobody).send().await.unwrap()).await,
        401,
        "invalid_client",
    );
    // Another client can't use this client's assertion.
    let other = Party::register(&scene.house, workspace, "mcp", "client_secret").await;
    allow_client(&scene.house, &other, true).await;
    assert_error(other.ask(&scene.house, &nobody).await, 400, "invalid_grant");
    // Form fields: a repeated one, a missing one, and authorization details, which are not supported.
    let twice = [("grant_type", GRANT), ("assertion", "a"), ("assertion", "b")];
    assert_error(scene.agent.ask(&scene.house, &twice).await, 400, "invalid_request");
    assert_error(scene.agent.ask(&scene.house, &[("grant_type", GRANT)]).await, 400, "invalid_request");
    let details = scene.present_with(&assertion, &[("authorization_details", "[]")]).await;
    assert_error(details, 400, "invalid_authorization_details");
    // The token endpoint of Okta's SCIM client does not support the grant.
    let elsewhere = scene.agent.ask_at(&scene.house, "/api/okta/scim/oauth/token", &nobody).await;
    assert_eq!(elsewhere.0, 400, "{elsewhere:?}");
    assert_eq!(scene.present(&assertion).await.0, 200);
}

#[rstest]
#[actix_web::test]
async fn a_workspace_gets_no_assertion_of_another(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let other = scene.house.room("Other").await;
    allow_connection(&scene.house, &other.workspace, true).await;
    let theirs = other.person("Linus").await;
    let foreign = other.okta.id_jag(&scene.to(), &theirs, &Forgery::new()).unwrap();
    assert_error(scene.present(&foreign).await, 400, "invalid_grant");
    // Signed by the other organisation, with our issuer and our person.
    let posing = Forgery::new().claim("iss", scene.room.okta.issuer()).claim("sub", scene.grace.id.as_str());
    let foreign = other.okta.id_jag(&scene.to(), &theirs, &posing).unwrap();
    assert_error(scene.present(&foreign).await, 400, "invalid_grant");
    // A client of all workspaces: the issuer decides the workspace, and the tenant must match it.
    let shared =
        Party::register(&scene.house, &vestibule_core::ids::DEPLOYMENT, "mcp", "client_secret").await;
    allow_client(&scene.house, &shared, true).await;
    register(&scene.house, &other.workspace, RESOURCE, &["files:read"], &[]).await;
    let to = CrossApp { client_id: shared.client_id.clone(), ..scene.to() };
    for (tenant, status) in [("", 200), (other.workspace.as_str(), 200), (scene.room.workspace.as_str(), 400)]
    {
        let to = CrossApp { tenant: tenant.to_owned(), ..to.clone() };
        let assertion = other.okta.id_jag(&to, &theirs, &Forgery::new()).unwrap();
        let form = [("grant_type", GRANT), ("assertion", assertion.as_str())];
        let (answered, body) = shared.ask(&scene.house, &form).await;
        assert_eq!(answered, status, "{tenant} {body}");
    }
}
