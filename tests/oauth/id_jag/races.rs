//! A switch that is turned off while assertions are exchanged: no token is active afterwards.

use futures_util::future::join_all;

use super::*;

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
        let (answers, ()) = futures_util::future::join(exchanges, switch).await;
        for (status, body) in answers {
            if status == 200 {
                let token = text(&body, "access_token");
                assert_eq!(scene.introspect(&token).await, json!({ "active": false }), "round {round}");
            }
        }
    }
}
