//! A connection that is switched off or deleted signs nobody in, whether the sign-in started here or at the provider.

use rstest::rstest;
use vestibule_core::sets::Unsolicited;
use vestibule_simulator::Browser;
use vestibule_store::providers::saml_connections;

use super::{SamlRoom, assert_refused};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_connection_that_is_off_signs_nobody_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme =
        SamlRoom::with(&house, "Acme", |_| {}, |here| here.unsolicited = Some(Unsolicited::Accept)).await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let tile = acme.room.okta.saml_instructions(&acme.app).unwrap().app_embed_link;
    let asked = acme.up_to_response(&browser, &acme.login, &ada).await;
    let unasked = acme.up_to_response(&browser, &tile, &ada).await;
    acme.change(&house, |connection| connection.enabled = false).await;
    for response in [&asked, &unasked] {
        let page = browser.post_saml(response).await.unwrap();
        assert_refused(&house, &browser, &page, 403, "switched off");
    }
    let page = browser.get(&acme.login).await.unwrap();
    assert_refused(&house, &browser, &page, 403, "switched off");
}

#[rstest]
#[actix_web::test]
async fn a_connection_that_changed_on_the_way_signs_nobody_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let (workspace, connection) = (acme.room.workspace.clone(), acme.connection.clone());
    house.write(move |conn| saml_connections::delete(conn, &workspace, &connection).unwrap()).await;
    let page = browser.post_saml(&response).await.unwrap();
    assert_refused(&house, &browser, &page, 404, "not connected");
}
