//! SAML connections: created, listed, changed, deleted; their certificates; each refusal.

use rstest::rstest;
use serde_json::{Value, json};
use vestibule_simulator::{App, AppSettings, SamlSettings as OktaSettings};

use super::{Machine, fields};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room, answer,
};

/// Creates a SAML app in the room's Okta.
fn app(house: &House, room: &Room) -> App {
    let acs = house.url(&format!("/api/okta/saml/acs/{}", room.workspace));
    let audience = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
    let labels = AppSettings {
        label: "Vestibule SAML".to_owned(),
        name: "acme_vestibule_2".to_owned(),
        ..AppSettings::default()
    };
    room.okta.create_saml_app(labels, OktaSettings::new(&acs, audience)).unwrap()
}

#[rstest]
#[actix_web::test]
async fn a_connection_is_made_changed_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let shown = room.okta.saml_instructions(&app(&house, &room)).unwrap();
    let path = format!("/workspaces/{}/saml-connections", room.workspace);
    let new = json!({ "name": "Okta", "metadata_url": shown.metadata_url, "jit": true, "uid_attribute": "employeeNumber" });
    let send = || answer(machine.request("POST", &path).header("idempotency-key", "one").json(&new));
    let (status, made) = send().await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(send().await, (201, made.clone()), "a repeated request is done once");
    assert_eq!(
        (&made["issuer"], &made["enabled"], &made["unsolicited"], &made["uid_is"]),
        (&json!(shown.issuer), &json!(true), &json!("start"), &json!("external_id"))
    );
    assert_eq!(made["acs_url"], house.url(&format!("/api/okta/saml/acs/{}", room.workspace)));
    let certificate = &made["certificates"][0];
    assert!(
        certificate["trusted_at"].is_string() && !certificate["subject"].as_str().unwrap().is_empty(),
        "{made}"
    );
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(machine.get(&one).await, (200, made.clone()));
    assert_eq!(machine.all(&path, 1).await, std::slice::from_ref(&made));

    // Settings that are not given stay.
    let change = json!({ "enabled": false, "name": "Renamed", "groups_attribute": "groups", "email_attribute": "Contact", "make_default": true });
    let (status, changed) = machine.send("PATCH", &one, change).await;
    assert_eq!((status, &changed["enabled"], &changed["name"]), (200, &json!(false), &json!("Renamed")));
    assert_eq!((&changed["is_default"], &changed["groups_attribute"]), (&json!(true), &json!("groups")));
    assert_eq!((&changed["email_attribute"], &changed["name_attribute"]), (&json!("Contact"), &json!(null)));
    for member in ["issuer", "certificates", "jit", "uid_attribute", "metadata_url"] {
        assert_eq!(changed[member], made[member], "{member}");
    }
    let more =
        json!({ "slo_url": "https://idp.example/slo", "signs_requests": true, "roles_attribute": "Role" });
    let (status, changed) = machine.send("PATCH", &one, more.clone()).await;
    for member in ["slo_url", "signs_requests", "roles_attribute"] {
        assert_eq!((status, &changed[member]), (200, &more[member]), "{member}");
    }
    assert!(
        changed["sp_slo_url"].as_str().unwrap().ends_with(&format!("/api/okta/saml/slo/{}", room.workspace))
    );
    let by_hand = json!({ "issuer": "urn:other", "sso_url": shown.single_sign_on_url, "certificates": [shown.certificate] });
    let (status, changed) = machine.send("PATCH", &one, by_hand).await;
    assert_eq!(
        (status, &changed["issuer"], &changed["metadata_url"]),
        (200, &json!("urn:other"), &Value::Null)
    );
    let bare: String = shown.certificate.lines().filter(|line| !line.starts_with("-----")).collect();
    let by_hand =
        json!({ "issuer": "urn:other", "sso_url": shown.single_sign_on_url, "certificates": [bare] });
    assert_eq!(machine.send("PATCH", &one, by_hand).await.1["certificates"], changed["certificates"]);
    assert_eq!(machine.bare("POST", &format!("{one}/read-metadata")).await.0, 409);

    assert_eq!(machine.bare("DELETE", &one).await.0, 204);
    assert_eq!(machine.bare("DELETE", &one).await.0, 404);
    assert_eq!(machine.get(&one).await.0, 404);
    assert_eq!(
        machine.told(&room.workspace).await,
        [["saml_connection_changed"; 5].as_slice(), &["saml_connection_deleted"]].concat()
    );
}

#[rstest]
#[actix_web::test]
async fn a_certificate_that_waits_is_read_and_trusted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let okta = app(&house, &room);
    let url = room.okta.saml_instructions(&okta).unwrap().metadata_url;
    let path = format!("/workspaces/{}/saml-connections", room.workspace);
    let new = json!({ "name": "Okta", "metadata_url": url, "trusts_metadata": false });
    let (_, made) = machine.send("POST", &path, new).await;
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let read = async || machine.bare("POST", &format!("{one}/read-metadata")).await;
    assert_eq!(read().await.1["read"], false, "it was read a moment ago");
    room.okta.generate_saml_certificate(&okta).unwrap();
    house.clock.advance(120_000_000);
    room.okta.move_clock(120);
    let (status, found) = read().await;
    assert_eq!((status, &found["read"], &found["trusted"]), (200, &json!(true), &json!([])), "{found}");
    let fingerprint = found["waiting"][0].as_str().unwrap();
    let trust = |fingerprint: &str| format!("{one}/certificates/{fingerprint}/trust");
    for _ in 0..2 {
        let (status, trusted) = machine.bare("POST", &trust(fingerprint)).await;
        assert_eq!(status, 200, "{trusted}");
        let certificates = trusted["certificates"].as_array().unwrap();
        assert!(
            certificates.len() == 2 && certificates.iter().all(|one| one["trusted_at"].is_string()),
            "{trusted}"
        );
    }
    assert_eq!(machine.bare("POST", &trust(&"0".repeat(64))).await.0, 404);
    assert_eq!(
        machine.told(&room.workspace).await,
        ["saml_connection_changed", "saml_certificates_read", "saml_certificate_trusted"]
    );
}

#[rstest]
#[actix_web::test]
async fn wrong_settings_name_their_member(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let machine = Machine::new(&house).await;
    let room = house.room("Acme").await;
    let shown = room.okta.saml_instructions(&app(&house, &room)).unwrap();
    let path = format!("/workspaces/{}/saml-connections", room.workspace);
    let good = json!({ "name": "N", "issuer": shown.issuer, "sso_url": shown.single_sign_on_url, "certificates": [shown.certificate] });
    for (member, wrong, named) in [
        ("name", Value::Null, "name"),
        ("name", json!(" "), "name"),
        ("issuer", Value::Null, "issuer"),
        ("issuer", json!(" x"), "issuer"),
        ("issuer", json!(room.okta.issuer()), "issuer"),
        ("sso_url", json!("ftp://x"), "sso_url"),
        ("certificates", json!([]), "certificates"),
        ("certificates", json!(["nonsense"]), "certificates"),
        ("certificates", json!(vec!["x"; 11]), "certificates"),
        ("metadata_url", json!(shown.metadata_url), "metadata_url"),
        ("unsolicited", json!("maybe"), "unsolicited"),
        ("slo_url", json!("ftp://x"), "slo_url"),
        ("uid_is", json!("custom"), "uid_is"),
        ("uid_is", json!("user_name"), "uid_is"),
        ("okta_org", json!("acme"), "okta_org"),
        ("okta_org", json!("acme.okta.com"), "app_instance_id"),
        ("entity_id", json!("a\nb"), "entity_id"),
        ("plan", json!(1), "plan"),
    ] {
        let mut body = good.clone();
        body[member] = wrong.clone();
        assert_eq!(fields(&machine.send("POST", &path, body).await), [named], "{member} {wrong}");
    }
    for (body, named) in [
        (json!({ "name": "N" }), "metadata_url"),
        (json!({ "name": "N", "metadata_url": "x" }), "metadata_url"),
        (json!({ "name": "N", "metadata": "<a/>" }), "metadata"),
    ] {
        assert_eq!(fields(&machine.send("POST", &path, body).await), [named]);
    }
    assert!(machine.all(&path, 50).await.is_empty());
    assert_eq!(machine.send("POST", &path, good.clone()).await.0, 201);
    assert_eq!(fields(&machine.send("POST", &path, good).await), ["name"], "a name is of one connection");
    let other = house.room("Other").await;
    let foreign = machine.all(&path, 50).await[0]["id"].as_str().unwrap().to_owned();
    for method in ["PATCH", "DELETE"] {
        let path = format!("/workspaces/{}/saml-connections/{foreign}", other.workspace);
        assert_eq!(machine.send(method, &path, json!({})).await.0, 404, "{method}");
    }
}
