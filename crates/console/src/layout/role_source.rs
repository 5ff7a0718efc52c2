//! The source of a role or entitlement, in words.

use vestibule_core::{providers::Provider, sets::AssignmentSource};
use vestibule_store::rights::roles::Source;

/// "by hand", "Okta", "the group Engineering", …
pub(crate) fn words(source: &Source, provider: &Provider) -> String {
    match source {
        Source::Group(name) => format!("the group {name}"),
        Source::Claim(name) => format!("the group {name}, from {} at sign-in", provider.name),
        Source::Default => "by default".to_owned(),
        Source::Assigned(AssignmentSource::Scim) => provider.label.to_owned(),
        Source::Assigned(AssignmentSource::ScimEntitlements) => {
            format!("{}, as an entitlement", provider.label)
        }
        Source::Assigned(AssignmentSource::Manual) => "by hand".to_owned(),
    }
}

/// A source in its text form, in words.
pub(crate) fn of_text(text: &str, provider: &Provider) -> String {
    Source::of_text(text).map_or_else(|| text.to_owned(), |source| words(&source, provider))
}

#[cfg(test)]
mod tests {
    use vestibule_core::sets::ProviderKind;

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
            assert_eq!(words(&source, ProviderKind::Okta.facts()), expected);
        }
    }
}
