//! Counts for charts, collected in memory and added to the stored ones every ten seconds, so that no request writes one. A crash loses
//! seconds of counts, never an event.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use vestibule_core::{ids::WorkspaceId, sets::CountKind, time::Micros};
use vestibule_store::trail::counts::{self, Count};

/// The most rows between two writes, so that a flood of workspaces does not fill the memory.
const MOST: usize = 10_000;

type Row = (WorkspaceId, i64, CountKind, String);

/// The counts since the last write.
#[derive(Debug, Default)]
pub struct Counts(Mutex<HashMap<Row, i64>>);

impl Counts {
    /// Counts something of a workspace.
    pub fn note(&self, workspace_id: &WorkspaceId, kind: CountKind, now: Micros) {
        self.note_of(workspace_id, kind, "", now);
    }

    /// Counts something of a webhook.
    pub fn note_of(&self, workspace_id: &WorkspaceId, kind: CountKind, webhook_id: &str, now: Micros) {
        let row = (workspace_id.clone(), counts::hour_of(now), kind, webhook_id.to_owned());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST || all.contains_key(&row) {
            *all.entry(row).or_default() += 1;
        }
    }

    pub(super) fn take(&self) -> Vec<Count> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let count =
            |((workspace_id, hour, kind, subject), times)| Count { workspace_id, hour, kind, subject, times };
        taken.into_iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_in_an_hour_is_one_row() {
        let (counts, acme) = (Counts::default(), WorkspaceId::new(1));
        for minutes in [1, 2, 59, 60] {
            counts.note(&acme, CountKind::SignedIn, minutes * 60_000_000);
        }
        counts.note_of(&acme, CountKind::WebhookFailed, "w", 1);
        let mut taken = counts.take();
        taken.sort();
        let rows: Vec<_> =
            taken.iter().map(|one| (one.hour, one.kind, one.subject.as_str(), one.times)).collect();
        assert_eq!(
            rows,
            [
                (0, CountKind::SignedIn, "", 3),
                (0, CountKind::WebhookFailed, "w", 1),
                (1, CountKind::SignedIn, "", 1)
            ]
        );
        assert!(counts.take().is_empty());
    }

    #[test]
    fn a_flood_of_workspaces_stays_small() {
        let counts = Counts::default();
        for number in 0..MOST + 5 {
            counts.note(&WorkspaceId::from_stored(number.to_string()), CountKind::SignedIn, 1);
        }
        counts.note(&WorkspaceId::from_stored("0".to_owned()), CountKind::SignedIn, 1);
        let taken = counts.take();
        assert_eq!(taken.len(), MOST);
        assert!(taken.iter().any(|one| one.times == 2), "what is counted already is counted on");
    }
}
