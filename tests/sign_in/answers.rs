//! Responses of a provider, and which providers are accepted: RFC 9207, errors, discovery, addresses. Each refusal is an event that
//! the reference on the page finds.

use rstest::rstest;
use url::Url;
use vestibule_simulator::{Browser, Misbehavior, Page};
use vestibule_store::trail::events;

use super::{MINUTE, assert_refused, change_connection, way_back};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// Returns the refused sign-ins of the event log: (reason, detail, event id).
async fn told(house: &House, room: &Room) -> Vec<(String, String, String)> {
    let workspace = room.workspace.clone();
    let trail = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let refused = trail.into_iter().filter(|event| event.kind == "sign_in_refused");
    refused
        .map(|event| {
            let data: serde_json::Value = serde_json::from_str(event.data.as_str()).unwrap();
            let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
            (text("reason"), text("detail"), event.event_id)
        })
        .collect()
}

async fn spoilt(room: &Room, misbehavior: Misbehavior) -> (Browser, Page) {
    let ada = room.okta.people().into_iter().next().unwrap();
    let browser = Browser::new().unwrap();
    let page = browser.get(&room.login_url()).await.unwrap();
    room.okta.tamper(misbehavior);
    let page = browser.sign_in_to_okta(&page, &ada).await.unwrap();
    (browser, page)
}

#[rstest]
#[actix_web::test]
async fn a_provider_that_names_itself_in_answers_must_do_so_each_time(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.okta.name_issuer_in_answers();
    let (_, page) = room.sign_in(&ada).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    for misbehavior in [Misbehavior::AnswerOfAnother, Misbehavior::NoAnswerIssuer] {
        let (browser, page) = spoilt(&room, misbehavior).await;
        assert_refused(&house, &browser, &page, 400, &["The answer came from another issuer"]);
    }
    // The same with error responses of the provider.
    room.okta.unassign(&room.app, &ada).await.unwrap();
    let (browser, page) = room.sign_in(&ada).await;
    assert_refused(&house, &browser, &page, 403, &["Okta did not let you in", "not assigned"]);
    let reasons: Vec<String> = told(&house, &room).await.into_iter().map(|told| told.0).collect();
    // Responses without a signature are recorded once per minute and reason.
    assert_eq!(reasons, ["mixed_up", "access_denied"]);
}

#[rstest]
#[actix_web::test]
async fn each_refusal_is_an_event_that_its_reference_finds(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let mut pages = vec![spoilt(&room, Misbehavior::WrongNonce).await.1];
    pages.push(spoilt(&room, Misbehavior::CodeAndError).await.1);
    for (error, title, status) in [
        ("access_denied", "Okta did not let you in", 403),
        ("login_required", "Okta wants to ask you something first", 403),
        ("interaction_required", "Okta wants to ask you something first", 403),
        ("invalid_scope", "Okta does not allow what this service asks for", 502),
        ("unauthorized_client", "The app in Okta is not set up for this", 502),
        ("server_error", "Okta is having trouble", 502),
        ("temporarily_unavailable", "Okta is having trouble", 502),
        ("unheard_of", "Okta could not sign you in", 502),
    ] {
        let back = Url::parse(&way_back(&room, &browser, &ada).await).unwrap();
        let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let mut failed = back.clone();
        failed
            .query_pairs_mut()
            .clear()
            .append_pair("state", &state)
            .append_pair("error", error)
            .append_pair("error_description", "<b>so</b>\u{7}");
        let page = browser.get(failed.as_str()).await.unwrap();
        assert_refused(&house, &browser, &page, status, &[title, "<b>so</b>", error]);
        assert!(!page.html.contains("<b>so"), "{}", page.html);
        pages.push(page);
    }
    let told = told(&house, &room).await;
    assert_eq!(
        (told[0].0.as_str(), told[0].1.as_str()),
        ("id_token", "nonce: nonce is not the one that was sent")
    );
    assert_eq!(told.len(), pages.len());
    for (reason, detail, event) in &told {
        let shown = pages.iter().any(|page| page.text().contains(&format!("Reference {event}")));
        assert!(shown, "{reason} {detail}");
        assert!(!detail.contains("vstate_"), "{detail}");
    }
    assert_eq!(told.last().unwrap().0, "provider_error", "a provider makes no names");
}

#[rstest]
#[actix_web::test]
async fn an_answer_longer_than_anybody_s_is_refused(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    let browser = Browser::new().unwrap();
    let back = way_back(&room, &browser, &ada).await;
    let page = browser.get(&format!("{back}&more={}", "x".repeat(9000))).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["longer than 8 KiB"]);
    let page = browser.get(&format!("{back}&code=twice")).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["code is repeated"]);
    let long = back.replace("code=", &format!("code={}", "x".repeat(5000)));
    let page = browser.get(&long).await.unwrap();
    assert_refused(&house, &browser, &page, 400, &["longer than 4 KiB"]);
}

#[rstest]
#[actix_web::test]
async fn a_discovery_document_of_somebody_else_is_not_believed(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let browser = Browser::new().unwrap();
    for misbehavior in [Misbehavior::DiscoveryOfAnother, Misbehavior::DiscoveryRedirect] {
        room.okta.tamper(misbehavior);
        let page = browser.get(&room.login_url()).await.unwrap();
        assert_refused(&house, &browser, &page, 502, &["Okta did not answer", "Issuer"]);
    }
    // The refused documents are not cached.
    let page = browser.get(&room.login_url()).await.unwrap();
    assert!(page.form_with_field("identifier").is_ok(), "{}", page.text());
    house.clock.advance(61 * MINUTE);
    room.okta.tamper(Misbehavior::DiscoveryOfAnother);
    let page = browser.get(&room.login_url()).await.unwrap();
    assert_refused(&house, &browser, &page, 502, &["Okta did not answer"]);
}

#[rstest]
#[actix_web::test]
async fn a_provider_at_a_private_address_is_not_called(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start_with(backend, &[("OKTA__ALLOW_INSECURE_ISSUERS", "false")]).await;
    let room = house.room("Acme").await;
    let browser = Browser::new().unwrap();
    for issuer in ["", "https://localhost:1", "https://127.0.0.1:1", "https://[::1]:1", "https://10.0.0.1"] {
        if !issuer.is_empty() {
            change_connection(&house, &room, move |it| it.issuer = issuer.to_owned()).await;
        }
        let page = browser
            .get(&house.url(&format!("/api/okta/oidc/login?team_id={}", room.workspace)))
            .await
            .unwrap();
        assert_refused(
            &house,
            &browser,
            &page,
            502,
            &["This service does not call this Okta", "public addresses"],
        );
    }
}
