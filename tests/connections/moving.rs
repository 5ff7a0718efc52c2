//! A workspace moves from OpenID Connect at one provider to SAML at another while its people sign in, on one node and on two.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::future::{join, join_all};
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_simulator::{
    App, AppSettings, Browser, Okta, Options, Page, Person, SamlSettings, ScimAuth, ScimSettings,
};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    Balancer, Deployment, Fresh, Process,
};

/// People, half of them provisioned by SCIM; sign-ins in all, and at a time.
const PEOPLE: usize = 20;
const SIGN_INS: usize = 240;
const AT_ONCE: usize = 6;

/// A person's accounts at both providers.
struct Moving {
    at_first: Person,
    at_second: Person,
}

/// A deployment behind a load balancer, with a workspace that has both connections. The first is the default.
struct Company {
    _database: Fresh,
    _nodes: Vec<Process>,
    deployment: Deployment,
    api: String,
    workspace: String,
    scim_token: String,
    first: Okta,
    second: Okta,
    saml: App,
    people: Vec<Moving>,
}

impl Company {
    async fn start(backend: Backend, nodes: usize) -> Self {
        let database = Fresh::make(backend);
        let (balancer, port) = Balancer::start();
        let api = format!("http://127.0.0.1:{port}");
        let deployment = Deployment::new(database.url(), &api);
        let made = deployment.run(&["workspace", "create", "--name", "Acme", "--domain", "acme.example"], "");
        let workspace = made["id"].as_str().unwrap().to_owned();
        let mut serving = Vec::new();
        for _ in 0..nodes {
            let node = deployment.serve().await;
            balancer.add(&node);
            serving.push(node);
        }
        let token = deployment.run(&["token", "create", "--workspace", &workspace, "--name", "scim"], "");
        let scim_token = token["token"].as_str().unwrap().to_owned();
        let [first, second] = ["First", "Second"]
            .map(|name| Okta::start(Options { name: name.to_owned(), ..Options::default() }).unwrap());
        let oidc = first.create_app(AppSettings {
            label: "Vestibule".to_owned(),
            name: "vestibule_first_1".to_owned(),
            redirect_uris: vec![format!("{api}/api/okta/oidc/callback")],
            ..AppSettings::default()
        });
        let scim = format!("{api}/api/scim/v2/{workspace}");
        first.enable_provisioning(&oidc, ScimSettings::new(scim, ScimAuth::Bearer(scim_token.clone())));
        let settings = SamlSettings::new(
            format!("{api}/api/okta/saml/acs/{workspace}"),
            format!("{api}/api/okta/saml/metadata/{workspace}"),
        );
        let labels = AppSettings { name: "vestibule_second_1".to_owned(), ..AppSettings::default() };
        let saml = second.create_saml_app(labels, settings).unwrap();
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let login = format!("person{number}@acme.example");
            let at_first = first.add_person(&login, "Given", "Family");
            match number % 2 {
                0 => drop(first.assign(&oidc, &at_first).await.unwrap()),
                _ => first.assign_quietly(&oidc, &at_first),
            }
            let at_second = second.add_person(&login, "Given", "Family");
            second.assign_quietly(&saml, &at_second);
            people.push(Moving { at_first, at_second });
        }
        let company = Self {
            _database: database,
            _nodes: serving,
            deployment,
            api,
            workspace,
            scim_token,
            first,
            second,
            saml,
            people,
        };
        let issuer = company.first.issuer().to_owned();
        let oidc_app = ["--name", "First", "--issuer", &issuer, "--client-id", &oidc.client_id];
        let more = ["--client-secret-stdin", "--for-domain", "acme.example", "--jit", "on", "--default"];
        company.run(&[&["connection", "set"], &oidc_app[..], &more[..]].concat(), &oidc.client_secret).await;
        company.set_second(&["--jit", "on"]).await;
        company
    }

    /// Runs a command about the workspace, as an administrator does while the nodes serve.
    async fn run(&self, arguments: &[&str], input: &str) -> Value {
        let mut arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        arguments.extend(["--workspace".to_owned(), self.workspace.clone()]);
        let (deployment, input) = (self.deployment.clone(), input.to_owned());
        let command = move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            deployment.run(&arguments, &input)
        };
        actix_web::rt::task::spawn_blocking(command).await.unwrap()
    }

    /// Sets the SAML connection, whose metadata is read again.
    async fn set_second(&self, more: &[&str]) -> Value {
        let url = self.second.saml_instructions(&self.saml).unwrap().metadata_url;
        let set = ["connection", "set", "--kind", "saml", "--name", "Second", "--metadata-url", &url];
        self.run(&[&set[..], more].concat(), "").await
    }

    /// Opens the sign-in: without a hint the default connection is used, with one that of the email domain.
    async fn begin(&self, person: &Moving, hint: bool) -> (Browser, Page) {
        let mut url = format!("{}/api/okta/oidc/login?team_id={}", self.api, self.workspace);
        if hint {
            url = format!("{url}&login_hint={}", person.at_first.login);
        }
        let browser = Browser::new().unwrap();
        let page = browser.get(&url).await.unwrap();
        (browser, page)
    }

    fn is_at_first(&self, page: &Page) -> bool {
        page.url.origin().ascii_serialization() == self.first.issuer()
    }

    /// Continues at the provider that the page is of.
    async fn finish(&self, browser: &Browser, page: &Page, person: &Moving) -> Page {
        let account = if self.is_at_first(page) { &person.at_first } else { &person.at_second };
        browser.sign_in_by_saml(page, account).await.unwrap()
    }

    /// The id of the user who is signed in with this browser.
    async fn who(&self, browser: &Browser) -> String {
        let page = browser.get(&format!("{}/api/check", self.api)).await.unwrap();
        let answer: Value = serde_json::from_str(&page.html).unwrap();
        answer["user"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// What the sign-ins of a move came to.
#[derive(Default)]
struct Outcome {
    /// Sign-ins that ended.
    ended: Cell<usize>,
    /// Successful ones at the first and the second provider.
    at: [Cell<usize>; 2],
    /// Those that were at the first provider when it was switched off, and had to start again.
    started_again: Cell<usize>,
    is_first_off: Cell<bool>,
    /// User ids by login.
    ids: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl Outcome {
    /// Waits until this many sign-ins have ended.
    async fn reaches(&self, ended: usize) {
        while self.ended.get() < ended {
            actix_web::rt::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Signs a person in once, or twice if the first provider is switched off on the way.
async fn sign_in(company: &Company, outcome: &Outcome, number: usize) {
    // Two neighbors are the same person, so that the same person also signs in twice at the same time.
    let person = &company.people[(number / 2) % PEOPLE];
    for attempt in 0..2 {
        let (browser, page) = company.begin(person, number.is_multiple_of(2)).await;
        let at_first = company.is_at_first(&page);
        let page = company.finish(&browser, &page, person).await;
        if (page.status, page.url.path()) == (200, "/account") {
            let id = company.who(&browser).await;
            outcome.ids.borrow_mut().entry(person.at_first.login.clone()).or_default().insert(id);
            let count = &outcome.at[usize::from(!at_first)];
            count.set(count.get() + 1);
            outcome.ended.set(outcome.ended.get() + 1);
            return;
        }
        let may_not = at_first && outcome.is_first_off.get() && attempt == 0;
        assert!(may_not, "sign-in {number} failed: {} {} {}", page.status, page.url, page.text());
        outcome.started_again.set(outcome.started_again.get() + 1);
    }
}

/// Moves the workspace, step by step, while people sign in.
async fn move_over(company: &Company, outcome: &Outcome) {
    outcome.reaches(SIGN_INS / 6).await;
    company.run(&["connection", "set", "--kind", "saml", "--name", "Second", "--default"], "").await;
    outcome.reaches(SIGN_INS * 2 / 6).await;
    company.run(&["connection", "set", "--name", "First", "--for-domain", ""], "").await;
    company.set_second(&["--for-domain", "acme.example"]).await;
    outcome.reaches(SIGN_INS * 3 / 6).await;
    let next = company.second.generate_saml_certificate(&company.saml).unwrap();
    company.set_second(&[]).await;
    assert!(company.second.activate_saml_certificate(&company.saml, &next));
    outcome.reaches(SIGN_INS * 4 / 6).await;
    // People may be refused as soon as the command works, which is before it ends.
    outcome.is_first_off.set(true);
    company.run(&["connection", "set", "--name", "First", "--enabled", "off"], "").await;
}

#[rstest]
#[case::one_node(Sqlite, 1)]
#[case::one_node(Postgres, 1)]
#[case::two_nodes(Postgres, 2)]
#[actix_web::test]
async fn nobody_s_sign_in_fails_while_a_workspace_moves(#[case] backend: Backend, #[case] nodes: usize) {
    let company = Company::start(backend, nodes).await;
    let outcome = Outcome::default();
    let (of_company, of_outcome) = (&company, &outcome);
    let workers = (0..AT_ONCE).map(|worker| async move {
        for number in (worker..SIGN_INS).step_by(AT_ONCE) {
            sign_in(of_company, of_outcome, number).await;
        }
    });
    join(join_all(workers), move_over(&company, &outcome)).await;
    let [at_first, at_second] = [0, 1].map(|provider| outcome.at[provider].get());
    println!(
        "{SIGN_INS} sign-ins on {nodes} nodes: {at_first} at the first provider, {at_second} at the second, {} started again",
        outcome.started_again.get()
    );
    assert_eq!(at_first + at_second, SIGN_INS);
    assert!(at_first >= SIGN_INS / 6 && at_second >= SIGN_INS / 6, "both providers were used");

    // One person each, with one account of each provider, whether SCIM or a sign-in created them.
    let ids = outcome.ids.borrow().clone();
    assert_eq!(ids.len(), PEOPLE);
    for (login, ids) in &ids {
        assert_eq!(ids.len(), 1, "{login} became several people");
        let accounts = company.run(&["identity", "list", "--user-name", login], "").await;
        let issuers: BTreeSet<&str> =
            accounts.as_array().unwrap().iter().map(|account| account["issuer"].as_str().unwrap()).collect();
        assert_eq!((issuers.len(), accounts.as_array().unwrap().len()), (2, 2), "{login}: {accounts}");
    }
    assert_eq!(company.run(&["identity", "conflicts"], "").await, json!([]));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let listed = http.get(format!("{}/api/scim/v2/{}/Users?count=0", company.api, company.workspace));
    let listed: Value = listed.bearer_auth(&company.scim_token).send().await.unwrap().json().await.unwrap();
    assert_eq!(listed["totalResults"], PEOPLE, "{listed}");

    // The connection that is off signs nobody in, whoever names it.
    let first = company.run(&["connection", "list"], "").await;
    let first = first.as_array().unwrap().iter().find(|one| one["name"] == "First").unwrap().clone();
    let url = format!(
        "{}/api/okta/oidc/login?team_id={}&connection={}",
        company.api,
        company.workspace,
        first["connection_id"].as_str().unwrap()
    );
    assert_eq!(Browser::new().unwrap().get(&url).await.unwrap().status, 403);
}

#[rstest]
#[case::one_node(Sqlite, 1)]
#[case::two_nodes(Postgres, 2)]
#[actix_web::test]
async fn one_response_posted_eight_times_at_once_gives_one_session(
    #[case] backend: Backend,
    #[case] nodes: usize,
) {
    let company = Company::start(backend, nodes).await;
    company.set_second(&["--default", "--for-domain", "acme.example"]).await;
    let person = &company.people[0];
    for _ in 0..5 {
        let (browser, page) = company.begin(person, false).await;
        let response = browser.sign_in_to_okta(&page, &person.at_second).await.unwrap();
        assert!(response.saml_form().is_ok(), "{} {}", response.url, response.text());
        let before = company.run(&["session", "list", "--user-name", &person.at_second.login], "").await;
        let posts = (0..8).map(|_| browser.post_saml(&response));
        for page in join_all(posts).await {
            let page = page.unwrap();
            assert!([200, 400].contains(&page.status), "{} {}", page.status, page.text());
        }
        company.who(&browser).await;
        let after = company.run(&["session", "list", "--user-name", &person.at_second.login], "").await;
        assert_eq!(after.as_array().unwrap().len(), before.as_array().unwrap().len() + 1, "{after}");
    }
}
