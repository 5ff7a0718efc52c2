//! AI clients exchange assertions at three nodes (Cross App Access) while Universal Logout ends the access of the person: no token is active
//! afterwards at any node.

use futures_util::{StreamExt, future::join, stream::FuturesUnordered};
use serde_json::{Value, json};
use vestibule_simulator::{CrossApp, Forgery, SubjectFormat};

use super::Nodes;
use crate::support::answer;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const RESOURCE: &str = "https://mcp.example/files";

/// Exchanges in one round. `VESTIBULE_TEST_ROUNDS=1000` makes it ten thousand exchanges, which take some minutes.
const EXCHANGES: usize = 10;

/// An AI client that may act for people.
struct Agent {
    id: String,
    secret: String,
    http: reqwest::Client,
}

impl Agent {
    /// Registers the client and the resource, and lets the connection.
    fn register(nodes: &Nodes) -> Self {
        let of = ["--workspace", &nodes.workspace];
        let run = |line: &[&str]| nodes.deployment.run(line, "");
        let create = [
            "client",
            "create",
            "--kind",
            "mcp",
            "--name",
            "Agent",
            "--redirect-uri",
            "https://agent.example/",
        ];
        let made = run(&[&create[..], &of[..]].concat());
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        run(&["client", "update", "--client", &text("client_id"), "--cross-app", "on"]);
        run(&[&["connection", "set", "--cross-app", "on"], &of[..]].concat());
        let resource = ["resource", "create", "--uri", RESOURCE, "--name", "Files", "--scope", "files:read"];
        run(&[&resource[..], &of[..]].concat());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { id: text("client_id"), secret: text("client_secret"), http }
    }

    async fn post(&self, url: String, form: &[(&str, &str)]) -> (u16, Value) {
        answer(self.http.post(url).basic_auth(&self.id, Some(&self.secret)).form(form)).await
    }

    async fn exchange(&self, api: &str, assertion: &str) -> (u16, Value) {
        self.post(format!("{api}/oauth/token"), &[("grant_type", GRANT), ("assertion", assertion)]).await
    }

    async fn introspect(&self, api: &str, token: &str) -> Value {
        self.post(format!("{api}/oauth/introspect"), &[("token", token)]).await.1
    }
}

#[test]
fn no_token_of_an_agent_survives_a_race_with_universal_logout() {
    actix_web::rt::System::new().block_on(async {
        let nodes = Nodes::start().await;
        let agent = Agent::register(&nodes);
        let apis = [&nodes.first.api, &nodes.second.api, &nodes.third.api];
        let rounds = std::env::var("VESTIBULE_TEST_ROUNDS").map_or(11, |text| text.parse().unwrap());
        let (mut given, mut refused) = (0, 0);
        for round in 0..rounds {
            // Another person in each round, because an assertion of the second in which access ended is refused anyway.
            let person = nodes.okta.add_person(&format!("person{round}@acme.example"), "Some", "Body");
            nodes.okta.assign(&nodes.app, &person).await.unwrap();
            let to = CrossApp {
                audience: nodes.first.api.clone(),
                client_id: agent.id.clone(),
                scope: "files:read".to_owned(),
                resource: RESOURCE.to_owned(),
                ..CrossApp::default()
            };
            let assertion = || nodes.okta.id_jag(&to, &person, &Forgery::new()).unwrap();
            let (assertions, older): (Vec<String>, _) =
                ((0..EXCHANGES).map(|_| assertion()).collect(), assertion());
            let numbered = assertions.iter().enumerate();
            let mut exchanges: FuturesUnordered<_> = numbered
                .map(|(number, assertion)| agent.exchange(apis[(round + number) % 3], assertion))
                .collect();
            // Universal Logout begins after none, one, … or all of the answers.
            let mut answers = Vec::new();
            while answers.len() < round % (EXCHANGES + 1) {
                answers.push(exchanges.next().await.unwrap());
            }
            if let Some((200, body)) = answers.last() {
                let said =
                    agent.introspect(apis[(round + 1) % 3], body["access_token"].as_str().unwrap()).await;
                assert_eq!(said["active"], true, "round {round}: a token is alive before");
            }
            let logout = nodes.okta.universal_logout(&nodes.app, &person, SubjectFormat::Email);
            let (rest, ended) = join(exchanges.collect::<Vec<_>>(), logout).await;
            ended.unwrap();
            answers.extend(rest);
            for (status, body) in &answers {
                if *status != 200 {
                    assert_eq!(
                        (*status, &body["error"]),
                        (400, &json!("invalid_grant")),
                        "round {round} {body}"
                    );
                    refused += 1;
                    continue;
                }
                given += 1;
                for api in apis {
                    let said = agent.introspect(api, body["access_token"].as_str().unwrap()).await;
                    assert_eq!(said, json!({ "active": false }), "round {round}: a token is alive");
                }
            }
            let (status, body) = agent.exchange(apis[round % 3], &older).await;
            assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")), "round {round} {body}");
        }
        assert!(given > 0, "nothing was given, so nothing was tested");
        println!("{rounds} rounds: {given} exchanges given, {refused} refused, no token alive afterwards");
    });
}
