//! The filter of the page, from its address. Pure.

use url::form_urlencoded::Serializer;
use vestibule_core::sets::EventKind;
use vestibule_web::http::input::Parameters;

/// The filter as typed; an empty field filters nothing.
#[derive(Default)]
pub(super) struct Filter {
    pub kind: String,
    /// The actor.
    pub who: String,
    /// The person whom the event is about.
    pub person: String,
    pub request: String,
    /// Only lines before this one.
    pub before: Option<i64>,
}

impl Filter {
    pub(super) fn of(query: &Parameters) -> Self {
        let text = |name: &str| query.text(name).trim().chars().take(256).collect::<String>();
        let kind = text("kind");
        Self {
            kind: if kind.parse::<EventKind>().is_ok() { kind } else { String::new() },
            who: text("who"),
            person: text("person"),
            request: text("request"),
            before: query.get("before").and_then(|before| before.parse().ok()),
        }
    }

    /// Whether it leaves lines out.
    pub(super) fn is_narrow(&self) -> bool {
        [&self.kind, &self.who, &self.person, &self.request].iter().any(|text| !text.is_empty())
    }

    /// The address of the page with the lines before this one.
    pub(super) fn link(&self, before: i64) -> String {
        let before = before.to_string();
        let pairs = [
            ("kind", &self.kind),
            ("who", &self.who),
            ("person", &self.person),
            ("request", &self.request),
            ("before", &before),
        ];
        let mut address = Serializer::new(String::new());
        address.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("/activity?{}", address.finish())
    }
}
