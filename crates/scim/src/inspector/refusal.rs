//! Errors of SCIM requests as the request inspector shows them, with advice for the administrator.

use vestibule_web::observe::inspect::{Note, redact};

use crate::http::error::ScimError;

/// Records why a request was refused. Leaves out the quotations in the sentence if the request may contain a secret.
pub(crate) fn record(note: &Note, refusal: &ScimError, query: &str) {
    if !note.is_on() {
        return;
    }
    let detail = match refusal {
        ScimError::Internal(_) => "the server could not finish".to_owned(),
        ScimError::Rejected(rejection)
            if redact::mentions_secret(query) || redact::mentions_secret(&rejection.detail) =>
        {
            redact::without_quotes(&rejection.detail)
        }
        other => other.detail(),
    };
    note.refused(refusal.name(), detail);
    note.advised(advice(refusal).map(str::to_owned));
}

/// What the administrator can do, if that is known.
fn advice(refusal: &ScimError) -> Option<&'static str> {
    let words = match refusal.name() {
        "unauthenticated" => {
            "In Okta, under Provisioning → Integration, enter a token of this workspace, and its base URL of this region; then Test."
        }
        "scope" => {
            "Create a token with this scope, or authenticate Okta's SCIM client again, and approve it."
        }
        "uniqueness" => {
            "Look for the user or group that has this name: link to it in Okta, or rename one of the two."
        }
        "invalidFilter" => {
            "Vestibule never guesses what a filter means. Compare its attributes with /Schemas."
        }
        "mutability" => "In Okta's attribute mappings, remove the attributes that must not be written.",
        "invalidValue" | "invalidSyntax" | "invalidPath" | "noTarget" => {
            "In Okta, under Provisioning → To App, compare the mapping of this attribute with /Schemas: roles and entitlements are lists of objects with a value."
        }
        "not_found" => {
            "It was deleted here, or is another workspace's: in Okta, unassign and assign the person again, or push the group again."
        }
        "rate" => "Nothing: Okta tries again by itself.",
        _ => return None,
    };
    Some(words)
}
