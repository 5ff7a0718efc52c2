//! OAuth for the SCIM client (facts §2.2): an administrator's browser is redirected to the service and returns with a code. Tokens are
//! refreshed only when a SCIM request needs one, and a rotated refresh token replaces the old one.

use std::collections::HashMap;

use actix_web::{HttpResponse, http::StatusCode, web};
use serde_json::Value;
use url::Url;

use super::{
    settings::{OAuthSettings, ScimAuth, Tokens},
    trip::Trip,
};
use crate::{
    directory::App,
    okta::Okta,
    support::{
        exchange::{Exchange, Failure, short},
        html, random,
    },
};

impl Okta {
    /// "Authenticate with …": the URL for the administrator's browser. Each call makes a new state. `None` when the app has
    /// no OAuth settings, or an invalid authorize URL.
    pub fn authenticate_url(&self, app: &App) -> Option<String> {
        let mut org = self.org();
        let ScimAuth::OAuth(settings) = org.app(&app.client_id)?.scim.as_ref()?.auth.clone() else {
            return None;
        };
        let mut url = Url::parse(&settings.authorize_url).ok()?;
        let state = random::word(32);
        let scopes_in_url = url.query_pairs().any(|(name, _)| name == "scope");
        let mut pairs = url.query_pairs_mut();
        pairs
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &self.scim_redirect_uri(app))
            .append_pair("state", &state);
        if !scopes_in_url && !settings.scopes.is_empty() {
            pairs.append_pair("scope", &settings.scopes.join(" "));
        }
        drop(pairs);
        org.oauth_states.insert(state, app.client_id.clone());
        Some(url.into())
    }

    /// The redirect URI of the app's SCIM OAuth. Register it at the service.
    pub fn scim_redirect_uri(&self, app: &App) -> String {
        format!("{}/admin/app/cpc/{}/oauth/callback", self.issuer(), app.settings.name)
    }
}

/// The endpoint at the redirect URI of the SCIM OAuth.
pub(super) async fn callback(
    okta: web::Data<Okta>,
    name: web::Path<String>,
    given: web::Query<HashMap<String, String>>,
) -> HttpResponse {
    let value = |name: &str| given.get(name).map_or("", String::as_str);
    let app = {
        let mut org = okta.org();
        let client_id = org.oauth_states.remove(value("state")).unwrap_or_default();
        org.app(&client_id).map(|state| state.app.clone())
    };
    let Some(app) = app.filter(|app| app.settings.name == *name) else {
        let sentence = "The state is unknown or was used already. Start again from the Provisioning page.";
        return html::note(StatusCode::BAD_REQUEST, "Authentication failed", sentence);
    };
    let code = value("code");
    if code.is_empty() {
        let sentence = format!("The service answered {}: {}", value("error"), value("error_description"));
        return html::note(StatusCode::BAD_REQUEST, "Authentication failed", &sentence);
    }
    let redirect_uri = okta.scim_redirect_uri(&app);
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &redirect_uri)];
    let outcome = match Trip::start(&okta, &app) {
        Ok(mut trip) => ask(&mut trip, &form, "exchange the code").await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(_) => {
            let sentence = format!("{} is connected. You can close this page.", app.settings.label);
            html::note(StatusCode::OK, "Authenticated", &sentence)
        }
        Err(failure) => html::note(StatusCode::BAD_GATEWAY, "Authentication failed", &failure.sentence),
    }
}

/// An access token that has not expired by the org's clock.
pub(super) async fn access_token(trip: &mut Trip) -> Result<String, Failure> {
    let now = trip.okta.now();
    match held(trip) {
        None => {
            let label = trip.app.settings.label.clone();
            Err(trip.failure(format!("No administrator has authenticated with {label} yet.")))
        }
        Some(tokens) if tokens.expires.is_some_and(|expires| expires <= now) => {
            refresh(trip, Some(&format!("Bearer {}", tokens.access))).await.map(|tokens| tokens.access)
        }
        Some(tokens) => Ok(tokens.access),
    }
}

/// Uses the refresh token, unless another request has just done so. `spent` is the header that no longer works.
pub(super) async fn refresh(trip: &mut Trip, spent: Option<&str>) -> Result<Tokens, Failure> {
    let okta = trip.okta.clone();
    let _alone = okta.refreshing().lock().await;
    let tokens = held(trip);
    if let Some(tokens) = tokens.clone().filter(|tokens| spent != Some(&format!("Bearer {}", tokens.access)))
    {
        return Ok(tokens);
    }
    let Some(refresh_token) = tokens.and_then(|tokens| tokens.refresh) else {
        return Err(
            trip.failure("The token is no longer good and there is no refresh token: authenticate again.")
        );
    };
    ask(trip, &[("grant_type", "refresh_token"), ("refresh_token", &refresh_token)], "refresh the token")
        .await
}

fn held(trip: &Trip) -> Option<Tokens> {
    trip.okta.org().app(&trip.app.client_id)?.tokens.clone()
}

/// Sends a request to the token endpoint and stores the tokens.
async fn ask(trip: &mut Trip, form: &[(&str, &str)], sent: &str) -> Result<Tokens, Failure> {
    let ScimAuth::OAuth(settings) = trip.settings.auth.clone() else {
        return Err(trip.failure("OAuth is not set up for this app."));
    };
    let answer = post(trip.okta.http(), &settings, form).await;
    let (status, body) = match &answer {
        Ok((status, body)) => (*status, body.clone()),
        Err(_) => (0, Value::Null),
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let access = text("access_token").filter(|_| status == 200);
    let received = match (&answer, &access) {
        (Err(error), _) => short(error, 200),
        (_, Some(_)) => "a token".to_owned(),
        (_, None) => {
            [text("error"), text("error_description")].into_iter().flatten().collect::<Vec<_>>().join(": ")
        }
    };
    trip.write_down(Exchange {
        at: trip.okta.now(),
        method: "POST".to_owned(),
        url: settings.token_url,
        sent: sent.to_owned(),
        sent_body: None,
        status,
        received: received.clone(),
        body: None,
    });
    let Some(access) = access else {
        return Err(trip.failure(format!("Could not {sent}: the service answered {status} ({received}).")));
    };
    let mut org = trip.okta.org();
    let now = org.now();
    let expires = body.get("expires_in").and_then(Value::as_i64).map(|seconds| now.saturating_add(seconds));
    let state = org.app_mut(&trip.app.client_id);
    let before = state.as_ref().and_then(|state| state.tokens.as_ref()?.refresh.clone());
    // A service that doesn't rotate sends no new refresh token, and the old one stays valid.
    let tokens = Tokens { access, refresh: text("refresh_token").or(before), expires };
    if let Some(state) = state {
        state.tokens = Some(tokens.clone());
    }
    Ok(tokens)
}

async fn post(
    http: &reqwest::Client,
    settings: &OAuthSettings,
    form: &[(&str, &str)],
) -> Result<(u16, Value), String> {
    let mut form = form.to_vec();
    let mut request = http.post(&settings.token_url).header(reqwest::header::ACCEPT, "application/json");
    if settings.basic {
        request = request.basic_auth(&settings.client_id, Some(&settings.client_secret));
    } else {
        form.push(("client_id", &settings.client_id));
        form.push(("client_secret", &settings.client_secret));
    }
    let response = request.form(&form).send().await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let text = response.text().await.map_err(|error| error.to_string())?;
    Ok((status, serde_json::from_str(&text).unwrap_or_default()))
}
