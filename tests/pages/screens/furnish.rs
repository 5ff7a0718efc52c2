//! A service in which each page has data, after a few days of the test's clock, and every page as its person gets it. URLs are
//! replaced by those of a deployment, because the ports of a test change with every run.

use serde_json::json;
use vestibule_core::{
    ids::{self, RoleId, UserId},
    sets::{AssignmentSource, OktaAppKind},
};
use vestibule_simulator::{AppSettings, Browser, Forgery, Page, Person, SamlSettings, SubjectFormat};
use vestibule_store::{
    Conn, Tx,
    access::sessions::{self, NewSession},
    people::users,
    providers::{setup_links, setup_progress},
    safeguards::brakes,
};

use crate::{
    oauth::flow::Party,
    support::{Backend, House, Room},
};

const MINUTE: i64 = 60_000_000;
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15";
const LINUX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

/// A page as one person gets it.
pub struct Shown {
    pub name: &'static str,
    pub html: String,
}

/// Advances the clocks of the service and of Okta.
fn pass(house: &House, room: &Room, minutes: i64) {
    house.clock.advance(minutes * MINUTE);
    room.okta.move_clock(minutes * 60);
}

async fn hire(room: &Room, given: &str, family: &str) -> Person {
    let login = format!("{}.{}@{}", given.to_lowercase(), family.to_lowercase(), room.domain);
    let person = room.okta.add_person(&login, given, family);
    room.okta.assign(&room.app, &person).await.unwrap();
    person
}

/// Returns the person's user id.
async fn id_of(house: &House, room: &Room, person: &Person) -> UserId {
    let (workspace, login) = (room.workspace.clone(), person.login.clone());
    house
        .write(move |conn| users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap().user_id)
        .await
}

async fn signed_in(house: &House, room: &Room, person: &Person, user_agent: &'static str, ago: i64) {
    let (workspace, user_id, now) =
        (room.workspace.clone(), id_of(house, room, person).await, house.state.now());
    let new = NewSession {
        auth_time: Some(now - ago),
        lifetime: 12 * 60 * MINUTE,
        user_agent: user_agent.to_owned(),
        issuer: room.okta.issuer().to_owned(),
        ..NewSession::default()
    };
    let start = move |conn: &mut Tx<'_>| {
        let user = users::get(conn, &workspace, &user_id).unwrap();
        sessions::start(conn, &user, &new, now - ago).unwrap();
    };
    house.write(start).await;
}

/// Saves a rule in the console that assigns roles to the members of this group.
async fn rule(house: &House, browser: &Browser, group: &str, ticked: &str) {
    let url = house.url(&format!("/mapping/preview?group={group}&{ticked}"));
    let page = browser.get(&url).await.unwrap();
    let page = browser.press(&page, "Save this rule", &[]).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
}

/// Creates people, groups, rules, domains and apps.
async fn settle(house: &House, room: &Room, admin: &Browser) -> Vec<Person> {
    let mut people = Vec::new();
    for name in [
        "Grace Hopper",
        "Alan Turing",
        "Katherine Johnson",
        "Edsger Dijkstra",
        "Barbara Liskov",
        "Radia Perlman",
        "Leslie Lamport",
        "Frances Allen",
        "Tony Hoare",
        "Margaret Hamilton",
        "Donald Knuth",
        "Sophie Wilson",
    ] {
        let (given, family) = name.split_once(' ').unwrap();
        people.push(hire(room, given, family).await);
        pass(house, room, 3);
    }
    for (name, members) in
        [("claresia-admins", 0..3), ("claresia-engineering", 1..9), ("claresia-finance", 8..12)]
    {
        let group = room.okta.add_group(name);
        people[members].iter().for_each(|person| room.okta.add_member(&group, person));
        room.okta.push_group(&room.app, &group).await.unwrap();
    }
    pass(house, room, 40);
    let page = admin.get(&house.url("/roles")).await.unwrap();
    let grant = [("name", "Archetype engineering"), ("description", "Opens the engineering archetypes")];
    admin.press(&page, "Create entitlement", &grant).await.unwrap();
    rule(house, admin, "claresia-admins", "role.admin=on").await;
    rule(house, admin, "claresia-engineering", "role.editor=on&grant.archetype-engineering=on").await;
    rule(house, admin, "claresia-*", "role.viewer=on").await;
    let page = admin.get(&house.url("/settings")).await.unwrap();
    admin.press(&page, "Add domain", &[("domain", "labs.acme.example")]).await.unwrap();
    let page = admin.get(&house.url("/webhooks")).await.unwrap();
    admin.press(&page, "Create webhook", &[("url", "http://127.0.0.1:9/vestibule")]).await.unwrap();
    people
}

/// Causes errors, and changes that the safety brake blocks.
async fn stumble(house: &House, room: &Room, people: &[Person]) {
    let forgery = Forgery::new().claim("aud", json!("https://elsewhere.example/api/okta/universal-logout"));
    room.okta.forge_universal_logout(&room.app, &people[1], SubjectFormat::Email, &forgery).await.unwrap();
    let barbara = id_of(house, room, &people[4]).await;
    let patch = |op: serde_json::Value| {
        Some(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [op] }))
    };
    let twice =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": people[2].login });
    assert_eq!(room.scim("POST", "/Users", Some(twice)).await.0, 409);
    pass(house, room, 2);
    room.scim("GET", "/Users?filter=userName%20eq%20%22tony.hoare@acme.example%22&count=1", None).await;
    room.scim("GET", "/Users?filter=userName%20is%20tony", None).await;
    room.scim(
        "PATCH",
        &format!("/Users/{barbara}"),
        patch(json!({ "op": "replace", "path": "nickname[", "value": "Barb" })),
    )
    .await;
    room.scim("PATCH", &format!("/Users/{barbara}"), patch(json!({ "op": "replace", "value": { "title": "Professor", "name": { "givenName": "Barbara J." } } }))).await;
    pass(house, room, 4);
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| brakes::set(conn, &workspace, Some(5), Some(1), now).unwrap()).await;
    for person in &people[9..] {
        let user = id_of(house, room, person).await;
        room.scim(
            "PATCH",
            &format!("/Users/{user}"),
            patch(json!({ "op": "replace", "value": { "active": false } })),
        )
        .await;
    }
}

/// Adds a SAML connection with a certificate that waits. Returns the page that refuses the first attempt, and the URL of its page.
async fn by_saml(house: &House, room: &Room, admin: &Browser) -> (Page, String) {
    let acs = house.url(&format!("/api/okta/saml/acs/{}", room.workspace));
    let audience = house.url(&format!("/api/okta/saml/metadata/{}", room.workspace));
    let labels = AppSettings { label: "Vestibule SAML".to_owned(), ..AppSettings::default() };
    let app = room.okta.create_saml_app(labels, SamlSettings::new(&acs, audience)).unwrap();
    let url = room.okta.saml_instructions(&app).unwrap().metadata_url;
    let page = admin.get(&house.url("/integrations/okta/saml/new")).await.unwrap();
    let by_hand =
        [("name", "Okta"), ("source", "hand"), ("issuer", "http://www.okta.com/exk1"), ("sso_url", "acme")];
    let refused = admin.press(&page, "Add the connection", &by_hand).await.unwrap();
    let followed = [("name", "Okta (SAML)"), ("metadata_url", url.as_str()), ("trusts_metadata", "")];
    let page = admin.press(&page, "Add the connection", &followed).await.unwrap();
    room.okta.generate_saml_certificate(&app).unwrap();
    pass(house, room, 2);
    let page = admin.press(&page, "Read the metadata now", &[]).await.unwrap();
    assert!(page.text().contains("waits below"), "{}", page.text());
    (refused, page.url.path().to_owned())
}

/// Returns every page.
pub async fn pages() -> Vec<Shown> {
    let house = House::start(Backend::Sqlite).await;
    let room = house.room("Acme").await;
    let ada = room.okta.add_person("ada.lovelace@acme.example", "Ada", "Lovelace");
    room.okta.assign(&room.app, &ada).await.unwrap();
    let (workspace, user, now) =
        (room.workspace.clone(), id_of(&house, &room, &ada).await, house.state.now());
    house
        .write(move |conn| {
            vestibule_store::rights::roles::assign(
                conn,
                &workspace,
                &user,
                &RoleId::from_stored("admin"),
                AssignmentSource::Manual,
                now,
            )
            .unwrap();
            setup_progress::set_app_kind(conn, &workspace, OktaAppKind::Catalog).unwrap();
        })
        .await;
    let (admin, _) = room.sign_in(&ada).await;
    let people = settle(&house, &room, &admin).await;
    let grace = &people[0];
    room.sign_in(grace).await;
    signed_in(&house, &room, grace, MAC, 30 * MINUTE).await;
    pass(&house, &room, 12);
    room.okta.universal_logout(&room.app, grace, SubjectFormat::Email).await.unwrap();
    pass(&house, &room, 61);
    let (hers, account) = room.sign_in(grace).await;
    let made = hers.press(&account, "Create API token", &[("name", "Nightly report")]).await.unwrap();
    let mut tool = Party::register(&house, &ids::DEPLOYMENT, "mcp", "none").await;
    tool.redirect_uri = "http://127.0.0.1:9/callback".to_owned();
    let consent = tool.visit(&house, &hers, &[("resource", "https://mcp.acme.example/mcp")]).await;
    tool.redirect_uri = house.url("/callback");
    let code = tool.approved(&house, &hers, &[("resource", "https://mcp.acme.example/mcp")]).await;
    tool.exchange_with(&house, &code, &[("resource", "https://mcp.acme.example/mcp")]).await;
    signed_in(&house, &room, grace, PHONE, 45 * MINUTE).await;
    signed_in(&house, &room, grace, LINUX, 25 * MINUTE).await;
    let stranger = room.okta.add_person("new.hire@acme.example", "New", "Hire");
    room.okta.assign_quietly(&room.app, &stranger);
    let (_, refused) = room.sign_in(&stranger).await;
    let begin = admin.get(&house.url("/integrations/okta/setup/test")).await.unwrap();
    let begin = admin.press(&begin, "Test sign-in", &[]).await.unwrap();
    let trial = admin.follow(&begin, "Continue to Okta").await.unwrap();
    stumble(&house, &room, &people).await;
    pass(&house, &room, 6);
    let (saml_refused, saml) = by_saml(&house, &room, &admin).await;
    house.write(|conn| dress(conn)).await;

    let (workspace, now) = (room.workspace.clone(), house.state.now());
    let link = house.write(move |conn| setup_links::issue(conn, &workspace, now).unwrap()).await;
    let nobody = Browser::new().unwrap();
    let open = async |browser: &Browser, path: &str| browser.get(&house.url(path)).await.unwrap();
    let grace_s = format!("/people/{}", id_of(&house, &room, grace).await);
    let approve = room.okta.scim_redirect_uri(&room.app);
    let approve = format!(
        "/api/okta/scim/oauth/authorize?response_type=code&client_id={}&redirect_uri={approve}",
        room.client
    );
    let linked = async |path: &str, start: &str, words: &str| {
        let page = open(&admin, path).await;
        let link =
            page.links().into_iter().find(|link| link.href.starts_with(start) && link.text.contains(words));
        let link = link.unwrap_or_else(|| panic!("no {start} on {path}: {}", page.text())).href;
        open(&admin, &link).await
    };
    let shown = vec![
        ("sign-in", open(&nobody, "/auth").await),
        ("signed-out", open(&nobody, "/auth?signed_out=1").await),
        ("refused", refused),
        ("nothing-here", open(&nobody, "/nothing").await),
        ("test-sign-in", trial),
        ("consent", consent),
        ("approve", open(&admin, &approve).await),
        ("account", open(&hers, "/account").await),
        ("api-token", made),
        ("people", open(&admin, "/people").await),
        ("people-none", open(&admin, "/people?q=nobody").await),
        ("person", open(&admin, &grace_s).await),
        ("end-access", open(&admin, &format!("{grace_s}/end-access")).await),
        ("groups", open(&admin, "/groups").await),
        ("group", linked("/groups", "/groups/", "engineering").await),
        ("roles", open(&admin, "/roles").await),
        ("role", open(&admin, "/roles/editor").await),
        ("mapping", open(&admin, "/mapping?group=claresia-engineering").await),
        ("mapping-preview", open(&admin, "/mapping/preview?group=claresia-finance&role.editor=on").await),
        ("okta", open(&admin, "/integrations/okta").await),
        ("setup-provisioning", open(&admin, "/integrations/okta/setup/provisioning").await),
        ("saml", open(&admin, &saml).await),
        ("saml-new", open(&admin, "/integrations/okta/saml/new").await),
        ("saml-refused", saml_refused),
        ("conflicts", open(&admin, "/integrations/okta/conflicts").await),
        ("requests", open(&admin, "/requests").await),
        ("request", linked("/requests?door=scim&outcome=ok", "/requests/", "PATCH").await),
        ("request-refused", linked("/requests?outcome=refused", "/requests/", "PATCH").await),
        ("settings", open(&admin, "/settings").await),
        ("activity", open(&admin, "/activity").await),
        ("tokens", open(&admin, "/tokens").await),
        ("webhooks", open(&admin, "/webhooks").await),
        ("setup", open(&nobody, &format!("/setup/{link}")).await),
    ];
    let written = |html: &str| {
        html.replace(&house.api, "https://us.vestibule.example")
            .replace(room.okta.issuer(), "https://acme.okta.com")
            .replace("127.0.0.1:9", "127.0.0.1:51234")
    };
    shown.into_iter().map(|(name, page)| Shown { name, html: written(&page.html) }).collect()
}

/// Sets a common user agent, because the simulated browser has an unusual one.
fn dress(conn: &mut Conn) {
    use diesel::connection::SimpleConnection;
    let Conn::Sqlite(inner) = conn else { return };
    inner
        .batch_execute(&format!("UPDATE sessions SET user_agent = '{MAC}' WHERE user_agent LIKE '%pretend%'"))
        .unwrap();
}
