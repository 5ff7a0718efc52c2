//! Everything that answers without credentials, reviewed: a route that joins this list does so on purpose. The list of
//! routes is held against the text of routes.rs, so that none is forgotten.

use std::{collections::BTreeSet, path::Path};

use rstest::rstest;

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House,
};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Every path that routes.rs names, as it stands there: those of SCIM after their scope.
pub(crate) const PATHS: &[&str] = &[
    "/api/okta/oidc/login",
    "/api/okta/oidc/callback",
    "/api/okta/oidc/arrive",
    "/api/okta/oidc/test",
    "/api/okta/oidc/backchannel-logout",
    "/api/okta/signals",
    "/api/okta/scim/oauth/authorize",
    "/api/okta/scim/oauth/token",
    "/api/scim/v2/{team_id}",
    "/api/check",
    "/api/check/{asked:.*}",
    "/api/v1",
    "/api/events",
    "/api/events/stream",
    "/oauth/introspect",
    "/oauth/authorize",
    "/oauth/token",
    "/oauth/userinfo",
    "/oauth/revoke",
    "/oauth/logout",
    "/oauth/register",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
    "/auth",
    "/auth/arrive",
    "/auth/test",
    "/auth/sign-out",
    "/account",
    "/account/tokens",
    "/account/tokens/{id}/revoke",
    "/account/apps/{id}/end",
    "/account/sessions/end-others",
    "/account/sessions/end-all",
    "/account/sessions/{id}/end",
    "/people",
    "/people/{id}",
    "/people/{id}/end-access",
    "/people/{id}/sessions/{session}/end",
    "/people/{id}/free-external-id",
    "/requests",
    "/requests/{id}",
    "/tokens",
    "/tokens/{id}/rotate",
    "/tokens/{id}/revoke",
    "/tokens/clients/{client}/secrets",
    "/tokens/clients/{client}/secrets/{secret}/end",
    "/tokens/grants/{grant}/end",
    "/activity",
    "/activity/export",
    "/activity/verify",
    "/webhooks",
    "/webhooks/{id}",
    "/webhooks/{id}/secrets",
    "/webhooks/{id}/deliveries/{delivery}/replay",
    "/webhooks/{id}/delete",
    "/groups",
    "/groups/{id}",
    "/people/{id}/roles",
    "/people/{id}/apps/{grant}/end",
    "/people/{id}/tokens/{token}/revoke",
    "/roles",
    "/roles/{id}",
    "/roles/{id}/ceiling",
    "/roles/{id}/delete",
    "/entitlements",
    "/entitlements/{id}/delete",
    "/mapping",
    "/mapping/preview",
    "/integrations/okta",
    "/integrations/okta/app-kind",
    "/integrations/okta/brake",
    "/integrations/okta/check",
    "/integrations/okta/conflicts",
    "/integrations/okta/state",
    "/integrations/okta/sync",
    "/settings",
    "/settings/domains",
    "/settings/sign-in",
    "/settings/provisioning",
    "/setup",
    "/setup/done",
    "/setup/{link}",
    "/assets/vestibule.css",
    "/assets/vestibule.js",
    "/assets/vestibule.svg",
    "/healthz",
    "/readyz",
];

const SCIM: [&str; 17] = [
    "/.search",
    "/Bulk",
    "/Users",
    "/Users/.search",
    "/Groups/.search",
    "/Users/{id}",
    "/Groups",
    "/Groups/{id}",
    "/Roles",
    "/Roles/{id}",
    "/Entitlements",
    "/Entitlements/{id}",
    "/ServiceProviderConfig",
    "/Schemas",
    "/Schemas/{id}",
    "/ResourceTypes",
    "/ResourceTypes/{id}",
];

/// What does something for a caller who shows nothing: reviewed, each with the reason it may.
const OPEN: &[&str] = &[
    // The way to the workspace's own Okta. It tells whether a workspace exists, by an id nobody can guess.
    "GET /api/okta/oidc/login 303",
    // To the same address as a GET.
    "POST /api/okta/oidc/login 303",
    // Proven by `state` and the browser's cookie, which are missing here.
    "GET /api/okta/oidc/callback 400",
    // Proven by the session of the browser, which is missing here, as are the place and the challenge.
    "GET /api/okta/oidc/arrive 400",
    // Proven by its ticket, which is missing here.
    "GET /api/okta/oidc/test 400",
    // Proven by the provider's signed token, which is missing here. Both protocols want 400 for that.
    "POST /api/okta/oidc/backchannel-logout 400",
    "POST /api/okta/signals 400",
    // A page that says what does not fit: SCIM's client has no business at this door.
    "GET /oauth/authorize 400",
    "POST /oauth/authorize 400",
    // Browsers that ask beforehand for a script of another site: it may call these, without the browser's credentials.
    "OPTIONS /oauth/token 204",
    "OPTIONS /oauth/userinfo 204",
    "OPTIONS /oauth/revoke 204",
    // Signing out nobody.
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
    // The sign-in page looks at the domain of an e-mail address, never at people.
    "GET /auth 200",
    "POST /auth 422",
    // Proven by its ticket, which is missing here.
    "GET /auth/arrive 400",
    // Signing out nobody.
    "POST /auth/sign-out 303",
    "GET /assets/vestibule.css 200",
    "GET /assets/vestibule.js 200",
    "GET /assets/vestibule.svg 200",
    "GET /healthz 200",
    "HEAD /healthz 200",
    "GET /readyz 200",
    "HEAD /readyz 200",
    // What the management API looks like.
    "GET /api/v1/openapi.json 200",
];

/// The text of the map, from a function to the next.
fn code(function: &str) -> String {
    let text = map();
    let (_, after) = text.split_once(&format!("fn {function}(urls")).unwrap();
    after.split_once("\nfn ").map_or(after, |(body, _)| body).to_owned()
}

/// Every route of the management API, as `GET /api/v1/…`.
pub(crate) fn management() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for (function, prefix) in [("management", "/api/v1"), ("workspace", "/api/v1/workspaces/{workspace}")] {
        for entry in code(function).split("managed(").skip(1) {
            let path = entry.split('"').nth(1).unwrap();
            for method in entry.split("on(").skip(1).map(|on| on.split(',').next().unwrap()) {
                routes.insert(format!("{method} {prefix}{path}"));
            }
        }
    }
    routes
}

/// routes.rs without its comments.
fn map() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/routes.rs");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect()
}

/// The paths in the text of routes.rs, but for those of the management API.
fn written() -> BTreeSet<String> {
    let (management, workspace) = (code("management"), code("workspace"));
    let code = map().replace(&management, "").replace(&workspace, "");
    let texts = code.split('"').skip(1).step_by(2);
    let mut paths: BTreeSet<String> = texts.filter(|text| text.starts_with('/')).map(str::to_owned).collect();
    // The only path that is a constant of its crate.
    assert_eq!(code.matches("::PATH").count(), 1, "name a new constant in this test");
    paths.insert(vestibule_revocation::universal_logout::PATH.to_owned());
    paths
}

#[test]
fn every_path_of_the_url_map_is_looked_at() {
    let listed: BTreeSet<String> =
        PATHS.iter().chain(&SCIM).copied().chain(["/api/okta/universal-logout"]).map(str::to_owned).collect();
    assert_eq!(written(), listed);
}

#[rstest]
#[actix_web::test]
async fn only_these_answer_without_credentials(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let user = room.user("ada@acme.example").await;
    let scim = format!("/api/scim/v2/{}", room.workspace);
    let paths = PATHS.iter().map(|path| (*path).to_owned());
    let paths = paths.chain(["/api/okta/universal-logout".to_owned(), "/metrics".to_owned(), "/".to_owned()]);
    let managed = management().into_iter().map(|route| route.split_once(' ').unwrap().1.to_owned());
    let managed: BTreeSet<String> = managed.collect();
    let paths = paths.chain(managed);
    let paths = paths.chain(SCIM.iter().map(|path| format!("/api/scim/v2/{{team_id}}{path}")));
    let uri = room.okta.scim_redirect_uri(&room.app);
    let asked = [("response_type", "code"), ("client_id", room.client.as_str()), ("redirect_uri", &uri)];
    let asked = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    let mut answered = Vec::new();
    for path in paths {
        let real = path
            .replace("/api/scim/v2/{team_id}", &scim)
            .replace("{workspace}", &room.workspace)
            .replace("{id}", &user)
            .replace("{session}", &user)
            .replace("{grant}", &user)
            .replace("{token}", &user)
            .replace("{link}", "vsetup_x");
        let query = match path.as_str() {
            "/api/okta/oidc/login" => format!("?team_id={}", room.workspace),
            "/api/okta/scim/oauth/authorize" => format!("?{asked}"),
            _ => String::new(),
        };
        for method in METHODS {
            let mut request =
                house.http.request(method.parse().unwrap(), house.url(&format!("{real}{query}")));
            // A form that lacks nothing but the right to send it.
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
                answered.push(format!("{method} {path} {status}"));
            }
        }
    }
    assert_eq!(answered, OPEN);
}
