//! Drawings of Okta's screens: where a value belongs. Labels are Okta's own, values are ours. Pure.

use vestibule_core::sets::OktaAppKind;

use crate::{provider::paste::Paste, setup::step::Step};

/// A screen of Okta.
pub(super) struct Drawn {
    /// The tabs.
    pub tabs: &'static [&'static str],
    /// The tab that is open.
    pub tab: &'static str,
    pub fields: Vec<Field>,
}

/// A field of a screen.
pub(super) struct Field {
    pub label: &'static str,
    pub value: String,
    /// Whether the reader has to fill or copy it.
    pub fill: bool,
}

fn fill(label: &'static str, value: impl Into<String>) -> Field {
    Field { label, value: value.into(), fill: true }
}

const OIDC_TABS: [&str; 4] = ["General", "Sign On", "Assignments", "Okta API Scopes"];
const CATALOG_TABS: [&str; 5] = ["General", "Sign On", "Provisioning", "Assignments", "Push Groups"];

/// The screen of a step; none where text says enough.
pub(super) fn of(step: Step, app: OktaAppKind, paste: &Paste) -> Option<Drawn> {
    let (tabs, tab, fields): (&'static [&'static str], _, _) = match (step, app) {
        (Step::Create, OktaAppKind::Own) => (
            &OIDC_TABS,
            "General",
            vec![
                fill("Sign-in redirect URIs", paste.redirect_uri()),
                fill("Sign-out redirect URIs", paste.sign_out_redirect_uri()),
                fill("Login initiated by", "Either Okta or App"),
                fill("Initiate login URI", paste.initiate_login_uri()),
            ],
        ),
        (Step::Credentials, OktaAppKind::Own) => {
            (&OIDC_TABS, "General", vec![fill("Client ID", "0oa…"), fill("CLIENT SECRETS", "••••••••")])
        }
        (Step::Credentials, OktaAppKind::Catalog) => {
            (&CATALOG_TABS, "Sign On", vec![fill("Client ID", "0oa…"), fill("Client secret", "••••••••")])
        }
        (Step::Provisioning, OktaAppKind::Own) => (
            &["General", "Sign On", "Provisioning", "Assignments"],
            "Provisioning",
            vec![
                fill("SCIM connector base URL", paste.base_url()),
                fill("Unique identifier field for users", "userName"),
                fill("Authentication Mode", "HTTP Header"),
                fill("Authorization", "Bearer ••••••••"),
            ],
        ),
        (Step::Logout, OktaAppKind::Catalog) => (
            &CATALOG_TABS,
            "Sign On",
            vec![fill("App logs out when", "Okta system or admin initiates logout")],
        ),
        (Step::Logout, OktaAppKind::Own) => (
            &OIDC_TABS,
            "Sign On",
            vec![
                fill("Global Token Revocation", "Okta system or admin initiates logout"),
                fill("Logout endpoint URL", paste.revocation_endpoint()),
                fill("Endpoint authentication type", "Signed JWT"),
                fill("Subject format", "Email Identifier"),
            ],
        ),
        _ => return None,
    };
    Some(Drawn { tabs, tab, fields })
}
