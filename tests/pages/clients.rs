//! The pages of OAuth clients: what an administrator sees and changes of the workspace's own clients, what only an owner changes, and what
//! only the operator does.

use diesel::connection::SimpleConnection;
use futures_util::future::join;
use rstest::rstest;
use serde_json::{Value, json};
use vestibule_admin::{
    Actor,
    access::clients::{self as admin_clients, ClientChange},
};
use vestibule_core::{
    ids::{ClientId, DEPLOYMENT, RoleId},
    sets::{AssignmentSource, DpopMode},
};
use vestibule_simulator::{Browser, Page};
use vestibule_store::{
    db::json::JsonList,
    oauth::clients::{self, Client},
    people::users,
    rights::roles,
    trail::events,
};

use crate::{
    oauth::{flow::Party, id_jag::Scene},
    stalled::{beside, until_waiting},
    support::{
        Backend::{self, Postgres, Sqlite},
        House, Room,
    },
};

async fn stored(house: &House, party: &Party) -> Client {
    let client_id = ClientId::sent(&party.client_id);
    house.write(move |conn| clients::find(conn, &client_id).unwrap().unwrap()).await
}

/// The events of this kind with their actors.
async fn changes(house: &House, room: &Room) -> Vec<(String, Value)> {
    let workspace = room.workspace.clone();
    let list = house.write(move |conn| events::list(conn, &workspace, 0, 1000).unwrap()).await;
    let list = list.into_iter().filter(|event| event.kind == "client_changed");
    list.map(|event| (event.actor, serde_json::from_str(event.data.as_str()).unwrap())).collect()
}

/// Sends the form of a switch, also one that the page does not offer. Returns the status and the answer.
async fn send(
    house: &House,
    browser: &Browser,
    page: &Page,
    party: &Party,
    form: (&str, &str),
) -> (u16, String) {
    let csrf = page.form_with_button("Sign out").unwrap().value("csrf").unwrap().to_owned();
    let session = browser.cookie(&house.api, "vestibule_session").unwrap();
    let request =
        house.http.post(house.url(&path(party))).header("cookie", format!("vestibule_session={session}"));
    let form = [("csrf", csrf.as_str()), ("switch", form.0), ("to", form.1)];
    let answer = request.form(&form).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn path(party: &Party) -> String {
    format!("/tokens/clients/{}", party.client_id)
}

#[rstest]
#[actix_web::test]
async fn an_administrator_changes_the_switches_of_a_client(#[values(Sqlite, Postgres)] backend: Backend) {
    let scene = Scene::set(backend).await;
    let (house, room) = (&scene.house, &scene.room);
    let token = scene.token().await;
    let administrator = room.administrator(house, "Ada").await;
    let (browser, _) = room.sign_in(&administrator).await;
    let tokens = browser.get(&house.url("/tokens")).await.unwrap();
    let list = browser.follow(&tokens, "All OAuth clients, with their switches").await.unwrap();
    let words = list.text();
    for said in ["Clients of this workspace", "The Product", "MCP client", scene.agent.client_id.as_str()] {
        assert!(words.contains(said), "no {said:?} in {words}");
    }
    let page = browser.follow(&list, "The Product").await.unwrap();
    assert_eq!(page.url.path(), path(&scene.agent));
    let words = page.text();
    for said in [
        "On Acts for people when their identity provider allows it",
        "ends what the client does for people by their provider’s word at once",
        "The operator has not said which resource the client serves.",
        "MCP clients always must.",
        "Off Tokens bound to a key of the client",
    ] {
        assert!(words.contains(said), "no {said:?} in {words}");
    }
    // Cross App Access off: what the client got ends.
    let page = browser.press(&page, "Switch off", &[]).await.unwrap();
    assert!(page.text().contains("Saved.") && page.text().contains("Off Acts for people"), "{}", page.text());
    assert_eq!(scene.introspect(&token).await["active"], Value::Bool(false));
    let page = browser.press(&page, "Switch on", &[]).await.unwrap();
    scene.token().await;
    // DPoP.
    let page = browser.press(&page, "Save", &[("to", "required")]).await.unwrap();
    assert!(page.text().contains("On Tokens bound to a key"), "{}", page.text());
    let client = stored(house, &scene.agent).await;
    assert_eq!((client.cross_app, client.dpop), (true, DpopMode::Required));
    // The events have the shape of the command line's, and another actor.
    let (client_id, now) = (ClientId::sent(&scene.agent.client_id), house.state.now());
    house
        .write(move |conn| {
            let client = clients::find(conn, &client_id).unwrap().unwrap();
            let change = ClientChange { dpop: Some(DpopMode::Off), ..ClientChange::default() };
            admin_clients::change(conn, &Actor::cli(now), client, change, true).unwrap();
        })
        .await;
    let changes = changes(house, room).await;
    let (_, by_page) = &changes[changes.len() - 2];
    let (actor, by_command) = &changes[changes.len() - 1];
    let mut expected = by_command.clone();
    expected["dpop"] = json!("required");
    assert_eq!(*by_page, expected);
    assert!(changes[changes.len() - 2].0.starts_with("user:") && actor != &changes[changes.len() - 2].0);
    // Forms that are none of the page's.
    for (switch, to) in
        [("cross_app", ""), ("cross_app", "1"), ("kind", "on"), ("scope", "on"), ("dpop", "on"), ("", "")]
    {
        let (status, words) = send(house, &browser, &page, &scene.agent, (switch, to)).await;
        assert!(
            status == 422 && words.contains("names no switch of a client"),
            "{switch} {to} {status} {words}"
        );
    }
    let (status, words) = send(house, &browser, &page, &scene.agent, ("token_exchange", "on")).await;
    assert!(status == 422 && words.contains("needs the resource that the client serves"), "{status} {words}");
}

#[rstest]
#[actix_web::test]
async fn only_an_owner_lets_a_client_do_more_or_prove_less(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let (ada, olga) = (room.administrator(&house, "Ada").await, room.person("Olga").await);
    let (workspace, login, now) = (room.workspace.clone(), olga.login.clone(), house.state.now());
    let client_id = ClientId::sent(&app.client_id);
    house
        .write(move |conn| {
            let user = users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap();
            let owner = RoleId::from_stored("owner");
            roles::assign(conn, &workspace, &user.user_id, &owner, AssignmentSource::Manual, now).unwrap();
            let client = clients::find(conn, &client_id).unwrap().unwrap();
            let serves = JsonList::from(&["https://mcp.example/".to_owned()][..]);
            clients::set_token_exchange(conn, &client, false, &serves).unwrap();
            clients::set_switches(conn, &client, false, true).unwrap();
            clients::set_dpop(conn, &client, DpopMode::Required).unwrap();
        })
        .await;
    let (admin, _) = room.sign_in(&ada).await;
    let page = admin.get(&house.url(&path(&app))).await.unwrap();
    let words = page.text();
    assert!(
        words.contains("Only an owner can switch this on") && words.contains("choose a weaker"),
        "{words}"
    );
    assert!(page.form_with_button("Switch on").is_err() && page.form_with_button("Switch off").is_err());
    for (switch, to) in [
        ("cross_app", "on"),
        ("token_exchange", "on"),
        ("requires_pkce", "off"),
        ("dpop", "off"),
        ("dpop", "optional"),
    ] {
        let (status, words) = send(&house, &admin, &page, &app, (switch, to)).await;
        assert!(
            status == 422 && words.contains("only an owner of this workspace"),
            "{switch} {status} {words}"
        );
    }
    let client = stored(&house, &app).await;
    assert!(!client.cross_app && !client.token_exchange && client.requires_pkce);
    assert_eq!((client.dpop, changes(&house, &room).await.len()), (DpopMode::Required, 0));
    // An owner may, and then an administrator may take it back.
    let (owner, _) = room.sign_in(&olga).await;
    let page = owner.get(&house.url(&path(&app))).await.unwrap();
    for (switch, to) in
        [("cross_app", "on"), ("token_exchange", "on"), ("requires_pkce", "off"), ("dpop", "off")]
    {
        let (status, words) = send(&house, &owner, &page, &app, (switch, to)).await;
        assert_eq!(status, 303, "{switch} {words}");
    }
    let client = stored(&house, &app).await;
    assert!(client.cross_app && client.token_exchange && !client.requires_pkce);
    let page = admin.get(&house.url(&path(&app))).await.unwrap();
    for (switch, to) in
        [("cross_app", "off"), ("token_exchange", "off"), ("requires_pkce", "on"), ("dpop", "optional")]
    {
        let (status, words) = send(&house, &admin, &page, &app, (switch, to)).await;
        assert_eq!(status, 303, "{switch} {words}");
    }
    let client = stored(&house, &app).await;
    assert!(!client.cross_app && !client.token_exchange && client.requires_pkce);
    assert_eq!((client.dpop, changes(&house, &room).await.len()), (DpopMode::Optional, 8));
}

#[rstest]
#[actix_web::test]
async fn a_client_of_every_workspace_or_of_another_is_not_changed(
    #[values(Sqlite, Postgres)] backend: Backend,
) {
    let house = House::start(backend).await;
    let (room, other) = (house.room("Acme").await, house.room("Other").await);
    let shared = Party::register(&house, &DEPLOYMENT, "service", "client_secret").await;
    let foreign = Party::register(&house, &other.workspace, "mcp", "client_secret").await;
    let administrator = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&administrator).await;
    let list = browser.get(&house.url("/tokens/clients")).await.unwrap();
    let words = list.text();
    assert!(
        words.contains("so only the operator changes them") && words.contains(&shared.client_id),
        "{words}"
    );
    assert!(!words.contains(&foreign.client_id), "{words}");
    assert!(!list.html.contains(&path(&shared)), "a shared client has no page");
    for party in [&shared, &foreign] {
        assert_eq!(browser.get(&house.url(&path(party))).await.unwrap().status, 404);
        for (switch, to) in [("cross_app", "on"), ("dpop", "required")] {
            assert_eq!(send(&house, &browser, &list, party, (switch, to)).await.0, 404, "{switch}");
        }
        let client = stored(&house, party).await;
        assert_eq!((client.cross_app, client.dpop), (false, DpopMode::Off));
    }
    // The function itself refuses an administrator, too, whatever the caller found.
    let (client, now) = (stored(&house, &shared).await, house.state.now());
    let (cause, user) = (events::Cause::cli(), vestibule_core::ids::UserId::from_stored("somebody"));
    let refused = house
        .write(move |conn| {
            let actor = Actor::administrator(cause, &user, now);
            let change = ClientChange { dpop: Some(DpopMode::Required), ..ClientChange::default() };
            let shared = admin_clients::change(conn, &actor, client, change, true).unwrap_err();
            let own = clients::find(conn, &ClientId::sent(&foreign.client_id)).unwrap().unwrap();
            let change = ClientChange { scopes: Some(&[]), ..ClientChange::default() };
            let own = admin_clients::change(conn, &actor, own, change, true).unwrap_err();
            [shared.to_string(), own.to_string()]
        })
        .await;
    assert!(
        refused[0].contains("for every workspace") && refused[1].contains("only the operator"),
        "{refused:?}"
    );
}

/// A change of one switch waits for a concurrent change of another, and keeps it. SQLite has one writer.
#[actix_web::test]
async fn concurrent_changes_of_a_client_follow_each_other() {
    let house = House::start(Postgres).await;
    let room = house.room("Acme").await;
    let app = Party::register(&house, &room.workspace, "app", "client_secret").await;
    let administrator = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&administrator).await;
    let page = browser.get(&house.url(&path(&app))).await.unwrap();
    let mut other = beside(&house);
    let row = format!("WHERE client_id = '{}'", app.client_id);
    other.batch_execute(&format!("BEGIN; UPDATE clients SET requires_pkce = TRUE {row}")).unwrap();
    let end = async {
        until_waiting(&mut other, 1).await;
        other.batch_execute("COMMIT").unwrap();
    };
    let (answer, ()) = join(send(&house, &browser, &page, &app, ("cross_app", "on")), end).await;
    assert_eq!(answer.0, 303, "{}", answer.1);
    let client = stored(&house, &app).await;
    assert!(client.cross_app && client.requires_pkce);
}
