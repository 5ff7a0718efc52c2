//! Names that contain markup: entered through every endpoint that accepts a text, then every page of the console is parsed as an
//! administrator sees it.

use rstest::rstest;
use serde_json::json;
use vestibule_core::{
    ids::{self, EntitlementId, GroupId, RoleId, UserId, WorkspaceId},
    sets::{ClientAuth, ClientKind, ConflictReason, OktaAppKind},
};
use vestibule_simulator::Page;
use vestibule_store::{
    Tx,
    access::sessions::{self, NewSession},
    oauth::clients::NewClient,
    people::{groups, users},
    providers::{
        conflicts::{self, Conflict},
        setup_progress,
    },
    rights::{
        entitlements,
        roles::{self, Role},
    },
};

use super::{doors, furnished};
use crate::{
    oauth::flow::Party,
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

const TURN: char = '\u{202e}';
const IMG: &str = "\"><img src=x onerror=alert(1)>";
const TICK: &str = "' onmouseover='alert(1)";
const LINK: &str = "javascript:alert(1)";
const CLOSE: &str = "</title></textarea><script>alert(1)</script>{{7*7}}";

/// Returns a name with all dangerous texts; U+202E reverses the text after it (Unicode Standard Annex #9 §2.2).
fn bad(what: &str) -> String {
    format!("{what}{TURN}{IMG}{TICK}{LINK}{CLOSE}")
}

/// Returns such a name for a new user or group without U+202E, which SCIM refuses; only an older version stored it.
fn bad_but_new(what: &str) -> String {
    bad(what).replace(TURN, "")
}

/// Sends bad names over SCIM and returns the ids of the user and the group.
async fn push(room: &Room) -> (String, String) {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": bad_but_new("user"), "displayName": bad("display"),
        "externalId": bad("external"), "title": bad("title"), "active": true, "profileUrl": LINK,
        "name": { "givenName": bad("given"), "familyName": bad("family") },
        "emails": [{ "value": format!("{}@acme.example", bad("mail").replace('@', "")), "type": "work", "primary": true }],
        "roles": [{ "value": "editor", "display": bad("role") }],
    });
    let (status, made) = room.scim("POST", "/Users", Some(user)).await;
    assert_eq!(status, 201, "{made}");
    let user = made["id"].as_str().unwrap().to_owned();
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": bad_but_new("group"), "externalId": bad("group"),
        "members": [{ "value": user }],
    });
    let (status, made) = room.scim("POST", "/Groups", Some(group)).await;
    assert_eq!(status, 201, "{made}");
    // Refused requests appear in the inspector and in the doctor.
    let again =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": bad_but_new("user") });
    assert_eq!(room.scim("POST", "/Users", Some(again)).await.0, 409);
    let patch = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": bad("op"), "path": bad("path"), "value": bad("value") }] });
    assert_eq!(room.scim("PATCH", &format!("/Users/{user}"), Some(patch)).await.0, 400);
    let query: String = url::form_urlencoded::byte_serialize(bad("title eq ").as_bytes()).collect();
    assert_eq!(room.scim("GET", &format!("/Users?filter={query}"), None).await.0, 400);
    (user, made["id"].as_str().unwrap().to_owned())
}

/// Stores bad names that do not come over SCIM.
fn plant(conn: &mut Tx<'_>, workspace: &WorkspaceId, (user, group): (&str, &str), now: i64) {
    let before = users::get(conn, workspace, &UserId::from_stored(user)).unwrap();
    let mut user = before.clone();
    user.user_name = bad("user");
    users::save(conn, &before, &mut user, None, now).unwrap();
    let before = groups::get(conn, workspace, &GroupId::from_stored(group)).unwrap();
    let mut group = before.clone();
    group.rename(bad("group"));
    groups::save(conn, &before, &mut group, now).unwrap();
    let browser = NewSession {
        auth_time: Some(now),
        lifetime: 3_600_000_000,
        user_agent: bad("Firefox/127 "),
        issuer: LINK.to_owned(),
        ..NewSession::default()
    };
    sessions::start(conn, &user, &browser, now).unwrap();
    roles::insert(
        conn,
        &Role {
            description: bad("about"),
            ..Role::new(workspace, RoleId::from_stored("custom"), &bad("role"), "", now)
        },
    )
    .unwrap();
    entitlements::create(
        conn,
        workspace,
        EntitlementId::from_stored("grant"),
        &bad("grant"),
        &bad("about"),
        now,
    )
    .unwrap();
    let told = Conflict {
        workspace_id: workspace.to_owned(),
        issuer: LINK.to_owned(),
        subject: bad("subject"),
        user_id: Some(user.user_id),
        user_name: bad("name"),
        reason: ConflictReason::Named,
        created_at: now,
    };
    conflicts::record(conn, &told).unwrap();
    setup_progress::set_app_kind(conn, workspace, OktaAppKind::Own).unwrap();
}

/// Registers an app with a bad name and approves it in this browser.
async fn approve(house: &House, browser: &vestibule_simulator::Browser) {
    let redirect_uri = house.url("/callback");
    let (uris, now, name) = (vec![redirect_uri.clone()], house.state.now(), bad("app"));
    let register = move |conn: &mut Tx<'_>| {
        let new = NewClient {
            name: &name,
            redirect_uris: &uris,
            auth_method: ClientAuth::None,
            ..NewClient::new(ClientKind::Mcp)
        };
        vestibule_store::oauth::clients::register(conn, &ids::DEPLOYMENT, &new, now)
            .unwrap()
            .0
            .client_id
            .into_string()
    };
    let tool = Party { client_id: house.write(register).await, secret: None, redirect_uri };
    assert_clean(&tool.visit(house, browser, &[]).await);
    let code = tool.approved(house, browser, &[]).await;
    assert_eq!(tool.exchange_with(house, &code, &[]).await.0, 200);
}

/// HTML elements that our pages use.
const ELEMENTS: &[&str] = &[
    "!doctype",
    "html",
    "head",
    "meta",
    "title",
    "link",
    "script",
    "body",
    "a",
    "header",
    "main",
    "nav",
    "p",
    "strong",
    "b",
    "span",
    "form",
    "input",
    "button",
    "h1",
    "h2",
    "h3",
    "section",
    "div",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "dl",
    "dt",
    "dd",
    "ul",
    "ol",
    "li",
    "code",
    "pre",
    "time",
    "label",
    "bdi",
    "fieldset",
    "legend",
    "select",
    "option",
    "datalist",
    "textarea",
    "details",
    "summary",
    "br",
    "small",
    "footer",
    "figure",
    "svg",
    "use",
    "image",
    "g",
    "rect",
    "path",
    "circle",
    "defs",
    "pattern",
    "progress",
    "figcaption",
];

/// HTML elements that isolate their text direction, by HTML (§4.5.24, rendering of controls) or by our stylesheet.
const ISOLATING: &[&str] = &["bdi", "code", "pre", "option", "textarea"];

/// Asserts that each text with U+202E is in an isolating element.
#[track_caller]
fn assert_isolated(page: &Page) {
    let mut open: Vec<&str> = Vec::new();
    for piece in page.html.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let name =
            |tag: &'_ str| tag.split(|letter: char| letter.is_ascii_whitespace()).next().unwrap().len();
        if let Some(closed) = tag.strip_prefix('/') {
            let start = open
                .iter()
                .rposition(|one| *one == closed)
                .unwrap_or_else(|| panic!("</{closed}> closes nothing"));
            open.truncate(start);
        } else if !["!doctype", "meta", "link", "input", "br"].contains(&&tag[..name(tag)]) {
            open.push(&tag[..name(tag)]);
        }
        if !text.contains(TURN) {
            continue;
        }
        let isolated = open.iter().any(|one| ISOLATING.contains(one));
        // A title has no elements; it uses isolating characters (Unicode Standard Annex #9 §2.4).
        let in_title =
            open.last() == Some(&"title") && text.starts_with('\u{2068}') && text.contains('\u{2069}');
        assert!(isolated || in_title, "{}: {text:?} stands in {open:?}", page.url.path());
    }
}

/// Asserts, more strictly than a browser, that every `<` begins an expected tag and that no attribute is injected.
#[track_caller]
fn assert_clean(page: &Page) {
    assert_isolated(page);
    let at = page.url.path();
    for dead in ["<img", "href=\"javascript:", "action=\"javascript:", "onerror=alert(1)>", "\"><", "49}"] {
        let found = page.html.find(dead).filter(|_| dead != "\"><");
        assert!(found.is_none(), "{at} has {dead}: {}", &page.html[found.unwrap_or_default()..]);
    }
    for piece in page.html.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("{at}: no end of <{piece}"));
        let mut words = tag.trim_start_matches('/').splitn(2, |letter: char| letter.is_ascii_whitespace());
        let name = words.next().unwrap();
        assert!(ELEMENTS.contains(&name), "{at}: <{tag}>");
        // Outside of quotes, only names with `=` are allowed, and no single quote.
        for (index, part) in words.next().unwrap_or_default().split('"').enumerate() {
            if index % 2 == 0 {
                assert!(
                    !part.contains('\'') && !part.contains("onerror") && !part.contains("onmouseover"),
                    "{at}: <{tag}>"
                );
            }
        }
    }
    assert_eq!(
        page.html.matches("<script").count(),
        page.html.matches("<script src=\"/assets/").count(),
        "{at}"
    );
}

#[rstest]
#[actix_web::test]
async fn what_others_call_themselves_stays_text_on_every_page(#[values(Sqlite, Postgres)] backend: Backend) {
    let (house, room, browser, _) = furnished(backend, true).await;
    let (user, group) = push(&room).await;
    let (workspace, now, theirs) = (room.workspace.clone(), house.state.now(), (user.clone(), group.clone()));
    house.write(move |conn| plant(conn, &workspace, (&theirs.0, &theirs.1), now)).await;
    approve(&house, &browser).await;
    // The text of a provider's error returns in the URL of a callback.
    let said: String = url::form_urlencoded::byte_serialize(bad("said").as_bytes()).collect();
    let page = browser
        .get(&house.url(&format!(
            "/api/okta/oidc/callback?error={said}&error_description={said}&state=x&iss={said}"
        )))
        .await
        .unwrap();
    assert_clean(&page);
    for path in ["/auth", "/people", "/groups", "/requests"] {
        for name in ["q", "target_link_uri", "login_hint", "door", "after"] {
            assert_clean(&browser.get(&house.url(&format!("{path}?{name}={said}"))).await.unwrap());
        }
    }
    let page = browser
        .get(&house.url(&format!("/mapping/preview?group={said}&role.custom=on&grant.grant=on")))
        .await
        .unwrap();
    assert_clean(&page);
    let page = browser.press(&page, "Save this rule", &[]).await.unwrap();
    assert_clean(&page);
    let requests = browser.get(&house.url("/requests")).await.unwrap();
    let inspected: Vec<String> = requests
        .links()
        .into_iter()
        .map(|link| link.href)
        .filter(|href| href.starts_with("/requests/"))
        .collect();
    assert!(inspected.len() > 5);
    let request = inspected[0].trim_start_matches("/requests/").to_owned();
    let ids = doors::credentials(&house, &room, (group, request), &bad("token")).await;
    let styles = browser.get(&house.url("/assets/vestibule.css")).await.unwrap();
    assert!(styles.html.contains("code, pre, bdi { unicode-bidi: isolate; }"));
    let mut seen = 0;
    let read = doors::pages().filter(|(method, _, _)| *method == "GET");
    let steps = ["app", "create", "credentials", "provisioning", "logout", "done"];
    let steps = steps.map(|step| format!("/integrations/okta/setup/{step}"));
    let paths: Vec<String> =
        read.map(|(_, path, _)| doors::real_path(path, &user, &ids)).chain(inspected).chain(steps).collect();
    for path in paths {
        let page = browser.get(&house.url(&path)).await.unwrap();
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        if ["/state", "/export", ".csv"].iter().any(|end| path.ends_with(end)) {
            continue;
        }
        assert_clean(&page);
        seen += usize::from(page.text().contains("<img src=x onerror=alert(1)>"));
    }
    assert!(seen >= 12, "only {seen} pages show any of it");
}
