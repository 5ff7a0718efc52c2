//! Sign-in, OAuth, Universal Logout and signals: the checks, the results and the reasons of refusals.

use rstest::rstest;
use serde_json::json;
use vestibule_core::sets::Door;
use vestibule_simulator::{Browser, Forgery, SESSION_REVOKED, SubjectFormat};

use super::{kept, newest, told};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, answer,
};

#[rstest]
#[actix_web::test]
async fn a_sign_in_is_told_by_its_checks_and_by_what_recognised_the_person(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.sign_in(&ada).await;
    let (request, understood, changed) = told(&house, &room, Door::SignIn).await;
    assert_eq!((request.status, request.proven, request.is_refused()), (303, true, false));
    assert_eq!(understood["checks"]["nonce"], "passed");
    assert_eq!(understood["checks"]["signature"], "passed", "{understood}");
    assert_eq!(
        (&understood["recognised_by"], &understood["subject"]),
        (&json!("external_id"), &json!(ada.id))
    );
    assert_eq!(changed[0]["signed in"], format!("Users/{}", room.okta.scim_id(&room.app, &ada).unwrap()));
    let begun =
        kept(&house, &room).await.into_iter().find(|request| request.path.contains("/login?")).unwrap();
    assert!(!begun.proven && begun.understood.as_str().contains(room.okta.issuer()), "{begun:?}");

    let eve = room.okta.add_person("eve@elsewhere.example", "Eve", "Family");
    room.okta.assign_quietly(&room.app, &eve);
    let page = room.sign_in(&eve).await.1;
    assert_eq!(page.status, 403);
    let (request, understood, _) = told(&house, &room, Door::SignIn).await;
    assert_eq!((request.reason.as_str(), request.proven), ("not_provisioned", true), "{}", request.detail);
    assert_eq!(understood["checks"]["aud"], "passed");
    assert!(request.advice.contains("provision you"), "{}", request.advice);

    let browser = Browser::new().unwrap();
    let url =
        house.url(&format!("/api/okta/oidc/login?team_id={}&iss=https://other.example", room.workspace));
    assert_eq!(browser.get(&url).await.unwrap().status, 400);
    let request = newest(&house, &room, Door::SignIn).await;
    assert_eq!((request.reason.as_str(), request.proven), ("other_issuer", false));
}

#[rstest]
#[actix_web::test]
async fn a_universal_logout_is_told_by_its_token_and_whom_it_means(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap();
    let (request, understood, changed) = told(&house, &room, Door::UniversalLogout).await;
    assert_eq!((request.status, request.proven), (204, true));
    assert_eq!(understood["subject"], json!({ "format": "email", "email": ada.email }));
    assert_eq!(
        (&understood["token"]["iss"], &understood["token"]["sub"]),
        (&json!(room.okta.issuer()), &json!(room.app.client_id))
    );
    assert_eq!(changed[0]["changed"], format!("Users/{}", room.okta.scim_id(&room.app, &ada).unwrap()));

    for (forgery, reason, proven) in [
        (Forgery::new().claim("aud", json!("https://wrong.example/logout")), "audience", false),
        (Forgery::new().foreign_key(), "signature", false),
        (Forgery::new().claim("sub", json!("0oaOther")), "unknown_caller", false),
    ] {
        room.okta.forge_universal_logout(&room.app, &ada, SubjectFormat::Email, &forgery).await.unwrap();
        let request = newest(&house, &room, Door::UniversalLogout).await;
        assert_eq!((request.reason.as_str(), request.proven, request.status), (reason, proven, 401));
        assert!(!request.advice.is_empty(), "{reason}");
    }
    let request = newest(&house, &room, Door::UniversalLogout).await;
    let understood = request.understood.as_str();
    assert!(understood.contains("0oaOther"), "{understood}");
    let stranger = room.okta.add_person("nobody@acme.example", "No", "Body");
    let honest = Forgery::new();
    let sent = room.okta.forge_universal_logout(&room.app, &stranger, SubjectFormat::Email, &honest).await;
    assert_eq!(sent.unwrap().status, 404);
    let request = newest(&house, &room, Door::UniversalLogout).await;
    assert_eq!((request.reason.as_str(), request.proven, request.status), ("unknown_user", true, 404));
}

#[rstest]
#[actix_web::test]
async fn a_signal_and_a_back_channel_logout_are_told(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.person("Ada").await;
    room.sign_in(&ada).await;
    let here = house.url("/api/okta/signals");
    let token = room.okta.security_event(&here, SESSION_REVOKED, &ada, &Forgery::new()).unwrap();
    let push = house.http.post(&here).header("content-type", "application/secevent+jwt").body(token);
    assert_eq!(answer(push).await.0, 202);
    let (request, understood, _) = told(&house, &room, Door::Signals).await;
    assert_eq!((request.status, request.proven), (202, true));
    assert_eq!(understood["events"].as_array().unwrap().len(), 1, "{understood}");

    let token = room.okta.logout_token(&room.app, &ada, &Forgery::new().foreign_key()).unwrap();
    let form = [("logout_token", token)];
    assert_eq!(
        answer(house.http.post(house.url("/api/okta/oidc/backchannel-logout")).form(&form)).await.0,
        400
    );
    let (request, understood, _) = told(&house, &room, Door::BackchannelLogout).await;
    assert_eq!((request.reason.as_str(), request.proven), ("signature", false));
    assert_eq!(understood["token"]["iss"], room.okta.issuer());
}

#[rstest]
#[actix_web::test]
async fn oauth_is_told_by_client_grant_and_scope(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ask = |secret: String, scope: &'static str| {
        let form = [
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", room.client.clone()),
            ("client_secret", secret),
            ("scope", scope.to_owned()),
        ];
        answer(house.http.post(house.url("/api/okta/scim/oauth/token")).form(&form))
    };
    let (status, body) = ask(room.client_secret.clone(), "scim.read").await;
    assert_eq!(status, 200, "{body}");
    let (request, understood, changed) = told(&house, &room, Door::OAuth).await;
    assert_eq!((request.status, request.proven, request.is_refused()), (200, true, false));
    assert_eq!(
        understood["parameters"],
        json!({
            "client_id": room.client, "client_secret": "…", "grant_type": "client_credentials", "scope": "scim.read",
        })
    );
    assert_eq!(understood["client"], json!({ "name": "Okta", "kind": "scim" }));
    assert_eq!(changed[0]["given"]["scope"], "scim.read");

    assert_eq!(ask(room.client_secret.clone(), "scim.everything").await.0, 400);
    let request = newest(&house, &room, Door::OAuth).await;
    assert_eq!((request.reason.as_str(), request.proven), ("invalid_scope", true));
    let before = kept(&house, &room).await.len();
    assert_eq!(ask("vsecret_wrong".to_owned(), "scim.read").await.0, 401);
    assert_eq!(kept(&house, &room).await.len(), before, "whose request it was is not known");
}
