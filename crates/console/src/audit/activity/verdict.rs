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
            (Some(fault), _) => format!("The trail is not intact: {fault}."),
            (None, 1) => "The trail is intact: its one line is unchanged.".to_owned(),
            (None, lines) => {
                let met = if with_head { ", and the saved checkpoint is in it" } else { "" };
                format!("The trail is intact: all {lines} lines are unchanged, and none is missing{met}.")
            }
        };
        let unchained = match verified.unchained {
            0 => String::new(),
            lines => {
                format!(
                    " {lines} older lines were written before the hash chain existed; they can't be verified."
                )
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
