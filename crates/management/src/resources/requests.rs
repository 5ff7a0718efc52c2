//! `/workspaces/{workspace}/requests`: the request inspector. What it tells was redacted before it was stored.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_core::ids;
use vestibule_store::trail::requests::{self, DOORS, Wanted};
use vestibule_web::{State, observe::inspect};

use crate::http::{answer::Answer, endpoint, problem::Problem};

const FILTERS: [&str; 3] = ["door", "outcome", "text"];

/// `GET /workspaces/{workspace}/requests`: the newest first.
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    flush(&state).await;
    endpoint::look(&req, &state, |conn, desk| {
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let paging = desk.paging(&FILTERS)?;
        let query = desk.query(&[&FILTERS[..], &["limit", "cursor"]].concat())?;
        if query.get("door").is_some_and(|door| !DOORS.contains(&door)) {
            return Err(Problem::field("door", format!("must be one of {}", DOORS.join(", "))));
        }
        let refused = match query.get("outcome") {
            None => None,
            Some("ok") => Some(false),
            Some("refused") => Some(true),
            Some(_) => return Err(Problem::field("outcome", "must be ok or refused")),
        };
        let wanted = Wanted {
            door: query.get("door").map(str::to_owned),
            refused,
            text: query.text("text").to_owned(),
            before: paging.after.as_deref().and_then(inspect::place),
        };
        let sought = usize::try_from(paging.sought()).unwrap_or_default();
        let list = requests::list(conn, &workspace_id, &wanted, sought)?;
        let items = list.iter().map(|one| (inspect::place_text(&one.place()), inspect::to_json(one)));
        paging.answer(desk, items.collect())
    })
    .await
}

/// `GET /workspaces/{workspace}/requests/{request}`
pub async fn get(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    flush(&state).await;
    endpoint::look(&req, &state, |conn, desk| {
        desk.query(&[])?;
        let workspace_id = desk.workspace(conn)?.workspace_id;
        let request_id = ids::parse(&desk.id("request")?).ok_or(Problem::NotFound)?;
        let found = requests::find(conn, &workspace_id, &request_id)?;
        Answer::ok(inspect::to_json(&found.ok_or(Problem::NotFound)?))
    })
    .await
}

/// Who looks is told what this node has answered until now; when that can't be written, what is there.
async fn flush(state: &State) {
    if let Err(error) = inspect::write_down(state).await {
        tracing::warn!(%error, "requests.not_written");
    }
}
