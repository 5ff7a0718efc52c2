//! Tests of the commands that register, change and delete clients, and of their secrets.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh,
};

#[rstest]
#[actix_web::test]
async fn a_client_is_registered_rotated_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let app = house.run(
        &[
            "client",
            "create",
            "--kind",
            "app",
            "--name",
            "Product",
            "--workspace",
            workspace,
            "--redirect-uri",
            "https://app.example/a",
            "https://app.example/b",
            "--post-logout-redirect-uri",
            "https://app.example/",
            "--scope",
            "openid",
            "--scope",
            "email",
        ],
        "",
    );
    let id = app["client_id"].as_str().unwrap();
    let listed = house.run(&["client", "list", "--workspace", workspace], "");
    assert_eq!(listed[0]["redirect_uris"], json!(["https://app.example/a", "https://app.example/b"]));
    assert_eq!(
        (&listed[0]["scope"], &listed[0]["auth_method"]),
        (&json!("openid email"), &json!("client_secret"))
    );
    let first = listed[0]["secrets"][0]["id"].as_str().unwrap();
    assert!(listed[0]["secrets"][0]["last_used_at"].is_null());

    let second = house.run(&["client", "rotate-secret", "--client", id], "");
    assert_ne!(second["client_secret"], app["client_secret"]);
    let refused = house.command(&["client", "rotate-secret", "--client", id], "");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there are two secrets already"));
    house.run(&["client", "end-secret", "--client", id, "--secret", first], "");
    assert_eq!(
        house.run(&["client", "list", "--workspace", workspace], "")[0]["secrets"][0]["id"],
        second["id"]
    );
    assert_eq!(house.run(&["client", "delete", "--client", id], "")["deleted"], true);
    assert_eq!(house.run(&["client", "list", "--workspace", workspace], ""), json!([]));
    assert_eq!(house.command(&["client", "delete", "--client", id], "").status.code(), Some(1));
}

#[rstest]
#[actix_web::test]
async fn how_a_client_s_tokens_are_made_can_be_changed(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let app = house.run(
        &[
            "client",
            "create",
            "--kind",
            "app",
            "--name",
            "Product",
            "--workspace",
            workspace,
            "--redirect-uri",
            "https://app.example/a",
            "--id-token-alg",
            "ES256",
            "--jwt-access-tokens",
            "120",
        ],
        "",
    );
    let id = app["client_id"].as_str().unwrap();
    let told = || {
        let listed = house.run(&["client", "list", "--workspace", workspace], "");
        (listed[0]["jwt_access_tokens"].clone(), listed[0]["id_token_alg"].clone())
    };
    assert_eq!(told(), (json!(120), json!("ES256")));
    house.run(&["client", "update", "--client", id, "--jwt-access-tokens", "0"], "");
    assert_eq!(told(), (json!(null), json!("ES256")));
    house.run(
        &["client", "update", "--client", id, "--jwt-access-tokens", "300", "--id-token-alg", "RS256"],
        "",
    );
    assert_eq!(told(), (json!(300), json!("RS256")));
    let changed =
        house.run(&["client", "update", "--client", id, "--scope", "openid", "--scope", "email"], "");
    assert_eq!(changed["scope"], "openid email");
    assert_eq!(house.run(&["client", "update", "--client", id, "--scope", ""], "")["scope"], "");
    for (arguments, code) in [
        (&["--scope", "a b"][..], 1),
        (&[][..], 2),
        (&["--jwt-access-tokens", "301"], 1),
        (&["--id-token-alg", "none"], 2),
    ] {
        let output = house.command(&[&["client", "update", "--client", id][..], arguments].concat(), "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
    assert_eq!(told(), (json!(300), json!("RS256")));
    let signs = house.run(
        &[
            "client",
            "create",
            "--kind",
            "service",
            "--name",
            "Sync",
            "--auth-method",
            "private-key-jwt",
            "--jwks-uri",
            "https://app.example/jwks.json",
        ],
        "",
    );
    assert!(signs["client_secret"].is_null());
    assert_eq!(house.run(&["client", "list"], "")[0]["jwks_uri"], "https://app.example/jwks.json");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let database = Fresh::make(Sqlite);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#).unwrap();
    let keys = keys.path().to_str().unwrap();
    let uri = "https://app.example/";
    for (arguments, code, words) in [
        (&["--kind", "app"][..], 2, "--redirect-uri"),
        (&["--kind", "king", "--redirect-uri", uri], 2, "service"),
        (&["--kind", "service", "--redirect-uri", uri], 1, "must have none"),
        (&["--kind", "service", "--auth-method", "none"], 1, "must authenticate"),
        (&["--kind", "app", "--redirect-uri", "http://evil.example/cb"], 1, "must begin with https://"),
        (
            &["--kind", "app", "--redirect-uri", uri, "--auth-method", "private-key-jwt"],
            1,
            "needs --jwks-file or --jwks-uri",
        ),
        (&["--kind", "app", "--redirect-uri", uri, "--jwks-file", keys], 1, "is for --auth-method"),
        (
            &[
                "--kind",
                "app",
                "--redirect-uri",
                uri,
                "--auth-method",
                "private-key-jwt",
                "--jwks-file",
                keys,
            ],
            1,
            "is not valid",
        ),
        (&["--kind", "app", "--redirect-uri", uri, "--jwks-uri", uri], 1, "is for --auth-method"),
        (
            &[
                "--kind",
                "app",
                "--redirect-uri",
                uri,
                "--auth-method",
                "private-key-jwt",
                "--jwks-uri",
                "ftp://a",
            ],
            1,
            "--jwks-uri must begin with https://",
        ),
        (
            &["--kind", "app", "--redirect-uri", uri, "--jwks-uri", uri, "--jwks-file", keys],
            2,
            "cannot be used with",
        ),
        (
            &["--kind", "app", "--redirect-uri", uri, "--jwt-access-tokens", "301"],
            1,
            "must be 30 to 300 seconds",
        ),
        (&["--kind", "service", "--jwt-access-tokens", "300"], 1, "is for clients of kind app"),
        (&["--kind", "app", "--redirect-uri", uri, "--id-token-alg", "HS256"], 2, "RS256, ES256"),
        (&["--kind", "app", "--redirect-uri", uri, "--scope", "a b"], 1, "is no scope"),
        (&["--kind", "app", "--redirect-uri", uri, "--post-logout-redirect-uri", "x"], 1, "is no URL"),
    ] {
        let output = house.command(&[&["client", "create", "--name", "x"][..], arguments].concat(), "");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), told.contains(words)), (Some(code), true), "{arguments:?}: {told}");
    }
    for name in ["", " ", &"x".repeat(257)] {
        let arguments = ["client", "create", "--name", name, "--kind", "app", "--redirect-uri", uri];
        let output = house.command(&arguments, "");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains("--name must have 1 to 256 characters"), "{told}");
    }
    // A native client listens on loopback.
    let native = ["--kind", "mcp", "--redirect-uri", "http://127.0.0.1/cb", "--auth-method", "none"];
    let native = house.run(&[&["client", "create", "--name", "x"][..], &native].concat(), "");
    assert!(native["client_id"].is_string() && native["client_secret"].is_null());
}

#[rstest]
#[actix_web::test]
async fn ai_clients_and_resources_are_the_operators(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let of = ["--workspace", workspace];
    let create = |kind: &str, method: &str| {
        let line = ["client", "create", "--kind", kind, "--name", "Claude", "--auth-method", method];
        let uri = ["--redirect-uri", "https://client.example/cb"];
        let made = house.run(&[&line[..], &uri[..], &of[..]].concat(), "");
        made["client_id"].as_str().unwrap().to_owned()
    };
    let fails = |line: &[&str], code: i32, said: &str| {
        let output = house.command(line, "");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(code) && told.contains(said), "{line:?} {output:?}");
    };
    let agent = create("mcp", "client-secret");
    let allowed = house.run(&["client", "update", "--client", &agent, "--cross-app", "on"], "");
    assert_eq!((&allowed["cross_app"], &allowed["requires_pkce"]), (&json!(true), &json!(false)));
    // What it demands of authentications.
    let update = ["client", "update", "--client", &agent];
    let demands = house.run(&after(&update, &["--default-max-age", "600", "--require-auth-time", "on"]), "");
    let expected = (&json!(600), &json!(true));
    assert_eq!((&demands["default_max_age"], &demands["requires_auth_time"]), expected);
    let listed = house.run(&[&["client", "list"], &of[..]].concat(), "");
    assert_eq!((&listed[0]["default_max_age"], &listed[0]["requires_auth_time"]), expected);
    assert_eq!(listed[0]["supports_cross_app"], false);
    let none = house.run(&after(&update, &["--default-max-age", "none", "--require-auth-time", "off"]), "");
    assert_eq!((&none["default_max_age"], &none["requires_auth_time"]), (&Value::Null, &json!(false)));
    fails(&after(&update, &["--default-max-age", "soon"]), 2, "whole number of seconds, or none");
    fails(&after(&update, &["--default-max-age", "31536001"]), 1, "must be 0 to 31536000 seconds");
    assert_eq!(house.run(&[&["client", "list"], &of[..]].concat(), "")[0]["cross_app"], true);
    assert_eq!(allowed["warning"], Value::Null);
    let app = create("app", "client-secret");
    let line = ["client", "update", "--client", &app, "--cross-app", "on", "--jwt-access-tokens", "300"];
    let warned = house.run(&line, "")["warning"].as_str().unwrap().to_owned();
    assert!(warned.contains("up to 300 seconds after access has ended"), "{warned}");
    let public = create("mcp", "none");
    fails(&["client", "update", "--client", &public, "--cross-app", "on"], 1, "clients that authenticate");
    let scim = create("scim", "client-secret");
    fails(&["client", "update", "--client", &scim, "--cross-app", "on"], 1, "act for no user");
    fails(
        &["client", "update", "--client", &scim, "--require-auth-time", "on"],
        1,
        "of kind app and mcp only",
    );

    // Options of the connection.
    let set = ["connection", "set", "--workspace", workspace];
    fails(&after(&set, &["--cross-app", "on"]), 2, "--okta-domain or --issuer is missing");
    let oidc = ["--okta-domain", "acme.okta.com", "--client-id", "0oa1", "--client-secret-stdin"];
    assert_eq!(house.run(&after(&set, &oidc), "hush")["cross_app"], false);
    let switched = house.run(&after(&set, &["--cross-app", "on"]), "");
    assert_eq!((&switched["cross_app"], &switched["client_id"]), (&json!(true), &json!("0oa1")));
    assert_eq!(house.run(&after(&set, &oidc), "hush")["cross_app"], true, "it stays");
    assert_eq!(house.run(&after(&set, &after(&oidc, &["--cross-app", "off"])), "hush")["cross_app"], false);

    // Options of resources.
    let create = ["resource", "create", "--name", "Files"];
    let uri = ["--uri", "https://mcp.example/", "--scope", "files:read", "files:write"];
    let text = ["--scope-text", "files:read=Read your files"];
    let made = house.run(&after(&create, &[&uri[..], &text[..], &of[..]].concat()), "");
    assert_eq!(made["scope_texts"], json!(["Read your files", ""]));
    fails(&after(&create, &after(&uri, &of)), 1, "registered already");
    house.run(&after(&create, &after(&uri, &["--all-workspaces"])), "");
    let listed = house.run(&[&["resource", "list"], &of[..]].concat(), "");
    assert_eq!(listed.as_array().unwrap().len(), 2);
    fails(&after(&create, &uri), 2, "--workspace");
    fails(&after(&create, &[&uri[..], &["--scope-text", "x=y"], &of[..]].concat()), 2, "SCOPE=TEXT");
    let wrong = |scope, role: &[&'static str]| {
        let line = ["--uri", "https://b.example", "--scope", scope];
        [&line[..], role, &of[..]].concat().into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    for (line, said) in [
        (wrong("scim.write", &[]), "a scope of Vestibule itself"),
        (wrong("a b", &[]), "is no scope"),
        (wrong("a", &["--role", "nobody"]), "is no role"),
    ] {
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        fails(&after(&create, &line), 1, said);
    }
    // Token exchange needs a registered resource that the client serves.
    let exchange = ["client", "update", "--client", &agent, "--token-exchange", "on"];
    fails(&exchange, 1, "--serves");
    fails(&after(&exchange, &["--serves", "https://b.example"]), 1, "no registered resource");
    let served = house.run(&after(&exchange, &["--serves", "https://mcp.example/"]), "");
    let expected = (&json!(true), &json!(["https://mcp.example/"]));
    assert_eq!((&served["token_exchange"], &served["serves"]), expected);
    let unserved = ["client", "update", "--client", &agent, "--serves", ""];
    fails(&unserved, 1, "--serves");
    let off = house.run(&after(&unserved, &["--token-exchange", "off"]), "");
    assert_eq!((&off["token_exchange"], &off["serves"]), (&json!(false), &json!([])));

    let id = made["id"].as_str().unwrap();
    let delete = [&["resource", "delete", "--resource", id], &of[..]].concat();
    assert_eq!(house.run(&delete, "")["deleted"], true);
    fails(&delete, 1, "there is no resource");
    let kinds = house.run(&[&["event", "list"], &of[..]].concat(), "").to_string();
    assert!(kinds.contains("resource_created") && kinds.contains("resource_deleted"), "{kinds}");
}

/// What a client, a resource and an entitlement were registered with can be changed, by the same rules.
#[rstest]
#[actix_web::test]
async fn a_registration_can_be_changed(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let of = ["--workspace", workspace["id"].as_str().unwrap()];
    let fails = |line: &[&str], code: i32, said: &str| {
        let output = house.command(line, "");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(code) && told.contains(said), "{line:?} {output:?}");
    };
    let create = ["client", "create", "--kind", "app", "--name", "Product"];
    let made = house.run(&after(&create, &after(&["--redirect-uri", "https://app.example/a"], &of)), "");
    let update = ["client", "update", "--client", made["client_id"].as_str().unwrap()];
    let uris = ["--name", " Suite ", "--redirect-uri", "https://app.example/b", "https://app.example/c"];
    let changed = house.run(&after(&update, &uris), "");
    assert_eq!(
        (&changed["name"], &changed["redirect_uris"]),
        (&json!("Suite"), &json!(["https://app.example/b", "https://app.example/c"]))
    );
    let left = ["--post-logout-redirect-uri", "https://app.example/"];
    assert_eq!(
        house.run(&after(&update, &left), "")["post_logout_redirect_uris"],
        json!(["https://app.example/"])
    );
    let none = house.run(&after(&update, &["--post-logout-redirect-uri", ""]), "");
    assert_eq!((&none["post_logout_redirect_uris"], &none["name"]), (&json!([]), &json!("Suite")));
    for (more, said) in [
        (["--redirect-uri", ""], "must be 1 to 50"),
        (["--redirect-uri", "http://app.example/"], "must begin with https://"),
        (["--redirect-uri", "https://app.example/#x"], "must have no fragment"),
        (["--post-logout-redirect-uri", "/here"], "is no URL"),
        (["--name", " "], "name"),
        (["--jwks-uri", "https://app.example/keys"], "private_key_jwt"),
    ] {
        fails(&after(&update, &more), 1, said);
    }
    let listed = house.run(&after(&["client", "list"], &of), "");
    assert_eq!(listed[0]["redirect_uris"].as_array().unwrap().len(), 2, "a refused change changes nothing");

    let create =
        ["resource", "create", "--name", "Files", "--uri", "https://mcp.example/", "--scope", "a", "b"];
    let made = house.run(&after(&create, &of), "");
    let update = after(&["resource", "update", "--resource", made["id"].as_str().unwrap()], &of);
    let changed = house.run(&after(&update, &["--name", "Papers", "--role", "admin"]), "");
    assert_eq!((&changed["name"], &changed["roles"]), (&json!("Papers"), &json!(["admin"])));
    assert_eq!(changed["scopes"], json!(["a", "b"]));
    let fewer = house.run(&after(&update, &["--scope", "a", "--scope-text", "a=Anything", "--role", ""]), "");
    assert_eq!((&fewer["scopes"], &fewer["roles"]), (&json!(["a"]), &json!([])));
    assert_eq!(fewer["scope_texts"], json!(["Anything"]));
    fails(&after(&update, &["--role", "nobody"]), 1, "is no role");
    fails(&after(&update, &["--scope", "openid"]), 1, "a scope of Vestibule itself");
    fails(&update, 2, "--name");

    let create = ["entitlement", "create", "--name", "Hangar", "--id", "hangar"];
    house.run(&after(&create, &of), "");
    let update = after(&["entitlement", "update", "--entitlement", "hangar"], &of);
    let changed = house.run(&after(&update, &["--name", "Shed", "--description", "Where planes stand"]), "");
    assert_eq!(changed, json!({ "id": "hangar", "name": "Shed", "description": "Where planes stand" }));
    house.run(&after(&["entitlement", "create", "--name", "Tower"], &of), "");
    fails(&after(&update, &["--name", "tower"]), 1, "name");
    fails(&update, 2, "--name");
    let events = house.run(&after(&["event", "list"], &of), "").to_string();
    for kind in ["client_changed", "resource_changed", "entitlement_changed"] {
        assert!(events.contains(kind), "{kind}: {events}");
    }
    assert!(events.contains("\"before\":{\"name\":\"Hangar\""), "{events}");
}

fn after<'a>(start: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [start, more].concat()
}
