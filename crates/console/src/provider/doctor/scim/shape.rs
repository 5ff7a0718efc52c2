//! Findings about documents in a wrong form, such as Okta's defaults send. Pure.

use vestibule_web::observe::sightings::SightingKind;

use crate::provider::doctor::{Facts, Finding, Weight::Warn};

/// The default mappings of Okta that send a type without a value: label and expression.
const TYPES: [(&str, &str); 3] = [
    ("Primary email type", "(user.email != null && user.email != '') ? 'work' : ''"),
    ("Primary phone type", "(user.primaryPhone != null && user.primaryPhone != '') ? 'work' : ''"),
    ("Address type", "(user.streetAddress != null && user.streetAddress != '') ? 'work' : ''"),
];

/// The findings.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    [roles(facts), types(facts), taken(facts)].into_iter().flatten().collect()
}

fn roles(facts: &Facts) -> Option<Finding> {
    let (seen, at) = (facts.seen(SightingKind::RolesAsText)?, facts.provider());
    let finding = Finding::new(
        "roles_as_text",
        Warn,
        6,
        "Roles come as text, not as an array.",
        "They are accepted here, one role each; the attribute can't contain two until it is an array.",
    )
    .seen(seen);
    Some(match at.is_okta() {
        true => finding.put("Okta: Profile Editor › the app's attribute roles › Data type", "string array"),
        false => finding.go(at.place(&format!("{}: send roles as an array", at.scim.mappings))),
    })
}

fn types(facts: &Facts) -> Option<Finding> {
    let (seen, at) = (facts.seen(SightingKind::EmptyTypes)?, facts.provider());
    let finding = |means: &str| {
        let saw = format!("Updates contain {} that have a type and nothing else.", seen.detail);
        Finding::new("empty_types", Warn, 5, saw, means).seen(seen)
    };
    if !at.is_okta() {
        let found = finding(
            "A mapping sends a type even where there is no value, which overwrites what a PUT should keep.",
        );
        return Some(found.go(at.place(&format!("{}: send no type without a value", at.scim.mappings))));
    }
    let found = finding(
        "Three default mappings of Okta send a type even where there is no value, which overwrites what a PUT should keep. They are not needed.",
    );
    Some(TYPES.into_iter().fold(found, |found, (name, mapping)| {
        let place = format!("Okta: Provisioning › To App › Attribute Mappings: delete {name}, which is");
        found.put(place, mapping)
    }))
}

fn taken(facts: &Facts) -> Option<Finding> {
    let (seen, at) = (facts.seen(SightingKind::Taken)?, facts.provider());
    let saw = format!("{} tried to create a person who already exists: {}.", at.label, seen.detail);
    let means = format!(
        "Two people in {} have the same user name or externalId, or one person was created twice.",
        at.name
    );
    let found = Finding::new("taken", Warn, 5, saw, means).seen(seen);
    Some(match at.is_okta() {
        true => found
            .put(
                "Okta: Profile Editor, the app's attribute externalId: map it, unique to each person, from",
                "user.getInternalProperty(\"id\")",
            )
            .go("Okta: Sign On › Application username format must be the same as before"),
        false => found
            .go(at.place(&format!("{}: map externalId, unique to each person", at.scim.mappings)))
            .go(at.place(&format!("{}: map userName as before", at.scim.mappings))),
    })
}
