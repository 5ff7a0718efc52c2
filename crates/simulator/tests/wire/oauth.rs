//! OAuth for the SCIM client: the administrator's authorization, and a refresh only when it is needed.

use serde_json::json;
use vestibule_simulator::{App, Browser, OAuthSettings, Okta, ScimAuth, ScimSettings, Style};

use crate::{CALLBACK, app, org, recorder::Recorder};

fn scene(basic: bool) -> (Okta, App, Recorder) {
    let okta = org();
    let app = app(&okta, CALLBACK, Style::Wizard);
    let service = Recorder::start();
    let auth = ScimAuth::OAuth(OAuthSettings {
        authorize_url: format!("{}/authorize?team_id=7", service.url),
        token_url: format!("{}/token", service.url),
        client_id: "vestibule-scim".to_owned(),
        client_secret: "s3cret".to_owned(),
        scopes: vec!["scim.read".to_owned(), "scim.write".to_owned()],
        basic,
    });
    okta.enable_provisioning(&app, ScimSettings::new(&service.url, auth));
    (okta, app, service)
}

/// Authorizes as the administrator; the service redirects back at once with a code.
async fn authenticate(okta: &Okta, app: &App, service: &Recorder, lifetime: i64) {
    let url = url::Url::parse(&okta.authenticate_url(app).unwrap()).unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let back = format!("{}?code=c0de&state={state}", okta.scim_redirect_uri(app));
    service.will_with(302, &[("Location", &back)], "");
    let tokens = json!({ "access_token": "at1", "refresh_token": "rt1", "expires_in": lifetime });
    service.will(200, tokens);
    let browser = Browser::new().unwrap();
    let page = browser.get(url.as_str()).await.unwrap();
    assert_eq!(page.title(), "Authenticated", "{}", page.text());
    assert_eq!(browser.get(&back).await.unwrap().status, 400, "a state is good once");
    assert!(okta.is_authenticated(app));
}

#[tokio::test]
async fn an_administrator_authenticates() {
    let (okta, app, service) = scene(false);
    let failure = okta.test_connection(&app).await.unwrap_err();
    assert!(failure.sentence.contains("No administrator has authenticated"));
    authenticate(&okta, &app, &service, 3600).await;
    let seen = service.take();
    let redirect = format!("{}/admin/app/cpc/vestibule_demo_1/oauth/callback", okta.issuer());
    let first = url::Url::parse(&format!("http://x{}", seen[0].uri)).unwrap();
    let pairs: Vec<_> = first.query_pairs().filter(|(name, _)| name != "state").collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    let expected = [
        ("team_id", "7"),
        ("response_type", "code"),
        ("client_id", "vestibule-scim"),
        ("redirect_uri", redirect.as_str()),
        ("scope", "scim.read scim.write"),
    ];
    assert_eq!(pairs, expected);
    let form = seen[1].form();
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "c0de"),
        ("redirect_uri", redirect.as_str()),
        ("client_id", "vestibule-scim"),
        ("client_secret", "s3cret"),
    ];
    assert_eq!(form, expected);
    assert!(!format!("{:?}", okta.exchanges()).contains("at1"));
}

#[tokio::test]
async fn tokens_are_refreshed_when_they_expired_or_were_refused() {
    let (okta, app, service) = scene(true);
    authenticate(&okta, &app, &service, 60).await;
    assert_eq!(service.take()[1].header("authorization"), Some("Basic dmVzdGlidWxlLXNjaW06czNjcmV0"));
    service.will_find(&[]);
    okta.test_connection(&app).await.unwrap();
    assert_eq!(service.take()[0].header("authorization"), Some("Bearer at1"));

    okta.move_clock(60);
    service
        .will(200, json!({ "access_token": "at2", "refresh_token": "rt2", "expires_in": 60 }))
        .will_find(&[]);
    okta.test_connection(&app).await.unwrap();
    let seen = service.take();
    assert!(seen[0].body.contains("refresh_token=rt1"));
    assert_eq!(seen[1].header("authorization"), Some("Bearer at2"));

    service.will(401, json!({})).will(200, json!({ "access_token": "at3" })).will_find(&[]);
    okta.test_connection(&app).await.unwrap();
    let seen = service.take();
    assert!(seen[1].body.contains("refresh_token=rt2"));
    assert_eq!(seen[2].header("authorization"), Some("Bearer at3"));

    service.will(401, json!({})).will(400, json!({ "error": "invalid_grant" }));
    let failure = okta.test_connection(&app).await.unwrap_err();
    assert_eq!(failure.sentence, "Could not refresh the token: the service answered 400 (invalid_grant).");
}
