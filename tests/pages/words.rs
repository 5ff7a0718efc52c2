//! Words follow the kind of the identity provider: every page of a workspace of Entra ID, and of Keycloak, by OpenID Connect and by SAML,
//! its doctor, and the pages after sign-ins and refused ones. The word Okta is there only where Okta itself is meant.

mod saml;

use rstest::rstest;
use serde_json::json;
use vestibule_core::{
    ids::{ClientId, UserId, WorkspaceId},
    providers::Provider,
    sets::ProviderKind,
};
use vestibule_simulator::{Browser, Page};
use vestibule_store::{
    Tx,
    people::users,
    providers::{
        conflicts::{self, Conflict},
        connections, saml_connections,
    },
    workspaces,
};
use vestibule_web::observe::{sightings::SightingKind, writers};

use super::{doors, furnished_as};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Which connections the workspace has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Both,
    SamlAlone,
}

/// What is about Okta itself, in a workspace without one: choices among all kinds, the subject of the certificate with which the pretend
/// provider signs, and a hint at how an Okta is named.
const ABOUT_OKTA: [&str; 5] = [
    "<option value=\"okta\">Okta</option>",
    "?provider=okta\">Okta</a>",
    "O=Okta, OU=SSOProvider",
    "For an Okta org, its domain is enough.",
    "In an app of Okta&#39;s catalog, the tenant setting team_id",
];

#[track_caller]
fn assert_no_okta(page: &Page, provider: &Provider) {
    let html = ABOUT_OKTA.iter().fold(page.html.clone(), |html, about| html.replace(about, ""));
    if let Some((before, after)) = html.split_once("Okta") {
        let from = before.char_indices().rev().nth(160).map_or(0, |(at, _)| at);
        let after: String = after.chars().take(80).collect();
        panic!("{} of {} says: …{}Okta{after}…", page.url, provider.name, &before[from..]);
    }
}

/// Makes the connections of the workspace those of another provider. Their issuers stay, so that nobody outside is called.
fn become_of(conn: &mut Tx<'_>, workspace: &WorkspaceId, client: &str, provider: &Provider, by: By) {
    for mut connection in connections::list(conn, workspace).unwrap() {
        if by == By::SamlAlone {
            connections::delete(conn, workspace, &connection.connection_id).unwrap();
            continue;
        }
        connection.provider = provider.kind;
        if connection.name == "Okta" {
            connection.name = provider.label.to_owned();
        }
        connections::save(conn, &connection).unwrap();
    }
    for mut connection in saml_connections::list(conn, workspace).unwrap() {
        let [issuer, sso_url, metadata_url] = provider.saml.examples;
        connection.issuer = issuer.to_owned();
        connection.sso_url = sso_url.to_owned();
        connection.metadata_url = metadata_url.to_owned();
        saml_connections::save(conn, &connection).unwrap();
    }
    use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
    use vestibule_store::db::schema::{clients::dsl, events};
    // The trail names the connection that it was.
    let named = events::table.filter(events::workspace_id.eq(workspace));
    diesel::delete(named.filter(events::kind.eq("connection_changed"))).execute(&mut **conn).unwrap();
    diesel::update(dsl::clients.filter(dsl::client_id.eq(ClientId::sent(client))))
        .set(dsl::name.eq("Provisioning"))
        .execute(&mut **conn)
        .unwrap();
}

/// A person who waits for a decision.
fn conflict(conn: &mut Tx<'_>, workspace: &WorkspaceId, user: &str, now: i64) {
    let user = users::get(conn, workspace, &UserId::from_stored(user)).unwrap();
    let line = Conflict {
        workspace_id: workspace.clone(),
        issuer: "https://login.acme.example".to_owned(),
        subject: "subject".to_owned(),
        user_name: user.user_name.clone(),
        user_id: Some(user.user_id),
        reason: vestibule_core::sets::ConflictReason::Named,
        created_at: now,
    };
    conflicts::record(conn, &line).unwrap();
}

/// Faults that the doctor has a finding about.
fn faults(house: &House, room: &Room) {
    for (kind, detail) in [
        (SightingKind::BaseUrl, "Users"),
        (SightingKind::ScimStranger, "the token is not one of this workspace"),
        (SightingKind::Basic, "refused"),
        (SightingKind::BareToken, ""),
        (SightingKind::ScimRefused, "POST /Users: no"),
        (SightingKind::ScimTokensRefused, "the refresh token is over"),
        (SightingKind::AgentRefused, "aud aud is another server"),
        (SightingKind::RolesAsText, "roles"),
        (SightingKind::EmptyTypes, "phoneNumbers"),
        (SightingKind::Taken, "POST /Users: another user has this externalId"),
        (SightingKind::UnknownMembers, "PATCH /Groups: members"),
        (SightingKind::LogoutUnsigned, "no_token"),
    ] {
        house.state.sightings().note(&room.workspace, kind, detail, house.state.now());
    }
}

/// Requests that are refused before anybody signs in.
async fn assert_refusals(house: &House, room: &Room, provider: &Provider, by: By) {
    let id = &room.workspace;
    let login = format!("/api/okta/oidc/login?team_id={id}");
    for path in [
        "/auth".to_owned(),
        "/auth?signed_out=1".to_owned(),
        "/auth?signed_out=here".to_owned(),
        format!("{login}&connection=x"),
        format!("{login}&connection={id}"),
        format!("{login}&target_link_uri=https://mallory.example"),
        format!("{login}&iss=https://elsewhere.example"),
        "/api/okta/oidc/callback?state=x&code=y".to_owned(),
        "/api/okta/saml/arrive?ticket=x".to_owned(),
        format!("/api/okta/saml/slo/{id}?SAMLRequest=x"),
    ] {
        let page = Browser::new().unwrap().get(&house.url(&path)).await.unwrap();
        assert_no_okta(&page, provider);
    }
    for (path, field) in [
        (format!("/api/okta/saml/acs/{id}"), "SAMLResponse"),
        (format!("/api/okta/saml/slo/{id}"), "SAMLResponse"),
    ] {
        for value in ["", "x", "PHg+PC94Pg=="] {
            let answer = house.http.post(house.url(&path)).form(&[(field, value)]).send().await.unwrap();
            let text = answer.text().await.unwrap();
            assert!(!text.contains("Okta"), "{by:?} {path} of {} says: {text}", provider.name);
        }
    }
}

/// Sign-ins that the provider refuses, or that the workspace does.
async fn assert_sign_in_errors(house: &House, room: &Room, provider: &Provider) {
    let person = room.person("Nora").await;
    let (browser, page) = room.sign_in(&person).await;
    assert_no_okta_in_ours(house, &page, provider);
    drop(browser);
    for (login, assigned) in [("nobody@acme.example", true), ("away@acme.example", false)] {
        let person = room.okta.add_person(login, "Given", "Family");
        if assigned {
            room.okta.assign_quietly(&room.app, &person);
        }
        let (_, page) = room.sign_in(&person).await;
        assert_no_okta_in_ours(house, &page, provider);
    }
}

/// The pretend provider's own pages may say what they like.
#[track_caller]
fn assert_no_okta_in_ours(house: &House, page: &Page, provider: &Provider) {
    assert!(page.url.as_str().starts_with(&house.api), "{}", page.url);
    assert_no_okta(page, provider);
}

#[rstest]
#[actix_web::test]
async fn nothing_says_okta_where_it_is_not(#[values(Sqlite, Postgres)] backend: Backend) {
    for (kind, by) in [
        (ProviderKind::Entra, By::Both),
        (ProviderKind::Entra, By::SamlAlone),
        (ProviderKind::Keycloak, By::Both),
        (ProviderKind::Keycloak, By::SamlAlone),
        (ProviderKind::Any, By::Both),
    ] {
        let provider = kind.facts();
        let (house, room, browser, _) = furnished_as(House::start(backend).await, true).await;
        let user = room.user("target@acme.example").await;
        let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Team",
            "externalId": "team", "members": [{ "value": user }] });
        let group = room.scim("POST", "/Groups", Some(group)).await.1["id"].as_str().unwrap().to_owned();
        let twice = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "target@acme.example" });
        assert_eq!(room.scim("POST", "/Users", Some(twice)).await.0, 409);
        writers::requests::write_down(&house.state).await.unwrap();
        let requests = browser.get(&house.url("/requests?outcome=refused")).await.unwrap();
        let inspected: Vec<String> = requests
            .links()
            .into_iter()
            .map(|link| link.href)
            .filter(|href| href.starts_with("/requests/"))
            .collect();
        let request = inspected[0].trim_start_matches("/requests/").to_owned();
        let ids = doors::credentials(&house, &room, (group, request), "spare").await;
        let (workspace, client, target, now) =
            (room.workspace.clone(), room.client.clone(), user.clone(), house.state.now());
        house
            .write(move |conn| {
                use vestibule_core::ids::{EntitlementId, RoleId};
                use vestibule_store::rights::{
                    entitlements,
                    roles::{self, Role},
                };
                become_of(conn, &workspace, &client, provider, by);
                conflict(conn, &workspace, &target, now);
                roles::insert(conn, &Role::new(&workspace, RoleId::from_stored("custom"), "Custom", "", now))
                    .unwrap();
                entitlements::create(conn, &workspace, EntitlementId::from_stored("grant"), "Grant", "", now)
                    .unwrap();
            })
            .await;
        faults(&house, &room);
        let reads = doors::pages().filter(|(method, path, _)| {
            *method == "GET"
                && !path.ends_with("/export")
                && !(by == By::SamlAlone && path.contains("/oidc/{connection}"))
        });
        for (_, path, _) in reads {
            let page = browser.get(&house.url(&doors::real_path(path, &user, &ids))).await.unwrap();
            assert_eq!(page.status, 200, "{path}: {}", page.text());
            assert_no_okta(&page, provider);
        }
        for path in inspected.iter().map(String::as_str).chain(["/activity?who=okta:scim", "/nothing"]) {
            assert_no_okta(&browser.get(&house.url(path)).await.unwrap(), provider);
        }
        let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
        assert!(page.text().contains("Sign-in and provisioning"), "{}", page.text());
        // The choice of an app names each kind; no later step names another one.
        for step in ["create", "credentials", "test", "provisioning", "done"] {
            let page = browser.get(&house.url(&format!("/integrations/okta/setup/{step}"))).await.unwrap();
            assert!(page.url.path().ends_with(step), "{}", page.url);
            let heading = format!("Connect {} to Acme", provider.name);
            assert!(page.text().contains(&heading), "no {heading:?} in {}", page.text());
            assert_no_okta(&page, provider);
        }
        if kind != ProviderKind::Any {
            let page = browser.get(&house.url("/integrations/okta/saml/new")).await.unwrap();
            assert!(page.text().contains(provider.saml.acs_url), "{}", page.text());
        }
        let workspace = room.workspace.clone();
        let row = house.write(move |conn| workspaces::find(conn, &workspace, "us").unwrap().unwrap()).await;
        let report = vestibule_console::provider::doctor::report(&house.state, &row, false).await.unwrap();
        assert!(report["findings"].as_array().unwrap().len() > 8, "{report}");
        assert!(!report.to_string().contains("Okta"), "{report:#}");
        assert_refusals(&house, &room, provider, by).await;
        let by_saml = saml::assert_sign_ins(&house, &room, provider, &browser).await;
        let sam = room.scim("GET", "/Users?filter=userName%20eq%20%22sam@acme.example%22", None).await.1;
        let sam = sam["Resources"][0]["id"].as_str().unwrap().to_owned();
        for path in ["/account", "/overview", "/activity", "/people", &format!("/people/{sam}")] {
            let page = by_saml.get(&house.url(path)).await.unwrap();
            assert_eq!(page.status, 200, "{path}: {}", page.text());
            assert_no_okta(&page, provider);
        }
        if by == By::Both && kind != ProviderKind::Entra {
            assert_sign_in_errors(&house, &room, provider).await;
        }
    }
}

#[rstest]
#[actix_web::test]
async fn several_kinds_have_no_name_in_common(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished_as(House::start(backend).await, true).await;
    let page = browser.get(&house.url("/people")).await.unwrap();
    assert!(page.html.contains(">Okta</a>") && page.text().contains("Okta provisions them"), "{}", page.html);
    let request = "00000000-0000-7000-8000-000000000001".to_owned();
    let ids = doors::credentials(&house, &room, (String::new(), request), "spare").await;
    let page = browser.get(&house.url("/people")).await.unwrap();
    assert!(page.text().contains("when the identity provider provisions them"), "{}", page.text());
    assert!(page.html.contains(">Sign-in and provisioning</a>"), "{}", page.html);
    // Each connection has the labels of its own provider.
    let path = doors::real_path("/integrations/okta/oidc/{connection}", "", &ids);
    let page = browser.get(&house.url(&path)).await.unwrap();
    assert!(page.text().contains("What to enter at Okta"), "{}", page.text());
    let path = doors::real_path("/integrations/okta/saml/{connection}", "", &ids);
    let page = browser.get(&house.url(&path)).await.unwrap();
    assert!(
        page.text().contains("Kind The identity provider") && page.text().contains("ACS URL"),
        "{}",
        page.text()
    );
    // The steps of an Okta are still there.
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(page.text().contains("Create it in Okta"), "{}", page.text());
}
