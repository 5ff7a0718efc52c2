//! The result of verifying the trail, in words. Pure.

use vestibule_store::trail::events::Verified;

/// The result of a verification.
pub(super) struct Verdict {
    pub holds: bool,
    pub sentence: String,
    /// The hash of the last line, for the reader to store elsewhere.
    pub head: String,
    /// The number of the last line.
    pub seq: i64,
}

impl Verdict {
    /// Says what was verified; `with_head`: the reader gave a head that they stored before.
    pub(super) fn of(verified: &Verified, with_head: bool) -> Self {
        let sentence = match (&verified.fault, verified.events) {
            (Some(fault), _) => format!("The trail does not hold: {fault}."),
            (None, 1) => "The trail holds: its one line is as it was written.".to_owned(),
            (None, lines) => {
                let met = if with_head { ", and the head you kept is in it" } else { "" };
                format!(
                    "The trail holds: all {lines} lines are as they were written, and none is missing{met}."
                )
            }
        };
        let unchained = match verified.unchained {
            0 => String::new(),
            lines => {
                format!(" {lines} older lines are of before there was a chain; nothing vouches for them.")
            }
        };
        Self {
            holds: verified.fault.is_none(),
            sentence: sentence + &unchained,
            head: verified.head.hash.clone(),
            seq: verified.head.seq,
        }
    }
}
