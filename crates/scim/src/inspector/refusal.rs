//! Errors of SCIM requests as the request inspector shows them, with advice for the administrator.

use vestibule_web::observe::inspect::{IN_OKTA, Note, redact};

use crate::http::error::ScimError;

/// Records why a request was refused. Leaves out the quotations in the sentence if the request may contain a secret.
pub(crate) fn record(note: &Note, refusal: &ScimError, query: &str) {
    if !note.is_on() {
        return;
    }
    let detail = match refusal {
        ScimError::Internal(_) => "the server could not finish".to_owned(),
        ScimError::Rejected(_) | ScimError::Taken(_) => {
            let detail = refusal.detail();
            match redact::mentions_secret(query) || redact::mentions_secret(&detail) {
                true => redact::without_quotes(&detail),
                false => detail,
            }
        }
        other => other.detail(),
    };
    note.refused(refusal.name(), detail);
    note.advised(advice(refusal));
}

/// What the administrator can do, if that is known, a sentence a line. A line about Okta's labels begins with [`IN_OKTA`]: pages of a
/// workspace with other providers leave it out.
fn advice(refusal: &ScimError) -> Vec<String> {
    let (sentence, in_okta) = match refusal.name() {
        "unauthenticated" => (
            "At the provider, enter a token of this workspace, and its base URL of this region; then test.",
            "Provisioning › Integration.",
        ),
        "scope" => (
            "Create a token with this scope, or authorize the provider's SCIM client again, and approve it.",
            "",
        ),
        "uniqueness" => (
            "Look for the user or group that has this name: link to it at the provider, or rename one of the two.",
            "",
        ),
        "invalidFilter" => {
            ("Vestibule never guesses what a filter means. Compare its attributes with /Schemas.", "")
        }
        "mutability" => (
            "In the provider's attribute mappings, remove the attributes that must not be written.",
            "Provisioning › To App › Attribute Mappings.",
        ),
        "invalidValue" | "invalidSyntax" | "invalidPath" | "noTarget" => (
            "Compare the provider's mapping of this attribute with /Schemas: roles and entitlements are lists of objects with a value.",
            "Provisioning › To App.",
        ),
        "not_found" => (
            "It was deleted here, or is another workspace's: at the provider, unassign and assign the person again, or push the group again.",
            "",
        ),
        "rate" => ("Nothing: the provider tries again by itself.", ""),
        _ => return Vec::new(),
    };
    let in_okta = (!in_okta.is_empty()).then(|| format!("{IN_OKTA}{in_okta}"));
    std::iter::once(sentence.to_owned()).chain(in_okta).collect()
}
