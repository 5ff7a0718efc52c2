//! The part of the administration page about a SAML app: its settings with Okta's labels, the values to copy into the service, and its
//! signing certificates.

use std::fmt::Write;

use super::view::Desk;
use crate::{
    directory::App,
    saml::{SamlInstructions, SamlSettings},
    support::html::escape,
};

/// The HTML for the app's card; empty if it is no SAML app.
pub(super) fn part(desk: &Desk<'_>, app: &App) -> String {
    let (Some(settings), Some(instructions)) =
        (desk.okta.saml_settings(app), desk.okta.saml_instructions(app))
    else {
        return String::new();
    };
    format!(
        "<h3>SAML setup instructions</h3>{}<h3>SAML settings</h3>{}<h3>SAML Signing Certificates</h3>{}",
        table(&copied(&instructions)),
        table(&typed(&settings)),
        certificates(desk, app)
    )
}

fn copied(instructions: &SamlInstructions) -> Vec<(&'static str, String)> {
    vec![
        ("Identity Provider Single Sign-On URL", instructions.single_sign_on_url.clone()),
        ("Identity Provider Issuer", instructions.issuer.clone()),
        ("Identity Provider Single Logout URL", instructions.single_logout_url.clone()),
        ("Metadata URL", instructions.metadata_url.clone()),
        ("App Embed Link", instructions.app_embed_link.clone()),
        ("X.509 Certificate", instructions.certificate.clone()),
    ]
}

fn typed(settings: &SamlSettings) -> Vec<(&'static str, String)> {
    let signed = |signed: bool| if signed { "Signed" } else { "Unsigned" }.to_owned();
    let or_url = |url: &Option<String>| url.clone().unwrap_or_else(|| "the Single sign-on URL".to_owned());
    let mut rows = vec![
        ("Single sign-on URL", settings.single_sign_on_url.clone()),
        ("Recipient URL", or_url(&settings.recipient_url)),
        ("Destination URL", or_url(&settings.destination_url)),
        ("Audience URI (SP Entity ID)", settings.audience.clone()),
        ("Default RelayState", settings.default_relay_state.clone().unwrap_or_default()),
        ("Name ID format", format!("{:?}", settings.name_id_format)),
        ("Application username", settings.application_username.written()),
    ];
    for statement in &settings.attributes {
        rows.push(("Attribute Statement", format!("{} = {}", statement.name, statement.value.written())));
    }
    for statement in &settings.group_attributes {
        rows.push((
            "Group Attribute Statement",
            format!("{}: {}", statement.name, statement.filter.written()),
        ));
    }
    rows.extend([
        ("Response", signed(settings.response_signed)),
        ("Assertion Signature", signed(settings.assertion_signed)),
        ("Signature Algorithm", format!("{:?}", settings.signature_algorithm)),
        ("Digest Algorithm", format!("{:?}", settings.digest_algorithm)),
        (
            "Assertion Encryption",
            settings.assertion_encryption.as_ref().map_or_else(
                || "Unencrypted".to_owned(),
                |encryption| format!("{:?}, {:?}", encryption.content, encryption.key_transport),
            ),
        ),
        (
            "Signature Certificate",
            if settings.signature_certificate.is_some() { "Uploaded" } else { "None" }.to_owned(),
        ),
        ("Enable Single Logout", yes(settings.single_logout.is_some())),
        ("Signed Requests", yes(settings.signed_requests)),
        ("Honor Force Authentication", yes(settings.honor_force_authn)),
        ("SAML Issuer ID", settings.issuer_id.clone().unwrap_or_default()),
    ]);
    for (index, url) in &settings.requestable_sso_urls {
        rows.push(("Other Requestable SSO URL", format!("{index}: {url}")));
    }
    rows
}

fn yes(value: bool) -> String {
    if value { "Yes" } else { "No" }.to_owned()
}

fn table(rows: &[(&str, String)]) -> String {
    let rows: String = rows
        .iter()
        .map(|(label, value)| {
            format!("<tr><th scope=\"row\">{label}</th><td><code>{}</code></td></tr>", escape(value))
        })
        .collect();
    format!("<table><tbody>{rows}</tbody></table>")
}

fn certificates(desk: &Desk<'_>, app: &App) -> String {
    let generate = desk.button(
        "generate new certificate",
        "Generate new certificate",
        &[("app", app.client_id.as_str())],
    );
    let mut rows = String::new();
    for row in desk.okta.saml_certificates(app) {
        let action = match row.active {
            true => "Active".to_owned(),
            false => desk.button(
                "activate the certificate",
                "Activate",
                &[("app", app.client_id.as_str()), ("certificate", row.id.as_str())],
            ),
        };
        let _ = write!(rows, "<tr><td><code>{}</code></td><td>{action}</td></tr>", escape(&row.fingerprint));
    }
    format!("{generate}<table><tbody>{rows}</tbody></table>")
}
