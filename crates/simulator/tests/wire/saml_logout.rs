//! Single logout: started by the service, and started by the org.

use base64::{Engine, engine::general_purpose::STANDARD};
use openssl::{hash::MessageDigest, sign::Verifier, x509::X509};
use vestibule_simulator::{Browser, LogoutBinding, Page, SamlMisbehavior, SingleLogout};

use crate::{
    saml::{AUDIENCE, Scene},
    service_key::ServiceKey,
};

fn scene(key: &ServiceKey) -> Scene {
    Scene::new(|settings| {
        let origin = settings.single_sign_on_url.trim_end_matches("/acs").to_owned();
        settings.signature_certificate = Some(key.certificate.clone());
        let mut logout = SingleLogout::new(format!("{origin}/slo"), AUDIENCE);
        logout.logout_request_url = Some(format!("{origin}/logout"));
        settings.single_logout = Some(logout);
    })
}

/// A service's request in canonical form.
fn request(name: &str, index: &str, more: &str) -> String {
    format!(
        "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"{more} ID=\"_r1\" \
         IssueInstant=\"2026-11-29T00:00:00Z\" Version=\"2.0\"><saml:Issuer \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{AUDIENCE}</saml:Issuer><saml:NameID \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{name}</saml:NameID>\
         <samlp:SessionIndex>{index}</samlp:SessionIndex></samlp:LogoutRequest>"
    )
}

async fn ask(scene: &Scene, query: &str) -> Page {
    let url = scene.okta.saml_instructions(&scene.app).unwrap().single_logout_url;
    scene.browser.get(&format!("{url}?{query}")).await.unwrap()
}

#[tokio::test]
async fn a_service_signs_a_person_out_of_the_org() {
    let key = ServiceKey::generate();
    let scene = scene(&key);
    let metadata = scene.okta.saml_instructions(&scene.app).unwrap().metadata_url;
    assert!(scene.browser.get(&metadata).await.unwrap().html.contains("<md:SingleLogoutService "));
    scene.sign_in("").await;
    let query = key.query("SAMLRequest", &request("ada@acme.example", "_r1", ""), "back");
    let page = ask(&scene, &query).await;
    let xml = page.saml_message().unwrap();
    let target = format!("{}/slo", scene.service.url);
    for part in [
        format!("<saml2p:LogoutResponse Destination=\"{target}\" ID=\"id"),
        " InResponseTo=\"_r1\" ".to_owned(),
        "<ds:Signature ".to_owned(),
        "status:Success\"/>".to_owned(),
    ] {
        assert!(xml.contains(&part), "no {part} in {xml}");
    }
    assert_eq!(page.saml_form().unwrap().value("RelayState"), Some("back"));
    scene.service.will_with(200, &[], "");
    scene.browser.post_saml(&page).await.unwrap();
    assert_eq!(scene.service.lines(), ["POST /slo"]);
    assert_eq!(scene.open(&scene.request("")).await.title(), "Acme - Sign in", "the org session ended");
    let again = ask(&scene, &query).await.saml_message().unwrap();
    assert!(again.contains("status:Responder\"/>"), "{again}");
}

#[tokio::test]
async fn requests_of_logout_that_are_refused() {
    let (key, stranger) = (ServiceKey::generate(), ServiceKey::generate());
    let scene = scene(&key);
    scene.sign_in("").await;
    let good = request("ada@acme.example", "_r1", "");
    let query = |xml: &str| key.query("SAMLRequest", xml, "r");
    for (query, words) in [
        (stranger.query("SAMLRequest", &good, "r"), "app.auth.slo.saml.invalid_signature"),
        (format!("SAMLRequest={}", query(&good).split('&').next().unwrap()), "base64"),
        (query(&good).split("&SigAlg").next().unwrap().to_owned(), "app.auth.slo.saml.invalid_signature"),
        (query(&good.replace(AUDIENCE, "https://other.example")), "SP Issuer"),
        (query(&request("a", "b", " Destination=\"https://evil.example\"")), "Destination"),
        (query(&request("a", "b", " NotOnOrAfter=\"2001-01-01T00:00:00Z\"")), "expired"),
        (query(&good.replace("LogoutRequest", "AuthnRequest")), "LogoutRequest"),
        (String::new(), "no SAMLRequest"),
    ] {
        let page = ask(&scene, &query).await;
        assert_eq!(page.status, 400, "{query}");
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(scene.open(&scene.request("")).await.saml_message().is_some(), "nobody was signed out");

    let mut settings = scene.okta.saml_settings(&scene.app).unwrap();
    settings.single_logout = None;
    scene.okta.update_saml(&scene.app, settings);
    assert!(ask(&scene, &query(&good)).await.text().contains("does not allow single logout"));
}

/// The HTML form with which the service posts its response to a request of the org.
fn answer(key: &ServiceKey, scene: &Scene, id: &str) -> String {
    let callback =
        format!("{}/callback", scene.okta.saml_instructions(&scene.app).unwrap().single_logout_url);
    let xml = key.enveloped(&format!(
        "<samlp:LogoutResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" InResponseTo=\"{id}\" \
         IssueInstant=\"2026-11-29T00:00:00Z\" Version=\"2.0\"><saml:Issuer \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{AUDIENCE}</saml:Issuer><samlp:Status><samlp:StatusCode \
         Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status></samlp:LogoutResponse>"
    ));
    format!(
        "<form method=post action='{callback}'><input name=SAMLResponse value='{}'></form>",
        STANDARD.encode(xml)
    )
}

#[tokio::test]
async fn signing_out_of_the_org_asks_the_apps_of_the_browser() {
    let key = ServiceKey::generate();
    let scene = scene(&key);
    scene.sign_in("").await;
    let signout = format!("{}/login/signout", scene.okta.issuer());
    assert!(Browser::new().unwrap().get(&signout).await.unwrap().frames().is_empty());
    let page = scene.browser.get(&signout).await.unwrap();
    assert_eq!(page.frames().len(), 1);
    let logout = scene.okta.saml_logouts(&scene.app).remove(0);
    assert_eq!((logout.name_id.as_str(), logout.session_index.as_str()), ("ada@acme.example", "_r1"));
    assert!(!logout.succeeded());

    scene.service.will_with(200, &[], &answer(&key, &scene, &logout.id));
    let ends = scene.browser.open_frames(&page).await.unwrap();
    assert_eq!((ends[0].status, ends[0].title().as_str()), (200, "Signed out"), "{}", ends[0].text());
    assert!(scene.okta.saml_logouts(&scene.app)[0].succeeded());
    let seen = scene.service.take().remove(0);
    assert_eq!((seen.line().as_str(), seen.header("cookie")), ("POST /logout", None));
    let xml = String::from_utf8(STANDARD.decode(&seen.form()[0].1).unwrap()).unwrap();
    for part in [
        format!("<saml2p:LogoutRequest Destination=\"{}/logout\" ID=\"{}\" ", scene.service.url, logout.id),
        ">ada@acme.example</saml2:NameID><saml2p:SessionIndex>_r1</saml2p:SessionIndex>".to_owned(),
        "<ds:Signature ".to_owned(),
    ] {
        assert!(xml.contains(&part), "no {part} in {xml}");
    }
    assert_eq!(scene.open(&scene.request("")).await.title(), "Acme - Sign in");
    assert_eq!(scene.browser.open_frames(&page).await.unwrap()[0].status, 400, "answered already");
}

#[tokio::test]
async fn answers_of_logout_that_are_refused() {
    let (key, stranger) = (ServiceKey::generate(), ServiceKey::generate());
    let scene = scene(&key);
    scene.sign_in("").await;
    let page = scene.browser.get(&format!("{}/login/signout", scene.okta.issuer())).await.unwrap();
    let id = scene.okta.saml_logouts(&scene.app).remove(0).id;
    for (html, words) in [
        (answer(&stranger, &scene, &id), "app.auth.slo.saml.invalid_signature"),
        (answer(&key, &scene, "idOther"), "fits no request"),
    ] {
        scene.service.will_with(200, &[], &html);
        let end = scene.browser.open_frames(&page).await.unwrap().remove(0);
        assert_eq!(end.status, 400);
        assert!(end.text().contains(words), "{}", end.text());
    }
    assert_eq!(scene.okta.saml_logouts(&scene.app)[0].status, None);
}

#[tokio::test]
async fn misbehavior_spoils_a_request_of_logout() {
    let key = ServiceKey::generate();
    let scene = scene(&key);
    for (misbehavior, spoilt) in [
        (SamlMisbehavior::WrongDestination, "Destination=\"https://elsewhere.example/saml/slo\""),
        (SamlMisbehavior::Expired, "NotOnOrAfter=\"2000-01-01T00:00:00.000Z\""),
        (SamlMisbehavior::TamperedNameId("eve".to_owned()), ">eve</saml2:NameID>"),
        (SamlMisbehavior::Sha1, "xmldsig#rsa-sha1"),
        (SamlMisbehavior::Unsigned, "</saml2:Issuer><saml2:NameID"),
    ] {
        scene.sign_in("").await;
        let page = scene.browser.get(&format!("{}/login/signout", scene.okta.issuer())).await.unwrap();
        let frame = format!("{}{}", scene.okta.issuer(), page.frames()[0]);
        let good = scene.browser.get(&frame).await.unwrap().saml_message().unwrap();
        scene.okta.tamper_saml(misbehavior.clone()).unwrap();
        let bad = scene.browser.get(&frame).await.unwrap().saml_message().unwrap();
        assert!(!good.contains(spoilt) && bad.contains(spoilt), "{misbehavior:?}: {bad}");
    }
}

#[tokio::test]
async fn a_request_of_logout_by_redirect_is_signed_in_the_query() {
    let scene = scene(&ServiceKey::generate());
    let mut settings = scene.okta.saml_settings(&scene.app).unwrap();
    settings.single_logout.as_mut().unwrap().binding = LogoutBinding::Redirect;
    scene.okta.update_saml(&scene.app, settings);
    let ask = async |misbehavior: Option<SamlMisbehavior>| {
        scene.sign_in("").await;
        if let Some(misbehavior) = misbehavior {
            scene.okta.tamper_saml(misbehavior).unwrap();
        }
        let page = scene.browser.get(&format!("{}/login/signout", scene.okta.issuer())).await.unwrap();
        scene.service.will_with(200, &[], "");
        scene.browser.open_frames(&page).await.unwrap();
        scene.service.take().remove(0).uri
    };
    let uri = ask(None).await;
    let query = uri.strip_prefix("/logout?").unwrap();
    let (signed, signature) = query.split_once("&Signature=").unwrap();
    assert!(signed.starts_with("SAMLRequest=") && signed.contains("&SigAlg="), "{signed}");
    let signature =
        url::form_urlencoded::parse(format!("s={signature}").as_bytes()).next().unwrap().1.into_owned();
    let certificate = scene.okta.saml_instructions(&scene.app).unwrap().certificate;
    let key = X509::from_pem(certificate.as_bytes()).unwrap().public_key().unwrap();
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
    verifier.update(signed.as_bytes()).unwrap();
    assert!(verifier.verify(&STANDARD.decode(signature).unwrap()).unwrap());

    assert!(!ask(Some(SamlMisbehavior::Unsigned)).await.contains("Sig"));
}
