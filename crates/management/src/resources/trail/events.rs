//! `/workspaces/{workspace}/events`: the governance trail, in order.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_store::trail::events;
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types::trail::{Event, Verification},
};

/// `GET /workspaces/{workspace}/events`: those behind a sequence number.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&["after"])?;
        let wrong = || Problem::field("after", "must be a whole number from 0 on");
        let after = caller.query(&["after", "limit", "cursor"])?.get("after").map(str::parse::<i64>);
        let after = after.transpose().map_err(|_| wrong())?.unwrap_or(0);
        if after < 0 {
            return Err(wrong());
        }
        let last = paging.after.as_deref().and_then(|seq| seq.parse().ok());
        let list = events::list(conn, &workspace_id, last.unwrap_or(after), paging.fetch_limit())?;
        paging.answer(caller, list.iter().map(|event| (event.seq.to_string(), Event::from(event))).collect())
    })
    .await
}

/// `GET /workspaces/{workspace}/events/verify`: whether the chain is intact, and whether it contains a head that was stored elsewhere.
pub async fn verify(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let kept = caller.query(&["head"])?.get("head");
        caller.state().search_on(conn, &workspace_id, |conn| {
            Answer::ok(Verification::from(events::verify(conn, &workspace_id, kept)?))
        })
    })
    .await
}
