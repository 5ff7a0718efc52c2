//! Findings about provisioning: steps 5 and 6. Pure.

use vestibule_core::sets::OktaAppKind;
use vestibule_store::access::tokens::Token;
use vestibule_web::{observe::sightings::Sight, pages::isolate};

use super::{
    facts::{DAY, Facts},
    finding::{
        Finding,
        Weight::{Bad, Note, Warn},
    },
};

/// How long before its end a token has a finding.
const AHEAD: i64 = 30 * DAY;
/// The age at which a token that was never used has a finding.
const UNUSED: i64 = DAY;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(address(facts));
    found.extend(strangers(facts));
    found.extend(facts.provisioning.iter().filter_map(|token| ends(facts, token)));
    found.extend(renewal(facts));
    found.extend(owners_only(facts));
    found.extend(shape(facts));
    found.extend(people(facts));
    found.extend(facts.shared_names.iter().map(|names| shared_name(names)));
    found
}

/// Two people, or two groups, have one name: an older version accepted it in two encodings.
fn shared_name(names: &[String]) -> Finding {
    Finding::new(
        "shared_name",
        Bad,
        5,
        format!("One name exists here in two spellings: {}.", names.join(", ")),
        "They look alike and count as one name since this version. Both were kept, so a sign-in or a Universal Logout by that name can mean either.",
    )
    .go("Okta: rename or unassign the one that is wrong; or delete it over SCIM by its id. The name then finds the other one again")
}

fn base_url(facts: &Facts) -> (String, String) {
    (format!("Okta: Provisioning › Integration › {}", facts.paste.base_url_label()), facts.paste.base_url())
}

/// The base URL: what Okta has there, and what it accepts there (okta-facts §2.3).
fn address(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let (field, value) = base_url(facts);
    if let Some(seen) = facts.uncured(Sight::BaseUrl, Sight::ScimAnswered) {
        let value_there = &seen.detail;
        let means = match value_there {
            text if text.contains("app.")
                || text.contains("org.")
                || text.contains(['{', '}', '\'', '+', '$']) =>
            {
                "Okta did not fill in the template: each field has another syntax, and for this one the quotes must be typed."
            }
            text if text == "null" || text.is_empty() => {
                "The tenant setting is empty or has another name: it must be called team_id and contain the workspace id."
            }
            _ => "The base URL names another workspace than that of the token.",
        };
        let saw = format!("Okta's requests went to “{value_there}” instead of this workspace.");
        let finding = Finding::new("base_url", Bad, 5, saw, means).put(field, value).at(seen.last_at);
        found.push(match facts.paste.is_catalog() {
            true => finding
                .put("Okta: General › the app's tenant setting team_id", facts.paste.workspace_id.as_str()),
            false => finding,
        });
    }
    // Okta accepts no URL with an underscore, whatever the workspace.
    if facts.paste.api.contains('_') {
        found.push(
            Finding::new(
                "underscore",
                Bad,
                5,
                format!("The API's address {} contains an underscore.", facts.paste.api),
                "Okta accepts no base URL with an underscore.",
            )
            .go("Ask the operator: region.api_url must be an address without _"),
        );
    }
    found
}

/// Requests without a credential of this workspace.
fn strangers(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let (field, value) = base_url(facts);
    if let Some(seen) = facts.uncured(Sight::ScimStranger, Sight::ScimAnswered) {
        found.push(
            Finding::new("scim_credentials", Bad, 5, format!("A provisioning request was refused with 401. {}.", seen.detail), "Okta can create no user until it has a valid token of this workspace.")
                .go("Tokens: create a provisioning token and paste it in Okta: Provisioning › Integration › API Token (Authorization)")
                .go("Or with OAuth 2, Okta: Provisioning › Integration › Authenticate again")
                .put(field, value)
                .at(seen.last_at),
        );
    }
    let basic = facts.seen(Sight::Basic).map(|seen| (seen, seen.detail == "refused"));
    let cured = facts.uncured(Sight::Basic, Sight::ScimAnswered).is_none();
    if let Some((seen, refused)) = basic.filter(|(_, refused)| !(*refused && cured)) {
        found.push(
            Finding::new(
                "basic",
                if refused { Bad } else { Note },
                5,
                if refused {
                    "Okta sends the token as a user's password (Basic), and that is not allowed here."
                } else {
                    "Okta sends the token as a user's password (Basic)."
                },
                "A token belongs in the header only: as a Basic password, more systems store it.",
            )
            .put("Okta: Provisioning › Integration › Authentication Mode", "HTTP Header")
            .at(seen.last_at),
        );
    }
    if let Some(seen) = facts.seen(Sight::BareToken) {
        found.push(
            Finding::new("bare_token", Note, 5, "The token is sent without the word Bearer before it.", "Okta's catalog apps send it like this, and it is accepted. Nothing needs to change; other products require “Bearer ” before the token.")
                .at(seen.last_at),
        );
    }
    if let Some(seen) = facts.seen(Sight::ScimRefused) {
        found.push(
            Finding::new(
                "scim_refused",
                Warn,
                5,
                format!("The last provisioning request that was refused: {}.", isolate(&seen.detail)),
                "Okta shows it under Reports › System Log and in the app's Tasks; the change was not made.",
            )
            .go("Requests: open the newest refused SCIM request; it shows what was understood")
            .at(seen.last_at),
        );
    }
    found
}

/// A push about owners was refused, because no owner made its credential.
fn owners_only(facts: &Facts) -> Option<Finding> {
    let (at, name) = facts.owners_only.as_ref()?;
    Some(
        Finding::new(
            "owners_only",
            Warn,
            5,
            format!("A push by “{name}” would have added or removed the role Owner, or changed who signs in as an owner. It was refused."),
            "Neither an owner nor the operator created this token or approved this client, so it may not do that. Everything else works.",
        )
        .go("Tokens: an owner creates a provisioning token, or rotates this one; paste it in Okta: Provisioning › Integration › API Token")
        .go("Or with OAuth 2: an owner presses Re-authenticate in Okta: Provisioning › Integration, and approves")
        .at(*at),
    )
}

/// A token that ends soon, has ended, or was never used.
fn ends(facts: &Facts, token: &Token) -> Option<Finding> {
    let name = isolate(&token.name);
    let place = "Tokens: rotate it; both work until you revoke the old one; paste the new one in Okta: Provisioning › Integration › API Token";
    if let Some(at) = token.expires_at {
        let days = (at - facts.now + DAY - 1) / DAY;
        if at <= facts.now {
            let used = token.last_used_at.is_some();
            return used.then(|| {
                Finding::new(
                    "token_expired",
                    Bad,
                    5,
                    format!("The provisioning token “{name}” has expired."),
                    "Okta's requests with it are refused with 401.",
                )
                .go(place)
                .at(at)
            });
        }
        if at - facts.now < AHEAD {
            let left = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            return Some(
                Finding::new(
                    "token_expiring",
                    Warn,
                    5,
                    format!("The provisioning token “{name}” expires in {left}."),
                    "If Okta uses it, Okta can create, change or remove nobody after that until it has a new one.",
                )
                .go(place),
            );
        }
    }
    (token.last_used_at.is_none() && facts.now - token.created_at >= UNUSED).then(|| {
        Finding::new("token_unused", Warn, 5, format!("The provisioning token “{name}” was never used."), "It is not in Okta, or Okta uses another one.")
            .go("Okta: Provisioning › Integration: paste it as API Token and press Test API Credentials; or revoke it under Tokens")
    })
}

/// OAuth: Okta's SCIM client could not renew its tokens. In Okta, the button that helps disappears sometimes.
fn renewal(facts: &Facts) -> Option<Finding> {
    let seen = facts.uncured(Sight::ScimTokensRefused, Sight::ScimTokens)?;
    Some(
        Finding::new(
            "reauthenticate",
            Bad,
            5,
            format!("Okta's SCIM client was refused tokens: {}.", seen.detail),
            "Okta has to be authenticated again. After a change under General or Sign On the Re-authenticate button disappears in Okta.",
        )
        .go("Okta: Provisioning › Integration: press Re-authenticate")
        .go("No button? Okta: Provisioning › Integration › Edit, change nothing, Save: the button comes back")
        .put("Okta: Provisioning › Integration › Token endpoint", facts.paste.token_endpoint())
        .at(seen.last_at),
    )
}

/// Documents in a wrong form, because of Okta's defaults.
fn shape(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(seen) = facts.seen(Sight::RolesAsText) {
        found.push(
            Finding::new(
                "roles_as_text",
                Warn,
                6,
                "Roles come as text, not as an array.",
                "They are accepted here, one role each; the attribute can't contain two until it is an array.",
            )
            .put("Okta: Profile Editor › the app's attribute roles › Data type", "string array")
            .at(seen.last_at),
        );
    }
    if let Some(seen) = facts.seen(Sight::EmptyTypes) {
        let change = [
            ("Primary email type", "(user.email != null && user.email != '') ? 'work' : ''"),
            ("Primary phone type", "(user.primaryPhone != null && user.primaryPhone != '') ? 'work' : ''"),
            ("Address type", "(user.streetAddress != null && user.streetAddress != '') ? 'work' : ''"),
        ];
        let first = Finding::new(
            "empty_types",
            Warn,
            5,
            format!("Updates contain {} that have a type and nothing else.", seen.detail),
            "Three default mappings of Okta send a type even where there is no value, which overwrites what a PUT should keep. They are not needed.",
        )
        .at(seen.last_at);
        found.push(change.into_iter().fold(first, |finding, (name, mapping)| {
            finding.put(
                format!("Okta: Provisioning › To App › Attribute Mappings: delete {name}, which is"),
                mapping,
            )
        }));
    }
    if let Some(seen) = facts.seen(Sight::Taken) {
        found.push(
            Finding::new(
                "taken",
                Warn,
                5,
                format!("Okta tried to create a person who already exists: {}.", seen.detail),
                "Two people in Okta have the same user name or externalId, or one person was created twice.",
            )
            .put(
                "Okta: Profile Editor, the app's attribute externalId: map it, unique to each person, from",
                "user.getInternalProperty(\"id\")",
            )
            .go("Okta: Sign On › Application username format must be the same as before")
            .at(seen.last_at),
        );
    }
    found
}

/// People whom Okta's provisioning does not manage.
fn people(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let refused = facts.seen(Sight::UnknownMembers);
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
            Finding::new("group_overlap", Warn, 5, saw, format!("{then} This is usual if one group is used both to assign the app and for Push Groups: Okta pushes members before it has created them, and some never."))
                .go("Okta: Push Groups: use other groups than those under Assignments")
                .go("Okta: Assignments: assign everybody in the pushed groups"),
        );
    }
    let never = facts.last(Sight::ScimAnswered).is_none() && facts.provisioned == 0;
    if never && facts.has_signed_in() && facts.paste.app_kind != OktaAppKind::Catalog {
        found.push(
            Finding::new("oidc_without_scim", Warn, 5, "People sign in through Okta, and no provisioning request ever came.", "An OIDC app created with Okta's wizard can't do SCIM: it has no Provisioning tab. A catalog app can, once provisioning is switched on.")
                .go("Okta: Applications › Create App Integration › SWA - Secure Web Authentication; then General › Provisioning: SCIM; then step 5 there")
                .put(format!("Okta: Provisioning › Integration › {} of that app", facts.paste.base_url_label()), facts.paste.base_url()),
        );
    }
    if facts.unmanaged > 0 {
        let saw = match facts.unmanaged {
            1 => "One active person was created by signing in, and Okta's provisioning does not know them."
                .to_owned(),
            many => format!(
                "{many} active people were created by signing in, and Okta's provisioning does not know them."
            ),
        };
        found.push(
            Finding::new("not_managed", if never { Note } else { Warn }, 5, saw, "When they are deactivated or unassigned in Okta, Okta sends no deactivation: only Universal Logout ends their access, and their account stays.")
                .go("Okta: Assignments: assign them to the app that provisions; they are recognized and not created twice")
                .go("Okta: Provisioning › To App: tick Deactivate Users"),
        );
    }
    if facts.held {
        found.push(
            Finding::new(
                "held",
                Bad,
                5,
                "Pushes from Okta that remove access are blocked.",
                "Too many people, or the last owner, would have lost access within an hour.",
            )
            .go("The Okta page, above: allow them, or keep them blocked"),
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
