//! Rows whose JSON can't be read: each reader returns an error, never an empty value, and the row stays as it is. Only a line of the
//! trail is returned as it is, because the lines after it must still reach their readers. `scim::corrupt` tests the documents of users
//! and the declarations of attributes.

use rstest::rstest;
use serde_json::json;
use vestibule_store::trail::receipts;
use vestibule_web::{crypto::signing, observe::writers, receipts::finish_left};

use crate::{
    house::execute,
    management::Machine,
    support::{
        Backend::{self, Postgres, Sqlite},
        Deployment, House,
    },
};

/// Texts that are no JSON, or JSON of a type that no column stores.
const BROKEN: [&str; 2] = ["not even JSON", "1"];

/// Sets a column of all rows of a table.
fn set(house: &House, table: &str, column: &str, value: &str) {
    execute(house.state.database(), &format!("UPDATE {table} SET {column} = '{value}'"));
}

#[rstest]
#[actix_web::test]
async fn corrupt_counts_of_a_receipt_are_no_zeroes(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let (eve, bob) = (room.user("eve@acme.example").await, room.user("bob@acme.example").await);
    let machine = Machine::new(&house).await;
    let users = format!("/workspaces/{}/users", room.workspace);
    let (status, ended) = machine.bare("POST", &format!("{users}/{eve}/end-access")).await;
    assert_eq!(status, 200, "{ended}");
    let id = ended["receipt"].as_str().unwrap();
    let list = format!("/workspaces/{}/receipts", room.workspace);
    let one = format!("{list}/{id}");
    let person = house.url(&format!("/people/{eve}"));
    assert_eq!(machine.get(&one).await.0, 200);
    let commands = Deployment::new(house.database_url(), &house.api);
    for broken in BROKEN {
        set(&house, "receipts", "counts", broken);
        assert_eq!((machine.get(&list).await.0, machine.get(&one).await.0), (500, 500), "{broken}");
        assert_eq!(browser.get(&person).await.unwrap().status, 503, "{broken}");
        let output = commands.command(&["receipt", "show", "--workspace", &room.workspace, "--id", id], "");
        assert_eq!(output.status.code(), Some(1), "{broken}");
    }
    // A corrupt receipt without a signature stays unsigned, but the other receipts are signed.
    set(&house, "receipts", "jws", "");
    assert_eq!(machine.bare("POST", &format!("{users}/{bob}/end-access")).await.0, 200);
    finish_left(&house.state, house.state.now() + 1).await.unwrap();
    let workspace = room.workspace.clone();
    let left = house
        .write(move |conn| receipts::list(conn, &workspace, None, None, 100).unwrap())
        .await
        .into_iter()
        .map(|receipt| (receipt.counts.as_str().to_owned(), receipt.jws.is_empty()))
        .collect::<Vec<_>>();
    assert_eq!((left.len(), &left[1]), (2, &(BROKEN[1].to_owned(), true)));
    assert!(!left[0].1, "{left:?}");
}

#[rstest]
#[actix_web::test]
async fn corrupt_notes_of_a_request_are_not_shown_as_none(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    room.user("eve@acme.example").await;
    writers::requests::write_down(&house.state).await.unwrap();
    let machine = Machine::new(&house).await;
    let list = format!("/workspaces/{}/requests", room.workspace);
    let all = machine.get(&list).await.1;
    let id = all["items"][0]["id"].as_str().unwrap();
    let (one, page) = (format!("{list}/{id}"), house.url(&format!("/requests/{id}")));
    for (column, whole) in [("understood", "{}"), ("changed", "[]")] {
        for broken in BROKEN {
            set(&house, "requests", column, broken);
            assert_eq!((machine.get(&list).await.0, machine.get(&one).await.0), (500, 500), "{column}");
            assert_eq!(browser.get(&page).await.unwrap().status, 503, "{column}");
        }
        set(&house, "requests", column, whole);
        assert_eq!((machine.get(&list).await.0, machine.get(&one).await.0), (200, 200), "{column}");
        assert_eq!(browser.get(&page).await.unwrap().status, 200, "{column}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_damaged_line_of_the_trail_is_shown_as_it_is(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let id = room.user("eve@acme.example").await;
    let machine = Machine::new(&house).await;
    let list = format!("/workspaces/{}/events?limit=100", room.workspace);
    let commands = Deployment::new(house.database_url(), &house.api);
    for broken in BROKEN {
        let damage = format!("UPDATE events SET data = '{broken}' WHERE target = 'user:{id}'");
        execute(house.state.database(), &damage);
        let (status, page) = machine.get(&list).await;
        let listed = commands.run(&["event", "list", "--workspace", &room.workspace], "");
        for events in [page["items"].as_array().unwrap(), listed.as_array().unwrap()] {
            let (damaged, others): (Vec<_>, Vec<_>) =
                events.iter().partition(|event| event["target"] == format!("user:{id}"));
            assert_eq!((status, damaged.len(), &damaged[0]["data"]), (200, 1, &json!(broken)));
            assert!(others.len() > 3 && others.iter().all(|event| event["data"].is_object()), "{others:?}");
        }
        let page = browser.get(&house.url(&format!("/activity?person={id}"))).await.unwrap();
        assert!(page.status == 200 && page.text().contains(broken), "{}", page.text());
        assert_eq!(browser.get(&house.url("/integrations/okta")).await.unwrap().status, 200);
        let verified = commands.command(&["event", "verify", "--workspace", &room.workspace], "");
        assert_eq!(verified.status.code(), Some(1), "{broken}");
    }
}

#[rstest]
#[actix_web::test]
async fn a_corrupt_discovery_document_is_not_a_missing_one(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let room = house.room("Acme").await;
    let ada = room.administrator(&house, "Ada").await;
    let (browser, _) = room.sign_in(&ada).await;
    let page = house.url("/integrations/okta/setup/credentials");
    for broken in BROKEN {
        set(&house, "connections", "discovered", broken);
        assert_eq!(browser.get(&page).await.unwrap().status, 503, "{broken}");
    }
    set(&house, "connections", "discovered", "");
    assert_eq!(browser.get(&page).await.unwrap().status, 200);
}

#[rstest]
#[actix_web::test]
async fn a_corrupt_public_key_is_not_left_out(#[values(Sqlite, Postgres)] backend: Backend) {
    let house = House::start(backend).await;
    let (status, whole) = house.get("/.well-known/jwks.json").await;
    assert_eq!((status, whole["keys"].as_array().unwrap().len()), (200, 2));
    let claims = json!({ "sub": "ada" });
    let signed = signing::sign(&house.state, signing::Algorithm::Es256, "JWT", claims.as_object().unwrap());
    let signed = signed.await.unwrap();
    assert!(signing::read(&house.state, "JWT", &signed).await.unwrap().is_some());
    for broken in BROKEN {
        set(&house, "signing_keys", "public_jwk", broken);
        assert_eq!(house.get("/.well-known/jwks.json").await.0, 503, "{broken}");
        assert!(signing::read(&house.state, "JWT", &signed).await.is_err(), "{broken}");
    }
}
