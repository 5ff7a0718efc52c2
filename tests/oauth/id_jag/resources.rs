//! Scopes and resources of tokens that an assertion gives, and of tokens that people approve.

use vestibule_core::{ids::RoleId, sets::AssignmentSource};
use vestibule_store::rights::roles;

use super::*;
use crate::oauth::flow::somebody;

/// A forgery, form fields, and the scope or the error that follows.
type Row = (Forgery, &'static [(&'static str, &'static str)], Result<&'static str, &'static str>);

#[rstest]
#[actix_web::test]
async fn scope_and_resource_only_narrow(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    register(&scene.house, &scene.room.workspace, "https://mcp.example/mail", &["mail:read"], &[]).await;
    let both = json!([RESOURCE, "https://mcp.example/mail"]);
    let rows: [Row; 11] = [
        (Forgery::new().claim("scope", "files:read files:write"), &[], Ok("files:read files:write")),
        (
            Forgery::new().claim("scope", "files:read files:write"),
            &[("scope", "files:write")],
            Ok("files:write"),
        ),
        (Forgery::new().claim("scope", "files:read admin"), &[], Ok("files:read")),
        (Forgery::new().claim("scope", Value::Null), &[], Ok("files:read files:write")),
        (Forgery::new().claim("scope", Value::Null), &[("scope", "files:read mail:read")], Ok("files:read")),
        (Forgery::new().claim("scope", "openid offline_access scim.write"), &[], Err("invalid_scope")),
        (Forgery::new().claim("scope", "mail:read"), &[], Err("invalid_scope")),
        (Forgery::new(), &[("resource", RESOURCE)], Ok("files:read")),
        (Forgery::new(), &[("resource", "https://mcp.example/mail")], Err("invalid_target")),
        (Forgery::new().claim("resource", both.clone()), &[], Err("invalid_target")),
        (Forgery::new().claim("resource", both), &[("resource", RESOURCE)], Ok("files:read")),
    ];
    for (forgery, more, expected) in rows {
        let (status, body) = scene.present_with(&scene.assertion(&forgery), more).await;
        match expected {
            Ok(scope) => {
                assert_eq!((status, body["scope"].as_str()), (200, Some(scope)), "{forgery:?} {body}");
            }
            Err(error) => assert_error((status, body), 400, error),
        }
    }
    // Without a resource: the scopes of MCP clients.
    let bare = Forgery::new().claim("resource", Value::Null).claim("scope", "mcp openid");
    let (status, body) = scene.present(&scene.assertion(&bare)).await;
    assert_eq!((status, &body["scope"]), (200, &json!("mcp")));
    assert_error(
        scene.present_with(&scene.assertion(&bare), &[("resource", RESOURCE)]).await,
        400,
        "invalid_target",
    );
}

#[rstest]
#[actix_web::test]
async fn a_resource_may_need_a_role_which_is_asked_live(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let uri = "https://mcp.example/billing";
    register(&scene.house, &scene.room.workspace, uri, &["bills:read"], &["admin"]).await;
    let forgery = || Forgery::new().claim("resource", uri).claim("scope", "bills:read");
    assert_error(scene.present(&scene.assertion(&forgery())).await, 400, "invalid_grant");
    let change = |give: bool| {
        let (workspace, login, now) =
            (scene.room.workspace.clone(), scene.grace.login.clone(), scene.house.state.now());
        scene.house.write(move |conn| {
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
    let (status, body) = scene.present(&scene.assertion(&forgery())).await;
    assert_eq!(status, 200, "{body}");
    let token = text(&body, "access_token");
    assert_eq!(scene.introspect(&token).await["active"], true);
    change(false).await;
    assert_eq!(scene.introspect(&token).await, json!({ "active": false }));
}

#[rstest]
#[actix_web::test]
async fn the_consent_page_uses_the_same_list(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let mut tool = Party::register(&scene.house, &vestibule_core::ids::DEPLOYMENT, "mcp", "none").await;
    let browser = somebody(&scene.house, &scene.room).await;
    let page = tool.visit(&scene.house, &browser, &[("resource", "https://unknown.example/mcp")]).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_target"));
    let page = tool.visit(&scene.house, &browser, &[("resource", RESOURCE), ("scope", "mcp")]).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_scope"));
    let page = tool.visit(&scene.house, &browser, &[("resource", RESOURCE), ("scope", "files:read")]).await;
    let words = page.text();
    assert!(
        words.contains("Do files:read") && words.contains("Files") && !words.contains("files:write"),
        "{words}"
    );
    let code = tool.approved(&scene.house, &browser, &[("resource", RESOURCE)]).await;
    let (status, body) = tool.exchange(&scene.house, &code).await;
    assert_eq!((status, &body["scope"]), (200, &json!("files:read files:write")));
    let refresh = text(&body, "refresh_token");
    tool.secret = None;
    let (status, body) = tool.renew(&scene.house, &refresh).await;
    assert_eq!((status, &body["scope"]), (200, &json!("files:read files:write")), "{body}");
}

#[rstest]
#[actix_web::test]
async fn a_deleted_resource_ends_its_tokens(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let token = scene.token().await;
    assert_eq!(scene.introspect(&token).await["active"], true);
    let (workspace, now) = (scene.room.workspace.clone(), scene.house.state.now());
    scene
        .house
        .write(move |conn| {
            let all = vestibule_store::oauth::resources::list(conn, &workspace).unwrap();
            let id = &all[0].resource_id;
            let ended = admin_resources::delete(conn, &Actor::cli(now), &workspace, id).unwrap();
            assert_eq!(ended, Some(1));
        })
        .await;
    assert_eq!(scene.introspect(&token).await, json!({ "active": false }));
    assert_error(scene.present(&scene.assertion(&Forgery::new())).await, 400, "invalid_grant");
}
