//! The governance trail, receipts and the last requests.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vestibule_core::time::rfc3339;
use vestibule_store::{
    Error,
    trail::{events, receipts, requests},
};
use vestibule_web::observe::inspect;

use super::{page::Item, parts};

/// An event of the governance trail.
#[derive(Serialize, ToSchema)]
pub struct Event {
    pub seq: i64,
    #[schema(format = "uuid")]
    pub id: String,
    #[schema(format = "date-time")]
    pub at: String,
    pub kind: String,
    pub actor: String,
    pub target: String,
    pub request_id: String,
    #[schema(value_type = Object)]
    pub data: Value,
    pub hash: String,
}

impl Item for Event {
    const LIST: &'static str = "Events";
}

/// Result of verifying the hash chain of a trail.
#[derive(Serialize, ToSchema)]
pub struct Verification {
    pub holds: bool,
    #[schema(required)]
    pub fault: Option<String>,
    pub events: i64,
    pub unchained: i64,
    pub anchor: Link,
    pub head: Link,
    #[schema(required)]
    pub kept_head_seq: Option<i64>,
}

/// A line of the trail by number and hash.
#[derive(Serialize, ToSchema)]
pub struct Link {
    pub seq: i64,
    pub hash: String,
}

/// What an end of access ended.
#[derive(Serialize, ToSchema)]
pub struct Receipt {
    #[schema(format = "uuid")]
    pub id: String,
    #[schema(format = "uuid")]
    pub user_id: String,
    pub user_name: String,
    pub reason: String,
    pub actor: String,
    pub request_id: String,
    pub epoch: i64,
    #[schema(format = "date-time")]
    pub accepted_at: String,
    #[schema(required, format = "date-time")]
    pub in_force_at: Option<String>,
    #[schema(required, inline)]
    pub ended: Option<Ended>,
    /// The signed form, a JWS
    #[schema(required)]
    pub receipt: Option<String>,
}

impl Item for Receipt {
    const LIST: &'static str = "Receipts";
}

/// Numbers of what ended.
#[derive(Serialize, ToSchema)]
pub struct Ended {
    pub sessions: i64,
    pub codes: i64,
    pub grants: i64,
    pub access: i64,
    pub refresh: i64,
    pub api: i64,
    pub mcp: i64,
    pub agents: i64,
}

/// A request of the workspace, as the inspector keeps it.
#[derive(Serialize, ToSchema)]
pub struct Request {
    #[schema(format = "uuid")]
    pub id: String,
    #[schema(format = "date-time")]
    pub at: String,
    pub door: String,
    pub method: String,
    pub path: String,
    pub status: i64,
    #[schema(value_type = f64)]
    pub milliseconds: f64,
    pub proven: bool,
    pub refused: bool,
    pub reason: String,
    pub detail: String,
    pub advice: Vec<String>,
    #[schema(value_type = Object)]
    pub understood: Value,
    #[schema(schema_with = parts::any_array)]
    pub changed: Value,
}

impl Item for Request {
    const LIST: &'static str = "Requests";
}
impl From<&events::Event> for Event {
    fn from(row: &events::Event) -> Self {
        Self {
            seq: row.seq,
            id: row.event_id.clone(),
            at: rfc3339(row.at),
            kind: row.kind.clone(),
            actor: row.actor.clone(),
            target: row.target.clone(),
            request_id: row.request_id.clone(),
            data: row.data_or_text(),
            hash: row.hash.clone(),
        }
    }
}

impl From<events::Link> for Link {
    fn from(link: events::Link) -> Self {
        Self { seq: link.seq, hash: link.hash }
    }
}

impl From<events::Verified> for Verification {
    fn from(verified: events::Verified) -> Self {
        Self {
            holds: verified.fault.is_none(),
            fault: verified.fault.map(|fault| fault.to_string()),
            events: verified.events,
            unchained: verified.unchained,
            anchor: verified.anchor.into(),
            head: verified.head.into(),
            kept_head_seq: verified.met,
        }
    }
}

impl TryFrom<&receipts::Receipt> for Receipt {
    type Error = Error;

    fn try_from(row: &receipts::Receipt) -> Result<Self, Error> {
        let ended = row.ended()?.map(|counts| Ended {
            sessions: counts.sessions,
            codes: counts.codes,
            grants: counts.grants,
            access: counts.access,
            refresh: counts.refresh,
            api: counts.api,
            mcp: counts.mcp,
            agents: counts.agents,
        });
        Ok(Self {
            id: row.receipt_id.clone(),
            user_id: row.user_id.to_string(),
            user_name: row.user_name.clone(),
            reason: row.reason.to_string(),
            actor: row.actor.clone(),
            request_id: row.request_id.clone(),
            epoch: row.epoch,
            accepted_at: rfc3339(row.accepted_at),
            in_force_at: row.in_force_at.map(rfc3339),
            ended,
            receipt: Some(row.jws.clone()).filter(|jws| !jws.is_empty()),
        })
    }
}

impl TryFrom<&requests::Request> for Request {
    type Error = Error;

    fn try_from(row: &requests::Request) -> Result<Self, Error> {
        Ok(Self {
            id: row.request_id.clone(),
            at: rfc3339(row.at),
            door: row.door.to_string(),
            method: row.method.clone(),
            path: row.path.clone(),
            status: row.status,
            milliseconds: inspect::milliseconds(row),
            proven: row.proven,
            refused: row.is_refused(),
            reason: row.reason.clone(),
            detail: row.detail.clone(),
            advice: row.advice.lines().map(str::to_owned).collect(),
            understood: row.understood()?.into(),
            changed: row.changed()?.into(),
        })
    }
}
