//! The finding about single logout: a message of the provider was refused, or the provider did not follow ours.

use vestibule_web::observe::sightings::SightingKind;

use super::{Finding, Saml, Warn, advanced, finding, here};

pub(super) fn judge(saml: &Saml) -> Option<Finding> {
    let seen = saml.history.seen(SightingKind::SamlLogoutRefused)?;
    if saml.history.last(SightingKind::SamlLogout).is_some_and(|at| at > seen.last_at) {
        return None;
    }
    let at = saml.at();
    let (check, sentence) = seen.detail.split_once(": ")?;
    if check == "status" {
        let saw = format!("the provider did not follow a sign-out from here: {sentence}.");
        let means =
            "People who sign out here stay signed in at the provider, which does not accept our request.";
        return Some(
            finding("saml_logout", Warn, &saw, means)
                .put(
                    advanced(
                        at,
                        if at.is_okta() { "Enable Single Logout › SP Issuer" } else { at.saml.entity_id },
                    ),
                    &saml.entity_id,
                )
                .go(if at.is_okta() {
                    advanced(at, "Signature Certificate: upload the certificate of our metadata")
                } else {
                    at.place("enter the certificate of our metadata, which signs our requests")
                })
                .seen(seen),
        );
    }
    let saw = format!("a sign-out message of the provider was refused: {sentence}.");
    let means = "People who sign out at the provider stay signed in here until their session ends.";
    let found = finding("saml_logout", Warn, &saw, means).seen(seen);
    Some(match check {
        "destination" => found.put(
            advanced(
                at,
                if at.is_okta() { "Enable Single Logout › Single Logout URL" } else { at.saml.slo_url },
            ),
            &saml.slo_url,
        ),
        "signature" => found.go(here(&format!(
            "compare the certificates with the active one in {}: {}",
            at.name, at.saml.certificates
        ))),
        "instants" => found.go("Ask the operator to compare the server's clock"),
        _ => found
            .go("If it keeps happening, the administrator of the provider must correct its logout messages"),
    })
}
