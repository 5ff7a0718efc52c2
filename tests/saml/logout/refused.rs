//! LogoutRequests that end nothing, each with its refusal, event and finding.

use rstest::rstest;
use vestibule_core::sets::SamlBinding;
use vestibule_simulator::{Browser, SamlMisbehavior};

use super::{
    super::{SECOND, doctor::finding},
    connected, sign_out_of_okta,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_request_that_fails_a_check_ends_nothing(
    #[values(Sqlite, Postgres)] backend: Backend,
    #[values(SamlBinding::Redirect, SamlBinding::Post)] binding: SamlBinding,
) {
    let house = House::start(backend).await;
    let acme = connected(&house, binding).await;
    let ada = acme.person("Ada").await;
    for (misbehavior, check, words) in [
        (SamlMisbehavior::WrongDestination, "destination", "Single Logout URL"),
        (SamlMisbehavior::WrongIssuer, "issuer", "Okta"),
        (SamlMisbehavior::Expired, "instants", "clock"),
        (SamlMisbehavior::Unsigned, "signature", "SAML Signing Certificates"),
        (SamlMisbehavior::ForeignKey, "signature", "SAML Signing Certificates"),
        (SamlMisbehavior::Sha1, "signature", "SAML Signing Certificates"),
        (SamlMisbehavior::TamperedNameId("eve@acme.example".to_owned()), "signature", ""),
    ] {
        if binding == SamlBinding::Redirect && matches!(misbehavior, SamlMisbehavior::TamperedNameId(_)) {
            continue;
        }
        house.clock.advance(61 * SECOND);
        acme.room.okta.move_clock(61);
        let (browser, _) = acme.sign_in(&ada).await;
        let page = sign_out_of_okta(&acme, &browser).await;
        acme.room.okta.tamper_saml(misbehavior.clone()).unwrap();
        let end = browser.open_frames(&page).await.unwrap().remove(0);
        assert_eq!(end.status, 403, "{misbehavior:?}: {}", end.text());
        assert!(end.text().contains(&format!("The check: {check}")), "{misbehavior:?}: {}", end.text());
        assert_eq!(acme.room.check(&browser).await, 200, "{misbehavior:?}");
        // Each check is recorded at most once a minute.
        let events = acme.events(&house).await;
        let told = format!(r#""reason":"{check}""#);
        let of_check = |(kind, data): &&(String, String)| kind == "signal_refused" && data.contains(&told);
        assert_eq!(events.iter().filter(of_check).count(), 1, "{misbehavior:?}: {events:?}");
        let found = finding(&house, &acme, "saml_logout").await.unwrap();
        assert!(found.contains(words), "{misbehavior:?}: {found}");
    }
    // After a valid request the finding is gone.
    house.clock.advance(SECOND);
    acme.room.okta.move_clock(1);
    let (browser, _) = acme.sign_in(&ada).await;
    let page = sign_out_of_okta(&acme, &browser).await;
    browser.open_frames(&page).await.unwrap();
    assert_eq!(finding(&house, &acme, "saml_logout").await, None);
}

#[rstest]
#[actix_web::test]
async fn messages_that_are_none(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = connected(&house, SamlBinding::Redirect).await;
    let slo = house.url(&format!("/api/okta/saml/slo/{}", acme.room.workspace));
    let browser = Browser::new().unwrap();
    for (url, status) in [
        (slo.clone(), 400),
        (format!("{slo}?SAMLRequest=x&SAMLResponse=y"), 400),
        (format!("{slo}?SAMLRequest=x&SAMLRequest=y"), 400),
        (format!("{slo}?SAMLRequest=x&RelayState={}", "r".repeat(1025)), 400),
        (format!("{slo}?SAMLRequest=x"), 403),
        (house.url("/api/okta/saml/slo/0193abcd-0000-7000-8000-00000000000f?SAMLRequest=x"), 404),
        (house.url("/api/okta/saml/slo/acme?SAMLRequest=x"), 404),
        (house.url("/api/okta/saml/logout"), 400),
    ] {
        let page = browser.get(&url).await.unwrap();
        assert_eq!(page.status, status, "{url}: {}", page.text());
    }
    // An assertion is no logout message, and a form has a limit.
    let ada = acme.person("Ada").await;
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let response = response.saml_form().unwrap().value("SAMLResponse").unwrap().to_owned();
    let post = async |fields: &[(&str, &str)]| {
        house.http.post(&slo).form(fields).send().await.unwrap().status().as_u16()
    };
    assert_eq!(post(&[("SAMLRequest", &response)]).await, 403);
    assert_eq!(post(&[("SAMLResponse", &response)]).await, 403);
    assert_eq!(post(&[("SAMLRequest", &"A".repeat(200_000))]).await, 400);
    // A workspace without a SAML connection.
    let other = house.room("Globex").await;
    let url = house.url(&format!("/api/okta/saml/slo/{}?SAMLRequest=x", other.workspace));
    assert_eq!(browser.get(&url).await.unwrap().status, 404);
}
