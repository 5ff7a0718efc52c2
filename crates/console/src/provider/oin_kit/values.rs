//! The values, in the order and under the labels of Okta's wizard (Okta, *Submit an integration with the OIN Wizard*). Those that a set-up
//! shows come from [`Paste`], so both always say the same.

use vestibule_admin::{access::provisioning_tokens::SCOPES, provider::saml_connection::addresses};
use vestibule_core::{ids::WorkspaceId, sets::OktaAppKind};
use vestibule_web::config::Config;

use super::{Field, Section};
use crate::provider::paste::Paste;

/// How the fields of SAML write the workspace (okta-facts §2.3).
const SAML_VARIABLE: &str = "${org.team_id}";
/// Longest address that the wizard takes for the sign-in page.
const LONGEST_URL: usize = 512;

fn field(label: &'static str, value: impl Into<String>) -> Field {
    Field { label, value: value.into(), note: String::new(), problem: None }
}

fn noted(label: &'static str, value: impl Into<String>, note: impl Into<String>) -> Field {
    Field { note: note.into(), ..field(label, value) }
}

/// An address that Okta calls or opens.
fn address(label: &'static str, value: String) -> Field {
    let url = value.trim_start_matches('\'');
    let problem = if !url.starts_with("https://") {
        Some("Okta takes https addresses only".to_owned())
    } else if value.len() > LONGEST_URL {
        Some(format!("longer than {LONGEST_URL} characters"))
    } else {
        None
    };
    Field { problem, ..field(label, value) }
}

/// A value of the configuration that must not be empty.
fn configured(label: &'static str, value: &str, key: &str, note: &str) -> Field {
    let problem = value.is_empty().then(|| format!("{key} is not set"));
    Field { problem, ..noted(label, value, note) }
}

pub(super) fn sections(config: &Config, logo: &Field) -> Vec<Section> {
    let paste = Paste {
        api: config.region.api_url.clone(),
        app: config.region.app_url.clone(),
        workspace_id: WorkspaceId::from_stored(""),
        app_kind: OktaAppKind::Catalog,
    };
    let name = config.brand.name.as_str();
    vec![
        Section { title: "OIN catalog properties", fields: catalog(name, logo) },
        Section {
            title: "Integration variables",
            fields: vec![field("Label", format!("{name} workspace ID")), field("Name", "team_id")],
        },
        Section { title: "OIDC properties", fields: oidc(&paste, config) },
        Section { title: "SAML properties", fields: saml(&paste) },
        Section { title: "Universal Logout properties", fields: logout(&paste) },
        Section { title: "SCIM properties", fields: scim(&paste) },
        Section { title: "Entitlement management properties", fields: entitlements(name) },
        Section { title: "Testing information", fields: testing(&paste, config) },
    ]
}

fn catalog(name: &str, logo: &Field) -> Vec<Field> {
    let description = format!(
        "{name} with your Okta people: single sign-on, provisioning of people and groups, entitlements, and Universal Logout, which ends \
         all access of a person at once."
    );
    vec![
        // Okta takes 64 characters, and `brand.name` has 60 at most.
        field("Display name", name),
        noted("Description", description, "a draft: say what your product does"),
        logo.clone(),
    ]
}

fn oidc(paste: &Paste, config: &Config) -> Vec<Field> {
    vec![
        address("Redirect URIs", paste.redirect_uri()),
        address("Initiate login URI", paste.initiate_login_uri()),
        address("Post-logout URI", paste.sign_out_redirect_uri()),
        address("SP Initiate URL", paste.sign_out_redirect_uri()),
        guide(config),
    ]
}

fn guide(config: &Config) -> Field {
    configured(
        "Link to configuration guide",
        &config.brand.help_url,
        "brand.help_url",
        "publish the guide that `vestibule oin-kit guide` prints, and enter its address",
    )
}

fn saml(paste: &Paste) -> Vec<Field> {
    let ours = addresses::of_workspace(&paste.api, &WorkspaceId::from_stored(SAML_VARIABLE));
    vec![
        noted("ACS URL", ours.acs_url.clone(), "only if you publish a SAML integration instead of OIDC"),
        field("Audience URI (SP Entity ID)", ours.entity_id),
        noted(
            "Attribute statements",
            "email, firstName, lastName, displayName",
            "user.email, user.firstName, user.lastName, user.displayName",
        ),
    ]
    .into_iter()
    .map(|field| match field.label {
        "ACS URL" => Field { problem: address("ACS URL", field.value.clone()).problem, ..field },
        _ => field,
    })
    .collect()
}

fn logout(paste: &Paste) -> Vec<Field> {
    vec![
        address("Global token revocation endpoint", paste.revocation_endpoint()),
        field("Authentication method", "SIGNED_JWT"),
        noted(
            "Subject format",
            "Email",
            "Issuer and Subject identifier works, too; choose it where people share or change addresses",
        ),
        field("Partial support", "Off"),
    ]
}

fn scim(paste: &Paste) -> Vec<Field> {
    let base_url = address("Base URL", paste.base_url());
    // Okta takes no base URL with an underscore (okta-facts §2.3); the variable's name is no part of it.
    let problem = match paste.api.contains('_') {
        true => Some("Okta takes no SCIM base URL with an underscore: region.api_url has one".to_owned()),
        false => base_url.problem.clone(),
    };
    vec![
        Field { problem, note: "the quotes are typed".to_owned(), ..base_url },
        field("What objects do you want Okta to manage in your integration?", "Users, Groups"),
        noted(
            "User operations",
            "Create, Read, Update, Deactivate, Support PATCH for User",
            "Change password off",
        ),
        field("Group operations", "Create, Read, Update (Uses PATCH), Delete"),
        field("Authentication mode", "OAuth 2"),
        address("Authorize endpoint", paste.authorize_endpoint()),
        address("Token endpoint", paste.token_endpoint()),
        field("Scopes", SCOPES.join(", ")),
        noted(
            "Client ID",
            "",
            "vestibule client create --kind scim --name \"Okta catalog app\" --okta-app APP_NAME; APP_NAME is in the address of a generated instance: /admin/app/APP_NAME/instance/…",
        ),
        noted("Client secret", "", "printed once by the same command"),
    ]
}

fn entitlements(name: &str) -> Vec<Field> {
    let resource = |kind: &str, endpoint: &str| format!("{kind}, {endpoint}");
    vec![
        noted(
            "Resource type",
            resource("Role", "/Roles"),
            format!("Required off, Multi-valued on; description: {name} workspace roles"),
        ),
        noted(
            "Second resource type",
            resource("Entitlement", "/Entitlements"),
            format!("the same; description: {name} workspace entitlements"),
        ),
        field("Schema mapping: ID", "id"),
        field("Schema mapping: Display Name", "displayName"),
        field("Schema mapping: Description", "description"),
    ]
}

fn testing(paste: &Paste, config: &Config) -> Vec<Field> {
    let support = config.brand.support_url.trim_start_matches("mailto:");
    vec![
        address("Test account URL", paste.sign_out_redirect_uri()),
        noted(
            "Username",
            "isvtest@okta.com",
            "Okta's own choice: create it in a workspace of yours with `vestibule user create --role admin`",
        ),
        noted("Password", "", "people sign in with Okta: say so in the testing instructions"),
        noted(
            "Support contact",
            "",
            "an email list of yours that somebody reads at any hour; customers don't see it, and it must not be the general one",
        ),
        configured(
            "Support contacts of the catalog page",
            support,
            "brand.support_url",
            "customers see them",
        ),
        noted(
            "Testing instructions",
            "Sign-in is by Okta only. Enter the workspace ID as the integration's variable, then connect the workspace with its set-up link.",
            "a draft: add the workspace ID and the link of `vestibule workspace setup-link`",
        ),
        noted(
            "Just-In-Time provisioning",
            "No",
            "it is a choice of each workspace, and off at first; Okta allows it only without SCIM",
        ),
    ]
}
