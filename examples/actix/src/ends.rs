//! Follows Vestibule's live stream of ends, so that JWT access tokens are refused before they expire (docs/edge.md). It is trusted from the
//! comment `: current` on, which follows the last of the ends that were missed, while it is not silent.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use actix_web::rt;
use futures_util::StreamExt;
use serde::Deserialize;

/// Longer than a token lives (5 minutes at most) and a clock differs.
const KEEP: Duration = Duration::from_secs(15 * 60);
/// A comment comes every 15 seconds; after so long without one the stream is not trusted.
const SILENCE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
struct Event {
    kind: String,
    user_id: Option<String>,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    epoch: Option<i64>,
    session: Option<String>,
    sessions: Option<Vec<String>>,
}

#[derive(Default)]
struct Known {
    current: bool,
    last_byte: Option<Instant>,
    /// Event ids are times in microseconds.
    last_id: String,
    epochs: HashMap<String, (Instant, i64)>,
    /// Ids of users and sessions.
    gone: HashMap<String, Instant>,
}

#[derive(Clone)]
pub struct Ends(Arc<Mutex<Known>>);

impl Ends {
    /// The first connection asks for the ends of [`KEEP`] ago: one may be older than this process.
    pub fn follow(http: reqwest::Client, issuer: &str, client_id: String, client_secret: String) -> Self {
        let begin =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().saturating_sub(KEEP);
        let ends =
            Self(Arc::new(Mutex::new(Known { last_id: begin.as_micros().to_string(), ..Known::default() })));
        let (url, following) = (format!("{issuer}/api/events/stream"), ends.clone());
        rt::spawn(async move {
            loop {
                let request = http.get(&url).basic_auth(&client_id, Some(&client_secret));
                if let Err(error) = following.listen(request).await {
                    eprintln!("the stream of ends: {error}");
                }
                following.known().current = false;
                rt::time::sleep(Duration::from_secs(1)).await;
            }
        });
        ends
    }

    async fn listen(&self, request: reqwest::RequestBuilder) -> Result<(), Box<dyn std::error::Error>> {
        let last_id = self.known().last_id.clone();
        let answer = rt::time::timeout(SILENCE, request.header("last-event-id", last_id).send()).await??;
        let mut bytes = answer.error_for_status()?.bytes_stream();
        let mut rest = Vec::new();
        while let Some(part) = rt::time::timeout(SILENCE, bytes.next()).await? {
            rest.extend_from_slice(&part?);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                self.take(std::str::from_utf8(&line)?.trim_end())?;
            }
            self.known().last_byte = Some(Instant::now());
        }
        Ok(())
    }

    /// An end is told at least once: taking it twice changes nothing.
    fn take(&self, line: &str) -> serde_json::Result<()> {
        let (now, mut known) = (Instant::now(), self.known());
        if line == ": current" {
            known.current = true;
        } else if let Some(id) = line.strip_prefix("id:") {
            known.last_id = id.trim().to_owned();
        } else if let Some(data) = line.strip_prefix("data:") {
            let event: Event = serde_json::from_str(data)?;
            if let Some(user) = event.user_id {
                match (event.kind.as_str(), event.data.epoch) {
                    ("access_ended", Some(epoch)) => {
                        // The highest: an older end may come again, or late.
                        let last = known.epochs.entry(user).or_insert((now, epoch));
                        *last = (now, epoch.max(last.1));
                    }
                    // A deactivation comes with access_ended, and may be taken back.
                    ("user_deleted", _) => drop(known.gone.insert(user, now)),
                    _ => {}
                }
            }
            for session in event.data.sessions.into_iter().flatten().chain(event.data.session) {
                known.gone.insert(session, now);
            }
            known.epochs.retain(|_, (at, _)| now - *at < KEEP);
            known.gone.retain(|_, at| now - *at < KEEP);
        }
        Ok(())
    }

    pub fn fresh(&self) -> bool {
        let known = self.known();
        known.current && known.last_byte.is_some_and(|at| at.elapsed() < SILENCE)
    }

    pub fn ended(&self, sub: &str, sid: Option<&str>, epoch: i64) -> bool {
        let known = self.known();
        let names: HashSet<&str> = sid.into_iter().chain([sub]).collect();
        known.epochs.get(sub).is_some_and(|(_, last)| *last > epoch)
            || names.iter().any(|name| known.gone.contains_key(*name))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
