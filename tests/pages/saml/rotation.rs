//! A new certificate in the provider's metadata, as an administrator sees it.

use rstest::rstest;
use vestibule_store::providers::saml_connections;

use super::{add, app, furnished, kinds, sign_in};
use crate::support::Backend::{self, Postgres, Sqlite};

const MINUTE: i64 = 60_000_000;

#[rstest]
#[actix_web::test]
async fn a_certificate_waits_until_somebody_trusts_it(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (okta, url) = app(&house, &room);
    let bob = room.person("Bob").await;
    room.okta.assign_quietly(&okta, &bob);
    let fields = [("name", "Okta"), ("metadata_url", url.as_str()), ("trusts_metadata", "")];
    let page = add(&house, &browser, &fields).await;
    assert_eq!(page.form_with_field("name").unwrap().value("trusts_metadata"), None, "{}", page.text());
    let page = browser.press(&page, "Read the metadata now", &[]).await.unwrap();
    assert!(page.text().contains("less than a minute ago"), "{}", page.text());

    let next = room.okta.generate_saml_certificate(&okta).unwrap();
    assert!(room.okta.activate_saml_certificate(&okta, &next));
    house.clock.advance(2 * MINUTE);
    room.okta.move_clock(120);
    let page = browser.press(&page, "Read the metadata now", &[]).await.unwrap();
    assert!(page.text().contains("A new certificate waits below"), "{}", page.text());
    let list = browser.get(&house.url("/integrations/okta")).await.unwrap();
    assert!(list.text().contains("! 1 waiting"), "{}", list.text());
    assert_eq!(sign_in(&house, &room, &bob).await.status, 403);
    let page = browser.press(&page, "Trust", &[]).await.unwrap();
    assert!(page.text().contains("Saved.") && page.form_with_button("Trust").is_err(), "{}", page.text());
    assert_eq!(sign_in(&house, &room, &bob).await.url.path(), "/account");
    let kinds = kinds(&house, &room).await;
    assert_eq!(kinds, ["saml_connection_changed", "saml_certificates_read", "saml_certificate_trusted"]);

    let forged = format!("{}/switch", page.url.path());
    let csrf = page.form_with_button("Sign out").unwrap().value("csrf").unwrap().to_owned();
    let cookie = format!("vestibule_session={}", browser.cookie(&house.api, "vestibule_session").unwrap());
    for (fields, status) in [
        ([("do", "trust"), ("fingerprint", "none")], 404),
        ([("do", "nothing"), ("fingerprint", "none")], 422),
    ] {
        let form = [fields.as_slice(), &[("csrf", csrf.as_str())]].concat();
        let request = house.http.post(house.url(&forged)).header("cookie", &cookie).form(&form);
        assert_eq!(request.send().await.unwrap().status(), status, "{fields:?}");
    }
}

#[rstest]
#[actix_web::test]
async fn metadata_that_can_t_be_read_changes_nothing(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (_, url) = app(&house, &room);
    let page = add(&house, &browser, &[("name", "Okta"), ("metadata_url", &url)]).await;
    let workspace = room.workspace.clone();
    let gone = format!("http://127.0.0.1:{}/metadata", crate::support::free_port());
    house
        .write(move |conn| {
            let mut connection = saml_connections::list(conn, &workspace).unwrap().remove(0);
            connection.metadata_url = gone;
            saml_connections::save(conn, &connection).unwrap();
        })
        .await;
    house.clock.advance(2 * MINUTE);
    let page = browser.press(&page, "Read the metadata now", &[]).await.unwrap();
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Nothing was changed: the metadata could not be read"), "{}", page.text());
    assert!(page.text().contains("✓ Trusted"), "{}", page.text());
}
