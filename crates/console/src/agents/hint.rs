//! What to change when an assertion was refused, by the check that failed: which field, and where. Pure.

/// The advice for a failed check of an assertion.
pub(crate) fn of(check: &str) -> &'static str {
    match check {
        "iss" => {
            "In Okta, the assertion must come from the organization itself, not from a custom authorization server, and the address must be the \
             one this workspace is connected to. Compare the issuer with Okta domain under Connection."
        }
        "switched_off" => "Switch AI access on here, and check under Connection that sign-in is on.",
        "ambiguous" => {
            "Several workspaces use this Okta. In Okta, enter this workspace's id as Audience/tenant ID."
        }
        "signature" => {
            "The signing key is not one that the issuer publishes now. Try again in a minute; then ask Okta."
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
        "exp" | "iat" => {
            "The clocks of Okta and of this server differ, or the client waited too long before it sent the assertion."
        }
        "jti" => "The client sent an assertion a second time. It must get a new one for each token.",
        "revoked" => {
            "The person's access ended after the assertion was issued. The client gets in again with a newer one."
        }
        "person" => {
            "Assign the person to the app in Okta and provision them, or look under Who is this? when another user has their name."
        }
        "roles" => "Give the person one of the roles that the resource needs.",
        "cnf" => "The client asked for a token that is bound to a key, which this server does not issue.",
        _ => "The AI client's developer has to change what it sends.",
    }
}

#[cfg(test)]
mod tests {
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
        let mut all: Vec<&str> = known.iter().map(|check| of(check)).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), known.len());
    }
}
