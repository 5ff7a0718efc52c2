//! An app or an MCP client as libraries implement it: PKCE, a browser, a code, tokens.

use serde_json::Value;
use url::Url;
use vestibule_core::ids::{ClientId, WorkspaceId};
use vestibule_simulator::{Browser, Page};
use vestibule_store::oauth::clients::{self, Client, NewClient};

use super::{read, text};
use crate::support::{House, Room};

// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered client and its redirect URI.
pub struct Party {
    pub client_id: String,
    pub secret: Option<String>,
    pub redirect_uri: String,
}

impl Party {
    /// Registers a client of this kind, in one workspace or (`id::DEPLOYMENT`) for all.
    pub async fn register(
        house: &House,
        workspace: &WorkspaceId,
        kind: &'static str,
        method: &'static str,
    ) -> Self {
        let redirect_uri = house.url("/callback");
        let (workspace, uris, now) = (workspace.to_owned(), vec![redirect_uri.clone()], house.state.now());
        let after = vec![house.url("/signed-out")];
        let (client, secret): (Client, _) = house
            .write(move |conn| {
                let new = NewClient {
                    name: "The Product",
                    redirect_uris: &uris,
                    auth_method: method.parse().unwrap(),
                    post_logout_redirect_uris: &after,
                    ..NewClient::new(kind.parse().unwrap())
                };
                clients::register(conn, &workspace, &new, now).unwrap()
            })
            .await;
        Self { client_id: client.client_id.into_string(), secret, redirect_uri }
    }

    /// Sets the formats of the client's tokens.
    pub async fn set_tokens(&self, house: &House, jwt_seconds: Option<i64>, id_token_alg: &'static str) {
        let client_id = self.client_id.clone();
        house
            .write(move |conn| {
                let client = clients::find(conn, &ClientId::sent(&client_id)).unwrap().unwrap();
                clients::set_tokens(conn, &client, jwt_seconds, id_token_alg.parse().unwrap()).unwrap();
            })
            .await;
    }

    /// Returns the authorization URL with these parameters replaced; an empty value removes a parameter.
    pub fn url(&self, house: &House, changes: &[(&str, &str)]) -> String {
        let usual = [
            ("response_type", "code"),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("state", "known"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let kept = usual.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let pairs = kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty());
        Url::parse_with_params(&house.url("/oauth/authorize"), pairs).unwrap().into()
    }

    /// Opens the authorization URL and returns the last page; its URL has the authorization response.
    pub async fn visit(&self, house: &House, browser: &Browser, changes: &[(&str, &str)]) -> Page {
        browser.get(&self.url(house, changes)).await.unwrap()
    }

    /// Returns a code for an app, which needs no approval.
    pub async fn code(&self, house: &House, browser: &Browser, changes: &[(&str, &str)]) -> String {
        let page = self.visit(house, browser, changes).await;
        page.query("code").unwrap_or_else(|| panic!("{} {}", page.url, page.text()))
    }

    /// Returns a code for an MCP client after the person approved.
    pub async fn approved(&self, house: &House, browser: &Browser, changes: &[(&str, &str)]) -> String {
        let page = self.visit(house, browser, changes).await;
        let page = browser.press(&page, "Approve", &[]).await.unwrap();
        page.query("code").unwrap_or_else(|| panic!("{} {}", page.url, page.text()))
    }

    /// Sends a token request with the client's authentication.
    pub async fn ask(&self, house: &House, form: &[(&str, &str)]) -> (u16, Value) {
        self.ask_at(house, "/oauth/token", form).await
    }

    pub async fn ask_at(&self, house: &House, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let mut form = form.to_vec();
        form.push(("client_id", self.client_id.as_str()));
        form.extend(self.secret.as_deref().map(|secret| ("client_secret", secret)));
        read(house.http.post(house.url(path)).form(&form).send().await.unwrap()).await
    }

    /// Exchanges a code, with additional form fields.
    pub async fn exchange_with(&self, house: &House, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(name, _)| !more.iter().any(|(changed, _)| changed == name));
        form.extend(more.iter().copied().filter(|(_, value)| !value.is_empty()));
        self.ask(house, &form).await
    }

    pub async fn exchange(&self, house: &House, code: &str) -> (u16, Value) {
        self.exchange_with(house, code, &[]).await
    }

    pub async fn renew(&self, house: &House, refresh_token: &str) -> (u16, Value) {
        self.ask(house, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Returns the tokens of an app for the person in this browser.
    pub async fn tokens(&self, house: &House, browser: &Browser, scope: &str) -> Value {
        let code = self.code(house, browser, &[("scope", scope)]).await;
        let (status, body) = self.exchange(house, &code).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

/// Returns the status and body of userinfo.
pub async fn userinfo(house: &House, token: &str) -> (u16, Value) {
    let response = house.http.get(house.url("/oauth/userinfo")).bearer_auth(token).send().await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.headers().contains_key("www-authenticate"), status != 200);
    (status, response.json().await.unwrap_or_default())
}

/// Verifies an ID token with a published key and returns its claims.
pub async fn id_token(house: &House, body: &Value) -> Value {
    let compact = text(body, "id_token");
    let claims = vestibule_web::crypto::signing::read(&house.state, "JWT", &compact).await.unwrap();
    Value::Object(claims.expect("signed by a published key"))
}

/// Signs in a new person of the room and returns the browser.
pub async fn somebody(house: &House, room: &Room) -> Browser {
    let person = room.administrator(house, "Ada").await;
    room.sign_in(&person).await.0
}
