//! The source of a role or entitlement, in words.

use vestibule_core::sets::AssignmentSource;
use vestibule_store::rights::roles::Source;

/// "by hand", "Okta", "the group Engineering", …
pub(crate) fn words(source: &Source) -> String {
    match source {
        Source::Group(name) => format!("the group {name}"),
        Source::Claim(name) => format!("the group {name}, from Okta at sign-in"),
        Source::Default => "by default".to_owned(),
        Source::Assigned(AssignmentSource::Scim) => "Okta".to_owned(),
        Source::Assigned(AssignmentSource::ScimEntitlements) => "Okta, as an entitlement".to_owned(),
        Source::Assigned(AssignmentSource::Manual) => "by hand".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_words() {
        for (source, expected) in [
            (Source::Assigned(AssignmentSource::Scim), "Okta"),
            (Source::Assigned(AssignmentSource::ScimEntitlements), "Okta, as an entitlement"),
            (Source::Assigned(AssignmentSource::Manual), "by hand"),
            (Source::Default, "by default"),
            (Source::Group("a:b".to_owned()), "the group a:b"),
            (Source::Claim("Ops".to_owned()), "the group Ops, from Okta at sign-in"),
        ] {
            assert_eq!(words(&source), expected);
        }
    }
}
