//! The reviewed list of routes that respond without credentials. It is compared with the route table, and with the responses of the
//! service to every method at every path of the table.

use std::collections::BTreeSet;

use actix_web::http::Method;
use rstest::rstest;
use vestibule::serve::routes::{self, Access};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Each route that responds to a caller without credentials, its status, and the reason why that is safe.
const OPEN: &[&str] = &[
    // Redirects to the workspace's Okta. It reveals whether a workspace exists, by an id that can't be guessed.
    "GET /api/okta/oidc/login 303",
    // Redirects to the same URL as a GET.
    "POST /api/okta/oidc/login 303",
    // Needs `state` and the browser's cookie, which this request does not have.
    "GET /api/okta/oidc/callback 400",
    // Needs the session of the browser, a return URL and a challenge, which this request does not have.
    "GET /api/okta/oidc/arrive 400",
    // Needs its ticket, which this request does not have.
    "GET /api/okta/oidc/test 400",
    // Redirects to the workspace's SAML provider; this request names no workspace.
    "GET /api/okta/saml/login 400",
    // Needs a message that the provider has signed, which this request does not have.
    "POST /api/okta/saml/acs/{team_id} 400",
    // Needs its ticket, which this request does not have.
    "GET /api/okta/saml/arrive 400",
    // Needs the ID of the request, which this request does not have.
    "GET /api/okta/saml/logout 400",
    // Needs a message that the provider has signed, which this request does not have.
    "GET /api/okta/saml/slo/{team_id} 400",
    "POST /api/okta/saml/slo/{team_id} 400",
    // Our metadata. It reveals whether a workspace exists, by an id that can't be guessed.
    "GET /api/okta/saml/metadata/{team_id} 200",
    // Needs the provider's signed token, which this request does not have. Both protocols require 400 then.
    "POST /api/okta/oidc/backchannel-logout 400",
    "POST /api/okta/signals 400",
    // A page with the error: a SCIM client must not use this endpoint.
    "GET /oauth/authorize 400",
    "POST /oauth/authorize 400",
    // CORS preflights: scripts of other sites may call these routes, without the browser's credentials.
    "OPTIONS /oauth/token 204",
    "OPTIONS /oauth/userinfo 204",
    "OPTIONS /oauth/revoke 204",
    // Signs out nobody: the browser has no session.
    "GET /oauth/logout 303",
    "POST /oauth/logout 303",
    "OPTIONS /oauth/register 204",
    "GET /.well-known/openid-configuration 200",
    "OPTIONS /.well-known/openid-configuration 204",
    "GET /.well-known/oauth-authorization-server 200",
    "OPTIONS /.well-known/oauth-authorization-server 204",
    // Public keys.
    "GET /.well-known/jwks.json 200",
    "OPTIONS /.well-known/jwks.json 204",
    // Redirects to the sign-in page.
    "GET / 303",
    // The sign-in page uses only the domain of an email address, so it reveals nobody's existence.
    "GET /auth 200",
    "POST /auth 422",
    // Needs its ticket, which this request does not have.
    "GET /auth/arrive 400",
    // Signs out nobody: the browser has no session.
    "POST /auth/sign-out 303",
    "GET /assets/vestibule.css 200",
    "GET /assets/vestibule.js 200",
    "GET /assets/vestibule.svg 200",
    "GET /assets/icons.svg 200",
    "GET /assets/brand.css 200",
    "GET /assets/logo 200",
    "GET /assets/vestibule.{hash}/vestibule.css 200",
    "GET /assets/vestibule.{hash}/vestibule.js 200",
    "GET /assets/vestibule.{hash}/icons.svg 200",
    "GET /assets/vestibule.{hash}/brand.css 200",
    "GET /assets/vestibule.{hash}/logo 200",
    "GET /healthz 200",
    "HEAD /healthz 200",
    "GET /readyz 200",
    "HEAD /readyz 200",
    // The description of the management API.
    "GET /api/v1/openapi.json 200",
    "GET /api/v1/docs 200",
];

/// Every path, with its parameters as in the table.
fn paths() -> impl Iterator<Item = &'static str> {
    routes::table().iter().map(|route| route.path.as_str())
}

#[test]
fn the_table_and_this_list_agree() {
    let listed: BTreeSet<&str> = OPEN.iter().map(|line| line.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(listed.len(), OPEN.len());
    let mut of_table = BTreeSet::new();
    for route in routes::table() {
        let mut answers = |method: &str| of_table.insert(format!("{method} {}", route.path));
        if route.is_cross_origin {
            answers("OPTIONS");
        }
        for endpoint in &route.endpoints {
            let line = format!("{} {}", endpoint.method.as_ref().map_or("ANY", Method::as_str), route.path);
            match endpoint.access {
                Access::Anyone => assert!(listed.contains(line.as_str()), "{line} is not in the list"),
                // A route that refuses a missing proof with 401, 403 or 404 is not in the list.
                Access::Proof => {}
                _ => assert!(
                    !listed.contains(line.as_str()),
                    "{line} is in the list, but not open in the table"
                ),
            }
            of_table.insert(line);
        }
    }
    for line in listed {
        assert!(of_table.contains(line), "{line} is no route");
    }
}

/// The HEAD of every GET in the list that a HEAD is answered like.
fn heads() -> impl Iterator<Item = String> {
    let answers = |path: &str| routes::table().iter().any(|route| route.path == path && route.answers_head());
    let gets = OPEN.iter().filter_map(|line| line.strip_prefix("GET "));
    gets.filter(move |line| answers(line.split(' ').next().unwrap())).map(|line| format!("HEAD {line}"))
}

#[rstest]
#[actix_web::test]
async fn only_these_answer_without_credentials(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let user = room.user("ada@acme.example").await;
    let uri = room.okta.scim_redirect_uri(&room.app);
    let asked = [("response_type", "code"), ("client_id", room.client.as_str()), ("redirect_uri", &uri)];
    let asked = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    let mut answered = BTreeSet::new();
    for path in paths().chain(["/metrics"]) {
        let real = path
            .replace("{team_id}", &room.workspace)
            .replace("{workspace}", &room.workspace)
            .replace("{id}", &user)
            .replace("{session}", &user)
            .replace("{grant}", &user)
            .replace("{token}", &user)
            .replace("{step}", "test")
            .replace("{link}", "vsetup_x");
        let query = match path {
            "/api/okta/oidc/login" => format!("?team_id={}", room.workspace),
            "/api/okta/scim/oauth/authorize" => format!("?{asked}"),
            _ => String::new(),
        };
        for method in METHODS {
            let mut request =
                house.http.request(method.parse().unwrap(), house.url(&format!("{real}{query}")));
            // A complete form, sent without the right to send it.
            if method == "POST" && !path.starts_with("/api/scim/") {
                let kind = "application/x-www-form-urlencoded";
                request = request.header("content-type", kind).body(format!("{asked}&email=x&token=x"));
            }
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let location = response.headers().get("location").map(|value| value.to_str().unwrap());
            let doors = [house.url("/auth?target_link_uri="), house.url("/api/okta/oidc/login?team_id=")];
            let to_sign_in =
                location.is_some_and(|location| doors.iter().any(|door| location.starts_with(door)));
            if ![401, 403, 404, 405].contains(&status) && !to_sign_in {
                answered.insert(format!("{method} {path} {status}"));
            }
        }
    }
    let listed: BTreeSet<String> = OPEN.iter().map(|line| (*line).to_owned()).chain(heads()).collect();
    assert_eq!(answered, listed);
}
