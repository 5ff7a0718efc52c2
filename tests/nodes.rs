//! Tests of three processes on one PostgreSQL: access that one process ends, the others refuse at the next request.
//! `VESTIBULE_TEST_ROUNDS` sets the rounds of the test under load; a thousand rounds take some minutes.

mod agents;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde_json::Value;
use vestibule_core::ids::WorkspaceId;
use vestibule_simulator::{AppSettings, Okta, Options, Person, ScimAuth, ScimSettings, SubjectFormat};

use crate::support::{Backend, Deployment, Fresh, answer, free_port};

/// Three nodes of one deployment, with a workspace and its Okta.
struct Nodes {
    _database: Fresh,
    deployment: Deployment,
    first: crate::support::Process,
    second: crate::support::Process,
    third: crate::support::Process,
    okta: Okta,
    app: vestibule_simulator::App,
    workspace: WorkspaceId,
    grace: Person,
}

impl Nodes {
    async fn start() -> Self {
        let database = Fresh::make(Backend::Postgres);
        let port = free_port();
        let deployment = Deployment::new(database.url(), &format!("http://127.0.0.1:{port}"));
        let workspace =
            deployment.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
        let workspace = WorkspaceId::from_stored(workspace["id"].as_str().unwrap());
        let first = deployment.serve_on(port).await;
        let second = deployment.serve().await;
        let third = deployment.serve().await;
        let okta = Okta::start(Options::default()).unwrap();
        let app = okta.create_app(AppSettings {
            label: "Vestibule".to_owned(),
            name: "vestibule_test_1".to_owned(),
            redirect_uris: vec![format!("{}/api/okta/oidc/callback", first.api)],
            ..AppSettings::default()
        });
        deployment.run(
            &[
                "connection",
                "set",
                "--workspace",
                &workspace,
                "--issuer",
                okta.issuer(),
                "--client-id",
                &app.client_id,
                "--client-secret-stdin",
            ],
            &app.client_secret,
        );
        let token = deployment.run(&["token", "create", "--workspace", &workspace, "--name", "okta"], "");
        let base = format!("{}/api/scim/v2/{workspace}", first.api);
        let auth = ScimAuth::Bearer(token["token"].as_str().unwrap().to_owned());
        okta.enable_provisioning(&app, ScimSettings::new(base, auth));
        okta.enable_universal_logout(&app, &format!("{}/api/okta/universal-logout", first.api));
        let grace = okta.add_person("grace@acme.example", "Grace", "Hopper");
        okta.assign(&app, &grace).await.unwrap();
        Self { _database: database, deployment, first, second, third, okta, app, workspace, grace }
    }

    fn api_token(&self) -> String {
        let arguments = [
            "api-token",
            "create",
            "--workspace",
            &self.workspace,
            "--user-name",
            &self.grace.login,
            "--name",
            "laptop",
        ];
        let made: Value = self.deployment.run(&arguments, "");
        made["token"].as_str().unwrap().to_owned()
    }
}

async fn check(http: &reqwest::Client, api: &str, token: &str) -> u16 {
    answer(http.get(format!("{api}/api/check")).bearer_auth(token)).await.0
}

#[test]
fn what_one_node_ends_the_other_refuses_at_the_next_request() {
    actix_web::rt::System::new().block_on(async {
        let nodes = Nodes::start().await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        for round in 0..20 {
            let token = nodes.api_token();
            assert_eq!(check(&http, &nodes.first.api, &token).await, 200, "round {round}");
            assert_eq!(check(&http, &nodes.second.api, &token).await, 200, "round {round}");
            if round % 2 == 0 {
                nodes.okta.universal_logout(&nodes.app, &nodes.grace, SubjectFormat::Email).await.unwrap();
            } else {
                nodes.okta.deactivate(&nodes.app, &nodes.grace).await.unwrap();
            }
            assert_eq!(check(&http, &nodes.second.api, &token).await, 401, "round {round}");
            assert_eq!(check(&http, &nodes.first.api, &token).await, 401, "round {round}");
            if round % 2 == 1 {
                nodes.okta.reactivate(&nodes.app, &nodes.grace).await.unwrap();
                assert_eq!(check(&http, &nodes.second.api, &token).await, 401, "what died stays dead");
            }
        }
    });
}

#[test]
fn no_check_begun_after_the_204_is_answered_200() {
    actix_web::rt::System::new().block_on(async {
        let nodes = Nodes::start().await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let rounds = std::env::var("VESTIBULE_TEST_ROUNDS").map_or(10, |text| text.parse().unwrap());
        let accepted_before = AtomicU64::new(0);
        for round in 0..rounds {
            let token = nodes.api_token();
            let ended = Arc::new(AtomicBool::new(false));
            let (before, after) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
            let hammers: Vec<_> = (0..4)
                .map(|place| {
                    let node = if place % 2 == 0 { &nodes.second } else { &nodes.third };
                    let (http, api, token) = (http.clone(), node.api.clone(), token.clone());
                    let (ended, before, after) = (ended.clone(), before.clone(), after.clone());
                    actix_web::rt::spawn(async move {
                        loop {
                            let begun_after = ended.load(Ordering::SeqCst);
                            let accepted = check(&http, &api, &token).await == 200;
                            match (accepted, begun_after) {
                                (true, true) => after.fetch_add(1, Ordering::SeqCst),
                                (true, false) => before.fetch_add(1, Ordering::SeqCst),
                                (false, true) => return,
                                (false, false) => 0,
                            };
                        }
                    })
                })
                .collect();
            while before.load(Ordering::SeqCst) < 8 {
                actix_web::rt::time::sleep(std::time::Duration::from_millis(1)).await;
                check(&http, &nodes.first.api, &token).await;
            }
            nodes.okta.universal_logout(&nodes.app, &nodes.grace, SubjectFormat::Email).await.unwrap();
            ended.store(true, Ordering::SeqCst);
            for hammer in hammers {
                hammer.await.unwrap();
            }
            assert_eq!(after.load(Ordering::SeqCst), 0, "round {round}: accepted after the 204");
            accepted_before.fetch_add(before.load(Ordering::SeqCst), Ordering::SeqCst);
        }
        println!(
            "{rounds} rounds: {} checks accepted before the 204, none that began after it",
            accepted_before.into_inner()
        );
    });
}
