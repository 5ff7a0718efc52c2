//! Test sign-in through a SAML connection: it reports every check and signs nobody in, even before the connection is switched on.

use rstest::rstest;
use vestibule_simulator::{
    AttributeStatement, Browser, Expression, GroupAttributeStatement, GroupFilter, Page, Person,
    SamlMisbehavior as Fault,
};
use vestibule_store::{
    people::users,
    providers::{
        identities::{self, IdentityKey},
        saml_connections::{self, AttributeNames},
    },
    trail::events::{self, Event},
    workspaces,
};

use super::{SECOND, SamlRoom, assert_refused, assert_signed_in, session_cookie};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

/// An administrator who is signed in by OpenID Connect.
struct Tester {
    browser: Browser,
    person: Person,
    csrf: String,
}

impl Tester {
    async fn new(house: &House, acme: &SamlRoom) -> Self {
        let person = acme.room.administrator(house, "Ada").await;
        acme.room.okta.assign_quietly(&acme.app, &person);
        let (browser, _) = acme.room.sign_in(&person).await;
        Self::link(house, acme, &person).await;
        let page = browser.get(&house.url("/integrations/okta/setup/test")).await.unwrap();
        let csrf = page.form_with_button("Test sign-in").unwrap().value("csrf").unwrap().to_owned();
        Self { browser, person, csrf }
    }

    /// Links the person at the SAML provider, as an owner does. A user with a role in the console is never recognised by name at a second
    /// provider.
    async fn link(house: &House, acme: &SamlRoom, person: &Person) {
        let (workspace, login, now) = (acme.room.workspace.clone(), person.login.clone(), house.state.now());
        house
            .write(move |conn| {
                let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
                let connection = saml_connections::list(conn, &workspace).unwrap().remove(0);
                let identity = IdentityKey { issuer: &connection.issuer, subject: &login };
                identities::link(conn, &workspace, identity, &user.user_id, now).unwrap();
            })
            .await;
    }

    /// Posts the form of the connection's page: (status, body, URL at which the test continues).
    async fn press(&self, house: &House, connection: &str) -> (u16, String, Option<String>) {
        let cookie = session_cookie(house, &self.browser).unwrap();
        let form = [("csrf", self.csrf.as_str()), ("connection", connection)];
        let request = house.http.post(house.url("/auth/test")).form(&form);
        let answer = request.header("cookie", format!("vestibule_session={cookie}")).send().await.unwrap();
        let refresh = answer.headers().get("refresh").map(|value| value.to_str().unwrap().to_owned());
        let url = refresh.map(|value| value.strip_prefix("0; url=").unwrap().to_owned());
        (answer.status().as_u16(), answer.text().await.unwrap(), url)
    }

    /// Signs in at Okta. Returns the page that would post the response.
    async fn up_to_response(&self, house: &House, acme: &SamlRoom) -> Page {
        let (status, text, url) = self.press(house, &acme.connection).await;
        assert!(status == 200 && text.contains("Continue to <bdi>Okta</bdi>"), "{text}");
        acme.up_to_response(&self.browser, &url.unwrap(), &self.person).await
    }

    /// Runs the whole test and returns the report.
    async fn test(&self, house: &House, acme: &SamlRoom) -> Page {
        let response = self.up_to_response(house, acme).await;
        let page = self.browser.post_saml(&response).await.unwrap();
        assert_eq!((page.status, page.url.path()), (200, "/api/okta/saml/arrive"), "{}", page.text());
        page
    }
}

async fn trail(house: &House, acme: &SamlRoom, kind: &'static str) -> Vec<Event> {
    let workspace = acme.room.workspace.clone();
    let all = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    all.into_iter().filter(|event| event.kind == kind).collect()
}

#[track_caller]
fn assert_says(page: &Page, words: &[&str]) {
    let text = page.text();
    for words in words {
        assert!(text.contains(words), "no {words:?} in: {text}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_test_shows_each_check_and_signs_nobody_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = Tester::new(&house, &acme).await;
    acme.change(&house, |connection| connection.enabled = false).await;
    let before = (session_cookie(&house, &ada.browser), trail(&house, &acme, "signed_in").await.len());
    let page = ada.test(&house, &acme).await;
    assert_says(
        &page,
        &[
            "A sign-in would succeed: this person would be signed in as ada@acme.example",
            "It answers the request of this test ✓ Passed",
            "The key of a trusted certificate has signed it ✓ Passed",
            "It is for this service provider (Audience) ✓ Passed Core §2.5.1.4",
            "The encrypted assertion can be decrypted – Not used",
            "It was not used before ✓ Passed",
            "The person authenticated again (ForceAuthn) – Not used",
            "NameID ada@acme.example",
            "nameid-format:unspecified",
            "SessionIndex",
            "AuthnInstant",
            "has signed this",
        ],
    );
    assert!(!page.text().contains("Not verified") && !page.html.contains("MII"), "{}", page.text());
    let after = (session_cookie(&house, &ada.browser), trail(&house, &acme, "signed_in").await.len());
    assert_eq!(after, before, "nobody was signed in");
    assert_eq!(trail(&house, &acme, "identity_linked").await.len(), 1, "the one of OpenID Connect");
    let told = trail(&house, &acme, "test_sign_in").await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].actor.starts_with("user:") && told[0].data.as_str().contains("signs_in"),
        "{:?}",
        told[0]
    );
    assert!(page.text().contains(&told[0].event_id));
}

#[rstest]
#[actix_web::test]
async fn each_check_that_fails_names_the_field_in_okta(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = Tester::new(&house, &acme).await;
    let mut tested = 0;
    for (fault, check, advice) in [
        (Fault::WrongAudience, "(Audience) ✕ Failed", "Audience URI (SP Entity ID)"),
        (Fault::WrongRecipient, "(Recipient) ✕ Failed", "Use this for Recipient URL and Destination URL"),
        (Fault::WrongDestination, "(Destination) ✕ Failed", "Single sign-on URL in Okta"),
        (
            Fault::WrongIssuer,
            "the connection's issuer ✕ Failed",
            "letter by letter (in Okta: Sign On › View SAML setup instructions › Identity Provider Issuer)",
        ),
        (Fault::Expired, "It is valid now ✕ Failed", "Compare the clocks"),
        (Fault::FromTheFuture, "It was issued just now ✕ Failed", "Compare the clocks"),
        (Fault::Unsigned, "A signature covers the assertion ✕ Failed", "Response and Assertion Signature"),
        (Fault::Sha1, "SHA-256 or better ✕ Failed", "Signature Algorithm must be RSA-SHA256"),
        (Fault::ForeignKey, "a trusted certificate has signed it ✕ Failed", "no metadata URL is saved"),
        (Fault::TransientNameId, "names the same person each time ✕ Failed", "Name ID format in Okta"),
        (Fault::ErrorStatus, "The provider reports success ✕ Failed", "Assignments"),
        (
            Fault::TamperedNameId("eve@acme.example".to_owned()),
            "Nothing was changed after it was signed ✕ Failed",
            "Not verified",
        ),
        (
            Fault::WrappedBefore("eve@acme.example".to_owned()),
            "It has one assertion ✕ Failed",
            "No known SAML provider",
        ),
    ] {
        acme.room.okta.tamper_saml(fault.clone()).unwrap();
        let page = ada.test(&house, &acme).await;
        assert_says(&page, &["A sign-in would be refused", check, advice]);
        // With a transient NameID the facts are verified; the other two faults leave no single assertion to display.
        let shown = !matches!(fault, Fault::TransientNameId | Fault::ErrorStatus | Fault::WrappedBefore(_));
        assert_eq!(page.text().contains("Not verified"), shown, "{fault:?}: {}", page.text());
        tested += 1;
    }
    let told = trail(&house, &acme, "test_sign_in").await;
    assert_eq!(told.len(), tested);
    assert!(told.iter().all(|event| event.data.as_str().contains("saml_response")), "{told:?}");
    assert_eq!(trail(&house, &acme, "sign_in_refused").await.len(), 0);
    // The reason has both times in milliseconds.
    acme.room.okta.move_clock(600);
    let text = ada.test(&house, &acme).await.text();
    let (_, clock) = text.split_once("the assertion is good from ").unwrap();
    let (start, rest) = clock.split_once(": here it is ").unwrap();
    let form = "2026-11-28T12:00:00.123Z";
    for instant in [start, &rest[..form.len()]] {
        assert!(instant.len() == form.len() && instant.ends_with('Z') && &instant[19..20] == ".", "{clock}");
    }
}

#[rstest]
#[actix_web::test]
async fn an_assertion_of_a_test_is_good_for_nothing_else(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = Tester::new(&house, &acme).await;
    let response = ada.up_to_response(&house, &acme).await;
    // A post from another browser does not use up the response.
    let stranger = Browser::new().unwrap();
    stranger.get(&acme.login).await.unwrap();
    let page = stranger.post_saml(&response).await.unwrap();
    assert_refused(&house, &stranger, &page, 400, "This sign-in began elsewhere");
    assert_says(&ada.browser.post_saml(&response).await.unwrap(), &["A sign-in would succeed"]);
    let page = ada.browser.post_saml(&response).await.unwrap();
    assert_says(&page, &["This sign-in is over"]);
    assert_eq!(trail(&house, &acme, "test_sign_in").await.len(), 1);
    // A normal sign-in is not recorded as a test.
    let response = acme.up_to_response(&ada.browser, &acme.login, &ada.person).await;
    assert_signed_in(&house, &ada.browser, &ada.browser.post_saml(&response).await.unwrap());
    assert_eq!(trail(&house, &acme, "test_sign_in").await.len(), 1);
}

#[rstest]
#[actix_web::test]
async fn only_an_administrator_tests_a_connection_of_the_workspace(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let globex = SamlRoom::new(&house, "Globex").await;
    let mut ada = Tester::new(&house, &acme).await;
    for connection in ["x", "0193abcd-0000-7000-8000-00000000000f", globex.connection.as_str()] {
        let (status, text, url) = ada.press(&house, connection).await;
        assert!(status == 400 && url.is_none(), "{connection}: {text}");
        assert!(text.contains("connection is none of this workspace"), "{text}");
    }
    // A ticket works once.
    let (_, _, url) = ada.press(&house, &acme.connection).await;
    let url = url.unwrap();
    assert!(ada.browser.get(&url).await.unwrap().saml_form().is_ok());
    assert_says(&ada.browser.get(&url).await.unwrap(), &["This sign-in is over"]);
    ada.csrf = "x".to_owned();
    assert_eq!(ada.press(&house, &acme.connection).await.0, 403);
}

#[rstest]
#[actix_web::test]
async fn attributes_are_shown_with_what_could_be_made_of_them(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::with(
        &house,
        "Acme",
        |okta| {
            let list = vec!["claresia-a".to_owned(), "claresia-b".to_owned()];
            okta.attributes = vec![
                AttributeStatement::new("Email", Expression::Email),
                AttributeStatement::new("UID", Expression::Literal("ada.lovelace".to_owned())),
                AttributeStatement::new("groups", Expression::Array(list)),
            ];
        },
        |_| {},
    )
    .await;
    let ada = Tester::new(&house, &acme).await;
    let words = [
        "ada.lovelace",
        "claresia-a,claresia-b",
        "email address",
        "save groups as the attribute of groups",
        "save UID as the attribute of the UID",
        "one value with commas",
    ];
    assert_says(&ada.test(&house, &acme).await, &words);
    // The filter matches no group, and the names have another letter case.
    let mut settings = acme.room.okta.saml_settings(&acme.app).unwrap();
    settings.attributes.pop();
    settings.group_attributes =
        vec![GroupAttributeStatement::new("groups", GroupFilter::StartsWith("other-".to_owned()))];
    acme.room.okta.update_saml(&acme.app, settings);
    acme.change(&house, |connection| {
        let names = AttributeNames {
            groups: Some("groups".to_owned()),
            uid: Some("uid".to_owned()),
            ..AttributeNames::default()
        };
        connection.attributes = vestibule_store::db::json::Json::new(names);
    })
    .await;
    let page = ada.test(&house, &acme).await;
    assert_says(&page, &["filter of Group Attribute Statements", "Save UID here, or rename it in Okta"]);
}

#[rstest]
#[actix_web::test]
async fn an_older_authentication_is_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let acme = SamlRoom::new(&house, "Acme").await;
    let ada = Tester::new(&house, &acme).await;
    let workspace = acme.room.workspace.clone();
    house
        .write(move |conn| {
            workspaces::set_max_age(conn, &workspace, Some(60), 1).unwrap();
        })
        .await;
    assert_says(&ada.test(&house, &acme).await, &["(ForceAuthn) ✓ Passed", "A sign-in would succeed"]);
    house.clock.advance(120 * SECOND);
    acme.room.okta.tamper_saml(Fault::IgnoredForceAuthn).unwrap();
    let page = ada.test(&house, &acme).await;
    assert_says(
        &page,
        &["(ForceAuthn) ✕ Failed", "A sign-in would be refused", "Honor Force Authentication"],
    );
    assert!(trail(&house, &acme, "test_sign_in").await[1].data.as_str().contains("not_fresh"));
}
