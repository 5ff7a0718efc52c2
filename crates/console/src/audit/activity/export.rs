//! `GET /activity/export`: the trail as JSON lines, the same as `vestibule event export`. It streams a page of lines at a time, so a
//! long trail needs no memory.

use actix_web::{HttpResponse, http::header, web};
use futures_util::stream;
use vestibule_admin::trail;
use vestibule_store::{Error, trail::events};

use crate::layout::{access::Reader, error::PageResult};

/// Streams every line that exists now.
pub async fn export(reader: Reader) -> PageResult {
    let (workspace_id, of_job, state) =
        (reader.workspace_id(), reader.workspace_id(), reader.state().clone());
    let until = reader.read(move |conn| events::head(conn, &of_job)).await?.seq;
    let file = format!("attachment; filename=\"activity-{workspace_id}.jsonl\"");
    let pages =
        stream::try_unfold((state, workspace_id, 0), move |(state, workspace_id, after)| async move {
            let of_job = workspace_id.clone();
            // Each page waits its turn among the searches of the workspace, so a slow reader occupies no database connection.
            let lines =
                state.search(&workspace_id, move |conn| trail::page(conn, &of_job, after, until)).await?;
            let Some((_, last)) = lines.last() else { return Ok::<_, Error>(None) };
            let after = last.seq;
            let text: String = lines.into_iter().map(|(line, _)| line + "\n").collect();
            Ok(Some((web::Bytes::from(text), (state, workspace_id, after))))
        });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, file))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(Box::pin(pages)))
}
