//! `vestibule connection … --kind saml`.

use rstest::rstest;
use serde_json::json;
use vestibule_simulator::Browser;

use super::{SamlRoom, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Deployment, Fresh, House,
};

#[rstest]
#[actix_web::test]
async fn a_connection_is_set_listed_and_deleted(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let certificate = certificate();
    let set = |more: &[&str], input: &str| {
        let mut arguments =
            vec!["connection", "set", "--workspace", workspace, "--kind", "saml", "--name", "Okta"];
        arguments.extend(more);
        house.command(&arguments, input)
    };
    let by_hand = [
        "--idp-issuer",
        "http://www.okta.com/exk1",
        "--sso-url",
        "https://acme.okta.com/app/acme/exk1/sso/saml",
        "--certificate-stdin",
    ];
    let made = json_of(&set(&by_hand, &certificate));
    let base = "http://127.0.0.1:8080/api/okta/saml";
    assert_eq!(made["acs_url"], format!("{base}/acs/{workspace}"));
    assert_eq!(made["entity_id"], format!("{base}/metadata/{workspace}"));
    assert_eq!(made["metadata_url"], made["entity_id"]);
    assert_eq!((&made["enabled"], &made["unsolicited"]), (&json!(true), &json!("start")));

    // Settings that are not given stay as they are.
    let more = [
        "--enabled",
        "off",
        "--unsolicited",
        "accept",
        "--okta-org",
        "acme.okta.com",
        "--app-instance-id",
        "0oa1",
        "--slo-url",
        "https://acme.okta.com/app/acme/exk1/slo/saml",
        "--email-attribute",
        "Contact",
    ];
    let changed = json_of(&set(&more, ""));
    assert_eq!(changed["connection_id"], made["connection_id"]);
    assert_eq!(changed["certificates"], made["certificates"]);
    assert_eq!((&changed["enabled"], &changed["unsolicited"]), (&json!(false), &json!("accept")));
    assert_eq!(changed["slo_url"], "https://acme.okta.com/app/acme/exk1/slo/saml");
    assert_eq!(changed["sp_slo_url"], format!("{base}/slo/{workspace}"));
    let listed = house.run(&["connection", "list", "--workspace", workspace], "");
    assert_eq!(listed, json!([changed]));

    let id = made["connection_id"].as_str().unwrap();
    let delete = ["connection", "delete", "--workspace", workspace, "--connection", id];
    assert_eq!(house.run(&delete, "")["deleted"], true);
    assert_eq!(house.command(&delete, "").status.code(), Some(1));
    assert_eq!(house.run(&["connection", "list", "--workspace", workspace], ""), json!([]));
}

#[rstest]
#[actix_web::test]
async fn wrong_settings_are_refused_with_the_option(#[values(Sqlite, Postgres)] backend: Backend) {
    let database = Fresh::make(backend);
    let house = Deployment::new(database.url(), "http://127.0.0.1:8080");
    let workspace = house.run(&["workspace", "create", "--name", "Acme"], "");
    let workspace = workspace["id"].as_str().unwrap();
    let certificate = certificate();
    let hand = |issuer: &'static str, url: &'static str| {
        vec!["--name", "Okta", "--idp-issuer", issuer, "--sso-url", url, "--certificate-stdin"]
    };
    let good = "https://acme.okta.com/sso";
    let many = certificate.repeat(11);
    let cases: [(Vec<&str>, &str, i32, &str); 12] = [
        (vec![], "", 2, "--name"),
        (vec!["--name", "Okta"], "", 1, "metadata"),
        (vec!["--name", "Okta", "--client-id", "0oa1"], "", 2, "--client-id belongs to --kind oidc"),
        (vec!["--name", "Okta", "--idp-issuer", "x"], "", 2, "--sso-url"),
        (hand("http://www.okta.com/exk1", good), "", 1, "empty"),
        (
            hand("http://www.okta.com/exk1", good),
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            1,
            "private key",
        ),
        (hand(" http://www.okta.com/exk1", good), &certificate, 1, "issuer"),
        (hand("", good), &certificate, 1, "issuer"),
        (hand("x", "acme.okta.com"), &certificate, 1, "--sso-url"),
        (hand("x", "javascript:alert(1)"), &certificate, 1, "--sso-url"),
        (hand("x", good), &many, 1, ""),
        (vec!["--name", "Okta", "--metadata-stdin"], "<EntityDescriptor/>", 1, "metadata"),
    ];
    for (more, input, status, words) in cases {
        let mut arguments = vec!["connection", "set", "--workspace", workspace, "--kind", "saml"];
        arguments.extend(&more);
        let output = house.command(&arguments, input);
        if more.first() == Some(&"--name") && input == many {
            // A repeated certificate counts once.
            assert_eq!(output.status.code(), Some(0));
            continue;
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{more:?}: {said}");
        assert!(said.contains(words), "{more:?}: {said}");
    }
    let saml_option = [
        "connection",
        "set",
        "--workspace",
        workspace,
        "--issuer",
        "https://a.example",
        "--client-id",
        "1",
        "--entity-id",
        "N",
    ];
    let output = house.command(&saml_option, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--entity-id belongs to --kind saml"));
}

#[rstest]
#[actix_web::test]
async fn metadata_is_read_from_its_url_or_a_file(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let url = acme.room.okta.saml_instructions(&acme.app).unwrap().metadata_url;
    let xml = house.http.get(&url).send().await.unwrap().text().await.unwrap();
    let sealing_key = house.state.config().security.sealing_key.clone();
    let command = Deployment::new(house.database_url(), &house.api)
        .with("SECURITY__SEALING_KEY", secrecy::ExposeSecret::expose_secret(&sealing_key));
    let workspace = acme.room.workspace.to_string();
    let delete = ["connection", "delete", "--workspace", &workspace, "--connection", &acme.connection];
    command.run(&delete, "");
    let set = ["connection", "set", "--workspace", &workspace, "--kind", "saml", "--name", "Okta"];
    let from_url = command.run(&[&set[..], &["--metadata-url", &url]].concat(), "");
    let from_file = command.run(&[&set[..], &["--metadata-stdin"]].concat(), &xml);
    assert_eq!(from_url["idp_metadata_url"], url);
    assert_eq!(from_file["idp_metadata_url"], "");
    for member in ["connection_id", "issuer", "sso_url", "certificates"] {
        assert_eq!(from_file[member], from_url[member], "{member}");
    }
    let browser = Browser::new().unwrap();
    let login = house.url(&format!("/api/okta/saml/login?team_id={workspace}"));
    let page = acme.up_to_response(&browser, &login, &ada).await;
    assert_signed_in(&house, &browser, &browser.post_saml(&page).await.unwrap());
}

#[test]
fn an_address_that_okta_refuses_is_found_in_time() {
    let database = Fresh::make(Sqlite);
    let house = Deployment::new(database.url(), "https://sign_in.example.com");
    let refused = house.command(&["check-config"], "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("underscore"));
}

fn json_of(output: &std::process::Output) -> serde_json::Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A certificate of a new key, as PEM.
fn certificate() -> String {
    let signer = vestibule_saml::request::Signer::generate("test", 1_700_000_000).unwrap();
    let body = signer.certificate().base64();
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}
