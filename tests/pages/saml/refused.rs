//! Refusals: settings that can't work, and administrators who are no owners.

use rstest::rstest;
use vestibule_core::{ids::RoleId, sets::AssignmentSource};
use vestibule_store::{people::users, providers::saml_connections, rights::roles};

use super::{add, app, furnished, kinds};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

#[rstest]
#[actix_web::test]
async fn settings_that_can_t_work_are_not_saved_and_stay_typed(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (okta, url) = app(&house, &room);
    let shown = room.okta.saml_instructions(&okta).unwrap();
    let (issuer, sso, certificate) =
        (shown.issuer.as_str(), shown.single_sign_on_url.as_str(), shown.certificate.as_str());
    let nobody = format!("http://127.0.0.1:{}/metadata", crate::support::free_port());
    let ours = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
    let (oidc, spaced) = (room.okta.issuer(), format!("{issuer} "));
    let hand = |issuer, sso, certificate| {
        vec![
            ("name", "N"),
            ("source", "hand"),
            ("issuer", issuer),
            ("sso_url", sso),
            ("certificate", certificate),
        ]
    };
    let cases: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (vec![("name", " "), ("metadata_url", &url)], "Name must have 1 to 256 characters"),
        (vec![("name", "N")], "Metadata URL is missing"),
        (vec![("name", "N"), ("metadata_url", "acme.okta.com")], "Metadata URL must be a URL"),
        (
            vec![("name", "N"), ("metadata_url", &nobody)],
            "Metadata URL can't be used: the metadata could not be read",
        ),
        (vec![("name", "N"), ("metadata_url", &ours)], "not the application's"),
        (vec![("name", "N"), ("source", "metadata"), ("metadata", "<a>b</a>")], "This is no SAML metadata"),
        (vec![("name", "N"), ("source", "metadata")], "Metadata is missing"),
        (hand("", sso, certificate), "Issuer is missing"),
        (hand(issuer, "", certificate), "Sign-in URL is missing"),
        (hand(issuer, "javascript:alert(1)", certificate), "Sign-in URL must begin with https://"),
        (hand(issuer, sso, ""), "Certificate is missing"),
        (hand(issuer, sso, "nonsense"), "Certificate can't be used"),
        (hand(&spaced, sso, certificate), "Issuer must have no control characters"),
        (hand(oidc, sso, certificate), "Issuer is that of an OpenID Connect connection"),
        ([hand(issuer, sso, certificate), vec![("okta_org", "acme")]].concat(), "Okta domain can't be used"),
        (
            [hand(issuer, sso, certificate), vec![("okta_org", "acme.okta.com")]].concat(),
            "App ID and the Okta org",
        ),
        (
            [hand(issuer, sso, certificate), vec![("unsolicited", "maybe")]].concat(),
            "must be one of those in the list",
        ),
    ];
    for (fields, words) in cases {
        let page = add(&house, &browser, &fields).await;
        assert_eq!(page.status, 422, "{fields:?} {}", page.text());
        assert!(
            page.text().contains("Not saved: ") && page.text().contains(words),
            "no {words:?} in {}",
            page.text()
        );
        let form = page.form_with_field("name").unwrap();
        for (name, typed) in fields.iter().filter(|(name, _)| *name != "unsolicited") {
            let kept = form.value(name).unwrap_or_default();
            assert_eq!(kept.trim(), typed.trim(), "{name} after {words}");
        }
    }
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----";
    let page = add(&house, &browser, &hand(issuer, sso, key)).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text().contains("This is a private key") && !page.html.contains("MIIEvQ"),
        "{}",
        page.text()
    );
    assert!(kinds(&house, &room).await.is_empty());

    // Two connections can't have the same name or issuer.
    assert_eq!(add(&house, &browser, &[("name", "N"), ("metadata_url", &url)]).await.status, 200);
    let again = add(&house, &browser, &[("name", "N"), ("metadata_url", &url)]).await;
    assert!(again.text().contains("Name is that of another SAML connection"), "{}", again.text());
    let again = add(&house, &browser, &[("name", "M"), ("metadata_url", &url)]).await;
    assert!(again.text().contains("Issuer belongs to another SAML connection"), "{}", again.text());
}

/// Assigns a role by hand to a person.
async fn give(house: &House, room: &Room, login: &str, role: &'static str) {
    let (workspace, login, now) = (room.workspace.clone(), login.to_owned(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            roles::assign(
                conn,
                &workspace,
                &user.user_id,
                &RoleId::from_stored(role),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
        .await;
}

#[rstest]
#[actix_web::test]
async fn only_an_owner_says_who_vouches_for_people(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ada, _) = furnished(backend, true).await;
    let olga = room.person("Olga").await;
    give(&house, &room, &olga.login, "owner").await;
    let (olga, _) = room.sign_in(&olga).await;
    let (_, url) = app(&house, &room);
    let new = [("name", "Okta"), ("metadata_url", url.as_str())];
    let refused = add(&house, &ada, &new).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("only an owner of this workspace may change the issuer"),
        "{}",
        refused.text()
    );
    let page = add(&house, &olga, &new).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (workspace, address) = (room.workspace.clone(), page.url.to_string());
    let stored = || {
        let workspace = workspace.clone();
        house.write(move |conn| saml_connections::list(conn, &workspace).unwrap())
    };
    let before = stored().await;
    // Another URL, even with the same metadata, could list other certificates later.
    let elsewhere = url.replace("127.0.0.1", "localhost");
    let attempts: [&[(&str, &str)]; 4] = [
        &[("source", "url"), ("metadata_url", &elsewhere)],
        &[("source", "hand"), ("sso_url", "https://evil.example/sso")],
        &[("uid", "nickname")],
        &[("entity_id", "urn:other")],
    ];
    for fields in attempts {
        let page = ada.get(&address).await.unwrap();
        let page = ada.press(&page, "Save the connection", fields).await.unwrap();
        assert_eq!(page.status, 422, "{fields:?} {}", page.text());
        assert!(page.text().contains("only an owner of this workspace"), "{fields:?} {}", page.text());
        assert_eq!(stored().await, before, "{fields:?}");
    }
    // An administrator may change settings that do not decide who a person is.
    let page = ada.get(&address).await.unwrap();
    let page =
        ada.press(&page, "Save the connection", &[("jit", "on"), ("name", "Named anew")]).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(stored().await[0].jit);
}

#[rstest]
#[actix_web::test]
async fn a_connection_of_another_workspace_is_not_here(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, ada, _) = furnished(backend, true).await;
    let (_, url) = app(&house, &room);
    let page = add(&house, &ada, &[("name", "Okta"), ("metadata_url", &url)]).await;
    let other = house.room("Other").await;
    let eve = other.administrator(&house, "Eve").await;
    let (eve, _) = other.sign_in(&eve).await;
    for path in [page.url.path().to_owned(), format!("{}/delete", page.url.path())] {
        assert_eq!(eve.get(&house.url(&path)).await.unwrap().status, 404, "{path}");
    }
    let none = house.url("/integrations/okta/saml/none");
    assert_eq!(ada.get(&none).await.unwrap().status, 404);
}
