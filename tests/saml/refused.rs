//! Invalid responses: each is refused with the failed check, and has no effect.

use rstest::rstest;
use vestibule_simulator::{Browser, SamlMisbehavior as Fault};

use super::{SamlRoom, assert_refused, assert_signed_in};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn a_response_that_fails_a_check_signs_nobody_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    let eve = || "eve@acme.example".to_owned();
    acme.person("Eve").await;
    for fault in [
        Fault::WrongAudience,
        Fault::WrongRecipient,
        Fault::WrongDestination,
        Fault::WrongIssuer,
        Fault::Expired,
        Fault::FromTheFuture,
        Fault::Unsigned,
        Fault::Sha1,
        Fault::ForeignKey,
        Fault::TransientNameId,
        Fault::ErrorStatus,
        Fault::TamperedNameId(eve()),
        Fault::CommentInNameId,
        Fault::WrappedBefore(eve()),
        Fault::WrappedAround(eve()),
        Fault::WrappedInExtensions(eve()),
        Fault::WrappedInObject(eve()),
    ] {
        acme.room.okta.tamper_saml(fault.clone()).unwrap();
        let (browser, page) = acme.sign_in(&ada).await;
        assert_refused(&house, &browser, &page, 403, "was not accepted");
        assert_eq!(acme.room.check(&browser).await, 401, "{fault:?}");
    }
    let (browser, page) = acme.sign_in(&ada).await;
    assert_signed_in(&house, &browser, &page);
}

#[rstest]
#[actix_web::test]
async fn an_answer_to_another_request_signs_nobody_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = acme.person("Ada").await;
    acme.room.okta.tamper_saml(Fault::OtherInResponseTo).unwrap();
    let (browser, page) = acme.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 400, "This sign-in is over");
}

#[rstest]
#[actix_web::test]
async fn a_response_for_another_workspace_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let globex = SamlRoom::new(&house, "Globex").await;
    let ada = acme.person("Ada").await;
    let browser = Browser::new().unwrap();
    let response = acme.up_to_response(&browser, &acme.login, &ada).await;
    let message = response.saml_form().unwrap().value("SAMLResponse").unwrap().to_owned();
    let (status, _) = post(&house, &globex.acs, &[("SAMLResponse", &message)]).await;
    assert_eq!(status, 403);
    // The refusals did not use up the login.
    assert_signed_in(&house, &browser, &browser.post_saml(&response).await.unwrap());
}

#[rstest]
#[actix_web::test]
async fn a_form_is_read_strictly(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let huge = "A".repeat(600_000);
    for fields in [
        vec![],
        vec![("RelayState", "x")],
        vec![("SAMLResponse", "PHg+"), ("SAMLResponse", "PHg+")],
        vec![("SAMLResponse", huge.as_str())],
    ] {
        let (status, text) = post(&house, &acme.acs, &fields).await;
        assert_eq!(status, 400, "{text}");
    }
    for value in ["", "PHg+", "***", "PCFET0NUWVBFIHg+PHgvPg==", "<script>alert(1)</script>"] {
        let (status, text) = post(&house, &acme.acs, &[("SAMLResponse", value)]).await;
        assert!([400, 403].contains(&status), "{value}: {text}");
        assert!(!text.contains("<script>alert"), "{text}");
    }
    // A response in the query is not accepted (SAML Profiles §4.1.2).
    let answer = house.http.get(format!("{}?SAMLResponse=PHg%2B", acme.acs)).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    let nowhere = house.url("/api/okta/saml/acs/0193abcd-0000-7000-8000-00000000000f");
    assert_eq!(post(&house, &nowhere, &[("SAMLResponse", "PHg+")]).await.0, 404);
}

/// Posts a form without any cookie: (status, body).
async fn post(house: &House, url: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = house.http.post(url).form(fields).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
