//! Tests of the simulator from outside: the requests and responses of its org and its browser. One test binary.
//! The other side is a small server that records requests and sends prepared responses.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may stop the test where something is missing"
)]

mod admin;
mod browser;
mod groups;
mod logout;
mod oauth;
mod recorder;
mod saml;
mod saml_faults;
mod saml_logout;
mod service_key;
mod sign_in;
mod tokens;
mod users;

use vestibule_simulator::{App, AppSettings, Okta, Options, Person, Style};

/// Redirect URI of the pretend relying party. No server listens there.
const CALLBACK: &str = "http://127.0.0.1:9/callback";

fn org() -> Okta {
    let longest_wait = std::time::Duration::from_millis(20);
    Okta::start(Options { longest_wait, ..Options::default() }).unwrap()
}

fn app(okta: &Okta, callback: &str, style: Style) -> App {
    okta.create_app(AppSettings {
        label: "Vestibule".to_owned(),
        name: "vestibule_demo_1".to_owned(),
        redirect_uris: vec![callback.to_owned()],
        initiate_login_uri: Some("http://127.0.0.1:9/login?team_id=7".to_owned()),
        style,
        ..AppSettings::default()
    })
}

fn ada(okta: &Okta) -> Person {
    okta.add_person("ada@acme.example", "Ada", "Lovelace")
}
