//! `/receipts/{id}`: one receipt of an end of access, to print and to verify; `/receipts/{id}/export`: the same as a file.

use actix_web::{HttpResponse, http::header};
use askama::Template;
use vestibule_core::{
    ids,
    time::{Micros, rfc3339},
};
use vestibule_store::trail::receipts::{self, Counts, Receipt};

use crate::{
    audit::trail_lines::{self, Party},
    layout::{
        access::Reader,
        error::{PageError, PageResult},
        moment::Moment,
        number::took,
        visitor::Visitor,
    },
    people::person::receipt::{reason_in_words, rows},
};

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    id: String,
    user_name: String,
    /// The person, if they are still here.
    person: Party,
    cause: String,
    actor: Party,
    request_id: String,
    accepted: String,
    /// When it was in force, and how long that took; `None`: the commit was not observed yet.
    in_force: Option<(Moment, String)>,
    /// What was ended: name and number; `None`: not counted yet.
    ended: Option<Vec<(&'static str, i64)>>,
    jws: String,
    keys: String,
}

/// Shows the receipt.
pub async fn get(reader: Reader) -> PageResult {
    let (workspace_id, now) = (reader.workspace_id(), reader.state().now());
    let provider = reader.provider();
    let receipt = find(&reader).await?;
    let target = format!("user:{}", receipt.user_id);
    let parties = [receipt.actor.clone(), target];
    let mut parties = reader
        .read(move |conn| {
            let named = [parties[0].as_str(), parties[1].as_str()];
            trail_lines::parties(conn, &workspace_id, &named, provider)
        })
        .await?
        .into_iter();
    let nobody = || Party { words: String::new(), person: None };
    let (actor, person) = (parties.next().unwrap_or_else(nobody), parties.next().unwrap_or_else(nobody));
    let ended = receipt.ended().map_err(|error| reader.failed(&error))?;
    let content = ReceiptPage {
        cause: reason_in_words(receipt.reason, provider),
        actor,
        person,
        accepted: rfc3339(receipt.accepted_at),
        in_force: receipt.in_force_at.map(|at| (Moment::of(at, now), took(time(&receipt, at)))),
        ended: ended.as_ref().map(|counts: &Counts| rows(counts).to_vec()),
        keys: reader.state().api_url("/.well-known/jwks.json"),
        id: receipt.receipt_id,
        user_name: receipt.user_name,
        request_id: receipt.request_id,
        jws: receipt.jws,
    };
    reader.page("Receipt", &content)
}

/// How long it took from the acceptance of the request until it was in force.
fn time(receipt: &Receipt, in_force_at: Micros) -> Micros {
    in_force_at - receipt.accepted_at
}

/// `GET /receipts/{id}/export`
pub async fn export(reader: Reader) -> PageResult {
    let receipt = find(&reader).await?;
    let json = vestibule_web::receipts::to_json(&receipt).map_err(|error| reader.failed(&error))?;
    let disposition = format!("attachment; filename=\"receipt-{}.json\"", receipt.receipt_id);
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json))
}

async fn find(reader: &Reader) -> Result<Receipt, PageError> {
    let wanted = ids::parse(reader.http().match_info().get("id").unwrap_or_default());
    let workspace_id = reader.workspace_id();
    let found = reader.read(move |conn| match wanted {
        Some(id) => receipts::find(conn, &workspace_id, &id),
        None => Ok(None),
    });
    found.await?.ok_or_else(|| missing(reader))
}

fn missing(visitor: &Visitor) -> PageError {
    visitor.missing("This receipt is not here", "Look for it on the page of the person.")
}
