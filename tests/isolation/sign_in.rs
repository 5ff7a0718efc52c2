//! Browsers and the Okta of one workspace against another: sign-in, approval, account pages, Universal Logout.

use rstest::rstest;
use serde_json::json;
use url::Url;
use vestibule_core::{ids::UserId, sets::TokenKind};
use vestibule_simulator::{Forgery, SubjectFormat};

use super::{Wanted, contents, group, id_of, token};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

#[rstest]
#[actix_web::test]
async fn an_administrator_of_one_workspace_administers_nothing_of_the_other(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let administrator = x.administrator(&house, "Xenia").await;
    let (browser, _) = x.sign_in(&administrator).await;
    let yann = y.user("yann@yvonne.example").await;
    let api = token(&house, &y, Wanted { kind: TokenKind::Api, user_id: Some(&yann), grant_id: None }).await;
    let workspace = y.workspace.clone();
    let (token_id, now) = (
        house
            .write(move |conn| {
                let user = vestibule_store::people::users::get(conn, &workspace, &UserId::from_stored(&yann))
                    .unwrap();
                vestibule_store::access::tokens::list_api(conn, &user, 0).unwrap()[0].token_id.clone()
            })
            .await,
        contents(&house, &y).await,
    );

    // Y's client needs an approval of Y's administrator: X's administrator must sign in to Y and cannot approve.
    let uri = y.okta.scim_redirect_uri(&y.app);
    let asked = [("response_type", "code"), ("client_id", &y.client), ("redirect_uri", &uri), ("state", "s")];
    let url = Url::parse_with_params(&house.url("/api/okta/scim/oauth/authorize"), asked).unwrap();
    let page = browser.get(url.as_str()).await.unwrap();
    assert!(page.form_with_button("Approve").is_err(), "{}", page.text());
    let away = page.hops.iter().any(|hop| hop.url.contains(&format!("team_id={}", y.workspace)));
    assert!(away && page.text().contains("Sign in to Yvonne instead?"), "{:?} {}", page.hops, page.text());
    // A form of X's own pages cannot approve either: its token is valid, but for another workspace.
    let account = browser.get(&house.url("/account")).await.unwrap();
    let form = account.form_with_button("Create API token").unwrap();
    let csrf = form.fields.iter().find(|field| field.name == "csrf").unwrap().value.clone();
    let cookie = browser.cookie(&house.api, "vestibule_session").unwrap();
    let post = |path: &str, pairs: Vec<(&'static str, String)>| {
        let pairs: Vec<(&str, String)> = pairs.into_iter().chain([("csrf", csrf.clone())]).collect();
        let request =
            house.http.post(house.url(path)).header("cookie", format!("vestibule_session={cookie}"));
        request.form(&pairs).send()
    };
    let pairs = asked.map(|(name, value)| (name, value.to_owned())).to_vec();
    let response = post("/api/okta/scim/oauth/authorize", pairs).await.unwrap();
    assert_eq!(response.status(), 303);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.contains("/api/okta/oidc/login") && !location.contains("code="), "{location}");

    let response = post(&format!("/account/tokens/{token_id}/revoke"), vec![]).await.unwrap();
    assert!([303, 404].contains(&response.status().as_u16()), "{}", response.status());
    assert_eq!(y.check_token(&api).await, 200, "Y's token lives");
    // The Okta page of X saves X's own connection.
    let page = browser.get(&house.url("/integrations/okta")).await.unwrap();
    for secret in ["Yvonne", y.workspace.as_str(), y.okta.issuer(), y.client.as_str()] {
        assert!(!page.html.contains(secret), "{secret}");
        assert!(!account.html.contains(secret), "{secret}");
    }
    assert_eq!(contents(&house, &y).await, now);
}

#[rstest]
#[actix_web::test]
async fn a_session_is_of_the_workspace_it_was_started_in(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    let person = x.person("Xena").await;
    let (browser, _) = x.sign_in(&person).await;
    // At Y's sign-in the same browser must confirm, and then goes to Y's Okta, where X's person does not exist.
    let page = browser.get(&y.login_url()).await.unwrap();
    let page = browser.press(&page, "Sign in to Yvonne", &[]).await.unwrap();
    assert!(page.url.as_str().starts_with(y.okta.issuer()), "{}", page.url);
    // X's issuer is refused for Y.
    let mixed = house.url(&format!("/api/okta/oidc/login?team_id={}&iss={}", y.workspace, x.okta.issuer()));
    let page = browser.get(&mixed).await.unwrap();
    assert!((400..500).contains(&page.status), "{} {}", page.status, page.text());
    let cookie = browser.cookie(&house.api, "vestibule_session").unwrap();
    let request =
        house.http.get(house.url("/api/check")).header("cookie", format!("vestibule_session={cookie}"));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["x-vestibule-workspace"], x.workspace.as_str());
}

#[rstest]
#[actix_web::test]
async fn an_okta_signs_out_the_people_of_its_own_workspace_only(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (x, y) = (house.room("Xavier").await, house.room("Yvonne").await);
    // One person has the same login and email in both workspaces; another person is only in Y.
    let shared = "ada@shared.example";
    let (in_x, in_y) = (x.okta.add_person(shared, "Ada", "X"), y.okta.add_person(shared, "Ada", "Y"));
    x.okta.assign(&x.app, &in_x).await.unwrap();
    y.okta.assign(&y.app, &in_y).await.unwrap();
    let only_y = y.person("Yann").await;
    let (browser_x, _) = x.sign_in(&in_x).await;
    let (browser_y, _) = y.sign_in(&in_y).await;
    let (browser_yann, _) = y.sign_in(&only_y).await;
    group(&y, "Engineering", &[&id_of(&y, &in_y)]).await;
    let before = contents(&house, &y).await;

    let send = |forgery: Forgery| {
        let (x, person) = (&x, &in_x);
        async move {
            let sent = x.okta.forge_universal_logout(&x.app, person, SubjectFormat::Email, &forgery);
            sent.await.unwrap().status
        }
    };
    let email = |email: &str| json!({ "sub_id": { "format": "email", "email": email } }).to_string();
    let iss_sub = |iss: &str, sub: &str| {
        json!({ "sub_id": { "format": "iss_sub", "iss": iss, "sub": sub } }).to_string()
    };
    let opaque = |id: &str| json!({ "sub_id": { "format": "opaque", "id": id } }).to_string();
    let (own, other) = (x.okta.issuer(), y.okta.issuer());
    let yann = id_of(&y, &only_y);
    for (what, body, status) in [
        ("an email of Y", email(&only_y.login), 404),
        ("our id of Y's user", iss_sub(own, &yann), 404),
        ("Y's Okta id under X's issuer", iss_sub(own, &only_y.id), 404),
        ("Y's user name as a subject", iss_sub(own, &only_y.login), 404),
        ("an opaque id of Y", opaque(&yann), 404),
        ("Y's issuer", iss_sub(other, &only_y.id), 403),
        ("Y's issuer and the shared person", iss_sub(other, &in_y.id), 403),
    ] {
        assert_eq!(send(Forgery::new().body(body)).await, status, "{what}");
    }
    for (what, forgery) in [
        ("Y's issuer in the token", Forgery::new().claim("iss", other)),
        ("Y's client in the token", Forgery::new().claim("sub", y.app.client_id.clone())),
        ("both", Forgery::new().claim("iss", other).claim("sub", y.app.client_id.clone())),
    ] {
        assert_eq!(send(forgery.body(email(shared))).await, 401, "{what}");
    }
    assert_eq!(
        (x.check(&browser_x).await, y.check(&browser_y).await, y.check(&browser_yann).await),
        (200, 200, 200)
    );
    // The shared email address matches X's person only.
    assert_eq!(send(Forgery::new()).await, 204);
    assert_eq!(
        (x.check(&browser_x).await, y.check(&browser_y).await, y.check(&browser_yann).await),
        (401, 200, 200)
    );
    assert_eq!(contents(&house, &y).await, before);
}
