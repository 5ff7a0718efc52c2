//! A running service in this process, with rooms: workspaces that are connected to a pretend Okta.

use std::net::TcpListener;

use serde_json::{Value, json};
use vestibule::serve::app::Application;
use vestibule_admin::{
    Actor,
    provider::connection::{self, Settings},
};
use vestibule_core::{
    ids::{RoleId, WorkspaceId},
    sets::{AssignmentSource, ClientKind, DomainProof, ProviderKind},
};
use vestibule_simulator::{
    App, AppSettings, Browser, Okta, Options, Page, Person, ScimAuth, ScimSettings, Style,
};
use vestibule_store::{
    Tx, access::tokens, oauth::clients, people::users, providers::domains, rights::roles, workspaces,
};
use vestibule_web::{State, clock::Clock, config, crypto::seal};

use super::{Backend, database::Fresh};

/// A service on its own database and port. It stops with the test's process.
pub struct House {
    database: Fresh,
    pub state: State,
    pub clock: Clock,
    pub api: String,
    pub http: reqwest::Client,
}

impl House {
    /// Starts a service with the defaults of a test: no rate limits, loopback issuers allowed.
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, &[]).await
    }

    /// Starts a service with more settings, named as environment variables without `VESTIBULE__`. `{port}` in a value is its port.
    pub async fn start_with(backend: Backend, settings: &[(&str, &str)]) -> Self {
        let database = Fresh::make(backend);
        let key = seal::generate_key().unwrap();
        Self::on(database, &key, settings).await
    }

    async fn on(database: Fresh, key: &str, more: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let mut settings = vec![
            ("REGION__NAME", "us"),
            ("REGION__API_URL", &api),
            ("REGION__APP_URL", &api),
            ("DATABASE__URL", database.url()),
            ("DATABASE__POOL_SIZE", "4"),
            // The machine may be busy with other tests.
            ("DATABASE__WAIT_SECONDS", "60"),
            ("DATABASE__LOCK_SECONDS", "60"),
            ("DATABASE__STATEMENT_SECONDS", "120"),
            ("DATABASE__ANSWER_SECONDS", "120"),
            ("DATABASE__SCAN_MILLISECONDS", "60000"),
            ("SECURITY__SEALING_KEY", key),
            ("OKTA__ALLOW_INSECURE_ISSUERS", "true"),
            ("RATE_LIMITS__ENABLED", "false"),
            ("SERVER__WORKERS", "2"),
            ("LOG__LEVEL", "warn"),
        ];
        settings.extend(more);
        let port = listener.local_addr().unwrap().port().to_string();
        let variables = settings
            .into_iter()
            .map(|(name, value)| (format!("VESTIBULE__{name}"), value.replace("{port}", &port)));
        let config = config::load(None, variables).unwrap();
        let clock = Clock::default();
        let application = Application::on(listener, config, clock.clone()).unwrap();
        let state = application.state().clone();
        actix_web::rt::spawn(application.run());
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { database, state, clock, api, http }
    }

    /// Creates a workspace with a verified domain, a provisioning token, and a connected pretend Okta.
    pub async fn room(&self, name: &str) -> Room {
        let okta = Okta::start(Options { name: name.to_owned(), ..Options::default() }).unwrap();
        let domain = format!("{}.example", name.to_lowercase());
        let (state, now, title, owned) =
            (self.state.clone(), self.state.now(), name.to_owned(), domain.clone());
        let app = okta.create_app(AppSettings {
            label: "Vestibule".to_owned(),
            name: "vestibule_test_1".to_owned(),
            redirect_uris: vec![self.url("/api/okta/oidc/callback")],
            style: Style::Catalog,
            ..AppSettings::default()
        });
        let settings = Settings {
            issuer: okta.issuer().to_owned(),
            client_id: app.client_id.clone(),
            client_secret: Some(app.client_secret.clone().into()),
            enabled: Some(true),
            jit: Some(false),
            assumed: ProviderKind::Okta,
            ..Settings::default()
        };
        let redirect_uri = okta.scim_redirect_uri(&app);
        let (workspace, token, client, client_secret) = self
            .write(move |conn| {
                let workspace = workspaces::create(conn, None, &title, "us", now).unwrap();
                let id = &workspace.workspace_id;
                domains::verify(conn, id, &owned, DomainProof::Operator, now).unwrap();
                connection::save(conn, &Actor::cli(now), state.sealer(), id, settings).unwrap();
                let scope = "scim.read scim.write entitlements.read";
                let (_, token) =
                    tokens::provision(conn, id, ("test", scope, None), (true, None), now).unwrap();
                let (client, secret) =
                    clients::create(conn, id, ClientKind::Scim, "Okta", &[redirect_uri], now).unwrap();
                (workspace.workspace_id, token, client.client_id.into_string(), secret)
            })
            .await;
        let mut settings = app.settings.clone();
        settings.initiate_login_uri = Some(self.url(&format!("/api/okta/oidc/login?team_id={workspace}")));
        let app = okta.update_app(&app, settings);
        let scim = self.url(&format!("/api/scim/v2/{workspace}"));
        okta.enable_provisioning(&app, ScimSettings::new(&scim, ScimAuth::Bearer(token.clone())));
        okta.enable_universal_logout(&app, &self.url("/api/okta/universal-logout"));
        Room {
            workspace,
            domain,
            okta,
            app,
            token,
            scim,
            client,
            client_secret,
            http: self.http.clone(),
            api: self.api.clone(),
        }
    }

    /// Runs a job in a transaction of the service's database, without the service.
    pub async fn write<T: Send + 'static>(&self, job: impl FnOnce(&mut Tx<'_>) -> T + Send + 'static) -> T {
        self.state.write(move |conn| Ok::<_, vestibule_store::Error>(job(conn))).await.unwrap()
    }

    /// URL of its database, for commands that run at the same time.
    pub fn database_url(&self) -> &str {
        self.database.url()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    /// `GET path` without credentials.
    pub async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.http.get(self.url(path))).await
    }
}

/// A workspace, and the Okta org connected to it.
pub struct Room {
    pub workspace: WorkspaceId,
    pub domain: String,
    pub okta: Okta,
    pub app: App,
    /// A provisioning token with every scope.
    pub token: String,
    /// The SCIM base URL.
    pub scim: String,
    /// The OAuth client of Okta's SCIM, and its secret.
    pub client: String,
    pub client_secret: String,
    http: reqwest::Client,
    api: String,
}

impl Room {
    /// A SCIM request with the provisioning token: (status, body).
    pub async fn scim(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.scim)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        answer(request).await
    }

    /// Creates a user over SCIM; returns its id.
    pub async fn user(&self, user_name: &str) -> String {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": user_name,
            "name": { "givenName": "Given", "familyName": "Family" },
            "emails": [{ "value": user_name, "type": "work", "primary": true }],
            "active": true,
        });
        let (status, body) = self.scim("POST", "/Users", Some(body)).await;
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// A person in Okta, assigned to the app and provisioned over SCIM.
    pub async fn person(&self, name: &str) -> Person {
        let person =
            self.okta.add_person(&format!("{}@{}", name.to_lowercase(), self.domain), name, "Family");
        self.okta.assign(&self.app, &person).await.unwrap();
        person
    }

    /// Like `person`, with the role of an administrator.
    pub async fn administrator(&self, house: &House, name: &str) -> Person {
        let person = self.person(name).await;
        let (workspace, login, now) = (self.workspace.clone(), person.login.clone(), house.state.now());
        house
            .write(move |conn| {
                let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
                roles::assign(
                    conn,
                    &workspace,
                    &user.user_id,
                    &RoleId::from_stored("admin"),
                    AssignmentSource::Manual,
                    now,
                )
                .unwrap();
            })
            .await;
        person
    }

    /// The URL that Okta's dashboard opens.
    pub fn login_url(&self) -> String {
        self.okta.open_app_url(&self.app).unwrap()
    }

    /// Signs a person in with a new browser; returns the page after sign-in.
    pub async fn sign_in(&self, person: &Person) -> (Browser, Page) {
        let browser = Browser::new().unwrap();
        let page = browser.get(&self.login_url()).await.unwrap();
        let page = browser.sign_in_to_okta(&page, person).await.unwrap();
        (browser, page)
    }

    /// `/api/check` with the browser's cookie.
    pub async fn check(&self, browser: &Browser) -> u16 {
        browser.get(&format!("{}/api/check", self.api)).await.unwrap().status
    }

    /// `/api/check` with a bearer token.
    pub async fn check_token(&self, token: &str) -> u16 {
        answer(self.http.get(format!("{}/api/check", self.api)).bearer_auth(token)).await.0
    }
}

/// Sends a request: (status, JSON body or null).
pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}
