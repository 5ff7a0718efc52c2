//! Sign-in by SAML: a service's request, the sign-in page, and the response that the browser posts.

use std::io::Write;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use flate2::{Compression, write::DeflateEncoder};
use openssl::{hash::MessageDigest, sign::Verifier, x509::X509};
use serde_json::json;
use url::Url;
use vestibule_simulator::{
    App, AppSettings, AttributeStatement, Browser, Expression, GroupAttributeStatement, GroupFilter, Okta,
    Page, Person, SamlMisbehavior, SamlSettings, SubjectFormat, read_unverified,
};

use crate::{
    ada, org,
    recorder::{Recorder, Seen},
};

pub const AUDIENCE: &str = "https://sp.example/saml";

pub struct Scene {
    pub okta: Okta,
    pub app: App,
    pub ada: Person,
    pub service: Recorder,
    pub browser: Browser,
}

impl Scene {
    pub fn new(change: impl FnOnce(&mut SamlSettings)) -> Self {
        let okta = org();
        let service = Recorder::start();
        let mut settings = SamlSettings::new(format!("{}/acs", service.url), AUDIENCE);
        settings.attributes = vec![
            AttributeStatement::new("Email", Expression::Email),
            AttributeStatement::new("uid", Expression::Id),
        ];
        change(&mut settings);
        let labels = AppSettings {
            label: "Vestibule".to_owned(),
            name: "acme_vestibule_1".to_owned(),
            ..AppSettings::default()
        };
        let app = okta.create_saml_app(labels, settings).unwrap();
        let ada = ada(&okta);
        okta.assign_quietly(&app, &ada);
        Self { okta, app, ada, service, browser: Browser::new().unwrap() }
    }

    pub fn sso_url(&self) -> String {
        self.okta.saml_instructions(&self.app).unwrap().single_sign_on_url
    }

    /// A request as the service makes it, with further attributes.
    pub fn request(&self, more: &str) -> String {
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" \
             IssueInstant=\"2026-11-29T00:00:00Z\" {more}><saml:Issuer \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{AUDIENCE}</saml:Issuer></samlp:AuthnRequest>"
        )
    }

    /// Sends a request by the Redirect binding.
    pub async fn open(&self, xml: &str) -> Page {
        let mut url = Url::parse(&self.sso_url()).unwrap();
        url.query_pairs_mut().append_pair("SAMLRequest", &deflated(xml)).append_pair("RelayState", "state&1");
        self.browser.get(url.as_str()).await.unwrap()
    }

    /// Signs in for a request and posts the response. Returns the request that the service received, and the XML.
    pub async fn sign_in(&self, more: &str) -> (Seen, String) {
        let page = self.open(&self.request(more)).await;
        let page = match page.form_with_field("identifier") {
            Ok(_) => self.browser.sign_in_to_okta(&page, &self.ada).await.unwrap(),
            Err(_) => page,
        };
        let xml = page.saml_message().unwrap();
        self.service.will_with(200, &[], "<title>Signed in</title>");
        self.browser.post_saml(&page).await.unwrap();
        (self.service.take().remove(0), xml)
    }
}

/// The value of a message by the Redirect binding.
pub fn deflated(xml: &str) -> String {
    let mut deflater = DeflateEncoder::new(Vec::new(), Compression::default());
    deflater.write_all(xml.as_bytes()).unwrap();
    STANDARD.encode(deflater.finish().unwrap())
}

#[tokio::test]
async fn a_service_signs_a_person_in() {
    let scene = Scene::new(|settings| {
        settings.group_attributes =
            vec![GroupAttributeStatement::new("groups", GroupFilter::StartsWith("App ".to_owned()))];
    });
    for name in ["App Admins", "App Users", "Everyone"] {
        let group = scene.okta.add_group(name);
        scene.okta.add_member(&group, &scene.ada);
    }
    let (seen, xml) = scene.sign_in("").await;
    assert_eq!(seen.line(), "POST /acs");
    assert_eq!(seen.header("cookie"), None);
    assert_eq!(seen.header("origin"), Some(scene.okta.issuer()));
    let form = seen.form();
    assert_eq!(
        (form[0].0.as_str(), form[1].0.as_str(), form[1].1.as_str()),
        ("SAMLResponse", "RelayState", "state&1")
    );

    let acs = format!("{}/acs", scene.service.url);
    let issuer = scene.okta.saml_instructions(&scene.app).unwrap().issuer;
    assert!(issuer.starts_with("http://www.okta.com/exk"));
    assert!(xml.starts_with(&format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><saml2p:Response Destination=\"{acs}\" ID=\"id"
    )));
    for part in [
        " InResponseTo=\"_r1\" ",
        &format!(
            "<saml2:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\" \
                  xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">{issuer}</saml2:Issuer><ds:Signature"
        ),
        "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs\"/>",
        "<saml2:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">ada@acme.example</saml2:NameID>",
        &format!("Recipient=\"{acs}\"/>"),
        &format!("<saml2:Audience>{AUDIENCE}</saml2:Audience>"),
        " SessionIndex=\"_r1\" ",
        "xsi:type=\"xs:string\">App Admins</saml2:AttributeValue><saml2:AttributeValue",
        &format!(
            "<saml2:Attribute Name=\"uid\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified\">\
                  <saml2:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
                  xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">{}<",
            scene.ada.id
        ),
    ] {
        assert!(xml.contains(part), "no {part} in {xml}");
    }
    assert!(!xml.contains("Everyone"));
    assert_eq!(xml.matches("<ds:Signature ").count(), 2);
    assert_eq!(STANDARD.encode(&xml), form[0].1);
    let (_, instant) = xml.split_once("AuthnInstant=\"").unwrap();
    assert_eq!(xml.matches(&format!("IssueInstant=\"{}\"", &instant[..24])).count(), 2);
}

#[tokio::test]
async fn without_attributes_nothing_names_the_schema() {
    let scene = Scene::new(|settings| settings.attributes.clear());
    let (_, xml) = scene.sign_in("").await;
    assert!(!xml.contains("xmlns:xs") && !xml.contains("InclusiveNamespaces"), "{xml}");
}

#[tokio::test]
async fn the_org_session_suffices_unless_a_new_sign_in_is_asked_for() {
    let scene = Scene::new(|_| {});
    scene.sign_in("").await;
    assert!(scene.open(&scene.request("")).await.saml_message().is_some());
    let forced = scene.request("ForceAuthn=\"true\"");
    assert_eq!(scene.open(&forced).await.title(), "Acme - Sign in");
    scene.okta.tamper_saml(SamlMisbehavior::IgnoredForceAuthn).unwrap();
    assert!(scene.open(&forced).await.saml_message().is_some());
    let mut settings = scene.okta.saml_settings(&scene.app).unwrap();
    settings.honor_force_authn = false;
    scene.okta.update_saml(&scene.app, settings);
    assert!(scene.open(&forced).await.saml_message().is_some());

    scene.okta.end_org_sessions(&scene.ada);
    let passive = scene.open(&scene.request("IsPassive=\"true\"")).await.saml_message().unwrap();
    assert!(passive.contains("status:Responder\"/>") && !passive.contains("<saml2:Assertion"), "{passive}");
}

#[tokio::test]
async fn the_post_binding_finds_the_org_session() {
    let scene = Scene::new(|_| {});
    scene.sign_in("").await;
    let html = format!(
        "<form method=post action='{}'><input name=SAMLRequest value='{}'><input name=RelayState value=r></form>",
        scene.sso_url(),
        STANDARD.encode(scene.request(""))
    );
    scene.service.will_with(200, &[], &html);
    let page = scene.browser.get(&scene.service.url).await.unwrap();
    let page = scene.browser.post_saml(&page).await.unwrap();
    assert!(page.saml_message().unwrap().contains("InResponseTo=\"_r1\""));
    assert_eq!(page.saml_form().unwrap().value("RelayState"), Some("r"));
}

#[tokio::test]
async fn the_tile_starts_a_sign_in_and_loses_what_a_service_sent() {
    let scene = Scene::new(|settings| settings.default_relay_state = Some("/deep".to_owned()));
    let tile = scene.okta.open_app_url(&scene.app).unwrap();
    for url in [tile.clone(), format!("{tile}?SAMLRequest=x&RelayState=y"), scene.sso_url()] {
        let page = Browser::new().unwrap();
        let form = page.get(&url).await.unwrap();
        let page = page.sign_in_to_okta(&form, &scene.ada).await.unwrap();
        let xml = page.saml_message().unwrap();
        assert!(!xml.contains("InResponseTo"), "{xml}");
        assert_eq!(page.saml_form().unwrap().value("RelayState"), Some("/deep"));
    }
}

#[tokio::test]
async fn requests_that_are_refused() {
    let scene = Scene::new(|_| {});
    let acs = format!("AssertionConsumerServiceURL=\"{}/acs\"", scene.service.url);
    let destination = format!("Destination=\"{}\"", scene.sso_url());
    assert_eq!(scene.open(&scene.request(&format!("{acs} {destination}"))).await.status, 200);
    for (xml, words) in [
        (scene.request("AssertionConsumerServiceURL=\"https://evil.example\""), "AssertionConsumerServiceURL"),
        (scene.request("AssertionConsumerServiceIndex=\"7\""), "AssertionConsumerServiceIndex"),
        (scene.request("Destination=\"https://evil.example\""), "Destination"),
        (scene.request("ProtocolBinding=\"urn:other\""), "ProtocolBinding"),
        (scene.request("").replace(AUDIENCE, "https://other.example"), "Issuer"),
        (scene.request("").replace(" ID=\"_r1\"", ""), "ID"),
        (scene.request("").replace("\"2.0\"", "\"1.1\""), "SAML 2.0"),
        (scene.request("").replace("AuthnRequest", "LogoutRequest"), "AuthnRequest"),
        (
            scene.request("").replace(
                "</samlp:AuthnRequest>",
                "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"/></samlp:AuthnRequest>",
            ),
            "NameIDPolicy",
        ),
        ("<x".to_owned(), "tag"),
    ] {
        let page = scene.open(&xml).await;
        assert_eq!(page.status, 400, "{xml}");
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let mut settings = scene.okta.saml_settings(&scene.app).unwrap();
    settings.single_sign_on_url = format!("{}/saml_acs", scene.service.url);
    scene.okta.update_saml(&scene.app, settings.clone());
    assert!(scene.open(&scene.request("")).await.text().contains("underscores"));
    settings.signed_requests = true;
    scene.okta.update_saml(&scene.app, settings.clone());
    assert!(scene.open(&scene.request("")).await.text().contains("no signature certificate"));
    settings.signature_certificate = Some(scene.okta.saml_instructions(&scene.app).unwrap().certificate);
    scene.okta.update_saml(&scene.app, settings);
    assert!(scene.open(&scene.request("")).await.text().contains("not signed"));
}

#[tokio::test]
async fn who_may_not_come_in() {
    let scene = Scene::new(|_| {});
    let eve = scene.okta.add_person("eve@acme.example", "Eve", "X");
    let page = scene.open(&scene.request("")).await;
    let page = scene.browser.sign_in_to_okta(&page, &eve).await.unwrap();
    assert_eq!(page.status, 403);
    assert!(page.text().contains("not assigned"));
    let page =
        scene.browser.get(&format!("{}/app/other/exkNobody/sso/saml", scene.okta.issuer())).await.unwrap();
    assert_eq!(page.status, 400);
    let openid = format!("{}/oauth2/v1/authorize?client_id={}", scene.okta.issuer(), scene.app.client_id);
    assert_eq!(scene.browser.get(&openid).await.unwrap().status, 400);
}

#[tokio::test]
async fn the_metadata_lists_a_certificate_before_it_signs() {
    let scene = Scene::new(|_| {});
    let instructions = scene.okta.saml_instructions(&scene.app).unwrap();
    let metadata = async || scene.browser.get(&instructions.metadata_url).await.unwrap();
    let page = metadata().await;
    assert_eq!(page.header("content-type"), Some("application/xml"));
    assert!(page.html.contains(&format!("entityID=\"{}\"", instructions.issuer)));
    assert!(
        page.html.contains(&format!("HTTP-Redirect\" Location=\"{}\"/>", instructions.single_sign_on_url))
    );
    assert_eq!(page.html.matches("<md:KeyDescriptor use=\"signing\">").count(), 1);

    let next = scene.okta.generate_saml_certificate(&scene.app).unwrap();
    assert_eq!(metadata().await.html.matches("<md:KeyDescriptor").count(), 2);
    let (_, before) = scene.sign_in("").await;
    assert!(!scene.okta.activate_saml_certificate(&scene.app, "nobody"));
    assert!(scene.okta.activate_saml_certificate(&scene.app, &next));
    assert_eq!(metadata().await.html.matches("<md:KeyDescriptor").count(), 1);
    let (_, after) = scene.sign_in("").await;
    let certificate = |xml: &str| {
        let (_, rest) = xml.split_once("<ds:X509Certificate>").unwrap();
        rest.split_once('<').unwrap().0.replace('\n', "")
    };
    let rows = scene.okta.saml_certificates(&scene.app);
    assert_eq!(rows.iter().map(|row| row.active).collect::<Vec<_>>(), [false, true]);
    for (row, xml) in rows.iter().zip([before, after]) {
        let pem: String = row.certificate.lines().filter(|line| !line.starts_with('-')).collect();
        assert_eq!(certificate(&xml), pem);
    }
}

#[tokio::test]
async fn universal_logout_is_signed_by_the_key_of_the_assertions() {
    let scene = Scene::new(|_| {});
    let Scene { okta, app, ada, service, .. } = &scene;
    okta.enable_universal_logout(app, &format!("{}/logout", service.url));
    let next = okta.generate_saml_certificate(app).unwrap();
    assert!(okta.activate_saml_certificate(app, &next));
    service.will_with(204, &[], "");
    okta.universal_logout(app, ada, SubjectFormat::Email).await.unwrap();
    let seen = service.take().remove(0);
    let jwt = seen.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    let (header, claims) = read_unverified(jwt).unwrap();
    assert_eq!(header, json!({ "typ": "global-token-revocation+jwt", "alg": "RS256" }));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(okta.issuer()), &json!(app.client_id)));
    let verifies = |certificate: &str| {
        let key = X509::from_pem(certificate.as_bytes()).unwrap().public_key().unwrap();
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
        verifier.update(signed.as_bytes()).unwrap();
        verifier.verify(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap()
    };
    service.will_with(204, &[], "");
    okta.universal_logout(app, ada, SubjectFormat::IssSubNameId).await.unwrap();
    let subject = json!({ "format": "iss_sub", "iss": okta.issuer(), "sub": "ada@acme.example" });
    assert_eq!(service.take().remove(0).json(), json!({ "sub_id": subject }));
    let rows = okta.saml_certificates(app);
    assert_eq!(rows.iter().map(|row| verifies(&row.certificate)).collect::<Vec<_>>(), [false, true]);
}

#[tokio::test]
async fn a_service_may_answer_a_tile_by_a_request_of_its_own() {
    let scene = Scene::new(|_| {});
    let mut request = Url::parse(&scene.sso_url()).unwrap();
    let forced = deflated(&scene.request("ForceAuthn=\"true\""));
    request.query_pairs_mut().append_pair("SAMLRequest", &forced);
    scene.service.will_with(303, &[("Location", request.as_str())], "");
    scene.service.will_with(200, &[], "<title>Signed in</title>");
    let page = scene.browser.get(&scene.okta.open_app_url(&scene.app).unwrap()).await.unwrap();
    let page = scene.browser.sign_in_by_saml(&page, &scene.ada).await.unwrap();
    assert_eq!(page.title(), "Signed in");
    assert_eq!(scene.service.lines(), ["POST /acs", "POST /acs"]);

    let mut wrong = scene.ada.clone();
    "wrong".clone_into(&mut wrong.password);
    let page = scene.open(&scene.request("ForceAuthn=\"1\"")).await;
    assert_eq!(scene.browser.sign_in_by_saml(&page, &wrong).await.unwrap().status, 401);
}
