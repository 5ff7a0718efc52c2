//! Connections of both protocols, as rows.

use vestibule_core::{
    ids::{ConnectionId, WorkspaceId},
    sets::{SamlBinding, Unsolicited},
};
use vestibule_store::{
    Conn,
    db::json::Json,
    providers::{
        connections::{self, Connection},
        saml_certificates::{self, SamlCertificate},
        saml_connections::{self, AttributeNames, SamlConnection},
    },
};

/// Creates an OpenID Connect connection of this name.
pub(super) fn oidc_connection(
    conn: &mut Conn,
    workspace: &WorkspaceId,
    name: &str,
    now: i64,
) -> ConnectionId {
    let connection = Connection {
        connection_id: ConnectionId::new(now),
        name: name.to_owned(),
        is_default: false,
        issuer: format!("{name} issuer of OpenID Connect"),
        groups_claim: name.to_owned(),
        proven_at: None,
        ..connections::find_first(conn, workspace).unwrap().unwrap()
    };
    connections::save(conn, &connection).unwrap();
    connection.connection_id
}

/// Creates a SAML connection of this name with a certificate that waits.
pub(super) fn saml_connection(
    conn: &mut Conn,
    workspace: &WorkspaceId,
    name: &str,
    now: i64,
) -> ConnectionId {
    let connection = SamlConnection {
        workspace_id: workspace.clone(),
        connection_id: ConnectionId::new(now),
        name: name.to_owned(),
        is_default: false,
        issuer: format!("{name} issuer"),
        sso_url: "https://idp.example/sso".to_owned(),
        sso_binding: SamlBinding::Redirect,
        slo_url: String::new(),
        slo_binding: SamlBinding::Redirect,
        slo_response_url: String::new(),
        metadata_url: String::new(),
        metadata_read_at: None,
        trusts_metadata: true,
        entity_id: String::new(),
        enabled: true,
        jit: false,
        unsolicited: Unsolicited::Start,
        attributes: Json::new(AttributeNames { groups: Some(name.to_owned()), ..AttributeNames::default() }),
        okta_org: String::new(),
        app_instance_id: String::new(),
        issuer_changed_at: None,
        created_at: now,
        updated_at: now,
        signs_requests: false,
    };
    saml_connections::insert(conn, &connection).unwrap();
    let certificate = SamlCertificate {
        workspace_id: workspace.clone(),
        connection_id: connection.connection_id.clone(),
        fingerprint: "ab".repeat(32),
        certificate: "none".to_owned(),
        not_after: now / 1_000_000,
        trusted_at: None,
        warned_days: None,
        created_at: now,
    };
    saml_certificates::add(conn, &certificate).unwrap();
    connection.connection_id
}
