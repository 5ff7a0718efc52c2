//! The state of a sync, in a sentence. Pure.

use vestibule_core::{
    providers::Provider,
    time::{self, Micros, SECOND},
};
use vestibule_store::providers::setup_progress::SetUp;

/// The state of a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyncStatus {
    pub sentence: String,
    pub running: bool,
}

impl SyncStatus {
    pub(crate) fn of(set_up: &SetUp, provider: &Provider, now: Micros) -> Self {
        let SetUp { people, done, with_roles, groups, .. } = set_up;
        let sentence = match (set_up.started_at, set_up.finished_at) {
            (None, _) => "Never.".to_owned(),
            (Some(_), None) => format!("{done} of {people} people sent to the app."),
            (Some(started), Some(finished)) => {
                #[expect(clippy::cast_precision_loss, reason = "seconds to look at")]
                let seconds = (finished - started) as f64 / SECOND as f64;
                let duration = if seconds < 1.0 { "under 1 s".to_owned() } else { format!("{seconds:.1} s") };
                format!(
                    "{done} {} and {groups} {}, {}; finished in {duration}. {with_roles} {} a role assigned through {}.",
                    if *done == 1 { "person" } else { "people" },
                    if *groups == 1 { "group" } else { "groups" },
                    time::relative(finished, now),
                    if *with_roles == 1 { "person has" } else { "people have" },
                    provider.name,
                )
            }
        };
        Self { sentence, running: set_up.started_at.is_some() && set_up.finished_at.is_none() }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::{ids::WorkspaceId, sets::ProviderKind};

    use super::*;

    #[test]
    fn a_sync_has_a_sentence() {
        let okta = ProviderKind::Okta.facts();
        let mut set_up = SetUp::new(WorkspaceId::new(0));
        assert_eq!(
            SyncStatus::of(&set_up, okta, 0),
            SyncStatus { sentence: "Never.".to_owned(), running: false }
        );
        (set_up.started_at, set_up.seen_at, set_up.people, set_up.done) = (Some(0), Some(0), 300, 100);
        assert_eq!(
            SyncStatus::of(&set_up, okta, 0),
            SyncStatus { sentence: "100 of 300 people sent to the app.".to_owned(), running: true }
        );
        (set_up.finished_at, set_up.done, set_up.groups, set_up.with_roles) = (Some(1_500_000), 1, 2, 1);
        let status = SyncStatus::of(&set_up, okta, 1_500_000);
        assert!(status.sentence.starts_with("1 person and 2 groups, "), "{}", status.sentence);
        assert!(
            status.sentence.ends_with("finished in 1.5 s. 1 person has a role assigned through Okta.")
                && !status.running
        );
    }
}
