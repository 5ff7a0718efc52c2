//! Findings about Universal Logout: step 4, each 401 by its cause (okta-facts §1.3, §1.4). Pure.

use vestibule_core::providers::Provider;
use vestibule_web::observe::sightings::SightingKind;

use super::{
    facts::Facts,
    finding::{
        Finding,
        Weight::{Bad, Note, Warn},
    },
    history::{History, RECENT},
    oidc::Oidc,
};

/// The findings about a connection.
pub(super) fn judge(facts: &Facts, oidc: &Oidc) -> Vec<Finding> {
    let Oidc { connection, history, .. } = oidc;
    let refused = refused(facts, oidc.at(), history, &connection.issuer, &connection.client_id);
    // Only Okta sends Universal Logouts.
    let never = oidc.at().is_okta().then(|| never(facts, history)).flatten();
    refused.into_iter().chain(never).collect()
}

/// People sign in, and no Universal Logout has come yet.
fn never(facts: &Facts, history: &History) -> Option<Finding> {
    if history.signed_in.is_none() || history.logout.is_some() || history.logout_refused.is_some() {
        return None;
    }
    Some(
        Finding::new("logout_never", Note, 4, "No Universal Logout has come yet.", "People deactivated in Okta stay signed in until provisioning deactivates them or their session ends.")
            .put(ENDPOINT, facts.paste.revocation_endpoint())
            .go("Okta: Sign On › Logout: choose Okta system or admin initiates logout, then try it: Directory › People › the person › More Actions › Clear User Sessions"),
    )
}

const ENDPOINT: &str =
    "Okta: Sign On › Logout (catalog app: Universal Logout) › Global token revocation endpoint";

/// The newest refusal of a connection, unless a later one succeeded. `issuer`: of its tokens; `client_id`: their subject.
pub(super) fn refused(
    facts: &Facts,
    at: &Provider,
    history: &History,
    issuer: &str,
    client_id: &str,
) -> Option<Finding> {
    let (refused_at, reason, detail) = history.logout_refused.as_ref()?;
    if facts.now - refused_at >= RECENT || history.logout.is_some_and(|succeeded| succeeded > *refused_at) {
        return None;
    }
    let endpoint = facts.paste.revocation_endpoint();
    let saw = format!("A Universal Logout was refused: {detail}.");
    if !at.is_okta() {
        let means = "It ended nobody's access. The provider must call this endpoint with a signed JWT that names the person.";
        return Some(
            Finding::new("logout_refused", Bad, 4, saw, means)
                .put(at.place("Global token revocation endpoint"), endpoint)
                .at(*refused_at),
        );
    }
    let finding = |id, means: &str| Finding::new(id, Bad, 4, saw.clone(), means).at(*refused_at);
    Some(match reason.as_str() {
        "other_region" => finding("logout_region", "Okta calls the endpoint of one region, and the token is for another.").put(ENDPOINT, endpoint),
        "audience" => finding("logout_audience", "The token was issued for another address.").put(ENDPOINT, endpoint),
        "unknown_caller" => finding(
            "logout_caller",
            "The token comes from this Okta, but from an app with another Client ID than the one saved here.",
        )
        .put("Okta: General › Client Credentials › Client ID must be the one saved here, which is", client_id)
        .go("If Universal Logout is set up at another app than sign-in, set it up at this one"),
        "signature" | "keys_unreachable" => finding(
            "logout_signature",
            "No key of the Okta domain saved here signed the token: it comes from another Okta, or Okta's keys can't be read.",
        )
        .put("Set-up, step Credentials: Okta domain must be the Okta that sends it, which is now", issuer),
        "expired" | "not_yet_valid" | "lives_too_long" => finding(
            "logout_clock",
            "The token's times don't match the clock here: Okta sent it again much later, or one of the two clocks is wrong.",
        )
        .go("Ask the operator to compare the server's clock"),
        "typ" | "alg" | "malformed_token" | "no_token" => {
            finding("logout_method", "The token is not the one that Universal Logout sends.")
                .put("Okta: Sign On › Logout › Authentication method", "SIGNED_JWT")
        }
        "unknown_user" => finding("logout_subject", "Okta named a person who is not here: the subject has another format than the user names here, or the person was never provisioned.")
            .put("Okta: Sign On › Logout › Subject format", "Email")
            .go("Okta: Provisioning › To App: the person's email must be mapped"),
        "forbidden" => finding("logout_subject", "The subject names an issuer that is not this Okta.")
            .put("Okta: Sign On › Logout › Subject format", "Email"),
        "replayed" => {
            let mut repeated = finding("logout_repeated", "The same token was sent twice; the first one was processed.");
            repeated.weight = Note;
            repeated
        }
        _ => finding("logout_refused", "It ended nobody's access.").put(ENDPOINT, endpoint),
    })
}

/// A Universal Logout came to this region, and nothing says which workspace it was for.
pub(super) fn unsigned(facts: &Facts) -> Option<Finding> {
    let okta = facts.oidc.iter().find(|one| one.at().is_okta())?;
    let connection = &okta.connection;
    let seen = facts.seen(SightingKind::LogoutUnsigned)?;
    // It did not come for a workspace whose settings are newer, or that had a successful logout later.
    if seen.last_at < connection.created_at
        || facts.last_logout().is_some_and(|succeeded| succeeded > seen.last_at)
    {
        return None;
    }
    let (saw, means) = match seen.detail.as_str() {
        "no_token" => (
            "without a signed token",
            "With SIGNED_JWT, Okta signs each one; with another method, nothing identifies the workspace.",
        ),
        "unknown_caller" => (
            "from an Okta app that no workspace here is connected to",
            "Its Client ID or issuer is not the one saved here, or the workspace is in another region.",
        ),
        _ => ("with a token that can't be read", "It is not the token that SIGNED_JWT sends."),
    };
    Some(
        Finding::new(
            "logout_unsigned",
            // Anybody can cause it, so it is only a note for a workspace whose Universal Logout has worked.
            if facts.last_logout().is_none() { Warn } else { Note },
            4,
            format!(
                "A Universal Logout came to this region {saw}. It was refused with 401, and may have been for this workspace."
            ),
            means,
        )
        .put("Okta: Sign On › Logout › Authentication method", "SIGNED_JWT")
        .put(ENDPOINT, facts.paste.revocation_endpoint())
        .put("Set-up, step Credentials: Okta domain, now", &connection.issuer)
        .seen(seen),
    )
}
