//! The page "AI access", and the parts of a person's and an administrator's pages about AI clients.

use rstest::rstest;
use serde_json::Value;
use vestibule_simulator::Forgery;
use vestibule_web::observe::writers;

use crate::{
    oauth::id_jag::Scene,
    support::Backend::{self, Postgres, Sqlite},
};

#[rstest]
#[actix_web::test]
async fn an_administrator_sees_and_stops_ai_clients(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let token = scene.token().await;
    let administrator = scene.room.administrator(&scene.house, "Ada").await;
    let (browser, _) = scene.room.sign_in(&administrator).await;
    let url = scene.house.url("/integrations/agents");
    let page = browser.get(&url).await.unwrap();
    let words = page.text();
    for said in [
        "AI access",
        "On AI clients allowed by",
        "One client acts for people",
        "The Product",
        "Do files:read",
        scene.house.api.as_str(),
        scene.room.workspace.as_str(),
    ] {
        assert!(words.contains(said), "no {said:?} in {words}");
    }
    // The person's own page displays it too.
    let (hers, _) = scene.room.sign_in(&scene.grace).await;
    let account = hers.get(&scene.house.url("/account")).await.unwrap();
    assert!(account.text().contains("authorized by the identity provider"), "{}", account.text());
    assert_eq!(hers.get(&url).await.unwrap().status, 403, "a member sees no AI access");
    // So does the administrator's page of the person.
    let person = scene.house.url(&format!("/people/{}", scene.user_id().await));
    let of_her = browser.get(&person).await.unwrap();
    assert!(of_her.text().contains("authorized by the identity provider"), "{}", of_her.text());
    // A refusal on the page says what to change.
    let slash = Forgery::new().claim("aud", format!("{}/", scene.house.api));
    scene.present(&scene.assertion(&slash)).await;
    writers::sightings::write_down(&scene.house.state).await.unwrap();
    let words = browser.get(&url).await.unwrap().text();
    assert!(words.contains("Last refusal") && words.contains("without a slash at the end"), "{words}");
    // An administrator stops the client.
    let ask = browser.follow(&page, "Stop").await.unwrap();
    assert!(ask.text().contains("It acts for one person now"), "{}", ask.text());
    let page = browser.press(&ask, "Stop", &[]).await.unwrap();
    assert!(page.text().contains("No client acts for people"), "{}", page.text());
    assert_eq!(scene.introspect(&token).await["active"], Value::Bool(false));
    let page = browser.press(&page, "Switch off", &[]).await.unwrap();
    assert!(page.text().contains("Off AI clients allowed by"), "{}", page.text());
    let refused = scene.present(&scene.assertion(&Forgery::new())).await;
    assert_eq!((refused.0, refused.1["error"].as_str()), (400, Some("invalid_grant")));
}
