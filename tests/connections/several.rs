//! Several OpenID Connect connections in one workspace: which one a sign-in uses, that each provider has its own people, and the move from
//! one to another.

use rstest::rstest;
use url::Url;
use vestibule_admin::{
    Actor,
    provider::{
        connection::{self, Settings, Which},
        connection_domains,
    },
};
use vestibule_core::{ids::ConnectionId, sets::ProviderKind};
use vestibule_simulator::{App, Browser, Forgery, Okta, Page, Person, SubjectFormat};
use vestibule_store::{
    people::users,
    providers::{connections, identities},
};

use super::{another_okta, give};
use crate::support::{
    Backend::{self, Postgres, Sqlite},
    House, Room,
};

/// A second provider of a workspace.
pub(super) struct Second {
    pub okta: Okta,
    pub app: App,
    pub connection: ConnectionId,
}

impl Second {
    pub async fn connect(house: &House, room: &Room) -> Self {
        let (okta, app) = another_okta(house, "Second");
        okta.enable_universal_logout(&app, &house.url("/api/okta/universal-logout"));
        let settings = settings_of(&okta, &app, "Second");
        let connection = save(house, room, settings).await.unwrap().connection_id;
        Self { okta, app, connection }
    }

    /// A person at the second provider, assigned to the app.
    pub fn person(&self, login: &str) -> Person {
        let person = self.okta.add_person(login, "Given", "Family");
        self.okta.assign_quietly(&self.app, &person);
        person
    }
}

/// Settings of a connection of this name to an app.
pub(super) fn settings_of(okta: &Okta, app: &App, name: &str) -> Settings {
    Settings {
        which: Which::Named(name.to_owned()),
        issuer: okta.issuer().to_owned(),
        client_id: app.client_id.clone(),
        client_secret: Some(app.client_secret.clone().into()),
        assumed: ProviderKind::Okta,
        ..Settings::default()
    }
}

/// Saves a connection of the room as the operator.
pub(super) async fn save(
    house: &House,
    room: &Room,
    settings: Settings,
) -> Result<connections::Connection, String> {
    let (state, workspace, now) = (house.state.clone(), room.workspace.clone(), house.state.now());
    house
        .write(move |conn| {
            connection::save(conn, &Actor::cli(now), state.sealer(), &workspace, settings)
                .map_err(|error| error.to_string())
        })
        .await
}

/// Changes one connection.
pub(super) async fn change(
    house: &House,
    room: &Room,
    id: &ConnectionId,
    change: impl FnOnce(&mut Settings) + Send + 'static,
) {
    let (workspace, id) = (room.workspace.clone(), id.clone());
    let before = house.write(move |conn| connections::find(conn, &workspace, &id).unwrap().unwrap()).await;
    let mut settings = Settings::of(&before);
    change(&mut settings);
    save(house, room, settings).await.unwrap();
}

/// The id of the room's first connection.
pub(super) async fn first(house: &House, room: &Room) -> ConnectionId {
    let workspace = room.workspace.clone();
    house.write(move |conn| connections::find_first(conn, &workspace).unwrap().unwrap().connection_id).await
}

/// Opens the sign-in with these parameters.
async fn start(house: &House, room: &Room, query: &str) -> (Browser, Page) {
    let browser = Browser::new().unwrap();
    let url = house.url(&format!("/api/okta/oidc/login?team_id={}{query}", room.workspace));
    let page = browser.get(&url).await.unwrap();
    (browser, page)
}

pub(super) async fn sign_in(house: &House, room: &Room, query: &str, person: &Person) -> (Browser, Page) {
    let (browser, page) = start(house, room, query).await;
    let page = browser.sign_in_to_okta(&page, person).await.unwrap();
    (browser, page)
}

/// The provider that a sign-in with these parameters leads to.
async fn provider(house: &House, room: &Room, query: &str) -> String {
    start(house, room, query).await.1.url.origin().ascii_serialization()
}

#[rstest]
#[actix_web::test]
async fn a_sign_in_uses_the_connection_that_is_named_or_of_the_domain_or_the_default(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    let (a, b) = (room.okta.issuer().to_owned(), second.okta.issuer().to_owned());
    let (one, other) = (first(&house, &room).await, second.connection.clone());
    assert_ne!(one, other);
    assert_eq!(provider(&house, &room, "").await, a, "the first connection of a workspace is its default");
    assert_eq!(provider(&house, &room, &format!("&connection={other}")).await, b);
    assert_eq!(provider(&house, &room, &format!("&connection={one}")).await, a);
    // The provider that sends the person names itself (OpenID Connect Core §4).
    assert_eq!(provider(&house, &room, &format!("&iss={b}")).await, b);
    let (_, page) = start(&house, &room, "&iss=https://mallory.example").await;
    assert_eq!(page.status, 400, "{}", page.text());
    let foreign = ConnectionId::new(5);
    let (_, page) = start(&house, &room, &format!("&connection={foreign}")).await;
    assert_eq!(page.status, 404, "{}", page.text());

    let (workspace, id, now) = (room.workspace.clone(), other.clone(), house.state.now());
    house
        .write(move |conn| {
            let domains = ["@Labs.Example".to_owned(), "labs.example".to_owned()];
            let stored = connection_domains::set(conn, &Actor::cli(now), &workspace, &id, &domains).unwrap();
            assert_eq!(stored, ["labs.example"]);
        })
        .await;
    assert_eq!(provider(&house, &room, "&login_hint=ada@LABS.example").await, b);
    assert_eq!(provider(&house, &room, "&login_hint=ada@acme.example").await, a);
    assert_eq!(provider(&house, &room, &format!("&login_hint=ada@labs.example&connection={one}")).await, a);
    // A connection that is switched off is not chosen, and signs nobody in when it is named.
    change(&house, &room, &other, |settings| settings.enabled = Some(false)).await;
    assert_eq!(provider(&house, &room, "&login_hint=ada@labs.example").await, a);
    let (_, page) = start(&house, &room, &format!("&connection={other}")).await;
    assert_eq!(page.status, 403, "{}", page.text());
    change(&house, &room, &other, |settings| {
        settings.enabled = Some(true);
        settings.make_default = true;
    })
    .await;
    assert_eq!(provider(&house, &room, "").await, b);
    let workspace = room.workspace.clone();
    let all = house.write(move |conn| connections::list(conn, &workspace).unwrap()).await;
    let defaults: Vec<bool> = all.iter().map(|connection| connection.is_default).collect();
    assert_eq!(defaults, [true, false], "one default");
}

#[rstest]
#[actix_web::test]
async fn the_sign_in_page_lets_people_choose_where_no_domain_decides(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    let browser = Browser::new().unwrap();
    let typed = async |email: &str| {
        let page = browser.get(&house.url("/auth")).await.unwrap();
        browser.press(&page, "Continue", &[("email", email)]).await.unwrap()
    };
    let page = typed("ada@acme.example").await;
    assert!(page.text().contains("Choose how to sign in"), "{} {}", page.url, page.text());
    let page = browser.follow(&page, "Second").await.unwrap();
    assert_eq!(page.url.origin().ascii_serialization(), second.okta.issuer());
    let (workspace, id, now) = (room.workspace.clone(), second.connection.clone(), house.state.now());
    house
        .write(move |conn| {
            let domains = ["acme.example".to_owned()];
            connection_domains::set(conn, &Actor::cli(now), &workspace, &id, &domains).unwrap();
        })
        .await;
    let page = typed("ada@acme.example").await;
    assert_eq!(page.url.origin().ascii_serialization(), second.okta.issuer(), "{}", page.text());
    // A connection that is switched off is not offered.
    let (workspace, id) = (room.workspace.clone(), second.connection.clone());
    house
        .write(move |conn| {
            connection_domains::set(conn, &Actor::cli(now), &workspace, &id, &[]).unwrap();
        })
        .await;
    change(&house, &room, &second.connection, |settings| settings.enabled = Some(false)).await;
    let page = typed("ada@acme.example").await;
    assert_eq!(page.url.origin().ascii_serialization(), room.okta.issuer(), "{}", page.text());
}

#[rstest]
#[actix_web::test]
async fn people_of_both_sign_in_and_each_provider_ends_the_access_of_its_own(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    for name in ["ada@acme.example", "bob@acme.example"] {
        room.user(name).await;
    }
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Family");
    room.okta.assign_quietly(&room.app, &ada);
    let bob = second.person("bob@acme.example");
    let named = format!("&connection={}", second.connection);
    let (adas, page) = sign_in(&house, &room, "", &ada).await;
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    let (bobs, page) = sign_in(&house, &room, &named, &bob).await;
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());

    let token = second.okta.logout_token(&second.app, &bob, &Forgery::new()).unwrap();
    let sent =
        house.http.post(house.url("/api/okta/oidc/backchannel-logout")).form(&[("logout_token", token)]);
    assert_eq!(sent.send().await.unwrap().status(), 200);
    assert_eq!((room.check(&adas).await, room.check(&bobs).await), (200, 401));

    let (bobs, page) = sign_in(&house, &room, &named, &bob).await;
    assert_eq!(page.status, 200, "{}", page.text());
    // Universal Logout works while the connection is switched off.
    change(&house, &room, &second.connection, |settings| settings.enabled = Some(false)).await;
    second.okta.universal_logout(&second.app, &bob, SubjectFormat::IssSub).await.unwrap();
    assert_eq!((room.check(&adas).await, room.check(&bobs).await), (200, 401));
    let (browser, page) = start(&house, &room, &named).await;
    assert_eq!(page.status, 403, "{}", page.text());
    assert_eq!(browser.cookie(&house.api, "vestibule_session"), None);
    room.okta.universal_logout(&room.app, &ada, SubjectFormat::IssSub).await.unwrap();
    assert_eq!(room.check(&adas).await, 401);
}

#[rstest]
#[actix_web::test]
async fn a_connection_that_is_switched_off_on_the_way_signs_nobody_in(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    room.user("bob@acme.example").await;
    let bob = second.person("bob@acme.example");
    let (browser, page) = start(&house, &room, &format!("&connection={}", second.connection)).await;
    change(&house, &room, &second.connection, |settings| settings.enabled = Some(false)).await;
    let page = browser.sign_in_to_okta(&page, &bob).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text());
    assert_eq!(browser.cookie(&house.api, "vestibule_session"), None);
}

#[rstest]
#[actix_web::test]
async fn an_answer_of_one_provider_is_none_of_another(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    for okta in [&room.okta, &second.okta] {
        okta.name_issuer_in_answers();
    }
    // The login began at the second provider, but the response names the first as issuer (RFC 9207 §2.4).
    let (browser, page) = start(&house, &room, &format!("&connection={}", second.connection)).await;
    let state = page.query("state").unwrap();
    let answer = [("state", state.as_str()), ("code", "stolen"), ("iss", room.okta.issuer())];
    let url = Url::parse_with_params(&house.url("/api/okta/oidc/callback"), answer).unwrap();
    let page = browser.get(url.as_str()).await.unwrap();
    assert_eq!(page.status, 400, "{}", page.text());
    assert!(page.text().contains("The answer came from another issuer"), "{}", page.text());
    assert_eq!(browser.cookie(&house.api, "vestibule_session"), None);
}

#[rstest]
#[actix_web::test]
async fn a_person_moves_to_another_provider_once(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let id = room.user("ada@acme.example").await;
    let at_first = room.okta.add_person("ada@acme.example", "Ada", "Family");
    room.okta.assign_quietly(&room.app, &at_first);
    let (_, page) = sign_in(&house, &room, "", &at_first).await;
    assert_eq!(page.status, 200, "{}", page.text());
    // Olga has a role in the console, so only an owner may link her at a new provider.
    room.user("olga@acme.example").await;
    give(&house, &room, "olga@acme.example", "admin").await;
    let second = Second::connect(&house, &room).await;
    let (at_second, olga) = (second.person("ada@acme.example"), second.person("olga@acme.example"));
    let named = format!("&connection={}", second.connection);
    for _ in 0..2 {
        let (browser, page) = sign_in(&house, &room, &named, &at_second).await;
        assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
        let who = browser.get(&house.url("/api/check")).await.unwrap();
        assert!(who.html.contains(&id), "{}", who.html);
    }
    let (_, page) = sign_in(&house, &room, "", &at_first).await;
    assert_eq!(page.status, 200, "the old provider still knows her: {}", page.text());
    let (_, page) = sign_in(&house, &room, &named, &olga).await;
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains("An owner has to let you in"), "{}", page.text());
    let (workspace, issuers) = (room.workspace.clone(), [room.okta.issuer(), second.okta.issuer()]);
    let mut expected = issuers.map(str::to_owned).to_vec();
    expected.sort();
    let (count, linked) = house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, "ada@acme.example").unwrap().unwrap();
            let linked = identities::list(conn, &workspace, &user.user_id).unwrap();
            (users::count(conn, &workspace).unwrap(), linked)
        })
        .await;
    let mut linked: Vec<String> = linked.into_iter().map(|identity| identity.issuer).collect();
    linked.sort();
    assert_eq!((count, linked), (2, expected), "one identity of each issuer, and no duplicate");
}

#[rstest]
#[actix_web::test]
async fn a_deleted_connection_leaves_the_other(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    room.user("bob@acme.example").await;
    let bob = second.person("bob@acme.example");
    let one = first(&house, &room).await;
    let (workspace, now) = (room.workspace.clone(), house.state.now());
    house.write(move |conn| connection::delete(conn, &Actor::cli(now), &workspace, &one).unwrap()).await;
    // A sign-in that names no connection uses the other one, although it was not made the default.
    let (browser, page) = sign_in(&house, &room, "", &bob).await;
    assert_eq!((page.status, page.url.path()), (200, "/account"), "{}", page.text());
    assert_eq!(room.check(&browser).await, 200);
    // A new connection does not become the default either.
    let (third, its_app) = another_okta(&house, "Third");
    let third = save(&house, &room, settings_of(&third, &its_app, "Third")).await.unwrap();
    assert!(!third.is_default);
    assert_eq!(provider(&house, &room, "").await, second.okta.issuer());
    let ada = room.okta.add_person("ada@acme.example", "Ada", "Family");
    let refused = room.okta.universal_logout(&room.app, &ada, SubjectFormat::Email).await.unwrap_err();
    assert_eq!(refused.exchanges[0].status, 401, "{refused:?}");
}

#[rstest]
#[actix_web::test]
async fn a_workspace_has_one_connection_of_an_issuer_and_one_of_a_name(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let second = Second::connect(&house, &room).await;
    let new = |name: &str, issuer: &str| Settings {
        which: Which::New,
        name: Some(name.to_owned()),
        issuer: issuer.to_owned(),
        client_id: "0oaelse".to_owned(),
        client_secret: Some("secret".to_owned().into()),
        ..Settings::default()
    };
    let refused = save(&house, &room, new("Third", room.okta.issuer())).await.unwrap_err();
    assert!(refused.contains("issuer is that of another"), "{refused}");
    let refused = save(&house, &room, new("Second", "https://third.example")).await.unwrap_err();
    assert!(refused.contains("name is that of another"), "{refused}");
    // If there are several, the command must name one.
    let settings = Settings { which: Which::Only, ..new("Third", "https://third.example") };
    let refused = save(&house, &room, settings).await.unwrap_err();
    assert!(refused.contains("several OpenID Connect connections"), "{refused}");
    let settings =
        Settings { which: Which::Id(second.connection.clone()), ..new("Renamed", second.okta.issuer()) };
    assert_eq!(save(&house, &room, settings).await.unwrap().name, "Renamed");
}

#[rstest]
#[actix_web::test]
async fn the_second_provider_never_becomes_an_administrator_by_a_name(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    // Both are connected before anybody has signed in.
    let second = Second::connect(&house, &room).await;
    let ada = room.administrator(&house, "Ada").await;
    let posing = second.person(&ada.login);
    let query = format!("&connection={}", second.connection);
    let (browser, page) = sign_in(&house, &room, &query, &posing).await;
    assert_eq!((page.status, room.check(&browser).await), (403, 401), "{}", page.text());
    let (browser, _) = room.sign_in(&ada).await;
    assert_eq!(room.check(&browser).await, 200, "the first provider is believed");
    let (browser, page) = sign_in(&house, &room, &query, &posing).await;
    assert_eq!((page.status, room.check(&browser).await), (403, 401), "{}", page.text());
}
