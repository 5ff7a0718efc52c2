//! `/workspaces/{workspace}/receipts`: signed receipts, one for each end of access.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_core::ids::UserId;
use vestibule_store::{Error, trail::receipts};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types::trail::Receipt,
};

/// `GET /workspaces/{workspace}/receipts`: the newest first.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&["user"])?;
        let user = caller.query(&["user", "limit", "cursor"])?.get("user").map(|text| {
            UserId::parse(text).ok_or_else(|| Problem::field("user", "must be the id of a user"))
        });
        let (user, before) = (user.transpose()?, paging.after.as_deref());
        let list = receipts::list(conn, &workspace_id, user.as_ref(), before, paging.fetch_limit())?;
        let items: Result<_, Error> =
            list.iter().map(|row| Ok((row.receipt_id.clone(), Receipt::try_from(row)?))).collect();
        paging.answer(caller, items?)
    })
    .await
}

/// `GET /workspaces/{workspace}/receipts/{receipt}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let found = receipts::find(conn, &workspace_id, &caller.id("receipt")?)?;
        Answer::ok(Receipt::try_from(&found.ok_or(Problem::NotFound)?)?)
    })
    .await
}
