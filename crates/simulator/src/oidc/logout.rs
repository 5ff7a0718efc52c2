//! `/oauth2/v1/logout`, RP-initiated: ends the browser's org session and redirects to a registered URL (facts §5.7).

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, http::StatusCode, web};
use url::Url;

use super::authorize::see;
use crate::{
    okta::Okta,
    sign_in::cookie_name,
    support::{html, jwt},
};

pub(super) async fn get(
    okta: web::Data<Okta>,
    http: HttpRequest,
    given: web::Query<HashMap<String, String>>,
) -> HttpResponse {
    let mut org = okta.org();
    // Okta accepts an expired hint, because it only identifies the app; so it is not verified here.
    let hint = given.get("id_token_hint").and_then(|hint| jwt::read_unverified(hint));
    let app = hint
        .filter(|(_, claims)| claims.get("iss").and_then(|iss| iss.as_str()) == Some(okta.issuer()))
        .and_then(|(_, claims)| org.openid_app(claims.get("aud")?.as_str()?).map(|state| state.app.clone()));
    let Some(app) = app else {
        return html::note(
            StatusCode::BAD_REQUEST,
            "400 Bad Request",
            "The 'id_token_hint' parameter is invalid.",
        );
    };
    let target = match given.get("post_logout_redirect_uri") {
        None => None,
        Some(uri) if app.settings.post_logout_redirect_uris.contains(uri) => Url::parse(uri).ok(),
        Some(_) => {
            let sentence = "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.";
            return html::note(StatusCode::BAD_REQUEST, "400 Bad Request", sentence);
        }
    };
    let name = cookie_name(&okta);
    if let Some(cookie) = http.cookie(&name) {
        org.sessions.remove(cookie.value());
    }
    let mut answer = match target {
        None => html::note(StatusCode::OK, "Signed out", "You are signed out of the org."),
        Some(mut url) => {
            if let Some(state) = given.get("state") {
                url.query_pairs_mut().append_pair("state", state);
            }
            see(url.as_str())
        }
    };
    let mut gone = Cookie::build(name, "").path("/").finish();
    gone.make_removal();
    // A fixed name: this can't fail.
    let _ = answer.add_cookie(&gone);
    answer
}
