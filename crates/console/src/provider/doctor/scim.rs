//! Findings about provisioning: steps 5 and 6. Pure.

mod people;
mod shape;

use vestibule_core::providers::Provider;
use vestibule_store::access::tokens::Token;
use vestibule_web::{observe::sightings::SightingKind, pages::isolate};

use super::{
    facts::Facts,
    finding::{
        Finding,
        Weight::{Bad, Note, Warn},
    },
    history::DAY,
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
    found.extend(shape::judge(facts));
    found.extend(people::judge(facts));
    found.extend(facts.shared_names.iter().map(|names| shared_name(facts.provider(), names)));
    found
}

/// Two people, or two groups, have one name: an older version accepted it in two encodings.
fn shared_name(at: &Provider, names: &[String]) -> Finding {
    Finding::new(
        "shared_name",
        Bad,
        5,
        format!("One name exists here in two spellings: {}.", names.join(", ")),
        "They look alike and count as one name since this version. Both were kept, so a sign-in or a Universal Logout by that name can mean either.",
    )
    .go(at.place("rename or unassign the one that is wrong; or delete it over SCIM by its id. The name then finds the other one again"))
}

fn base_url(facts: &Facts) -> (String, String) {
    let at = facts.provider();
    let label = if at.is_okta() { facts.paste.base_url_label() } else { at.scim.base_url };
    (setting(at, label), facts.paste.base_url())
}

/// A place in the provider's settings of provisioning.
fn setting(at: &Provider, label: &str) -> String {
    at.place(&format!("{}{label}", at.scim.settings))
}

/// The base URL: what the provider has there, and what Okta accepts there (okta-facts §2.3).
fn address(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let at = facts.provider();
    let (field, value) = base_url(facts);
    if let Some(seen) = facts.uncured(SightingKind::BaseUrl, SightingKind::ScimAnswered) {
        let value_there = &seen.detail;
        let means = match value_there {
            _ if !at.is_okta() => "The base URL does not name this workspace by its id.",
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
        let saw = format!("{}'s requests went to “{value_there}” instead of this workspace.", at.label);
        let finding = Finding::new("base_url", Bad, 5, saw, means).put(field, value).seen(seen);
        found.push(match at.is_okta() && facts.paste.is_catalog() {
            true => finding
                .put("Okta: General › the app's tenant setting team_id", facts.paste.workspace_id.as_str()),
            false => finding,
        });
    }
    // Okta accepts no URL with an underscore, whatever the workspace.
    if facts.has_okta() && facts.paste.api.contains('_') {
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
    let at = facts.provider();
    let Provider { label, scim, .. } = at;
    let (field, value) = base_url(facts);
    if let Some(seen) = facts.uncured(SightingKind::ScimStranger, SightingKind::ScimAnswered) {
        let finding = Finding::new(
            "scim_credentials",
            Bad,
            5,
            format!("A provisioning request was refused with 401. {}.", seen.detail),
            format!("{label} can create no user until it has a valid token of this workspace."),
        )
        .go(format!(
            "Credentials: create a provisioning token and paste it in {}{}",
            setting(at, scim.token),
            if at.is_okta() { " (Authorization)" } else { "" }
        ));
        let finding = match at.is_okta() {
            true => finding.go("Or with OAuth 2, Okta: Provisioning › Integration › Authenticate again"),
            false => finding,
        };
        found.push(finding.put(field, value).seen(seen));
    }
    let basic = facts.seen(SightingKind::Basic).map(|seen| (seen, seen.detail == "refused"));
    let cured = facts.uncured(SightingKind::Basic, SightingKind::ScimAnswered).is_none();
    if let Some((seen, refused)) = basic.filter(|(_, refused)| !(*refused && cured)) {
        found.push(
            Finding::new(
                "basic",
                if refused { Bad } else { Note },
                5,
                if refused {
                    format!(
                        "{label} sends the token as a user's password (Basic), and that is not allowed here."
                    )
                } else {
                    format!("{label} sends the token as a user's password (Basic).")
                },
                "A token belongs in the header only: as a Basic password, more systems store it.",
            )
            .put(
                setting(at, if at.is_okta() { "Authentication Mode" } else { "Authentication" }),
                if at.is_okta() { "HTTP Header" } else { "Bearer token" },
            )
            .seen(seen),
        );
    }
    if let Some(seen) = facts.seen(SightingKind::BareToken) {
        found.push(
            Finding::new("bare_token", Note, 5, "The token is sent without the word Bearer before it.", if at.is_okta() {
                "Okta's catalog apps send it like this, and it is accepted. Nothing needs to change; other products require “Bearer ” before the token."
            } else {
                "It is accepted. Nothing needs to change; other products require “Bearer ” before the token."
            })
                .seen(seen),
        );
    }
    if let Some(seen) = facts.seen(SightingKind::ScimRefused) {
        found.push(
            Finding::new(
                "scim_refused",
                Warn,
                5,
                format!("The last provisioning request that was refused: {}.", isolate(&seen.detail)),
                format!("{label} shows it under {}; the change was not made.", scim.log),
            )
            .go("Requests: open the newest refused SCIM request; it shows what was understood")
            .seen(seen),
        );
    }
    found
}

/// A push about owners was refused, because no owner made its credential.
fn owners_only(facts: &Facts) -> Option<Finding> {
    let (refused_at, name) = facts.owners_only.as_ref()?;
    let at = facts.provider();
    Some(
        Finding::new(
            "owners_only",
            Warn,
            5,
            format!("A push by “{name}” would have added or removed the role Owner, or changed who signs in as an owner. It was refused."),
            "Neither an owner nor the operator created this token or approved this client, so it may not do that. Everything else works.",
        )
        .go(format!("Credentials: an owner creates a provisioning token, or rotates this one; paste it in {}", setting(at, at.scim.token)))
        .go(if at.is_okta() {
            "Or with OAuth 2: an owner presses Re-authenticate in Okta: Provisioning › Integration, and approves"
        } else {
            "Or with OAuth 2: an owner approves the connection again"
        })
        .at(*refused_at),
    )
}

/// A token that ends soon, has ended, or was never used.
fn ends(facts: &Facts, token: &Token) -> Option<Finding> {
    let name = isolate(&token.name);
    let at = facts.provider();
    let label = at.label;
    let place = format!(
        "Credentials: rotate it; both work until you revoke the old one; paste the new one in {}",
        setting(at, at.scim.token)
    );
    if let Some(end) = token.expires_at {
        let days = (end - facts.now + DAY - 1) / DAY;
        if end <= facts.now {
            let used = token.last_used_at.is_some();
            return used.then(|| {
                Finding::new(
                    "token_expired",
                    Bad,
                    5,
                    format!("The provisioning token “{name}” has expired."),
                    "Requests with it are refused with 401.",
                )
                .go(place)
                .at(end)
            });
        }
        if end - facts.now < AHEAD {
            let left = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            return Some(
                Finding::new(
                    "token_expiring",
                    Warn,
                    5,
                    format!("The provisioning token “{name}” expires in {left}."),
                    format!("If {0} uses it, {0} can create, change or remove nobody after that until it has a new one.", at.name),
                )
                .go(place),
            );
        }
    }
    (token.last_used_at.is_none() && facts.now - token.created_at >= UNUSED).then(|| {
        Finding::new("token_unused", Warn, 5, format!("The provisioning token “{name}” was never used."), format!("It is not in {}, or {label} uses another one.", at.name))
            .go(if at.is_okta() {
                "Okta: Provisioning › Integration: paste it as API Token and press Test API Credentials; or revoke it under Credentials".to_owned()
            } else {
                format!("{}: paste it; or revoke it under Credentials", setting(at, at.scim.token))
            })
    })
}

/// OAuth: the SCIM client could not renew its tokens. In Okta, the button that helps disappears sometimes.
fn renewal(facts: &Facts) -> Option<Finding> {
    let seen = facts.uncured(SightingKind::ScimTokensRefused, SightingKind::ScimTokens)?;
    let at = facts.provider();
    let saw = format!("{}'s SCIM client was refused tokens: {}.", at.label, seen.detail);
    if !at.is_okta() {
        let means = format!("{} has to be authorized again.", at.label);
        return Some(
            Finding::new("reauthenticate", Bad, 5, saw, means)
                .go(at.place("authorize its SCIM client again"))
                .put(setting(at, "Token endpoint"), facts.paste.token_endpoint())
                .seen(seen),
        );
    }
    Some(
        Finding::new(
            "reauthenticate",
            Bad,
            5,
            saw,
            "Okta has to be authenticated again. After a change under General or Sign On the Re-authenticate button disappears in Okta.",
        )
        .go("Okta: Provisioning › Integration: press Re-authenticate")
        .go("No button? Okta: Provisioning › Integration › Edit, change nothing, Save: the button comes back")
        .put("Okta: Provisioning › Integration › Token endpoint", facts.paste.token_endpoint())
        .seen(seen),
    )
}
