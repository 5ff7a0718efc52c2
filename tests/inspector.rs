//! Tests of the request inspector: what each endpoint records, what it never records, how many requests are stored, and who may
//! read them.

mod bounds;
mod doors;
mod read;
mod replay;
mod scim;
mod secrets;

use serde_json::Value;
use vestibule_core::sets::Door;
use vestibule_store::trail::requests::{self, Request, RequestFilter};
use vestibule_web::observe::writers;

use crate::support::{House, Room};

/// Every stored request of a workspace, newest first.
async fn kept(house: &House, room: &Room) -> Vec<Request> {
    writers::requests::write_down(&house.state).await.unwrap();
    let workspace = room.workspace.clone();
    house
        .write(move |conn| requests::list(conn, &workspace, &RequestFilter::default(), 100_000).unwrap())
        .await
}

/// The newest stored request of an interface.
async fn newest(house: &House, room: &Room, door: Door) -> Request {
    let kept = kept(house, room).await;
    kept.into_iter().find(|request| request.door == door).unwrap()
}

/// The newest stored request of an interface: (row, parsed input, changes).
async fn told(house: &House, room: &Room, door: Door) -> (Request, Value, Value) {
    let request = newest(house, room, door).await;
    let (understood, changed) = (request.understood().unwrap().into(), request.changed().unwrap().into());
    (request, understood, changed)
}
