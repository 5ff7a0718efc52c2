//! `/workspaces/{workspace}/requests`: the request inspector. Requests were redacted before they were stored.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_core::{ids, sets::Door};
use vestibule_store::{
    Error,
    trail::requests::{self, RequestFilter},
};
use vestibule_web::{
    State,
    observe::{inspect, writers},
};

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types::trail::Request,
};

const FILTERS: [&str; 3] = ["door", "outcome", "text"];

/// `GET /workspaces/{workspace}/requests`: the newest first.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    flush(&state).await;
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&FILTERS)?;
        let query = caller.query(&[&FILTERS[..], &["limit", "cursor"]].concat())?;
        let door = query
            .get("door")
            .map(str::parse::<Door>)
            .transpose()
            .map_err(|_| Problem::field("door", format!("must be one of {}", Door::TEXTS.join(", "))))?;
        let refused = match query.get("outcome") {
            None => None,
            Some("ok") => Some(false),
            Some("refused") => Some(true),
            Some(_) => return Err(Problem::field("outcome", "must be ok or refused")),
        };
        let wanted = RequestFilter {
            door,
            refused,
            text: query.text("text").to_owned(),
            before: paging.after.as_deref().and_then(inspect::place),
        };
        let sought = usize::try_from(paging.fetch_limit()).unwrap_or_default();
        let list = requests::list(conn, &workspace_id, &wanted, sought)?;
        let items: Result<_, Error> =
            list.iter().map(|row| Ok((inspect::place_text(&row.place()), Request::try_from(row)?))).collect();
        paging.answer(caller, items?)
    })
    .await
}

/// `GET /workspaces/{workspace}/requests/{request}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    flush(&state).await;
    endpoint::read(&req, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let request_id = ids::parse(&caller.id("request")?).ok_or(Problem::NotFound)?;
        let found = requests::find(conn, &workspace_id, &request_id)?;
        Answer::ok(Request::try_from(&found.ok_or(Problem::NotFound)?)?)
    })
    .await
}

/// Writes the requests that this node has answered until now. When that fails, the list has the stored ones only.
async fn flush(state: &State) {
    if let Err(error) = writers::requests::write_down(state).await {
        tracing::warn!(%error, "requests.not_written");
    }
}
