//! Who sees a plan, and that nothing opens the hidden copies of a workspace.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{ids::UserId, sets::TokenKind};
use vestibule_store::{
    Error,
    access::tokens::{self, NewToken},
    people::users,
    trail::events::{self, Cause, Target, kinds::WorkspaceResumed},
};

use super::{Company, commands, copies, observe, until_applied};
use crate::{
    management::Machine,
    scim::{done, person, replace},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, answer,
    },
};

#[rstest]
#[actix_web::test]
async fn nothing_opens_a_copy(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let company = Company::found(&house, &room, 12).await;
    observe(&house, &room, "on");
    let (plan_id, base_id) = copies(&house, &room).await;
    let machine = Machine::new(&house).await;
    let user_id = UserId::from_stored(&company.people[1]);
    for copy in [&plan_id, &base_id] {
        // SCIM: neither the token of the workspace, nor of another one.
        for token in [&room.token, &other.token] {
            let url = house.url(&format!("/api/scim/v2/{copy}/Users"));
            assert_eq!(answer(house.http.get(url).bearer_auth(token)).await.0, 401);
        }
        // Not even a token that somebody put into its table.
        let (of_copy, now, holder) = (copy.clone(), house.state.now(), user_id.clone());
        let (provisioning, api) = house
            .write(move |conn| {
                let (_, provisioning) =
                    tokens::provision(conn, &of_copy, ("x", "scim.read scim.write", None), (true, None), now)
                        .unwrap();
                let user = users::get(conn, &of_copy, &holder).unwrap();
                let new = NewToken {
                    workspace_id: &of_copy,
                    kind: TokenKind::Api,
                    name: "x",
                    grant_id: None,
                    user: Some((&user.user_id, user.epoch)),
                    scope: "api",
                    expires_at: Some(now + 3_600_000_000),
                };
                (provisioning, tokens::issue(conn, &new, now).unwrap().1)
            })
            .await;
        let url = house.url(&format!("/api/scim/v2/{copy}/Users"));
        assert_eq!(answer(house.http.get(url).bearer_auth(&provisioning)).await.0, 401);
        assert_eq!(room.check_token(&api).await, 401);
        // Sign-in, metadata, management, commands.
        let login =
            house.http.get(house.url(&format!("/api/okta/oidc/login?team_id={copy}"))).send().await.unwrap();
        assert!(login.status().is_client_error(), "{}", login.status());
        let metadata =
            house.http.get(house.url(&format!("/api/okta/saml/metadata/{copy}"))).send().await.unwrap();
        assert!(metadata.status().is_client_error(), "{}", metadata.status());
        for path in ["", "/users", "/plan", "/events"] {
            assert_eq!(machine.get(&format!("/workspaces/{copy}{path}")).await.0, 404, "{path}");
        }
        let output =
            commands(&house).command(&["workspace", "observe", "--workspace", copy.as_str(), "on"], "");
        assert_eq!(output.status.code(), Some(1));
        // A write that is not silent fails, because a copy has no trail.
        let of_copy = copy.clone();
        let written = house
            .state
            .write(move |conn| {
                events::record(conn, &of_copy, &Cause::cli(), Target::Workspace, &WorkspaceResumed {}, now)
            })
            .await;
        assert!(matches!(written, Err(Error::NotFound)), "{written:?}");
    }
    let listed = commands(&house).run(&["workspace", "list"], "");
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    let listed = machine.get("/workspaces").await.1;
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
    // Commands that write into every workspace leave the copies out.
    commands(&house).run(&["read-only", "on"], "");
    commands(&house).run(&["read-only", "off"], "");
}

#[rstest]
#[actix_web::test]
async fn the_api_reads_applies_and_discards_a_plan(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let company = Company::found(&house, &room, 12).await;
    let machine = Machine::new(&house).await;
    let base = format!("/workspaces/{}/plan", room.workspace);
    assert_eq!(machine.get(&base).await.0, 404);
    observe(&house, &room, "on");
    done(&room, "POST", "/Users", Some(person("new@acme.example"))).await;
    done(&room, "PATCH", &company.path(2), Some(replace(&json!({ "active": false })))).await;
    let (status, plan) = machine.get(&base).await;
    assert_eq!((status, &plan["state"]), (200, &json!("observing")), "{plan}");
    assert_eq!(plan["counts"]["people_created"], json!(1));
    let (_, first) = machine.get(&format!("{base}/people?limit=1")).await;
    let cursor = first["next"].as_str().unwrap();
    let (_, second) = machine.get(&format!("{base}/people?limit=1&cursor={cursor}")).await;
    let changes = [&first["items"][0]["change"], &second["items"][0]["change"]];
    assert!(changes.contains(&&json!("created")) && changes.contains(&&json!("deactivated")), "{changes:?}");
    assert_eq!(machine.get(&format!("{base}/groups")).await.1["items"], json!([]));
    // Another workspace has no plan.
    assert_eq!(machine.get(&format!("/workspaces/{}/plan", other.workspace)).await.0, 404);
    assert_eq!(machine.bare("POST", &format!("/workspaces/{}/plan/apply", other.workspace)).await.0, 409);
    assert_eq!(machine.bare("POST", &format!("{base}/apply")).await.0, 204);
    until_applied(&house, &room).await;
    assert_eq!(done(&room, "GET", "/Users", None).await["totalResults"], json!(13));
    assert_eq!(machine.bare("POST", &format!("{base}/apply")).await.0, 409);
    observe(&house, &room, "on");
    done(&room, "DELETE", &company.path(3), None).await;
    assert_eq!(machine.bare("POST", &format!("{base}/discard")).await.0, 204);
    assert_eq!(done(&room, "GET", "/Users", None).await["totalResults"], json!(13));
}
