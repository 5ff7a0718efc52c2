//! The live stream: each end of access, whichever node it came to, within a second (`text/event-stream`, WHATWG HTML §9.2). At
//! least once: who comes back with `Last-Event-ID` hears again what may have become visible late. It looks at the trail twice a
//! second and remembers nothing of who lives.

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
use vestibule_core::time::Micros;
use vestibule_store::{
    Conn,
    trail::{
        access_ends::{self, LATE, Place},
        events::Event,
    },
};
use vestibule_web::{State, http::input::Parameters};

use super::{Listener, refuse, told, too_many};
use crate::error::OAuthError;

/// How often it looks.
const POLL: Duration = Duration::from_millis(500);

/// After how many looks without news it says that it is there: fifteen seconds.
const QUIET: u32 = 30;

/// How many one look reads.
const PAGE: i64 = 500;

/// How many streams one client has in this process.
const MOST: usize = 10;

/// The streams of this process.
#[derive(Clone, Default)]
pub struct Streams(Arc<Open>);

#[derive(Default)]
struct Open {
    closed: AtomicBool,
    by_client: Mutex<HashMap<String, usize>>,
}

impl Streams {
    /// Ends every stream, and every wait: the service stops.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    /// One more of a client, unless it has as many as it may.
    fn open(&self, client_id: &str) -> Option<Seat> {
        let mut by_client = self.0.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        let held = by_client.entry(client_id.to_owned()).or_default();
        if *held >= MOST {
            return None;
        }
        *held += 1;
        Some(Seat { streams: self.clone(), client_id: client_id.to_owned() })
    }
}

/// A stream's place among those of its client; free again when it is dropped.
struct Seat {
    streams: Streams,
    client_id: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut by_client = self.streams.0.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = by_client.get_mut(&self.client_id) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                by_client.remove(&self.client_id);
            }
        }
    }
}

/// Somebody who listens.
struct Listening {
    state: State,
    listener: Arc<Listener>,
    seat: Seat,
    /// Behind what the next look reads.
    place: Place,
    /// What was told, or was there before: its moment, by workspace and number.
    known: HashMap<(String, i64), Micros>,
    /// Whether the page before was full, so that more is there at once.
    full: bool,
    quiet: u32,
}

/// `GET /api/events/stream`
pub async fn get(req: HttpRequest, state: web::Data<State>, streams: web::Data<Streams>) -> HttpResponse {
    match listen(&req, &state, &streams).await {
        Ok(Some(listening)) => HttpResponse::Ok()
            .content_type("text/event-stream")
            .insert_header((header::CACHE_CONTROL, "no-store"))
            // What nginx would gather, it passes on.
            .insert_header(("x-accel-buffering", "no"))
            .streaming(
                stream::once(async { Ok(web::Bytes::from_static(b": listening\n\n")) })
                    .chain(stream::unfold(listening, |listening| listening.next())),
            ),
        Ok(None) => too_many(5),
        Err(refusal) => refuse(&req, &state, &refusal),
    }
}

async fn listen(
    req: &HttpRequest,
    state: &State,
    streams: &Streams,
) -> Result<Option<Listening>, OAuthError> {
    let query = Parameters::of_query(req)?;
    let listener = Arc::new(Listener::of(req, &query, state)?);
    let last = req.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    let last: Option<Micros> = match last.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            Some(text.parse().map_err(|_| OAuthError::Request("Last-Event-ID is none of this stream"))?)
        }
    };
    let now = state.now();
    let sought = listener.clone();
    let heard = state.glance(move |conn: &mut Conn| sought.admit(conn)).await?;
    let Some(seat) = streams.open(&heard.client_id) else { return Ok(None) };
    let place = Place::before(last.unwrap_or(now).saturating_sub(LATE));
    let (state, known) = (state.clone(), HashMap::new());
    let mut listening = Listening { state, listener, seat, place, known, full: true, quiet: 0 };
    // Who comes without a place hears what ends from now on: what is there already is known.
    while last.is_none() && listening.full {
        listening.look().await?;
    }
    Ok(Some(listening))
}

impl Listening {
    /// The next words: ends of access, or after a while that there are none. It ends when the service stops, and when the
    /// client is none any more.
    async fn next(mut self) -> Option<(Result<web::Bytes, actix_web::Error>, Self)> {
        loop {
            if self.seat.streams.is_closed() {
                return None;
            }
            if !self.full {
                time::sleep(POLL).await;
            }
            match self.look().await {
                Ok(news) if !news.is_empty() => {
                    self.quiet = 0;
                    let words: String = news.iter().map(frame).collect();
                    return Some((Ok(web::Bytes::from(words)), self));
                }
                Ok(_) => self.quiet += 1,
                Err(OAuthError::Internal(error)) => {
                    tracing::warn!(error, "feed.not_read");
                    return None;
                }
                Err(_) => return None,
            }
            if self.quiet >= QUIET {
                self.quiet = 0;
                return Some((Ok(web::Bytes::from_static(b": still here\n\n")), self));
            }
        }
    }

    /// Reads a page, and returns what in it is new. After the last page it begins again as far back as may come late.
    async fn look(&mut self) -> Result<Vec<Event>, OAuthError> {
        let (listener, place) = (self.listener.clone(), self.place.clone());
        let page = self
            .state
            .glance(move |conn: &mut Conn| {
                let heard = listener.admit(conn)?;
                Ok::<_, OAuthError>(access_ends::after(
                    conn,
                    &listener.region,
                    heard.workspace_id.as_deref(),
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
                // What waited longer than that is read up first.
                self.place = Place::before(since);
                self.known.retain(|_, at| *at >= since);
            }
        }
        let known = &mut self.known;
        let mut new = page;
        new.retain(|event| known.insert((event.workspace_id.clone(), event.seq), event.at).is_none());
        Ok(new)
    }
}

/// One event of the stream: its moment is what a listener comes back with.
fn frame(event: &Event) -> String {
    format!("id: {}\nevent: {}\ndata: {}\n\n", event.at, event.kind, told(event))
}
