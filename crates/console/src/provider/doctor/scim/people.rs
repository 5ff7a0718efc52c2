//! Findings about people whom provisioning does not manage, and about what was not carried out. Pure.

use vestibule_core::{providers::Provider, sets::OktaAppKind};
use vestibule_web::observe::sightings::SightingKind;

use crate::provider::doctor::{
    Facts, Finding,
    Weight::{Bad, Note, Warn},
};

/// The findings.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let at = facts.provider();
    let Provider { name, label, scim, .. } = at;
    let refused = facts.seen(SightingKind::UnknownMembers);
    if facts.parked > 0 || refused.is_some() {
        let saw = match (facts.parked, refused) {
            (0, Some(seen)) => {
                format!(
                    "A pushed group names people who are not provisioned here, and was refused: {}.",
                    seen.detail
                )
            }
            (1, _) => "A pushed group names one person who is not provisioned here.".to_owned(),
            (many, _) => format!("Pushed groups name {many} people who are not provisioned here."),
        };
        let then = if facts.parked > 0 {
            "They join when they are provisioned."
        } else {
            "The group was not changed. Push it again once everyone in it is provisioned."
        };
        found.push(
            Finding::new("group_overlap", Warn, 5, saw, if at.is_okta() {
                format!("{then} This is usual if one group is used both to assign the app and for Push Groups: Okta pushes members before it has created them, and some never.")
            } else {
                format!("{then} {label} sends the members of a group before it has created them.")
            })
                .go(if at.is_okta() {
                    "Okta: Push Groups: use other groups than those under Assignments".to_owned()
                } else {
                    at.place(scim.groups)
                })
                .go(if at.is_okta() {
                    "Okta: Assignments: assign everybody in the pushed groups".to_owned()
                } else {
                    at.place("provision everybody in the groups, too")
                }),
        );
    }
    let never = facts.last(SightingKind::ScimAnswered).is_none() && facts.provisioned == 0;
    // Another provider may well sign people in without provisioning them.
    if at.is_okta() && never && facts.has_signed_in() && facts.paste.app_kind != OktaAppKind::Catalog {
        found.push(
            Finding::new("oidc_without_scim", Warn, 5, "People sign in through Okta, and no provisioning request ever came.", "An OIDC app created with Okta's wizard can't do SCIM: it has no Provisioning tab. A catalog app can, once provisioning is switched on.")
                .go("Okta: Applications › Create App Integration › SWA - Secure Web Authentication; then General › Provisioning: SCIM; then the set-up step Provisioning")
                .put(format!("Okta: Provisioning › Integration › {} of that app", facts.paste.base_url_label()), facts.paste.base_url()),
        );
    }
    if facts.unmanaged > 0 {
        let saw = match facts.unmanaged {
            1 => format!(
                "One active person was created by signing in, and {name}'s provisioning does not know them."
            ),
            many => format!(
                "{many} active people were created by signing in, and {name}'s provisioning does not know them."
            ),
        };
        found.push(
            Finding::new("not_managed", if never { Note } else { Warn }, 5, saw, if at.is_okta() {
                "When they are deactivated or unassigned in Okta, Okta sends no deactivation: only Universal Logout ends their access, and their account stays.".to_owned()
            } else {
                format!("When they are deactivated or unassigned in {name}, no deactivation comes: their access and their account stay.")
            })
                .go(at.place(if at.is_okta() {
                    "Assignments: assign them to the app that provisions; they are recognized and not created twice"
                } else {
                    "let the app provision them; they are recognized and not created twice"
                }))
                .go(at.place(scim.deactivates)),
        );
    }
    if facts.held {
        found.push(
            Finding::new(
                "held",
                Bad,
                5,
                format!("Pushes from {name} that remove access are blocked."),
                "Too many people, or the last owner, would have lost access within an hour.",
            )
            .go(format!("{}, above: allow them, or keep them blocked", at.page_label())),
        );
    }
    if facts.undelivered {
        found.push(
            Finding::new(
                "undelivered",
                Warn,
                5,
                "A message to your app was not delivered.",
                "Your app may not know of a change or an end of access.",
            )
            .go("Webhooks: check the response of the receiver, and retry"),
        );
    }
    found
}
