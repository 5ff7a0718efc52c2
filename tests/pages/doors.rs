//! Who may call which page: every page of the route table, as nobody, a member, an auditor, an admin, an owner, and an
//! administrator of another workspace; every form without its token and with the token of another session.

mod connections;

use connections::{oidc_connection, saml_connection};
use rstest::rstest;
use vestibule::serve::routes::{
    self,
    Access::{self, Administrator, Auditor, User},
    Surface,
};
use vestibule_admin::{
    Actor,
    access::provisioning_tokens::{self, NewProvisioningToken},
};
use vestibule_core::{
    ids::{ClientId, EntitlementId, RoleId, UserId},
    sets::{AssignmentSource, EndReason, UserSource},
};
use vestibule_simulator::Browser;
use vestibule_store::{
    oauth::{client_secrets, clients, grants},
    outbox::webhooks::{self, Webhook},
    people::{groups, users},
    rights::{
        entitlements,
        roles::{self, Role},
    },
    trail::{
        events::Cause,
        requests::{self, RequestFilter},
    },
};

use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// A method of a page: method, path and required access.
pub(super) type Entry = (&'static str, &'static str, Access);

/// Every method of every page that needs a session.
pub(super) fn pages() -> impl Iterator<Item = Entry> {
    let routes = routes::table().iter().filter(|route| route.surface == Surface::Pages);
    let entries = routes.flat_map(|route| {
        let path = route.path.as_str();
        let endpoints = route.endpoints.iter();
        endpoints.map(move |endpoint| (endpoint.method.as_ref().unwrap().as_str(), path, endpoint.access))
    });
    entries.filter(|(_, _, access)| matches!(access, User | Auditor | Administrator))
}

#[test]
fn every_page_that_needs_no_session_is_reviewed() {
    let routes = routes::table().iter().filter(|route| route.surface == Surface::Pages);
    let mut open: Vec<String> = routes
        .flat_map(|route| route.endpoints.iter().map(move |endpoint| (endpoint, &route.path)))
        .filter(|(endpoint, _)| !matches!(endpoint.access, User | Auditor | Administrator))
        .map(|(endpoint, path)| format!("{} {path} {:?}", endpoint.method.as_ref().unwrap(), endpoint.access))
        .collect();
    open.sort();
    assert_eq!(
        open,
        [
            "GET / Anyone",
            "GET /auth Anyone",
            "GET /auth/arrive Proof",
            "GET /setup Proof",
            "GET /setup/done Proof",
            "GET /setup/{link} Proof",
            "POST /auth Anyone",
            "POST /auth/sign-out Anyone",
            "POST /auth/test AdministratorOrSetUp",
            "POST /setup/done Proof",
            "POST /setup/{link} Proof",
        ]
    );
    assert!(pages().count() >= 60);
}

/// Signs in a person with this role and returns their browser and their form token.
pub(super) async fn somebody(
    house: &House,
    room: &Room,
    name: &str,
    role: &'static str,
) -> (Browser, String) {
    let person = room.person(name).await;
    let (workspace, login, now) = (room.workspace.clone(), person.login.clone(), house.state.now());
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            roles::assign(
                conn,
                &workspace,
                &user.user_id,
                &RoleId::from_stored(role),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
        })
        .await;
    let (browser, page) = room.sign_in(&person).await;
    let csrf = page.form_with_button("Sign out").unwrap().value("csrf").unwrap().to_owned();
    (browser, csrf)
}

/// Ids of the rows that [`furnish`] creates.
pub(super) struct Ids {
    pub group: String,
    pub request: String,
    token: String,
    client: String,
    secret: String,
    grant: String,
    webhook: String,
    receipt: String,
    saml: String,
    oidc: String,
}

/// Creates a role, an entitlement, a group, a token and a grant in this workspace only.
async fn furnish(house: &House, room: &Room) -> Ids {
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    // The existing user was created by a request, which is the request of the test.
    vestibule_web::observe::writers::requests::write_down(&house.state).await.unwrap();
    let (group, request) = house
        .write(move |conn| {
            roles::insert(conn, &Role::new(&workspace, RoleId::from_stored("custom"), "Custom", "", now))
                .unwrap();
            entitlements::create(conn, &workspace, EntitlementId::from_stored("grant"), "Grant", "", now)
                .unwrap();
            let request =
                requests::list(conn, &workspace, &RequestFilter::default(), 1).unwrap().remove(0).request_id;
            (groups::create(conn, &workspace, "Group", None, now).unwrap().group_id.into_string(), request)
        })
        .await;
    credentials(house, room, (group, request), "spare").await
}

/// Creates a token and a connection of each protocol of this name, a grant and a webhook, and returns their ids with these ids.
pub(super) async fn credentials(
    house: &House,
    room: &Room,
    (group, request): (String, String),
    name: &str,
) -> Ids {
    let (workspace, client, now) = (room.workspace.clone(), room.client.clone(), house.state.now());
    let name = name.to_owned();
    house
        .write(move |conn| {
            let spare = NewProvisioningToken { name: &name, scopes: &[], days: Some(30) };
            let (token, _) = provisioning_tokens::create(conn, &Actor::cli(now), &workspace, spare).unwrap();
            let row = clients::find(conn, &ClientId::sent(&client)).unwrap().unwrap();
            let secret = client_secrets::list(conn, &row).unwrap().remove(0).secret_id;
            let grant = grants::give_for_workspace(
                conn,
                &workspace,
                &ClientId::sent(&client),
                &UserId::from_stored("nobody"),
                "scim.read",
                now,
            )
            .unwrap();
            let webhook = Webhook::new(&workspace, "http://127.0.0.1:9/told", "nothing", now);
            webhooks::insert(conn, &webhook).unwrap();
            let mut gone = users::User::new(&workspace, &name, UserSource::Operator, now);
            users::insert(conn, &gone, &[]).unwrap();
            let cause = Cause::new("cli", "");
            let ended = users::end_all_access(conn, &mut gone, &cause, EndReason::Operator, now).unwrap();
            let saml = saml_connection(conn, &workspace, &name, now);
            let oidc = oidc_connection(conn, &workspace, &name, now);
            Ids {
                group,
                request,
                token: token.token_id,
                client,
                secret,
                grant: grant.grant_id.into_string(),
                webhook: webhook.webhook_id,
                receipt: ended.receipt_id,
                saml: saml.into_string(),
                oidc: oidc.into_string(),
            }
        })
        .await
}

/// Sends a request with the browser's session and this form token and returns status and location.
async fn send(house: &House, browser: &Browser, (method, path): (&str, &str), csrf: &str) -> (u16, String) {
    let mut request = house.http.request(method.parse().unwrap(), house.url(path));
    if let Some(session) = browser.cookie(&house.api, "vestibule_session") {
        request = request.header("cookie", format!("vestibule_session={session}"));
    }
    if method == "POST" {
        request = request.form(&[("csrf", csrf)]);
    }
    let answer = request.send().await.unwrap();
    let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
    (answer.status().as_u16(), location.unwrap_or_default())
}

#[rstest]
#[actix_web::test]
async fn who_may_come_through_which_door(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let target = room.user("target@acme.example").await;
    let ids = furnish(&house, &room).await;
    let nobody = (Browser::new().unwrap(), String::new());
    let member = somebody(&house, &room, "Mia", "member").await;
    let auditor = somebody(&house, &room, "Art", "auditor").await;
    let admin = somebody(&house, &room, "Ada", "admin").await;
    let owner = somebody(&house, &room, "Olga", "owner").await;
    let foreign = somebody(&house, &other, "Eve", "admin").await;
    let to_sign_in = house.url("/auth?target_link_uri=");
    for (method, path, access) in pages() {
        let real = real_path(path, &target, &ids);
        // A step is no thing of a workspace: everybody has their own.
        let named = path.contains('{') && !path.ends_with("{step}");
        let here = (method, real.as_str());
        for (who, (browser, csrf), rank) in [
            ("nobody", &nobody, 0),
            ("member", &member, 1),
            ("auditor", &auditor, 2),
            ("admin", &admin, 3),
            ("owner", &owner, 3),
            ("foreign", &foreign, 4),
        ] {
            let told = format!("{method} {path} as {who}");
            let least = match access {
                User => 1,
                Auditor => 2,
                _ => 3,
            };
            // A form with an invalid token, and with the token of another session.
            if method == "POST" && rank > 0 {
                let another = if who == "admin" { &owner.1 } else { &admin.1 };
                for wrong in ["", "x", another.as_str()] {
                    assert_eq!(send(&house, browser, here, wrong).await.0, 403, "{told} with {wrong:?}");
                }
            }
            // Account forms have other tests, because they would end the sessions of this test.
            if method == "POST" && access == User && rank > 0 {
                continue;
            }
            let (status, location) = send(&house, browser, here, csrf).await;
            match (rank, status) {
                (0, _) => {
                    assert!(
                        status == 303 && location.starts_with(&to_sign_in),
                        "{told}: {status} {location}"
                    );
                }
                (rank, status) if rank < least => assert_eq!(status, 403, "{told}"),
                (4, status) if named && access != User => assert_eq!(status, 404, "{told}"),
                (_, status) if method == "GET" => assert_eq!(status, 200, "{told}"),
                // A page with a new secret or with the result of a check is no redirect.
                (_, 200) => assert!(
                    ["/rotate", "/secrets", "/verify", "/check"].iter().any(|end| path.ends_with(end)),
                    "{told}"
                ),
                // An empty form has an effect or gets a message about the missing field.
                (_, status) => assert!([303, 404, 422].contains(&status), "{told}: {status}"),
            }
        }
    }
    // All sessions are still valid.
    for browser in [&member.0, &auditor.0, &admin.0, &owner.0, &foreign.0] {
        assert_eq!(room.check(browser).await, 200);
    }
}

/// Returns the path with existing ids: of a person, of the rows that [`furnish`] creates, and with a valid query.
pub(super) fn real_path(path: &str, user: &str, ids: &Ids) -> String {
    let path = path.replace("/requests/{id}", &format!("/requests/{}", ids.request));
    let path = path.replace("/groups/{id}", &format!("/groups/{}", ids.group));
    // Paths under /account have the id of a person's token instead.
    let path = path.replacen(
        "/tokens/{id}",
        &format!("/tokens/{}", ids.token),
        usize::from(path.starts_with("/tokens")),
    );
    let path = path.replace("/tokens/grants/{grant}", &format!("/tokens/grants/{}", ids.grant));
    let path = path.replace("/receipts/{id}", &format!("/receipts/{}", ids.receipt));
    let path = path.replace("/webhooks/{id}", &format!("/webhooks/{}", ids.webhook));
    let path = path.replace("/oidc/{connection}", &format!("/oidc/{}", ids.oidc));
    let path = path.replace("{delivery}", &ids.webhook).replace("{connection}", &ids.saml);
    let path = path.replace("{client}", &ids.client).replace("{secret}", &ids.secret);
    path.replace("/setup/{step}", "/setup/test")
        .replace("/roles/{id}", "/roles/custom")
        .replace("/entitlements/{id}", "/entitlements/grant")
        .replace("/search", "/search?find=nobody-has-this")
        .replace("/mapping/preview", "/mapping/preview?group=x&role.editor=on")
        .replace("{id}", user)
        .replace("{session}", user)
        .replace("{grant}", user)
        .replace("{token}", user)
}

#[rstest]
#[actix_web::test]
async fn an_auditor_sees_everything_and_has_no_button(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let target = room.user("target@acme.example").await;
    let ids = furnish(&house, &room).await;
    let (auditor, _) = somebody(&house, &room, "Art", "auditor").await;
    for (method, path, access) in pages() {
        // Addresses that answer with data have no form.
        let is_data = ["/state", "/export", ".csv"].iter().any(|end| path.ends_with(end));
        if (method, access) != ("GET", Auditor) || is_data {
            continue;
        }
        let page = auditor.get(&house.url(&real_path(path, &target, &ids))).await.unwrap();
        assert_eq!(page.status, 200, "{path}");
        let posts = page.html.matches("method=\"post\"").count();
        // The forms that verify the event log and that compare with a list change nothing.
        let own = if ["/activity", "/drift"].contains(&path) { 2 } else { 1 };
        assert_eq!(posts, own, "{path} has a form besides signing out: {}", page.html);
    }
    let page = auditor.get(&house.url(&format!("/people/{target}/end-access"))).await.unwrap();
    assert!(page.text().contains("Auditors change nothing"), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn the_frame_says_where_one_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let (admin, _) = somebody(&house, &room, "Ada", "admin").await;
    let (member, _) = somebody(&house, &room, "Mia", "member").await;
    let page = admin.get(&house.url("/people")).await.unwrap();
    let main =
        page.html.split("aria-label=\"Main\"").nth(1).unwrap().split("</nav>").next().unwrap().to_owned();
    assert_eq!(main.matches("aria-current=\"page\"").count(), 1, "{main}");
    let current = main.split("<a href=\"/people\" aria-current=\"page\">").nth(1).expect("People");
    assert!(current.split("</a>").next().unwrap().ends_with("People"), "{main}");
    assert!(main.matches("<a ").count() <= 11, "{main}");
    // Every link of the frame leads to a page.
    for link in page.links().iter().filter(|link| link.href.starts_with('/')) {
        assert_eq!(admin.get(&house.url(&link.href)).await.unwrap().status, 200, "{}", link.href);
    }
    let page = member.get(&house.url("/account")).await.unwrap();
    assert!(
        !page.html.contains("href=\"/people\"") && !page.html.contains("href=\"/settings\""),
        "{}",
        page.html
    );
    assert!(page.html.contains("<a href=\"/account\" aria-current=\"page\">"), "{}", page.html);
}
