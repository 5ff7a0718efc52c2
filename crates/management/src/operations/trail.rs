//! Operations that read the trail, receipts and requests.

use crate::{
    operation::{Operation, get},
    resources::trail::{events, receipts, requests},
    types::trail::{Event, Receipt, Request, Verification},
};

pub(super) fn all() -> Vec<Operation> {
    vec![
        get("/workspaces/{workspace}/events", events::list).named("list_events", "events", "Read the governance trail in order").query(&["after"]).page::<Event>(),
        get("/workspaces/{workspace}/events/verify", events::verify).named("verify_events", "events", "Verify that no line of the trail was changed, removed, inserted or moved").query(&["head"]).ok::<Verification>(),
        get("/workspaces/{workspace}/receipts", receipts::list).named("list_receipts", "events", "List the receipts of ended access, the newest first").query(&["user"]).page::<Receipt>(),
        get("/workspaces/{workspace}/receipts/{receipt}", receipts::get).named("get_receipt", "events", "Get a receipt; its signed form is verified by the keys at /.well-known/jwks.json").ok::<Receipt>(),
        get("/workspaces/{workspace}/requests", requests::list).named("list_requests", "events", "List the last requests, how they were understood and why they were refused, the newest first").query(&["door", "outcome", "text"]).page::<Request>(),
        get("/workspaces/{workspace}/requests/{request}", requests::get).named("get_request", "events", "Get one of the last requests by its X-Request-Id").ok::<Request>(),
    ]
}
