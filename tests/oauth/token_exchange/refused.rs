//! Each check of a token exchange refuses.

use vestibule_core::{ids::RoleId, sets::AssignmentSource};
use vestibule_store::people::users;
use vestibule_store::rights::roles;

use super::*;

#[rstest]
#[actix_web::test]
async fn a_form_that_does_not_fit_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let subject = chain.scene.token().await;
    let rows: [(&[(&str, &str)], &str); 16] = [
        (&[("subject_token", "")], "invalid_request"),
        (&[("subject_token", "nonsense")], "invalid_request"),
        (&[("subject_token", "eyJhbGciOiJub25lIn0.e30.")], "invalid_request"),
        (&[("subject_token_type", "")], "invalid_request"),
        (&[("subject_token_type", "urn:ietf:params:oauth:token-type:refresh_token")], "invalid_request"),
        (&[("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")], "invalid_request"),
        (&[("actor_token", "x"), ("actor_token_type", TYPE)], "invalid_request"),
        (&[("actor_token_type", TYPE)], "invalid_request"),
        (&[("requested_token_type", "urn:ietf:params:oauth:token-type:id_token")], "invalid_request"),
        (&[("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token")], "invalid_request"),
        (&[("resource", "")], "invalid_request"),
        (&[("audience", "https://other.example/")], "invalid_target"),
        (&[("resource", "https://storage.example/#part")], "invalid_target"),
        (&[("resource", "https://storage.example")], "invalid_target"),
        (&[("resource", "https://unknown.example/")], "invalid_target"),
        (&[("resource", FILES)], "invalid_target"),
    ];
    for (changes, error) in rows {
        let answer = chain.exchange_with(&subject, changes).await;
        assert_eq!(answer.1["error"], error, "{changes:?} {}", answer.1);
        assert_error(answer, 400, error);
    }
    for changes in [
        &[("audience", STORAGE)][..],
        &[("audience", STORAGE), ("resource", "")],
        &[("requested_token_type", TYPE)],
    ] {
        assert_eq!(chain.exchange_with(&subject, changes).await.0, 200, "{changes:?}");
    }
    // A parameter twice, which RFC 8693 allows for resource: one token has one resource here.
    let twice = [("resource", STORAGE), ("resource", FILES)];
    let form = [("grant_type", GRANT), ("subject_token", &subject), ("subject_token_type", TYPE)];
    let answer = chain.service.ask(&chain.scene.house, &[&form[..], &twice[..]].concat()).await;
    assert_error(answer, 400, "invalid_request");
}

#[rstest]
#[actix_web::test]
async fn a_client_that_was_not_let_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let (house, workspace) = (&chain.scene.house, &chain.scene.room.workspace);
    let subject = chain.scene.token().await;
    let other = Party::register(house, workspace, "service", "client_secret").await;
    assert_error(exchange(house, &other, &subject, &[]).await, 400, "unauthorized_client");
    let wrong =
        Party { secret: Some("wrong".to_owned()), client_id: chain.service.client_id.clone(), ..other };
    assert_error(exchange(house, &wrong, &subject, &[]).await, 401, "invalid_client");
    // Public clients and clients of provisioning can't be let, and a client needs a resource.
    let public = Party::register(house, workspace, "mcp", "none").await;
    assert_error(exchange(house, &public, &subject, &[]).await, 400, "unauthorized_client");
    let scim = Party::register(house, workspace, "scim", "client_secret").await;
    for (party, change) in [
        (&public, Change::on(&[FILES])),
        (&scim, Change::on(&[FILES])),
        (&chain.service, Change { serves: Some(&[]), ..Change::default() }),
        (&chain.service, Change { serves: Some(&["https://unknown.example/"]), ..Change::default() }),
    ] {
        let refused = change.apply(house, party).await;
        assert!(matches!(refused, Err(Refusal::Field(..) | Refusal::Element(..))), "{refused:?}");
    }
    assert_error(exchange(house, &scim, &subject, &[]).await, 400, "unauthorized_client");
    // The SCIM endpoint has no such grant.
    let form = [("grant_type", GRANT), ("subject_token", &subject), ("subject_token_type", TYPE)];
    let answer = scim.ask_at(house, "/api/okta/scim/oauth/token", &form).await;
    assert_error(answer, 400, "unsupported_grant_type");
}

#[rstest]
#[actix_web::test]
async fn a_token_for_another_server_or_of_another_kind_is_refused(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let chain = Chain::set(backend).await;
    let (house, room) = (&chain.scene.house, &chain.scene.room);
    let app = Party::register(house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(house, room).await;
    let tokens = app.tokens(house, &browser, "openid").await;
    let refused = async |token: &str| assert_error(chain.exchange(token).await, 400, "invalid_request");
    // For the whole product, for another resource, or no access token at all.
    refused(&text(&tokens, "access_token")).await;
    refused(&text(&tokens, "refresh_token")).await;
    refused(&text(&tokens, "id_token")).await;
    let code = app.code(house, &browser, &[("scope", "openid files:read"), ("resource", STORAGE)]).await;
    refused(&text(&app.exchange(house, &code).await.1, "access_token")).await;
    // Of the service itself, for nobody.
    let own = [("grant_type", "client_credentials"), ("resource", FILES)];
    refused(&text(&chain.service.ask(house, &own).await.1, "access_token")).await;
    // Of another workspace, with a resource of the same address.
    let other = house.room("Other").await;
    register(house, &other.workspace, FILES, &["files:read"], &[]).await;
    let foreign = Party::register(house, &other.workspace, "app", "client_secret").await;
    let (browser, _) = other.sign_in(&other.administrator(house, "Eve").await).await;
    let code = foreign.code(house, &browser, &[("scope", "openid files:read"), ("resource", FILES)]).await;
    refused(&text(&foreign.exchange(house, &code).await.1, "access_token")).await;
}

#[rstest]
#[actix_web::test]
async fn a_role_that_a_resource_needs_is_asked_at_both(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let (house, workspace) = (&chain.scene.house, chain.scene.room.workspace.clone());
    let vault = "https://vault.example/";
    register(house, &workspace, vault, &["files:read"], &["admin"]).await;
    let subject = chain.scene.token().await;
    let to_vault = [("resource", "https://vault.example/")];
    assert_error(chain.exchange_with(&subject, &to_vault).await, 400, "invalid_target");
    let (login, now) = (chain.scene.grace.login.clone(), house.state.now());
    let change = |give: bool| {
        let (workspace, login) = (workspace.clone(), login.clone());
        house.write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let source = AssignmentSource::Manual;
            match give {
                true => {
                    roles::assign(
                        conn,
                        &workspace,
                        &user.user_id,
                        &RoleId::from_stored("admin"),
                        source,
                        now,
                    )
                    .unwrap();
                }
                false => roles::keep_only_of(conn, &workspace, &user.user_id, source, &[]).unwrap(),
            }
        })
    };
    change(true).await;
    let (status, body) = chain.exchange_with(&subject, &to_vault).await;
    assert_eq!(status, 200, "{body}");
    let token = text(&body, "access_token");
    // The subject's own resource needs the role: the service of the vault calls on.
    let keeper = Party::register(house, &workspace, "service", "client_secret").await;
    Change::on(&["https://vault.example/"]).apply(house, &keeper).await.unwrap();
    assert_eq!(exchange(house, &keeper, &token, &[]).await.0, 200);
    change(false).await;
    assert!(!chain.is_active(&token).await);
    assert_error(exchange(house, &keeper, &token, &[]).await, 400, "invalid_request");
}
