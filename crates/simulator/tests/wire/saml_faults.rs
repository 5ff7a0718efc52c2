//! SAML: faults of the org, signed requests, and encrypted assertions.

use base64::{Engine, engine::general_purpose::STANDARD};
use vestibule_simulator::{AssertionEncryption, Browser, SamlMisbehavior};

use crate::{
    saml::{AUDIENCE, Scene},
    service_key::ServiceKey,
};

/// The text between two markers.
fn between<'a>(xml: &'a str, from: &str, to: &str) -> &'a str {
    xml.split_once(from).unwrap().1.split_once(to).unwrap().0
}

#[tokio::test]
async fn each_misbehavior_spoils_one_response() {
    let scene = Scene::new(|_| {});
    let (_, good) = scene.sign_in("").await;
    let issuer = scene.okta.saml_instructions(&scene.app).unwrap().issuer;
    let acs = format!("{}/acs", scene.service.url);
    let eve = || "eve@acme.example".to_owned();
    let signatures = |xml: &str| xml.matches("<ds:Signature ").count();
    let assertions = |xml: &str| xml.matches("<saml2:Assertion ").count();
    type Spoilt<'a> = Box<dyn Fn(&str) -> bool + 'a>;
    let lacks = |part: String| -> Spoilt<'_> { Box::new(move |xml| !xml.contains(&part)) };
    let table: Vec<(SamlMisbehavior, Spoilt<'_>)> = vec![
        (SamlMisbehavior::WrongAudience, lacks(format!("<saml2:Audience>{AUDIENCE}<"))),
        (SamlMisbehavior::WrongRecipient, lacks(format!("Recipient=\"{acs}\""))),
        (SamlMisbehavior::WrongDestination, lacks(format!("Destination=\"{acs}\""))),
        (SamlMisbehavior::WrongIssuer, lacks(format!(">{issuer}<"))),
        (SamlMisbehavior::Expired, Box::new(|xml| instant(xml) < instant(&good))),
        (SamlMisbehavior::FromTheFuture, Box::new(|xml| instant(xml)[..13] > instant(&good)[..13])),
        (SamlMisbehavior::OtherInResponseTo, lacks("InResponseTo=\"_r1\"".to_owned())),
        (SamlMisbehavior::NoInResponseTo, lacks("InResponseTo".to_owned())),
        (SamlMisbehavior::Unsigned, Box::new(|xml| signatures(xml) == 0)),
        (
            SamlMisbehavior::OnlyResponseSigned,
            Box::new(|xml| {
                signatures(xml) == 1 && xml.find("<ds:Signature ") < xml.find("<saml2:Assertion ")
            }),
        ),
        (
            SamlMisbehavior::OnlyAssertionSigned,
            Box::new(|xml| {
                signatures(xml) == 1 && xml.find("<ds:Signature ") > xml.find("<saml2:Assertion ")
            }),
        ),
        (SamlMisbehavior::Sha1, Box::new(|xml| xml.contains("xmldsig#rsa-sha1") && !xml.contains("sha256"))),
        (SamlMisbehavior::ForeignKey, Box::new(|xml| certificate(xml) != certificate(&good))),
        (SamlMisbehavior::TransientNameId, Box::new(|xml| xml.contains("nameid-format:transient\">_"))),
        (
            SamlMisbehavior::NameIdInUpperCase,
            Box::new(|xml| xml.contains(">ADA@ACME.EXAMPLE</saml2:NameID>")),
        ),
        (
            SamlMisbehavior::ErrorStatus,
            Box::new(|xml| {
                xml.contains("status:Responder\"/>") && assertions(xml) == 0 && signatures(xml) == 1
            }),
        ),
        (
            SamlMisbehavior::TamperedNameId(eve()),
            Box::new(|xml| xml.contains(">eve@acme.example</saml2:NameID>")),
        ),
        (
            SamlMisbehavior::TamperedAttribute(eve()),
            Box::new(|xml| xml.contains(">eve@acme.example</saml2:Attr")),
        ),
        (
            SamlMisbehavior::CommentInNameId,
            Box::new(|xml| xml.contains(">ada<!---->@acme.example</saml2:NameID>")),
        ),
        (SamlMisbehavior::WrappedBefore(eve()), Box::new(is_wrapped)),
        (
            SamlMisbehavior::WrappedAround(eve()),
            Box::new(|xml| is_wrapped(xml) && xml.contains("</saml2:Assertion></saml2:A")),
        ),
        (
            SamlMisbehavior::WrappedInExtensions(eve()),
            Box::new(|xml| {
                assertions(xml) == 2 && xml.contains("<saml2p:Extensions") && signatures(xml) == 1
            }),
        ),
        (
            SamlMisbehavior::WrappedInObject(eve()),
            Box::new(|xml| is_wrapped(xml) && xml.contains("<ds:Object><saml2:Assertion ")),
        ),
    ];
    for (misbehavior, is_spoilt) in table {
        assert!(!is_spoilt(&good), "{misbehavior:?} is in a good response");
        scene.okta.tamper_saml(misbehavior.clone()).unwrap();
        let (_, xml) = scene.sign_in("").await;
        assert!(is_spoilt(&xml), "{misbehavior:?}: {xml}");
        let (_, xml) = scene.sign_in("").await;
        assert!(!is_spoilt(&xml), "{misbehavior:?} happens once");
    }
}

fn instant(xml: &str) -> &str {
    between(xml, "IssueInstant=\"", "\"")
}

fn certificate(xml: &str) -> &str {
    between(xml, "<ds:X509Certificate>", "<")
}

/// Whether there are two assertions, the first one for another person, and one signature.
fn is_wrapped(xml: &str) -> bool {
    let first = xml.split("<saml2:NameID ").nth(if xml.contains("<ds:Object>") { 2 } else { 1 });
    xml.matches("<saml2:Assertion ").count() == 2
        && xml.matches("<ds:Signature ").count() == 1
        && first.is_some_and(|first| first.split('<').next().unwrap().ends_with(">eve@acme.example"))
}

#[tokio::test]
async fn signed_requests_are_verified() {
    let (key, stranger) = (ServiceKey::generate(), ServiceKey::generate());
    let scene = Scene::new(|settings| {
        settings.signed_requests = true;
        settings.signature_certificate = Some(key.certificate.clone());
    });
    let metadata = scene.okta.saml_instructions(&scene.app).unwrap().metadata_url;
    let metadata = scene.browser.get(&metadata).await.unwrap();
    assert!(metadata.html.contains("WantAuthnRequestsSigned=\"true\""));

    let request = scene.request("");
    let open =
        async |query: String| scene.browser.get(&format!("{}?{query}", scene.sso_url())).await.unwrap();
    let page = open(key.query("SAMLRequest", &request, "r")).await;
    assert_eq!(page.title(), "Acme - Sign in", "{}", page.text());
    for (query, words) in [
        (stranger.query("SAMLRequest", &request, "r"), "does not fit the certificate"),
        (key.query("SAMLRequest", &request, "r").replace("RelayState=r", "RelayState=s"), "does not fit"),
        (format!("SAMLRequest={}", "x"), "base64"),
    ] {
        let page = open(query).await;
        assert_eq!(page.status, 400);
        assert!(page.text().contains(words), "{}", page.text());
    }

    let canonical = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" \
         IssueInstant=\"2026-11-29T00:00:00Z\" Version=\"2.0\"><saml:Issuer \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{AUDIENCE}</saml:Issuer></samlp:AuthnRequest>"
    );
    let signed = key.enveloped(&canonical);
    for (xml, status) in [
        (signed.clone(), 200),
        (signed.replace("AuthnRequest xml", "AuthnRequest ForceAuthn=\"false\" xml"), 400),
        (stranger.enveloped(&canonical), 400),
        (canonical, 400),
    ] {
        let html = format!(
            "<form method=post action='{}'><input name=SAMLRequest value='{}'></form>",
            scene.sso_url(),
            STANDARD.encode(&xml)
        );
        scene.service.will_with(200, &[], &html);
        let page = scene.browser.get(&scene.service.url).await.unwrap();
        let page = scene.browser.post_saml(&page).await.unwrap();
        assert_eq!(page.status, status, "{xml}: {}", page.text());
    }
}

#[tokio::test]
async fn an_encrypted_assertion_is_in_okta_s_shape() {
    let key = ServiceKey::generate();
    let scene = Scene::new(|settings| {
        settings.assertion_encryption = Some(AssertionEncryption::new(key.certificate.clone()));
    });
    let (_, xml) = scene.sign_in("").await;
    assert!(!xml.contains("<saml2:Assertion ") && !xml.contains("xmlns:xs"), "{xml}");
    assert!(!xml.contains("InclusiveNamespaces"), "only the assertion has attributes");
    for part in [
        "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData Id=\"_",
        " Type=\"http://www.w3.org/2001/04/xmlenc#Element\" xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">",
        "<xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes256-gcm\"",
        "<ds:RetrievalMethod Type=\"http://www.w3.org/2001/04/xmlenc#EncryptedKey\" URI=\"#_",
        "</xenc:EncryptedData><xenc:EncryptedKey Id=\"_",
        "#rsa-oaep-mgf1p\" xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"><ds:DigestMethod \
         Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"",
    ] {
        assert!(xml.contains(part), "no {part} in {xml}");
    }
    let pem: String = key.certificate.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(xml.replace('\n', "").contains(&pem), "the certificate of the service");
}

#[tokio::test]
async fn an_administrator_rotates_the_certificate_on_the_page() {
    let scene = Scene::new(|_| {});
    let browser = Browser::new().unwrap();
    let page = browser.get(scene.okta.issuer()).await.unwrap();
    let text = page.text();
    for words in ["Single sign-on URL", "Audience URI (SP Entity ID)", "Honor Force Authentication", AUDIENCE]
    {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let instructions = scene.okta.saml_instructions(&scene.app).unwrap();
    assert!(text.contains(&instructions.metadata_url) && text.contains(&instructions.issuer));
    let page = browser.press(&page, "Generate new certificate", &[]).await.unwrap();
    browser.press(&page, "Activate", &[]).await.unwrap();
    let active: Vec<bool> = scene.okta.saml_certificates(&scene.app).iter().map(|row| row.active).collect();
    assert_eq!(active, [false, true]);
    let tile = browser.follow(&page, "Open Vestibule").await.unwrap();
    let page = browser.sign_in_to_okta(&tile, &scene.ada).await.unwrap();
    assert!(page.saml_message().is_some());
}

#[tokio::test]
async fn misbehavior_of_metadata_waits_for_its_request() {
    let scene = Scene::new(|_| {});
    let instructions = scene.okta.saml_instructions(&scene.app).unwrap();
    let path = instructions.metadata_url.strip_prefix(scene.okta.issuer()).unwrap();
    let metadata = async || scene.browser.get(&instructions.metadata_url).await.unwrap();
    let entity = format!("entityID=\"{}\"", instructions.issuer);
    scene.okta.tamper_saml(SamlMisbehavior::MetadataOfAnother).unwrap();
    scene.sign_in("").await;
    let page = metadata().await;
    assert!(page.html.contains("entityID=") && !page.html.contains(&entity));
    scene.okta.tamper_saml(SamlMisbehavior::HugeMetadata).unwrap();
    assert!(metadata().await.html.len() > 1 << 20);
    scene.okta.tamper_saml(SamlMisbehavior::MetadataRedirect).unwrap();
    assert_eq!(metadata().await.hops[0].status, 302);
    assert!(metadata().await.html.contains(&entity));
    assert_eq!(scene.okta.asked(path), 4);
}
