//! A token from an exchange ends with everything that it came from.

use futures_util::future::{join, join_all};
use vestibule_core::ids::GrantId;
use vestibule_simulator::SubjectFormat;
use vestibule_store::oauth::grants::agents;

use super::*;

#[rstest]
#[actix_web::test]
async fn universal_logout_ends_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let scene = &chain.scene;
    let subject = scene.token().await;
    let token = chain.exchanged(&subject).await;
    assert!(chain.is_active(&token).await);
    scene.room.okta.universal_logout(&scene.room.app, &scene.grace, SubjectFormat::IssSub).await.unwrap();
    assert_eq!(chain.introspect(&token).await, json!({ "active": false }));
    assert_error(chain.exchange(&subject).await, 400, "invalid_request");
}

#[rstest]
#[actix_web::test]
async fn the_end_of_the_grant_ends_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let subject = chain.scene.token().await;
    let token = chain.exchanged(&subject).await;
    let (workspace, now) = (chain.scene.room.workspace.clone(), chain.scene.house.state.now());
    chain.scene.house.write(move |conn| agents::end(conn, &workspace, None, now).unwrap()).await;
    assert!(!chain.is_active(&token).await);
    assert_error(chain.exchange(&subject).await, 400, "invalid_request");
}

#[rstest]
#[actix_web::test]
async fn the_revocation_of_a_token_ends_what_was_exchanged_for_it(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let chain = Chain::set(backend).await;
    let house = &chain.scene.house;
    let storage = Party::register(house, &chain.scene.room.workspace, "service", "client_secret").await;
    Change::on(&[STORAGE]).apply(house, &storage).await.unwrap();
    let revoke = async |party: &Party, token: &str| {
        let form = [
            ("token", token),
            ("client_id", &party.client_id),
            ("client_secret", party.secret.as_deref().unwrap()),
        ];
        assert_eq!(
            house.http.post(house.url("/oauth/revoke")).form(&form).send().await.unwrap().status(),
            200
        );
    };
    let all = async || {
        let first = chain.scene.token().await;
        let second = chain.exchanged(&first).await;
        let (_, body) = exchange(house, &storage, &second, &[("resource", FILES)]).await;
        [first, second, text(&body, "access_token")]
    };
    let alive = async |tokens: &[String; 3]| {
        let mut alive = Vec::new();
        for token in tokens {
            alive.push(chain.is_active(token).await);
        }
        alive
    };
    // The agent whose grant it is does not own it.
    let tokens = all().await;
    revoke(&chain.scene.agent, &tokens[1]).await;
    assert_eq!(alive(&tokens).await, [true, true, true]);
    revoke(&chain.service, &tokens[1]).await;
    assert_eq!(alive(&tokens).await, [true, false, false]);
    let tokens = all().await;
    revoke(&chain.scene.agent, &tokens[0]).await;
    assert_eq!(alive(&tokens).await, [false, false, false]);
}

#[rstest]
#[actix_web::test]
async fn what_the_operator_takes_from_the_client_ends_what_it_got(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let chain = Chain::set(backend).await;
    let (house, workspace) = (&chain.scene.house, chain.scene.room.workspace.clone());
    let subject = chain.scene.token().await;
    let off = Change { on: Some(false), ..Change::default() };
    let other = Change { serves: Some(&[STORAGE]), ..Change::default() };
    for change in [off, other] {
        Change::on(&[FILES]).apply(house, &chain.service).await.unwrap();
        let token = chain.exchanged(&subject).await;
        change.apply(house, &chain.service).await.unwrap();
        assert!(!chain.is_active(&token).await);
        Change::on(&[FILES]).apply(house, &chain.service).await.unwrap();
        assert!(!chain.is_active(&token).await, "it stays ended");
    }
    // The resource it was for.
    let vault = "https://vault.example/";
    let id = register(house, &workspace, vault, &["files:read"], &[]).await;
    let (_, body) = chain.exchange_with(&subject, &[("resource", vault)]).await;
    let token = text(&body, "access_token");
    assert!(chain.is_active(&token).await);
    let (now, of) = (house.state.now(), workspace.clone());
    house.write(move |conn| admin_resources::delete(conn, &Actor::cli(now), &of, &id).unwrap()).await;
    assert!(!chain.is_active(&token).await);
    // The client.
    let token = chain.exchanged(&subject).await;
    let client_id = ClientId::sent(&chain.service.client_id);
    house
        .write(move |conn| {
            let client = clients::find(conn, &client_id).unwrap().unwrap();
            admin_clients::delete(conn, &Actor::cli(now), &client).unwrap()
        })
        .await;
    assert_eq!(introspect(house, &chain.scene.agent, &token).await, json!({ "active": false }));
    let asker = Party::register(house, &workspace, "service", "client_secret").await;
    assert_eq!(introspect(house, &asker, &token).await, json!({ "active": false }));
    assert_eq!(introspect(house, &asker, &subject).await["active"], true);
}

#[rstest]
#[actix_web::test]
async fn a_person_sees_and_ends_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let scene = &chain.scene;
    let subject = scene.token().await;
    let token = chain.exchanged(&subject).await;
    let (browser, _) = scene.room.sign_in(&scene.grace).await;
    let page = browser.get(&scene.house.url("/account")).await.unwrap();
    assert!(page.text().contains("Service, called by The Product"), "{}", page.text());
    let id = chain.introspect(&token).await["jti"].as_str().unwrap().to_owned();
    assert!(GrantId::parse(&id).is_some());
    let path = format!("/account/apps/{id}/end");
    let form = page.forms().into_iter().find(|form| form.action == path).unwrap();
    browser.submit(&page, &form, &[]).await.unwrap();
    assert!(!chain.is_active(&token).await && chain.is_active(&subject).await);
    let events = scene.events("exchanged_tokens_ended").await;
    assert_eq!((events.len(), &events[0]["tokens"], &events[0]["reason"]), (1, &json!(1), &json!("person")));
}

#[rstest]
#[actix_web::test]
async fn a_race_with_its_end_leaves_no_token_alive(#[values(Sqlite, Postgres)] backend: Backend) {
    let chain = Chain::set(backend).await;
    let house = &chain.scene.house;
    for round in 0..6 {
        Change::on(&[FILES]).apply(house, &chain.service).await.unwrap();
        let subject = chain.scene.token().await;
        let exchanges = join_all((0..12).map(|_| chain.exchange(&subject)));
        let end = async {
            for _ in 0..round {
                actix_web::rt::task::yield_now().await;
            }
            let agent = &chain.scene.agent;
            let form = [
                ("token", subject.as_str()),
                ("client_id", &agent.client_id),
                ("client_secret", agent.secret.as_deref().unwrap()),
            ];
            match round % 2 {
                0 => drop(house.http.post(house.url("/oauth/revoke")).form(&form).send().await.unwrap()),
                _ => Change { on: Some(false), ..Change::default() }
                    .apply(house, &chain.service)
                    .await
                    .unwrap(),
            }
        };
        let (answers, ()) = join(exchanges, end).await;
        Change::on(&[FILES]).apply(house, &chain.service).await.unwrap();
        for (status, body) in answers {
            if status == 200 {
                assert!(!chain.is_active(&text(&body, "access_token")).await, "round {round}");
            }
        }
    }
}
