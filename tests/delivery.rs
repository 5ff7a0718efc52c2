//! Tests of deliveries to apps and webhooks. The receiver verifies signatures by itself. Nothing is lost while receivers fail,
//! stall and recover, or while the process is killed.

mod commands;
mod killed;
mod logout;
mod queue;
pub mod receiver;
mod restart;
mod unwell;
mod webhooks;

use receiver::Receiver;
use vestibule_core::ids::{ClientId, UserId, WorkspaceId};
use vestibule_simulator::Person;
use vestibule_store::{
    oauth::clients,
    outbox::deliveries::{self, Delivery},
    people::users,
};

use crate::{
    oauth::flow::Party,
    support::{House, Room},
};

const SECOND: i64 = 1_000_000;

/// An app whose logout tokens go to this receiver.
async fn told_app(house: &House, workspace: &WorkspaceId, receiver: &Receiver) -> Party {
    app_told_at(house, workspace, &receiver.url).await
}

async fn app_told_at(house: &House, workspace: &WorkspaceId, url: &str) -> Party {
    let app = Party::register(house, workspace, "app", "client_secret").await;
    let (client_id, uri) = (app.client_id.clone(), url.to_owned());
    house
        .write(move |conn| {
            let client = clients::find(conn, &ClientId::sent(&client_id)).unwrap().unwrap();
            clients::set_backchannel_logout_uri(conn, &client, &uri).unwrap();
        })
        .await;
    app
}

/// The id of a person's user.
async fn user_id(house: &House, room: &Room, person: &Person) -> UserId {
    let (workspace, login) = (room.workspace.clone(), person.login.clone());
    house
        .write(move |conn| users::find_by_user_name(conn, &workspace, &login).unwrap().unwrap().user_id)
        .await
}

/// All deliveries, newest first.
async fn outbox(house: &House) -> Vec<Delivery> {
    house.write(|conn| deliveries::list(conn, &deliveries::DeliveryFilter::default(), 1000).unwrap()).await
}

/// Waits until the deliveries satisfy a condition.
pub async fn until(house: &House, holds: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
    for _ in 0..1500 {
        let rows = outbox(house).await;
        if holds(&rows) {
            return rows;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{:#?}", outbox(house).await);
}
