//! Live stream of ends of access, from any node, within a second (`text/event-stream`, WHATWG HTML §9.2). Delivery is at least once: a
//! client that reconnects with `Last-Event-ID` may get events again; the comment `: current` follows the last of the events that it missed.
//! The stream reads the trail twice a second.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, http::header, rt::time, web};
use futures_util::{StreamExt, stream};
use vestibule_core::{ids::WorkspaceId, time::Micros};
use vestibule_store::{
    Conn,
    trail::{
        access_ends::{self, LATE, Place},
        events::Event,
    },
};
use vestibule_web::{State, http::input::Parameters};

use super::{FeedRequest, event_json, refuse, too_many};
use crate::error::OAuthError;

/// How often a stream reads the trail.
const POLL: Duration = Duration::from_millis(500);

/// Number of reads without events after which a comment is sent: fifteen seconds.
const KEEP_ALIVE_READS: u32 = 30;

/// Events that one read returns.
const PAGE: i64 = 500;

/// Most streams of one client in this process.
const MOST: usize = 10;

/// Open streams of this process.
#[derive(Clone, Default)]
pub struct Streams(Arc<Open>);

#[derive(Default)]
struct Open {
    closed: AtomicBool,
    by_client: Mutex<HashMap<String, usize>>,
}

impl Streams {
    /// Ends every stream and every waiting request, because the service stops.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    /// Reserves a stream for a client, if it has fewer than allowed.
    fn reserve(&self, client_id: &str) -> Option<Slot> {
        let mut by_client = self.0.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by_client.entry(client_id.to_owned()).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Slot { streams: self.clone(), client_id: client_id.to_owned() })
    }
}

/// Reserved stream of a client, released on drop.
struct Slot {
    streams: Streams,
    client_id: String,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut by_client = self.streams.0.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_client.get_mut(&self.client_id) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                by_client.remove(&self.client_id);
            }
        }
    }
}

/// State of an open stream.
struct EventStream {
    state: State,
    request: Arc<FeedRequest>,
    slot: Slot,
    /// Where the next read starts.
    place: Place,
    /// Times of the events that were sent or existed before, by workspace and number.
    seen: HashMap<(WorkspaceId, i64), Micros>,
    /// Whether the last page was full, so that there may be more.
    full: bool,
    /// Whether the comment `: current` was sent.
    told_current: bool,
    quiet: u32,
}

/// `GET /api/events/stream`
pub async fn get(req: HttpRequest, state: web::Data<State>, streams: web::Data<Streams>) -> HttpResponse {
    match listen(&req, &state, &streams).await {
        Ok(Some(event_stream)) => HttpResponse::Ok()
            .content_type("text/event-stream")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            // nginx must not buffer the stream.
            .insert_header(("x-accel-buffering", "no"))
            .streaming(
                stream::once(async { Ok(web::Bytes::from_static(b": listening\n\n")) })
                    .chain(stream::unfold(event_stream, |event_stream| event_stream.next())),
            ),
        Ok(None) => too_many(5),
        Err(refusal) => refuse(&req, &state, &refusal),
    }
}

async fn listen(
    req: &HttpRequest,
    state: &State,
    streams: &Streams,
) -> Result<Option<EventStream>, OAuthError> {
    let query = Parameters::of_query(req)?;
    let request = Arc::new(FeedRequest::read(req, &query, state)?);
    let last = req.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    let last: Option<Micros> = match last.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            Some(text.parse().map_err(|_| OAuthError::Request("Last-Event-ID is none of this stream"))?)
        }
    };
    let now = state.now();
    let job_request = request.clone();
    let subscription = state.indexed_read(move |conn: &mut Conn| job_request.authorize(conn)).await?;
    let Some(slot) = streams.reserve(&subscription.client_id) else { return Ok(None) };
    let place = Place::before(last.unwrap_or(now).saturating_sub(LATE));
    let (state, seen) = (state.clone(), HashMap::new());
    let mut event_stream =
        EventStream { state, request, slot, place, seen, full: true, told_current: false, quiet: 0 };
    // Without Last-Event-ID only new events are sent: those that exist already count as seen.
    while last.is_none() && event_stream.full {
        event_stream.read().await?;
    }
    Ok(Some(event_stream))
}

impl EventStream {
    /// Waits for the next events, or for the next keep-alive comment. Ends when the service stops or the client is no longer authorized.
    async fn next(mut self) -> Option<(Result<web::Bytes, actix_web::Error>, Self)> {
        loop {
            if self.slot.streams.is_closed() {
                return None;
            }
            if !self.full {
                time::sleep(POLL).await;
            }
            match self.read().await {
                Ok(events) if !events.is_empty() || self.is_current_now() => {
                    self.quiet = 0;
                    let mut text: String = events.iter().map(frame).collect();
                    if self.is_current_now() {
                        self.told_current = true;
                        text.push_str(": current\n\n");
                    }
                    return Some((Ok(web::Bytes::from(text)), self));
                }
                Ok(_) => self.quiet += 1,
                Err(OAuthError::Internal(error)) => {
                    tracing::warn!(error, "feed.not_read");
                    return None;
                }
                Err(_) => return None,
            }
            if self.quiet >= KEEP_ALIVE_READS {
                self.quiet = 0;
                return Some((Ok(web::Bytes::from_static(b": still here\n\n")), self));
            }
        }
    }

    /// Whether all earlier events are read, and `: current` is still to be sent.
    fn is_current_now(&self) -> bool {
        !self.full && !self.told_current
    }

    /// Reads a page and returns its new events. After the last page the next read starts again [`LATE`] ago, because events of that time
    /// may still become visible.
    async fn read(&mut self) -> Result<Vec<Event>, OAuthError> {
        let (request, place) = (self.request.clone(), self.place.clone());
        let page = self
            .state
            .indexed_read(move |conn: &mut Conn| {
                let subscription = request.authorize(conn)?;
                Ok::<_, OAuthError>(access_ends::after(
                    conn,
                    &request.region,
                    subscription.workspace_id.as_ref(),
                    &place,
                    PAGE,
                )?)
            })
            .await?;
        self.full = page.len() >= usize::try_from(PAGE).unwrap_or(0);
        match page.last() {
            Some(last) if self.full => self.place = Place::of(last),
            _ => {
                let since = self.state.now().saturating_sub(LATE);

                self.place = Place::before(since);
                self.seen.retain(|_, at| *at >= since);
            }
        }
        let seen = &mut self.seen;
        let mut new = page;
        new.retain(|event| seen.insert((event.workspace_id.clone(), event.seq), event.at).is_none());
        Ok(new)
    }
}

/// Frame of an event. Its id is the time of the event, which comes back as `Last-Event-ID`.
fn frame(event: &Event) -> String {
    format!("id: {}\nevent: {}\ndata: {}\n\n", event.at, event.kind, event_json(event))
}
