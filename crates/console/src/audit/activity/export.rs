//! Taking the trail elsewhere, and proving it: `/activity/export` streams it as JSON lines, page by page, the same as
//! `vestibule event export`; `/activity/verify` walks the chain and says in words what `vestibule event verify` says.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::stream;
use vestibule_admin::trail;
use vestibule_store::{
    Error,
    trail::events::{self, Verified},
};
use vestibule_web::{
    State,
    http::request,
    pages::{self, Refused},
};

use super::{Asked, show};
use crate::layout::auth;

/// What a walk along the chain came to, in words.
pub(crate) struct Verdict {
    pub holds: bool,
    pub sentence: String,
    /// The last line, to be kept elsewhere.
    pub head: String,
    pub seq: i64,
}

impl Verdict {
    fn of(verified: &Verified, kept: bool) -> Self {
        let sentence = match (&verified.fault, verified.events) {
            (Some(fault), _) => format!("The trail does not hold: {fault}."),
            (None, 1) => "The trail holds: its one line is as it was written.".to_owned(),
            (None, lines) => {
                let met = if kept { ", and the head you kept is in it" } else { "" };
                format!(
                    "The trail holds: all {lines} lines are as they were written, and none is missing{met}."
                )
            }
        };
        let before = match verified.unchained {
            0 => String::new(),
            lines => {
                format!(" {lines} older lines are of before there was a chain; nothing vouches for them.")
            }
        };
        Self {
            holds: verified.fault.is_none(),
            sentence: sentence + &before,
            head: verified.head.hash.clone(),
            seq: verified.head.seq,
        }
    }
}

/// `POST /activity/verify`: walks the chain.
pub async fn verify(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let form = match auth::form(&req, payload, &state, &visitor).await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let (workspace_id, kept) = (visitor.workspace.workspace_id.clone(), form.get("head").map(str::to_owned));
    let of_job = workspace_id.clone();
    let walked = state.search(&workspace_id, move |conn| {
        let kept = kept.as_deref().map(str::trim);
        Ok::<_, Error>(Verdict::of(&events::verify(conn, &of_job, kept)?, kept.is_some()))
    });
    match walked.await {
        Ok(verdict) => show(&req, &state, &visitor, Asked::default(), Some(verdict)).await,
        Err(Error::TooLong) => {
            let happened = "This trail is too long to be verified on a page.";
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, "This did not work", happened)
                .advise("Ask the operator to run: vestibule event verify")
                .refer(request::id(&req))
                .page(&state)
        }
        Err(error) => pages::failed(&state, &request::id(&req), &error),
    }
}

/// `GET /activity/export`: every line until now, a page at a time, so that a long trail costs no memory.
pub async fn export(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let visitor = match auth::reader(&req, &state).await {
        Ok(visitor) => visitor,
        Err(answer) => return answer,
    };
    let workspace_id = visitor.workspace.workspace_id.clone();
    let asked = workspace_id.clone();
    let until = match state.read(move |conn| events::head(conn, &asked)).await {
        Ok(head) => head.seq,
        Err(error) => return pages::failed(&state, &request::id(&req), &error),
    };
    let file = format!("attachment; filename=\"activity-{workspace_id}.jsonl\"");
    let pages =
        stream::try_unfold((state, workspace_id, 0), move |(state, workspace_id, after)| async move {
            let asked = workspace_id.clone();
            // One page at a time takes its turn among the searches of the workspace: a slow reader keeps nothing from others.
            let of_job = asked.clone();
            let lines = state.search(&asked, move |conn| trail::page(conn, &of_job, after, until)).await?;
            let Some((_, last)) = lines.last() else { return Ok::<_, Error>(None) };
            let after = last.seq;
            let text: String = lines.into_iter().map(|(line, _)| line + "\n").collect();
            Ok(Some((web::Bytes::from(text), (state, workspace_id, after))))
        });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, file))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(Box::pin(pages))
}
