//! The use of a connection, of either protocol: sightings, refused and successful sign-ins, Universal Logouts.

use std::collections::BTreeMap;

use serde_json::Value;
use vestibule_core::{
    ids::UserId,
    time::{Micros, SECOND},
};
use vestibule_store::{providers::sightings::Sighting, trail::events::Event};
use vestibule_web::observe::sightings::SightingKind;

/// A day, in microseconds.
pub(crate) const DAY: Micros = 86_400 * SECOND;
/// The age from which facts no longer count.
pub(crate) const RECENT: Micros = 7 * DAY;
/// The sightings of people and of the provider using a connection.
const USES: [SightingKind; 6] = [
    SightingKind::SignInBegan,
    SightingKind::SignInCameBack,
    SightingKind::SignedIn,
    SightingKind::LogoutRefused,
    SightingKind::SamlLogout,
    SightingKind::SamlLogoutRefused,
];

/// Refusals of one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub times: usize,
    /// The time of the newest.
    pub at: Micros,
    /// The time of the oldest.
    pub since: Micros,
    /// The people who are here, at most [`PEOPLE`], the newest first.
    pub people: Vec<UserId>,
    /// The sentence of the newest.
    pub detail: String,
}

/// How many people are named who were refused for the same reason.
const PEOPLE: usize = 5;

impl Refused {
    /// Adds the person, if they are here.
    pub(super) fn add_person(&mut self, event: &Event) {
        let Some(id) = event.target.strip_prefix("user:") else { return };
        if self.people.len() < PEOPLE && !self.people.iter().any(|one| one.as_str() == id) {
            self.people.push(UserId::from_stored(id));
        }
    }
}

/// The use of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub now: Micros,
    pub sightings: BTreeMap<String, Sighting>,
    /// Refused sign-ins of the last week, by reason; of SAML, by the check that failed.
    pub refused: BTreeMap<String, Refused>,
    /// The last successful sign-in.
    pub signed_in: Option<Micros>,
    /// The last successful Universal Logout.
    pub logout: Option<Micros>,
    /// The newest refused Universal Logout: when, its reason, its sentence.
    pub logout_refused: Option<(Micros, String, String)>,
}

impl History {
    /// The sighting of a kind, if it is recent.
    pub(crate) fn seen(&self, sight: SightingKind) -> Option<&Sighting> {
        self.sightings.get(sight.name()).filter(|sighting| self.now - sighting.last_at < RECENT)
    }

    /// The time of the last sighting of a kind, however long ago.
    pub(crate) fn last(&self, sight: SightingKind) -> Option<Micros> {
        self.sightings.get(sight.name()).map(|sighting| sighting.last_at)
    }

    /// Whether somebody signed in since.
    pub(crate) fn has_signed_in_since(&self, at: Micros) -> bool {
        self.signed_in.is_some_and(|signed_in| signed_in > at)
    }

    /// Whether somebody or the provider used the connection in the last week.
    pub(crate) fn is_recent(&self) -> bool {
        USES.into_iter().any(|sight| self.seen(sight).is_some())
            || !self.refused.is_empty()
            || self.logout.is_some_and(|at| self.now - at < RECENT)
    }

    /// Adds a refused sign-in. The newest comes first.
    pub(super) fn add_refused(&mut self, reason: &str, detail: &str, at: Micros) -> &mut Refused {
        let first = || Refused { times: 0, at, since: at, people: Vec::new(), detail: detail.to_owned() };
        let refused = self.refused.entry(reason.to_owned()).or_insert_with(first);
        refused.times += 1;
        refused.since = at;
        refused
    }

    /// Adds a refused sign-in by SAML. The reason of a refused response is the check that failed.
    pub(super) fn add_refused_by_saml(&mut self, reason: &str, detail: &str, at: Micros) -> &mut Refused {
        match (reason, detail.split_once(": ")) {
            ("saml_response", Some((check, sentence))) => self.add_refused(check, sentence, at),
            _ => self.add_refused(reason, detail, at),
        }
    }

    /// Forgets what happened before the connection was changed to another app or another provider.
    pub(super) fn forget_replaced(&mut self) {
        let Some(replaced) = self.last(SightingKind::ConnectionReplaced) else { return };
        let of_this = |at: &Micros| *at >= replaced;
        self.sightings.retain(|_, one| of_this(&one.last_at));
        self.refused.retain(|_, refused| of_this(&refused.at));
        self.signed_in = self.signed_in.filter(of_this);
        self.logout = self.logout.filter(of_this);
        self.logout_refused = self.logout_refused.take().filter(|(at, ..)| of_this(at));
    }
}

/// A text member of an event's data.
pub(super) fn text(event: &Event, name: &str) -> String {
    event.data_or_text().get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
