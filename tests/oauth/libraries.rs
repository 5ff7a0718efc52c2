//! Requests as libraries send them with their defaults: the response as a posted form, and a nonce in place of PKCE.

use rstest::rstest;
use vestibule_core::ids::ClientId;
use vestibule_simulator::SubjectFormat;
use vestibule_store::oauth::clients;

use super::{
    SECOND, assert_error,
    flow::{Party, VERIFIER, id_token, somebody, userinfo},
    read, text,
};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const NO_PKCE: [(&str, &str); 3] =
    [("code_challenge", ""), ("code_challenge_method", ""), ("scope", "openid profile email")];

#[rstest]
#[actix_web::test]
async fn an_app_may_have_its_answer_posted(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    // The request of ASP.NET Core.
    let page = app.visit(&house, &browser, &[("response_mode", "form_post"), ("nonce", "n")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let form = page.form_with_button("Continue").unwrap();
    assert_eq!((form.action.as_str(), form.method.as_str()), (app.redirect_uri.as_str(), "POST"));
    assert_eq!((form.value("state"), form.value("iss")), (Some("known"), Some(house.api.as_str())));
    let code = form.value("code").unwrap().to_owned();
    assert!(!page.url.as_str().contains(&code), "the code is in no URL");
    let (status, body) = app.exchange(&house, &code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(id_token(&house, &body).await["nonce"], "n");
    // Errors are posted, too.
    let page = app.visit(&house, &browser, &[("response_mode", "form_post"), ("prompt", "none login")]).await;
    let form = page.form_with_button("Continue").unwrap();
    assert_eq!((form.value("error"), form.value("state")), (Some("invalid_request"), Some("known")));
}

#[rstest]
#[actix_web::test]
async fn a_confidential_app_may_send_a_nonce_in_place_of_pkce(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let browser = somebody(&house, &room).await;
    let bare = |more: &[(&'static str, &'static str)]| [NO_PKCE.as_slice(), more].concat();
    let page = app.visit(&house, &browser, &bare(&[])).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "no nonce");
    // The request of mozilla-django-oidc, omniauth_openid_connect and Spring Security.
    let code = app.code(&house, &browser, &bare(&[("nonce", "n")])).await;
    let (status, body) = app.exchange_with(&house, &code, &[("code_verifier", "")]).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(id_token(&house, &body).await["nonce"], "n");
    let refresh = text(&body, "refresh_token");
    assert_eq!(app.renew(&house, &refresh).await.0, 200);
    // A downgrade stays refused, in both directions.
    let code = app.code(&house, &browser, &[("scope", "openid"), ("nonce", "n")]).await;
    assert_error(app.exchange_with(&house, &code, &[("code_verifier", "")]).await, 400, "invalid_grant");
    let code = app.code(&house, &browser, &bare(&[("nonce", "n")])).await;
    assert_error(app.exchange(&house, &code).await, 400, "invalid_grant");
    // The operator may require PKCE, even for codes that are issued but not exchanged yet.
    let code = app.code(&house, &browser, &bare(&[("nonce", "n")])).await;
    let client_id = app.client_id.clone();
    house
        .write(move |conn| {
            let client = clients::find(conn, &ClientId::sent(&client_id)).unwrap().unwrap();
            clients::set_switches(conn, &client, false, true).unwrap();
        })
        .await;
    assert_error(app.exchange_with(&house, &code, &[("code_verifier", "")]).await, 400, "invalid_grant");
    let page = app.visit(&house, &browser, &bare(&[("nonce", "n")])).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
    // A public app must always use PKCE.
    let public = Party::register(&house, &room.workspace, "app", "none").await;
    let page = public.visit(&house, &browser, &bare(&[("nonce", "n")])).await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
}

/// A library's requests with its defaults, as examples/requests.md records them. The last five are from the libraries' documentation.
struct Library {
    name: &'static str,
    /// Additional parameters of the authorization request.
    authorize: &'static [(&'static str, &'static str)],
    /// Whether it uses PKCE.
    pkce: bool,
    /// Additional parameters of the token request.
    token: &'static [(&'static str, &'static str)],
    /// Whether it authenticates the client in the Authorization header.
    basic: bool,
    /// Whether the sign-in succeeds.
    signs_in: bool,
}

const SCOPE: (&str, &str) = ("scope", "openid profile email");
const NONCE: (&str, &str) = ("nonce", "n");
const NO_STATE: (&str, &str) = ("state", "");
const FORM_POST: (&str, &str) = ("response_mode", "form_post");

#[rustfmt::skip]
const LIBRARIES: [Library; 16] = [
    Library { name: "openid-client, passport", authorize: &[SCOPE, NO_STATE], pkce: true, token: &[], basic: false, signs_in: true },
    Library { name: "openid-client", authorize: &[SCOPE, NONCE], pkce: true, token: &[], basic: false, signs_in: true },
    Library { name: "passport-openidconnect", authorize: &[SCOPE], pkce: false, token: &[], basic: false, signs_in: false },
    Library { name: "passport-openidconnect, nonce", authorize: &[SCOPE, NONCE], pkce: false, token: &[], basic: false, signs_in: true },
    Library { name: "Authlib", authorize: &[SCOPE, NONCE], pkce: false, token: &[], basic: true, signs_in: true },
    Library { name: "mozilla-django-oidc", authorize: &[SCOPE, NONCE], pkce: false, token: &[], basic: false, signs_in: true },
    Library { name: "omniauth_openid_connect", authorize: &[SCOPE, NONCE], pkce: false, token: &[SCOPE], basic: true, signs_in: true },
    Library { name: "go-oidc, state alone", authorize: &[SCOPE], pkce: false, token: &[], basic: true, signs_in: false },
    Library { name: "Auth.js", authorize: &[SCOPE, NO_STATE], pkce: true, token: &[], basic: true, signs_in: true },
    Library { name: "next-auth with all its checks", authorize: &[SCOPE, NONCE], pkce: true, token: &[], basic: true, signs_in: true },
    Library { name: "openidconnect (Rust)", authorize: &[SCOPE, NONCE], pkce: true, token: &[], basic: true, signs_in: true },
    Library { name: "ASP.NET Core", authorize: &[SCOPE, NONCE, FORM_POST, ("x-client-SKU", "ID_NET8_0"), ("x-client-ver", "7.1.2")], pkce: true, token: &[], basic: false, signs_in: true },
    Library { name: "Spring Security 6", authorize: &[SCOPE, NONCE], pkce: false, token: &[], basic: true, signs_in: true },
    Library { name: "Spring Security 7", authorize: &[SCOPE, NONCE], pkce: true, token: &[], basic: true, signs_in: true },
    Library { name: "jumbojett/openid-connect-php", authorize: &[SCOPE, NONCE], pkce: false, token: &[], basic: true, signs_in: true },
    Library { name: "Laravel Socialite's OpenID providers", authorize: &[SCOPE], pkce: true, token: &[], basic: false, signs_in: true },
];

#[rstest]
#[actix_web::test]
async fn each_library_signs_in_with_its_defaults_and_ends(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let secret = app.secret.clone().unwrap();
    let grace = room.person("Grace").await;
    for library in LIBRARIES {
        let (browser, _) = room.sign_in(&grace).await;
        let mut changes = library.authorize.to_vec();
        if !library.pkce {
            changes.extend([("code_challenge", ""), ("code_challenge_method", "")]);
        }
        let page = app.visit(&house, &browser, &changes).await;
        let name = library.name;
        if !library.signs_in {
            assert_eq!(page.query("error").as_deref(), Some("invalid_request"), "{name}");
            continue;
        }
        let code = match page.form_with_button("Continue") {
            Ok(form) => form.value("code").unwrap().to_owned(),
            Err(_) => page.query("code").unwrap_or_else(|| panic!("{name}: {} {}", page.url, page.text())),
        };
        let mut form =
            vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &app.redirect_uri)];
        form.extend(library.token);
        form.extend(library.pkce.then_some(("code_verifier", VERIFIER)));
        let request = house.http.post(house.url("/oauth/token"));
        let request = if library.basic {
            request.form(&form).basic_auth(&app.client_id, Some(&secret))
        } else {
            form.extend([("client_id", app.client_id.as_str()), ("client_secret", secret.as_str())]);
            request.form(&form)
        };
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{name} {body}");
        let token = text(&body, "access_token");
        assert_eq!(userinfo(&house, &token).await.0, 200, "{name}");
        room.okta.universal_logout(&room.app, &grace, SubjectFormat::Email).await.unwrap();
        assert_eq!(userinfo(&house, &token).await.0, 401, "{name}: it ends with the access");
        room.okta.move_clock(2);
        house.clock.advance(2 * SECOND);
    }
}
