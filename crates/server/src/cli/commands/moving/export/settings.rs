//! Lines of a workspace's settings: itself, custom attributes, roles, entitlements, rules, domains, connections.

use serde_json::{Value, json};
use vestibule_store::{
    Conn,
    providers::{
        connection_domains, connections, domain_claims, domains, saml_certificates, saml_connections,
        sign_in_domains,
    },
    rights::{entitlements, mappings, roles},
    safeguards::brakes,
    workspaces::Workspace,
};

use crate::cli::commands::Sentence;

/// The lines, in order.
pub(super) fn lines(conn: &mut Conn, workspace: &Workspace) -> Result<Vec<Value>, Sentence> {
    let id = &workspace.workspace_id;
    let brake = brakes::find(conn, id)?;
    let mut lines = vec![json!({
        "type": "workspace",
        "name": workspace.name,
        "default_role": workspace.default_role,
        "allow_basic": workspace.allow_basic,
        "park_members": workspace.park_members,
        "session_seconds": workspace.session_seconds,
        "idle_seconds": workspace.idle_seconds,
        "max_age_seconds": workspace.max_age_seconds,
        "allowed_origins": workspace.origins(),
        "sign_in_domains": sign_in_domains::list(conn, id)?,
        "brake_percent": brake.percent,
        "brake_least": brake.least,
    })];
    for custom in workspace.custom_attributes()? {
        let mut line = json!({ "type": "attribute" });
        if let (Some(members), Some(custom)) = (line.as_object_mut(), custom.as_object()) {
            for (name, value) in custom {
                let name = if name == "type" { "value_type" } else { name.as_str() };
                members.insert(name.to_owned(), value.clone());
            }
        }
        lines.push(line);
    }
    for role in roles::list(conn, id)? {
        lines.push(json!({
            "type": "role", "id": role.role_id, "name": role.display_name, "description": role.description,
            "by_okta": role.by_okta,
        }));
    }
    for one in entitlements::list(conn, id)? {
        lines.push(json!({
            "type": "entitlement", "id": one.entitlement_id, "name": one.display_name, "description": one.description,
        }));
    }
    let mut rules = mappings::list(conn, id)?;
    rules.sort_by(|one, other| one.key.cmp(&other.key));
    for rule in rules {
        lines.push(json!({
            "type": "mapping", "group": rule.group, "roles": rule.roles, "entitlements": rule.entitlements,
        }));
    }
    let mut all = Vec::new();
    for domain in domains::list_all(conn, id)? {
        all.push((domain.domain, domain.lapsed_at.is_none()));
    }
    all.extend(domain_claims::list(conn, id)?.into_iter().map(|claim| (claim.domain, false)));
    all.sort();
    all.dedup_by(|later, earlier| later.0 == earlier.0);
    for (domain, verified) in all {
        lines.push(json!({ "type": "domain", "domain": domain, "verified": verified }));
    }
    lines.extend(providers(conn, workspace)?);
    Ok(lines)
}

/// The connections, by name, without secrets.
fn providers(conn: &mut Conn, workspace: &Workspace) -> Result<Vec<Value>, Sentence> {
    let id = &workspace.workspace_id;
    let mut lines = Vec::new();
    let mut oidc = connections::list(conn, id)?;
    oidc.sort_by(|one, other| one.name.cmp(&other.name));
    for one in oidc {
        let domains = connection_domains::list_of(conn, id, &one.connection_id)?;
        lines.push(json!({
            "type": "connection", "kind": "oidc", "name": one.name, "provider": one.provider, "issuer": one.issuer,
            "client_id": one.client_id, "auth_method": one.auth_method, "dpop": one.dpop,
            "groups_claim": one.groups_claim, "cross_app": one.cross_app, "enabled": one.enabled, "jit": one.jit,
            "is_default": one.is_default, "domains": domains,
        }));
    }
    let mut saml = saml_connections::list(conn, id)?;
    saml.sort_by(|one, other| one.name.cmp(&other.name));
    for one in saml {
        let domains = connection_domains::list_of(conn, id, &one.connection_id)?;
        let mut trusted = saml_certificates::list(conn, &one)?;
        trusted.retain(|certificate| certificate.trusted_at.is_some());
        trusted.sort_by(|one, other| one.fingerprint.cmp(&other.fingerprint));
        let certificates: Vec<&str> =
            trusted.iter().map(|certificate| certificate.certificate.as_str()).collect();
        lines.push(json!({
            "type": "connection", "kind": "saml", "name": one.name, "issuer": one.issuer, "sso_url": one.sso_url,
            "sso_binding": one.sso_binding, "slo_url": one.slo_url, "idp_metadata_url": one.metadata_url,
            "trusts_metadata": one.trusts_metadata, "entity_id": one.entity_id, "signs_requests": one.signs_requests,
            "unsolicited": one.unsolicited, "attributes": one.attribute_names()?, "okta_org": one.okta_org,
            "app_instance_id": one.app_instance_id, "certificates": certificates, "enabled": one.enabled,
            "jit": one.jit, "is_default": one.is_default, "domains": domains,
        }));
    }
    Ok(lines)
}
