//! The parameters of a list as the request inspector shows them.

use vestibule_web::observe::inspect::{
    Note,
    redact::{self, HIDDEN, clip},
};

use crate::{inspector::filter::without_secrets, query::parameters::ListParameters};

/// Records the filter in its canonical form, and order and paging. A filter that could not be read is shown as it was
/// sent, unless it may contain a secret.
pub(crate) fn record(note: &Note, parameters: &ListParameters) {
    if let Some(sent) = &parameters.filter {
        match sent.parsed() {
            Ok(filter) => {
                note.understood("filter", || clip(&without_secrets(filter).to_string()).into());
            }
            Err(_) => {
                note.understood("filter_not_understood", || match redact::mentions_secret(&sent.text) {
                    true => HIDDEN.into(),
                    false => clip(&sent.text).into(),
                });
            }
        }
    }
    for (name, value) in [("sort_by", &parameters.sort_by), ("sort_order", &parameters.sort_order)] {
        if let Some(value) = value {
            note.understood(name, || clip(value).into());
        }
    }
    if parameters.cursor.is_some() {
        note.understood("pages", || "by cursor".into());
    }
}
