//! What to change when an assertion was refused, by the check that failed: which field, and where. Pure.

use vestibule_core::providers::Provider;

/// The advice for a failed check of an assertion, in the labels of Okta or the words of another provider.
pub(crate) fn of(check: &str, provider: &Provider) -> String {
    let name = provider.name;
    match check {
        "exp" | "iat" => format!(
            "The clocks of {name} and of this server differ, or the client waited too long before it sent the assertion."
        ),
        "signature" => format!(
            "The signing key is not one that the issuer publishes now. Try again in a minute; then ask {}.",
            if provider.is_okta() { name } else { "its administrator" }
        ),
        "ambiguous" => format!(
            "Several workspaces use this {}. {}",
            if provider.is_okta() { name } else { "provider" },
            if provider.is_okta() {
                "In Okta, enter this workspace's id as Audience/tenant ID."
            } else {
                "The assertion must name this workspace's id (aud_tenant)."
            }
        ),
        "person" => format!(
            "Assign the person to the app in {name} and provision them, or look under Who is this? when another user has their name."
        ),
        check if provider.is_okta() => in_okta(check).unwrap_or_else(|| anywhere(check)).to_owned(),
        check => anywhere(check).to_owned(),
    }
}

/// The advice that names fields of Okta.
fn in_okta(check: &str) -> Option<&'static str> {
    Some(match check {
        "iss" => {
            "In Okta, the assertion must come from the organization itself, not from a custom authorization server, and the address must be the \
             one this workspace is connected to. Compare the issuer with Okta domain under Connection."
        }
        "aud" => {
            "In Okta (Applications › app › Machine Assignments › Callers › Cross App Access), Issuer URL must be exactly the one below, without \
             a slash at the end."
        }
        "aud_tenant" => "In Okta, Audience/tenant ID must be this workspace's id, below, or empty.",
        "client_id" => {
            "In Okta (Directory › AI agents › agent › Resource connections), the client ID registered in the resource app must be the id of \
             the client that sends the assertion. The operator knows it."
        }
        "resource" => {
            "In Okta, Resource identifier must be exactly one of the resources below. A slash at the end makes it a different resource."
        }
        _ => return None,
    })
}

/// The advice that names fields of no provider.
fn anywhere(check: &str) -> &'static str {
    match check {
        "iss" => {
            "The assertion must come from the issuer that this workspace is connected to, letter by letter."
        }
        "switched_off" => "Switch AI access on here, and check under Connection that sign-in is on.",
        "aud" => "The assertion's audience must be exactly the one below, without a slash at the end.",
        "aud_tenant" => "The assertion's aud_tenant must be this workspace's id, below, or missing.",
        "client_id" => {
            "The assertion must name the client that sends it (client_id). The operator knows the client's id."
        }
        "resource" => {
            "The assertion must name exactly one of the resources below. A slash at the end makes it a different resource."
        }
        "jti" => "The client sent an assertion a second time. It must get a new one for each token.",
        "revoked" => {
            "The person's access ended after the assertion was issued. The client gets in again with a newer one."
        }
        "roles" => "Give the person one of the roles that the resource needs.",
        "cnf" => {
            "The assertion is bound to a key (cnf), which AI access does not support. The client must send one without it; its own tokens can be bound (DPoP)."
        }
        _ => "The AI client's developer has to change what it sends.",
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::sets::ProviderKind;

    use super::of;

    #[test]
    fn each_check_has_an_advice_of_its_own() {
        let known = [
            "iss",
            "switched_off",
            "ambiguous",
            "signature",
            "aud",
            "aud_tenant",
            "client_id",
            "resource",
            "exp",
            "jti",
            "revoked",
            "person",
            "roles",
            "cnf",
            "typ",
        ];
        for kind in [ProviderKind::Okta, ProviderKind::Entra, ProviderKind::Any] {
            let mut all: Vec<String> = known.iter().map(|check| of(check, kind.facts())).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), known.len());
            let is_named = all.iter().any(|advice| advice.contains("Okta"));
            assert_eq!(is_named, kind == ProviderKind::Okta, "{all:?}");
        }
    }
}
