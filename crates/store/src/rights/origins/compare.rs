//! Compares what a user has with what was recorded, and finds the line of the trail that made the difference. Pure.

use std::collections::BTreeMap;

use vestibule_core::{ids::UserId, time::Micros};

use super::{Origin, Right, candidate::Candidate};

/// The result for one user.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// What is to be recorded; `None`: nothing changed.
    pub(super) origins: Option<Vec<Origin>>,
    /// Lines to write about the user: index of the cause, what was gained, what was lost.
    pub(super) lines: BTreeMap<usize, (Vec<Right>, Vec<Right>)>,
}

/// Compares a user. A difference that no line explains is recorded without a cause if these lines are the last ones that change rights;
/// otherwise it is left for a later line.
pub(super) fn compare(
    user_id: &UserId,
    before: Vec<Origin>,
    now: &[Right],
    (lines, are_last): (&[Candidate], bool),
    at: Micros,
) -> Compared {
    let gained: Vec<&Right> =
        now.iter().filter(|right| !before.iter().any(|had| had.right == **right)).collect();
    let (mut origins, lost): (Vec<Origin>, Vec<Origin>) =
        before.into_iter().partition(|had| now.contains(&had.right));
    if gained.is_empty() && lost.is_empty() {
        return Compared::default();
    }
    let gave = |right: &Right| lines.iter().rposition(|line| line.may_give(user_id, right));
    let took = |right: &Right| lines.iter().rposition(|line| line.may_take(user_id, right));
    // Whoever gets the first role of their own loses the default role, and the other way round: by the same line.
    let not_default = |right: &&Right| right.source != "default";
    let last = gained.iter().copied().filter(not_default).filter_map(gave);
    let last = last.chain(lost.iter().map(|had| &had.right).filter(not_default).filter_map(took)).max();
    let because = |right: &Right, own: Option<usize>| match (last, right.source == "default") {
        (Some(last), true) => Some(last),
        _ => own,
    };
    let mut compared = Compared::default();
    let mut gained: Vec<(&Right, Option<usize>)> =
        gained.into_iter().map(|right| (right, because(right, gave(right)))).collect();
    for had in lost {
        let cause = because(&had.right, took(&had.right));
        let renamed = gained.iter().position(|(right, gave)| {
            cause.is_some() && *gave == cause && renamed(lines, cause, &had.right, right)
        });
        if let Some(place) = renamed {
            let (right, _) = gained.swap_remove(place);
            origins.push(Origin { right: right.clone(), ..had });
            continue;
        }
        match cause {
            Some(index) => compared.add(lines, index, &had.right, false),
            None if are_last => {}
            None => origins.push(had),
        }
    }
    for (right, cause) in gained {
        match cause.and_then(|index| lines.get(index).map(|line| (index, line))) {
            Some((index, line)) => {
                origins.push(Origin {
                    right: right.clone(),
                    since: Some(line.at),
                    recorded_at: at,
                    by: line.actor.clone(),
                    event_id: line.event_id.clone(),
                    seq: line.seq,
                });
                compared.add(lines, index, right, true);
            }
            None if are_last => origins.push(Origin::unknown(right.clone(), at)),
            None => {}
        }
    }
    origins.sort_by(|one, other| one.right.cmp(&other.right));
    compared.origins = Some(origins);
    compared
}

fn renamed(lines: &[Candidate], cause: Option<usize>, before: &Right, after: &Right) -> bool {
    cause.and_then(|index| lines.get(index)).is_some_and(|line| line.renamed(before, after))
}

impl Compared {
    fn add(&mut self, lines: &[Candidate], index: usize, right: &Right, is_gain: bool) {
        if lines.get(index).is_some_and(|line| line.says(right)) {
            return;
        }
        let (gained, lost) = self.lines.entry(index).or_default();
        if is_gain { gained.push(right.clone()) } else { lost.push(right.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::ids::WorkspaceId;

    use super::*;
    use crate::{db::json::Json, trail::events::Event};

    fn line(seq: i64, kind: &str, target: &str, data: &str) -> Candidate {
        let event = Event {
            workspace_id: WorkspaceId::from_stored("w"),
            seq,
            event_id: format!("event-{seq}"),
            kind: kind.to_owned(),
            actor: format!("actor-{seq}"),
            target: target.to_owned(),
            request_id: String::new(),
            data: Json::from_text(data.to_owned()),
            at: seq * 10,
            hash: String::new(),
        };
        Candidate::of(&event).unwrap_or_else(|| panic!("{kind} changes no right"))
    }

    fn had(right: Right) -> Origin {
        Origin { since: Some(1), by: "before".to_owned(), ..Origin::unknown(right, 1) }
    }

    fn of(before: Vec<Origin>, now: &[Right], lines: &[Candidate], are_last: bool) -> Compared {
        compare(&UserId::from_stored("ken"), before, now, (lines, are_last), 99)
    }

    fn joined(seq: i64, name: &str) -> Candidate {
        let data = format!(r#"{{"display_name":"{name}","added":1,"removed":0,"joined":["ken"],"left":[]}}"#);
        line(seq, "group_updated", "group:g", &data)
    }

    #[test]
    fn the_latest_line_that_can_have_done_it_is_the_cause() {
        let lines = [
            line(1, "user_created", "user:ken", "{}"),
            joined(2, "Ops"),
            joined(3, "Sales"),
            line(
                4,
                "mapping_set",
                "workspace",
                r#"{"group":"ops","roles":["viewer"],"entitlements":[],"before":null}"#,
            ),
            line(5, "user_updated", "user:ken", r#"{"changed":["roles"]}"#),
        ];
        let now = [Right::role("editor", "group:Ops"), Right::role("viewer", "group:Ops")];
        let compared = of(vec![had(Right::role("member", "default"))], &now, &lines, true);
        let origins = compared.origins.unwrap();
        let causes: Vec<_> = origins.iter().map(|one| (one.right.id.as_str(), one.seq, one.since)).collect();
        assert_eq!(causes, [("editor", 2, Some(20)), ("viewer", 4, Some(40))]);
        assert_eq!((origins[0].by.as_str(), origins[0].event_id.as_str()), ("actor-2", "event-2"));
        // The default role goes by the last of these lines, and is said there.
        let said: Vec<_> =
            compared.lines.iter().map(|(index, (gained, lost))| (*index, gained.len(), lost.len())).collect();
        assert_eq!(said, [(1, 1, 0), (3, 1, 1)]);
    }

    #[test]
    fn what_no_line_explains_waits_for_later_lines_or_has_no_date() {
        let (lines, now) = ([joined(2, "Sales")], [Right::role("editor", "group:Ops")]);
        let before = vec![had(Right::role("viewer", "manual"))];
        let waiting = of(before.clone(), &now, &lines, false);
        assert_eq!((waiting.origins, waiting.lines.len()), (Some(before.clone()), 0));
        let last = of(before, &now, &lines, true);
        assert_eq!(last.origins, Some(vec![Origin::unknown(now[0].clone(), 99)]));
        assert!(last.lines.is_empty());
    }

    #[test]
    fn another_name_of_the_group_keeps_the_date() {
        let data = r#"{"display_name":"Operations","renamed_from":"Ops","added":0,"removed":0,"joined":[],"left":[]}"#;
        let lines = [line(7, "group_updated", "group:g", data)];
        let now = [Right::role("editor", "group:Operations")];
        let compared = of(vec![had(Right::role("editor", "group:Ops"))], &now, &lines, true);
        let origins = compared.origins.unwrap();
        assert_eq!(
            (&origins[0].right, origins[0].since, origins[0].by.as_str()),
            (&now[0], Some(1), "before")
        );
        assert!(compared.lines.is_empty());
    }

    #[test]
    fn what_did_not_change_is_not_written() {
        let same = Right::role("member", "default");
        assert!(of(vec![had(same.clone())], &[same], &[joined(2, "Ops")], true).origins.is_none());
    }
}
