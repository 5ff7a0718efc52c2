//! A switch that is turned off while assertions are exchanged: no token is active afterwards.

use diesel::connection::SimpleConnection;
use futures_util::future::{join, join_all};

use super::*;
use crate::stalled::{beside, until_waiting};

#[rstest]
#[actix_web::test]
async fn a_race_with_the_switch_leaves_no_token_alive(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    for round in 0..6 {
        allow_client(&scene.house, &scene.agent, true).await;
        allow_connection(&scene.house, &scene.room.workspace, true).await;
        let assertions: Vec<String> = (0..16).map(|_| scene.assertion(&Forgery::new())).collect();
        let exchanges = join_all(assertions.iter().map(|assertion| scene.present(assertion)));
        let switch = async {
            for _ in 0..round {
                actix_web::rt::task::yield_now().await;
            }
            match round % 2 {
                0 => allow_client(&scene.house, &scene.agent, false).await,
                _ => allow_connection(&scene.house, &scene.room.workspace, false).await,
            }
        };
        let (answers, ()) = join(exchanges, switch).await;
        for (status, body) in answers {
            if status == 200 {
                let token = text(&body, "access_token");
                assert_eq!(scene.introspect(&token).await, json!({ "active": false }), "round {round}");
            }
        }
    }
}

/// The exchange has found the person and waits with the link to the identity, because the link refers to a row that another transaction
/// deletes. SQLite has one writer, so there this can't happen.
#[actix_web::test]
async fn a_person_who_is_deleted_in_the_meantime_is_refused() {
    let scene = Scene::set(Postgres).await;
    let mut other = beside(&scene.house);
    let login = &scene.grace.login;
    other.batch_execute(&format!("BEGIN; DELETE FROM users WHERE user_name = '{login}'")).unwrap();
    let assertion = scene.assertion(&Forgery::new());
    let end = async {
        until_waiting(&mut other, 1).await;
        other.batch_execute("COMMIT").unwrap();
    };
    let (answer, ()) = join(scene.present(&assertion), end).await;
    assert_error(answer, 400, "invalid_grant");
    assert_eq!(scene.events("agent_access_refused").await[0]["reason"], "person");
}
