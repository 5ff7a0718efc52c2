//! Workspaces and their settings: domains, connection, clients, tokens, set-up links.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

#[rstest]
#[actix_web::test]
async fn a_workspace_is_made_and_changed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let (status, made) =
        machine.send("POST", "/workspaces", json!({ "name": " Acme ", "domains": ["Acme.example"] })).await;
    assert_eq!((status, &made["name"], &made["domains"]), (201, &json!("Acme"), &json!(["acme.example"])));
    let link = made["setup_link"].as_str().unwrap();
    assert_eq!(house.http.get(link).send().await.unwrap().status().as_u16(), 200);
    let id = made["id"].as_str().unwrap();
    let path = format!("/workspaces/{id}");
    let (_, shown) = machine.get(&path).await;
    assert_eq!(shown["setup_link"], Value::Null);
    let again = machine.send("POST", "/workspaces", json!({ "name": "Acme", "id": id })).await;
    assert_eq!((again.0, &again.1["detail"]), (409, &json!("a workspace of this id exists already")));
    for wrong in ["x", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(
            fields(&machine.send("POST", "/workspaces", json!({ "name": "Acme", "id": wrong })).await),
            ["id"]
        );
    }
    let taken =
        machine.send("POST", "/workspaces", json!({ "name": "Other", "domains": ["acme.example"] })).await;
    assert_eq!(taken.0, 409, "{}", taken.1);
    assert_eq!(
        fields(&machine.send("POST", "/workspaces", json!({ "name": "x", "domains": ["nonsense"] })).await),
        ["domains"]
    );

    let change = json!({
        "name": "Acme Inc", "default_role": "Viewer", "allow_basic": true, "park_members": true, "session_hours": 8,
        "idle_minutes": 0, "max_age": 3600, "allowed_origins": ["https://b.example", "https://a.example"],
    });
    let (status, changed) = machine.send("PATCH", &path, change).await;
    assert_eq!(status, 200, "{changed}");
    let expected = json!({
        "name": "Acme Inc", "default_role": "viewer", "allow_basic": true, "park_members": true, "session_hours": 8,
        "idle_minutes": 0, "max_age": 3600, "allowed_origins": ["https://a.example", "https://b.example"],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&changed[name], value, "{name}");
    }
    let (_, changed) = machine.send("PATCH", &path, json!({ "session_hours": null, "max_age": null })).await;
    assert_eq!(
        (&changed["session_hours"], &changed["idle_minutes"], &changed["max_age"]),
        (&Value::Null, &json!(0), &Value::Null)
    );
    for (member, wrong) in [
        ("name", json!("")),
        ("default_role", json!("nobody")),
        ("default_role", json!("owner")),
        ("session_hours", json!(0)),
        ("idle_minutes", json!(525_601)),
        ("max_age", json!(-1)),
        ("allowed_origins", json!(["https://a.example/"])),
        ("region", json!("eu")),
    ] {
        assert_eq!(fields(&machine.send("PATCH", &path, json!({ member: wrong })).await), [member]);
    }
    let many: Vec<String> = (0..101).map(|number| format!("https://app-{number}.example")).collect();
    let refused = machine.send("PATCH", &path, json!({ "allowed_origins": many })).await;
    assert_eq!(fields(&refused), ["allowed_origins"]);
    let events = machine.all(&format!("{path}/events"), 200).await;
    let changes: Vec<&Value> = events
        .iter()
        .filter(|event| event["kind"] == "workspace_changed")
        .map(|event| &event["data"])
        .collect();
    assert_eq!(
        changes,
        [
            &json!({
                "name": "Acme Inc", "default_role": "viewer", "allow_basic": true, "park_members": true,
                "session_seconds": 28_800, "idle_seconds": 0, "max_age_seconds": 3600,
                "allowed_origins": ["https://a.example", "https://b.example"],
                "before": {
                    "name": "Acme", "default_role": "member", "allow_basic": false, "park_members": false,
                    "session_seconds": null, "idle_seconds": null, "max_age_seconds": null, "allowed_origins": [],
                },
            }),
            &json!({
                "session_seconds": null, "max_age_seconds": null,
                "before": { "session_seconds": 28_800, "max_age_seconds": 3600 },
            }),
        ]
    );
    let (status, second) = machine.bare("POST", &format!("{path}/setup-links")).await;
    assert_eq!(status, 201);
    assert!(
        second["setup_link"].as_str().unwrap().contains("/setup/vsetup_") && second["expires_at"].is_string()
    );
    assert_eq!(
        fields(&machine.send("POST", &format!("{path}/setup-links"), json!({ "days": 3 })).await),
        ["days"]
    );
    assert_eq!(
        machine.told(id).await,
        ["workspace_created", "workspace_changed", "workspace_changed", "setup_link_made"]
    );
}

#[rstest]
#[actix_web::test]
async fn domains_are_claimed_checked_vouched_for_and_let_go(#[values(Sqlite, Postgres)] backend: Backend) {
    // The DNS server does not answer at this port.
    let house = House::start_with(backend, &[("SIGN_IN__DNS_SERVER", "127.0.0.1:9")]).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let path = format!("/workspaces/{}/domains", room.workspace);
    let (status, claimed) = machine.send("POST", &path, json!({ "domain": "Acme.com" })).await;
    assert_eq!(
        (status, &claimed["verified"], &claimed["record"]["name"]),
        (201, &json!(false), &json!("_vestibule.acme.com"))
    );
    assert_eq!(machine.send("POST", &path, json!({ "domain": "acme.example" })).await.0, 409);
    assert_eq!(fields(&machine.send("POST", &path, json!({ "domain": "acme" })).await), ["domain"]);
    let (status, checked) = machine.bare("POST", &format!("{path}/acme.com/check")).await;
    assert_eq!((status, &checked["verified"]), (200, &json!(false)));
    assert!(checked["checked_at"].is_string() && !checked["finding"].as_str().unwrap().is_empty());
    assert_eq!(machine.bare("POST", &format!("{path}/other.com/check")).await.0, 404);
    let (status, vouched) = machine.bare("POST", &format!("{path}/acme.com/vouch")).await;
    assert_eq!((status, &vouched["verified"], &vouched["by"]), (200, &json!(true), &json!("operator")));
    let listed = machine.all(&path, 1).await;
    assert_eq!(
        listed.iter().map(|one| one["domain"].as_str().unwrap()).collect::<Vec<_>>(),
        ["acme.com", "acme.example"]
    );
    let other = house.room("Other").await;
    let taken =
        machine.bare("POST", &format!("/workspaces/{}/domains/acme.com/vouch", other.workspace)).await;
    assert_eq!((taken.0, &taken.1["detail"]), (409, &json!("another workspace has verified this domain")));
    assert_eq!(machine.bare("DELETE", &format!("{path}/acme.com")).await.0, 204);
    assert_eq!(machine.bare("DELETE", &format!("{path}/acme.com")).await.0, 404);
    assert_eq!(machine.told(&room.workspace).await, ["domain_claimed", "domain_verified", "domain_removed"]);
}

#[rstest]
#[actix_web::test]
async fn a_connection_is_checked_and_saved(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let (_, made) = machine.send("POST", "/workspaces", json!({ "name": "New" })).await;
    let path = format!("/workspaces/{}/connection", made["id"].as_str().unwrap());
    assert_eq!(machine.get(&path).await.0, 404);
    let issuer = room.okta.issuer();
    let (status, saved) = machine
        .send("PUT", &path, json!({ "issuer": issuer, "client_id": "new", "client_secret": "hush-hush" }))
        .await;
    assert_eq!((status, &saved["issuer"], &saved["has_client_secret"]), (200, &json!(issuer), &json!(true)));
    let (_, shown) = machine.get(&path).await;
    assert!(!shown.to_string().contains("hush-hush"), "{shown}");
    let (status, saved) = machine
        .send("PUT", &path, json!({ "issuer": issuer, "client_id": "new", "jit": true, "enabled": false }))
        .await;
    assert_eq!(
        (status, &saved["jit"], &saved["enabled"], &saved["has_client_secret"]),
        (200, &json!(true), &json!(false), &json!(true))
    );
    let nobody = json!({ "okta_domain": "nobody.invalid", "client_id": "new" });
    let refused = machine.send("PUT", &path, nobody).await;
    assert_eq!(fields(&refused), ["issuer"], "it is asked who it is");
    let unchecked = json!({ "okta_domain": "acme.okta.com", "client_id": "new", "check": false });
    assert_eq!(
        fields(&machine.send("PUT", &path, unchecked).await),
        ["connection"],
        "a secret is for the issuer that gave it"
    );
    let unchecked = json!({ "okta_domain": "acme.okta.com", "client_id": "new", "check": false, "client_secret": "another" });
    assert_eq!(machine.send("PUT", &path, unchecked).await.1["issuer"], "https://acme.okta.com");
    assert_eq!(fields(&machine.send("PUT", &path, json!({ "client_id": "x" })).await), ["issuer"]);
    assert_eq!(
        fields(
            &machine
                .send("PUT", &path, json!({ "client_id": "x", "issuer": "ftp://a", "check": false }))
                .await
        ),
        ["issuer"]
    );
    assert_eq!(
        fields(&machine.send("PUT", &path, json!({ "client_id": "", "issuer": issuer })).await),
        ["connection"]
    );
    let theirs = json!({ "issuer": issuer, "client_id": room.app.client_id, "client_secret": "any" });
    let bob = room.person("Bob").await;
    assert_eq!(room.sign_in(&bob).await.1.status, 200, "which proves that the client is theirs");
    assert_eq!(machine.send("PUT", &path, theirs).await.0, 422, "another workspace's client");
    assert_eq!(
        machine
            .told(made["id"].as_str().unwrap())
            .await
            .iter()
            .filter(|kind| *kind == "connection_changed")
            .count(),
        3
    );
}

#[rstest]
#[actix_web::test]
async fn clients_and_their_secrets(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    for path in ["/clients".to_owned(), format!("/workspaces/{}/clients", room.workspace)] {
        let new =
            json!({ "kind": "app", "name": "The app", "redirect_uris": ["https://app.example/callback"] });
        let (status, made) = machine.send("POST", &path, new.clone()).await;
        assert_eq!(status, 201, "{made}");
        let one = format!("{path}/{}", made["client_id"].as_str().unwrap());
        let (_, shown) = machine.get(&one).await;
        assert!(shown["client_secret"].is_null() && shown["secrets"].as_array().unwrap().len() == 1);
        let (status, second) = machine.bare("POST", &format!("{one}/secrets")).await;
        assert_eq!(status, 201);
        assert_ne!(second["client_secret"], made["client_secret"]);
        assert_eq!(machine.bare("POST", &format!("{one}/secrets")).await.0, 409, "two at most");
        let introspect = async |secret: &Value| {
            let form = [
                ("token", "x"),
                ("client_id", made["client_id"].as_str().unwrap()),
                ("client_secret", secret.as_str().unwrap()),
            ];
            answer(house.http.post(house.url("/oauth/introspect")).form(&form)).await.0
        };
        assert_eq!(
            (introspect(&made["client_secret"]).await, introspect(&second["client_secret"]).await),
            (200, 200)
        );
        let first = shown["secrets"][0]["id"].as_str().unwrap();
        assert_eq!(machine.bare("DELETE", &format!("{one}/secrets/{first}")).await.0, 204);
        assert_eq!(machine.bare("DELETE", &format!("{one}/secrets/{first}")).await.0, 404);
        assert_eq!(
            (introspect(&made["client_secret"]).await, introspect(&second["client_secret"]).await),
            (401, 200)
        );
        let listed = machine.all(&path, 1).await;
        assert!(listed.iter().any(|client| client["client_id"] == made["client_id"]));
        assert!(!json!(listed).to_string().contains("vsecret_"));
        assert_eq!((&shown["jwt_access_tokens"], &shown["id_token_alg"]), (&Value::Null, &json!("RS256")));
        for (change, seconds, alg) in [
            (json!({ "jwt_access_tokens": 120, "id_token_alg": "ES256" }), json!(120), "ES256"),
            (json!({ "id_token_alg": "RS256" }), json!(120), "RS256"),
            (json!({ "jwt_access_tokens": null }), Value::Null, "RS256"),
        ] {
            let (status, changed) = machine.send("PATCH", &one, change.clone()).await;
            assert_eq!(
                (status, &changed["jwt_access_tokens"], &changed["id_token_alg"]),
                (200, &seconds, &json!(alg)),
                "{change}"
            );
            assert_eq!(machine.get(&one).await.1, changed);
        }
        for (scopes, kept) in
            [(json!(["openid", "email"]), json!(["openid", "email"])), (json!([]), json!([]))]
        {
            let (status, changed) = machine.send("PATCH", &one, json!({ "scopes": scopes })).await;
            assert_eq!((status, &changed["scopes"], &changed["id_token_alg"]), (200, &kept, &json!("RS256")));
        }
        for (change, age, required) in [
            (json!({ "default_max_age": 600, "requires_auth_time": true }), json!(600), true),
            (json!({ "default_max_age": null }), Value::Null, true),
            (json!({ "requires_auth_time": false }), Value::Null, false),
        ] {
            let (status, changed) = machine.send("PATCH", &one, change).await;
            let found = (status, &changed["default_max_age"], &changed["requires_auth_time"]);
            assert_eq!(found, (200, &age, &json!(required)));
        }
        for (member, wrong) in [
            ("default_max_age", json!(-1)),
            ("default_max_age", json!(31_536_001)),
            ("jwt_access_tokens", json!(301)),
            ("jwt_access_tokens", json!(0)),
            ("id_token_alg", json!("none")),
            ("scopes", json!(["a b"])),
            ("scopes", json!([""])),
        ] {
            assert_eq!(fields(&machine.send("PATCH", &one, json!({ member: wrong })).await), [member]);
        }
        for (member, wrong) in [
            ("kind", json!("web")),
            ("name", json!("")),
            ("redirect_uris", json!([])),
            ("jwt_access_tokens", json!(301)),
            ("id_token_alg", json!("HS256")),
        ] {
            let mut body = new.clone();
            body[member] = wrong;
            assert_eq!(fields(&machine.send("POST", &path, body).await), [member]);
        }
        let mut body = new;
        body["redirect_uris"] = json!(["http://app.example/"]);
        assert_eq!(fields(&machine.send("POST", &path, body).await), ["redirect_uris[0]"]);
    }
    assert_eq!(
        machine.told(&room.workspace).await,
        [
            "client_created",
            "client_secret_issued",
            "client_secret_ended",
            "client_changed",
            "client_changed",
            "client_changed",
            "client_changed",
            "client_changed",
            "client_changed",
            "client_changed",
            "client_changed",
        ]
    );
}

#[rstest]
#[actix_web::test]
async fn provisioning_tokens(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let path = format!("/workspaces/{}/tokens", room.workspace);
    let (status, made) = machine
        .send("POST", &path, json!({ "name": "Okta", "scopes": ["scim.read"], "expires_in_days": 30 }))
        .await;
    assert_eq!((status, &made["scopes"]), (201, &json!(["scim.read"])), "{made}");
    let users =
        || house.http.get(format!("{}/Users", room.scim)).bearer_auth(made["token"].as_str().unwrap());
    assert_eq!(answer(users()).await.0, 200);
    let listed = machine.all(&path, 1).await;
    assert_eq!(listed.len(), 2);
    assert!(!json!(listed).to_string().contains("vscim_"));
    for (member, wrong) in
        [("scopes", json!(["admin"])), ("expires_in_days", json!(0)), ("expires_in_days", json!(3651))]
    {
        assert_eq!(
            fields(&machine.send("POST", &path, json!({ "name": "x", member: wrong })).await),
            [member]
        );
    }
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(machine.bare("DELETE", &one).await, (204, Value::Null));
    assert_eq!(answer(users()).await.0, 401);
    assert_eq!(machine.bare("DELETE", &one).await.0, 404);
    assert_eq!(machine.told(&room.workspace).await, ["provisioning_token_created", "token_revoked"]);
}
