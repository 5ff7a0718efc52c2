//! The connections of a workspace.

use vestibule_core::ids::WorkspaceId;
use vestibule_store::{
    Conn,
    providers::{
        connection_domains, connections, saml_certificates,
        saml_connections::{self, SamlConnection},
    },
};
use vestibule_transfer::configuration::{Kind, Thing, Value};
use vestibule_web::crypto::seal::{Sealer, client_secret_context};

use super::{sealed, text};
use crate::cli::commands::Sentence;

/// The connections of both protocols.
pub(super) fn things(
    conn: &mut Conn,
    sealer: &Sealer,
    workspace_id: &WorkspaceId,
) -> Result<Vec<Thing>, Sentence> {
    let mut things = Vec::new();
    for one in connections::list(conn, workspace_id)? {
        let domains = connection_domains::list_of(conn, workspace_id, &one.connection_id)?;
        let mut thing = Thing::stored(
            Kind::OidcConnection,
            [
                ("id", text(&one.connection_id)),
                ("name", text(&one.name)),
                ("provider", text(one.provider)),
                ("issuer", text(&one.issuer)),
                ("client_id", text(&one.client_id)),
                ("auth_method", text(one.auth_method)),
                ("dpop", Value::Switch(one.dpop)),
                ("groups_claim", text(&one.groups_claim)),
                ("cross_app", Value::Switch(one.cross_app)),
                ("enabled", Value::Switch(one.enabled)),
                ("jit", Value::Switch(one.jit)),
                ("default", Value::Switch(one.is_default)),
                ("domains", Value::texts(domains)),
            ],
        );
        if !one.client_secret.is_empty() {
            let context = client_secret_context(workspace_id, &one.connection_id);
            thing.values.insert("client_secret", sealed(sealer, &context, &one.client_secret));
        }
        things.push(thing);
    }
    for one in saml_connections::list(conn, workspace_id)? {
        things.push(saml(conn, &one)?);
    }
    Ok(things)
}

fn saml(conn: &mut Conn, one: &SamlConnection) -> Result<Thing, Sentence> {
    let domains = connection_domains::list_of(conn, &one.workspace_id, &one.connection_id)?;
    let certificates = saml_certificates::list(conn, one)?;
    let trusted = certificates.iter().filter(|certificate| certificate.trusted_at.is_some());
    let names = one.attribute_names()?;
    let name = |name: &Option<String>| text(name.as_deref().unwrap_or_default());
    Ok(Thing::stored(
        Kind::SamlConnection,
        [
            ("id", text(&one.connection_id)),
            ("name", text(&one.name)),
            ("issuer", text(&one.issuer)),
            ("sso_url", text(&one.sso_url)),
            ("sso_binding", text(one.sso_binding)),
            ("slo_url", text(&one.slo_url)),
            ("slo_binding", text(one.slo_binding)),
            ("slo_response_url", text(&one.slo_response_url)),
            ("certificates", Value::texts(trusted.map(|certificate| certificate.certificate.clone()))),
            ("metadata_url", text(&one.metadata_url)),
            ("trusts_metadata", Value::Switch(one.trusts_metadata)),
            ("entity_id", text(&one.entity_id)),
            ("signs_requests", Value::Switch(one.signs_requests)),
            ("unsolicited", text(one.unsolicited)),
            ("user_name_attribute", name(&names.user_name)),
            ("email_attribute", name(&names.email)),
            ("name_attribute", name(&names.name)),
            ("given_name_attribute", name(&names.given_name)),
            ("family_name_attribute", name(&names.family_name)),
            ("groups_attribute", name(&names.groups)),
            ("roles_attribute", name(&names.roles)),
            ("uid_attribute", name(&names.uid)),
            ("uid_is", text(names.uid_is.map(|field| field.as_str()).unwrap_or_default())),
            ("uid_custom_attribute", name(&names.uid_custom)),
            ("okta_org", text(&one.okta_org)),
            ("app_instance_id", text(&one.app_instance_id)),
            ("enabled", Value::Switch(one.enabled)),
            ("jit", Value::Switch(one.jit)),
            ("default", Value::Switch(one.is_default)),
            ("domains", Value::texts(domains)),
        ],
    ))
}
