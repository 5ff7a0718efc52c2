//! A finding of the doctor: what was seen, what it means, what to change in Okta.

use serde_json::{Value, json};
use vestibule_core::{
    ids::{ConnectionId, UserId},
    time::{self, Micros},
};
use vestibule_store::providers::sightings::Sighting;
use vestibule_web::pages::isolate;

use super::history::Refused;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Something does not work.
    Bad,
    /// Something will not work, or does harm.
    Warn,
    /// Information only.
    Note,
}

impl Weight {
    /// The name in JSON and in stylesheets.
    pub fn name(self) -> &'static str {
        match self {
            Weight::Bad => "bad",
            Weight::Warn => "warn",
            Weight::Note => "note",
        }
    }
}

/// One thing to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The place, in Okta's own labels, or a page of ours.
    pub place: String,
    /// The exact text to put there; `None`: the place says what to do.
    pub value: Option<String>,
}

/// The connection of a finding or a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub connection: ConnectionId,
    /// Its name, where the text must begin with it.
    pub name: Option<String>,
    /// Whether the workspace has other connections.
    pub has_others: bool,
}

impl About {
    /// The text with the connection's name before it, if it must have one.
    pub(super) fn name(&self, text: &str) -> String {
        match &self.name {
            Some(name) => format!("{}: {text}", isolate(name)),
            None => text.to_owned(),
        }
    }

    /// Adds the connection to the JSON of a finding or check, if the workspace has others.
    pub(super) fn add_to(about: Option<&Self>, json: &mut Value) {
        if let (Some(connection), Some(members)) = (about.and_then(Self::among_several), json.as_object_mut())
        {
            members.insert("connection".to_owned(), json!(connection));
        }
    }

    /// The connection, if the workspace has others.
    fn among_several(&self) -> Option<&ConnectionId> {
        self.has_others.then_some(&self.connection)
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A name that never changes.
    pub id: &'static str,
    /// The severity.
    pub weight: Weight,
    /// The step of the set-up it belongs to: 2 OIDC, 3 settings, 4 Universal Logout, 5 SCIM, 6 entitlements; 7 SAML, 8 AI access.
    pub step: u8,
    /// What was seen.
    pub saw: String,
    /// What it means.
    pub means: String,
    /// What to change.
    pub change: Vec<Change>,
    /// When it was last seen.
    pub at: Option<Micros>,
    /// When it was first seen.
    pub since: Option<Micros>,
    /// How often it was seen since then.
    pub times: Option<i64>,
    /// The people whom it stopped, as far as they are here.
    pub people: Vec<UserId>,
    /// The connection it is about; `None`: the workspace.
    pub(crate) about: Option<About>,
}

impl Finding {
    pub(super) fn new(
        id: &'static str,
        weight: Weight,
        step: u8,
        saw: impl Into<String>,
        means: impl Into<String>,
    ) -> Self {
        Self {
            id,
            weight,
            step,
            saw: saw.into(),
            means: means.into(),
            change: Vec::new(),
            at: None,
            since: None,
            times: None,
            people: Vec::new(),
            about: None,
        }
    }

    /// Says which connection it is about.
    pub(super) fn about(mut self, about: &About) -> Self {
        self.saw = about.name(&self.saw);
        self.about = Some(about.clone());
        self
    }

    /// The id of its element on a page.
    pub(crate) fn anchor(&self) -> String {
        match self.about.as_ref().and_then(About::among_several) {
            Some(connection) => format!("finding-{}-{connection}", self.id),
            None => format!("finding-{}", self.id),
        }
    }

    pub(super) fn at(mut self, at: Micros) -> Self {
        self.at = Some(at);
        self
    }

    /// Says when it was first and last seen, and how often.
    pub(super) fn seen(self, seen: &Sighting) -> Self {
        Self { since: Some(seen.first_at), times: Some(seen.times), ..self.at(seen.last_at) }
    }

    /// Says when it was first and last refused, and whom.
    pub(super) fn refused(self, refused: &Refused) -> Self {
        Self { since: Some(refused.since), people: refused.people.clone(), ..self.at(refused.at) }
    }

    /// Adds a place to change.
    pub(super) fn go(mut self, place: impl Into<String>) -> Self {
        self.change.push(Change { place: place.into(), value: None });
        self
    }

    /// Adds a field and its exact text.
    pub(super) fn put(mut self, place: impl Into<String>, value: impl Into<String>) -> Self {
        self.change.push(Change { place: place.into(), value: Some(value.into()) });
        self
    }

    /// The finding as JSON.
    pub(super) fn json(&self) -> Value {
        let change: Vec<_> = self
            .change
            .iter()
            .map(|change| json!({ "place": change.place, "value": change.value }))
            .collect();
        let mut finding = json!({
            "id": self.id, "weight": self.weight.name(), "saw": self.saw, "means": self.means,
            "change": change, "at": self.at.map(time::rfc3339), "since": self.since.map(time::rfc3339),
            "times": self.times, "people": self.people,
        });
        About::add_to(self.about.as_ref(), &mut finding);
        finding
    }
}
