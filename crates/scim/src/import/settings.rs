//! Imports what is not a person: roles, entitlements, custom attributes, rules, domain claims, connections and groups. What exists
//! already stays as it is, except a role of our own export, which gets the exported name and setting.

use vestibule_admin::{
    provider::{
        connection::{self, Settings, Which, address},
        domains::{self, name::normalise},
        saml_connection::{self, SamlProvider, SamlSettings},
    },
    rights::{
        entitlements::NewEntitlement,
        mappings::{self, MappingChange},
        roles::{NewRole, RoleChange},
    },
};
use vestibule_core::{fold::fold, names::Named, sets::SamlBinding};
use vestibule_saml::certificate;
use vestibule_scim_engine::names;
use vestibule_store::{
    Conn, Tx,
    people::groups,
    providers::{connections, domain_claims, domains as verified, saml_connections},
    rights::{
        entitlements,
        roles::{self, OWNER, Role},
    },
    trail::events::{self, kinds::GroupCreated},
    workspaces,
};
use vestibule_transfer::{self as transfer, Connection, Group, Item, Mapping, SamlConnection};

use super::{Import, Problem, known::Known, refuse};
use crate::users::custom_attributes::{
    Custom,
    change::{self, ChangeError},
};

/// What would be created, or changed; `None`: it is here already.
pub(super) fn check(
    conn: &mut Conn,
    import: &Import<'_>,
    known: &mut Known,
    item: &Item,
) -> Result<Option<&'static str>, Problem> {
    let workspace_id = &import.workspace_id;
    Ok(match item {
        Item::Role(role) => match role_change(import, known, role)? {
            RoleAction::Create => {
                let role =
                    vestibule_admin::rights::roles::check(&import.actor, workspace_id, new_role(role))?;
                known.roles.push(role);
                Some("roles")
            }
            RoleAction::Change(..) => Some("roles changed"),
            RoleAction::Nothing => None,
        },
        Item::Entitlement(new) => {
            let text = new.id.as_deref().unwrap_or(&new.name);
            if entitlements::named(&known.entitlements, text).is_some() {
                return Ok(None);
            }
            let entitlement_id = vestibule_admin::rights::entitlements::check(new_entitlement(new))?;
            known.entitlements.push(entitlements::Entitlement {
                workspace_id: workspace_id.clone(),
                entitlement_id,
                display_name: new.name.trim().to_owned(),
                display_name_key: fold(&new.name),
                description: new.description.clone(),
                created_at: import.actor.now,
            });
            Some("entitlements")
        }
        Item::Custom(custom) => match custom_of(known, custom)? {
            Some(custom) => {
                known.add_custom(custom)?;
                Some("attributes")
            }
            None => None,
        },
        Item::Mapping(mapping) => {
            check_mapping(import, known, mapping)?;
            let stored = mappings::find(conn, workspace_id, &mapping.group)?;
            let role_ids = known.role_ids(import, &mapping.roles)?;
            let ids = known.entitlement_ids(&mapping.entitlements)?;
            let is_stored = stored.is_some_and(|rule| {
                role_ids.iter().all(|id| rule.roles.contains(id))
                    && ids.iter().all(|id| rule.entitlements.contains(id))
            });
            (!is_stored).then_some("mappings")
        }
        Item::Domain(typed) => {
            let domain = normalise(typed).map_err(Problem::Row)?;
            let is_here = verified::is_verified(conn, workspace_id, &domain)?
                || domain_claims::find(conn, workspace_id, &domain)?.is_some();
            (!is_here).then_some("domain claims")
        }
        Item::Connection(connection) => {
            check_connection(import, connection)?;
            (!is_connected(conn, import, connection)?).then_some("connections")
        }
        Item::Group(group) => {
            names::check(Named::Group, None, &group.name)?;
            (groups::find_by_name(conn, workspace_id, &group.name)?.is_none()).then_some("groups")
        }
        Item::Person(_) | Item::Other(_) => None,
    })
}

/// Creates or changes it; `None`: it is here already.
pub(super) fn apply(
    conn: &mut Tx<'_>,
    import: &Import<'_>,
    known: &mut Known,
    item: &Item,
) -> Result<Option<&'static str>, Problem> {
    let (workspace_id, actor) = (&import.workspace_id, &import.actor);
    match item {
        Item::Role(role) => {
            let what = match role_change(import, known, role)? {
                RoleAction::Nothing => return Ok(None),
                RoleAction::Create => {
                    vestibule_admin::rights::roles::create(conn, actor, workspace_id, new_role(role))?;
                    "roles"
                }
                RoleAction::Change(before) => {
                    let change = RoleChange {
                        name: Some(&role.name),
                        description: Some(&role.description),
                        by_okta: role.by_okta,
                    };
                    vestibule_admin::rights::roles::change(conn, actor, &before, change)?;
                    "roles changed"
                }
            };
            known.roles = roles::list(conn, workspace_id)?;
            Ok(Some(what))
        }
        Item::Entitlement(new) => {
            let text = new.id.as_deref().unwrap_or(&new.name);
            if entitlements::named(&known.entitlements, text).is_some() {
                return Ok(None);
            }
            let new =
                NewEntitlement { id: new.id.as_deref(), name: &new.name, description: &new.description };
            vestibule_admin::rights::entitlements::create(conn, actor, workspace_id, new)?;
            known.entitlements = entitlements::list(conn, workspace_id)?;
            Ok(Some("entitlements"))
        }
        Item::Custom(custom) => match custom_of(known, custom)? {
            Some(custom) => {
                declare(conn, import, known, custom)?;
                Ok(Some("attributes"))
            }
            None => Ok(None),
        },
        Item::Mapping(mapping) => {
            let found = check(conn, import, known, item)?;
            if found.is_some() {
                let role_ids = known.role_ids(import, &mapping.roles)?;
                let chosen: Vec<Role> =
                    known.roles.iter().filter(|role| role_ids.contains(&role.role_id)).cloned().collect();
                let ids = known.entitlement_ids(&mapping.entitlements)?;
                let change = MappingChange { group: &mapping.group, roles: &chosen, entitlements: &ids };
                mappings::add(conn, actor, workspace_id, change)?;
            }
            Ok(found)
        }
        Item::Domain(typed) => {
            let found = check(conn, import, known, item)?;
            if found.is_some() {
                domains::claim(conn, actor, workspace_id, &normalise(typed).map_err(Problem::Row)?)?;
            }
            Ok(found)
        }
        Item::Connection(new) => {
            let found = check(conn, import, known, item)?;
            if found.is_some() {
                connect(conn, import, new)?;
            }
            Ok(found)
        }
        Item::Group(group) => {
            let found = check(conn, import, known, item)?;
            if found.is_some() {
                create_group(conn, import, group)?;
            }
            Ok(found)
        }
        Item::Person(_) | Item::Other(_) => Ok(None),
    }
}

/// Declares a custom attribute.
pub(super) fn declare(
    conn: &mut Tx<'_>,
    import: &Import<'_>,
    known: &mut Known,
    custom: Custom,
) -> Result<(), Problem> {
    let (cause, now) = (&import.actor.cause, import.actor.now);
    let Some(workspace) = workspaces::find(conn, &import.workspace_id, import.region)? else {
        return Err(vestibule_store::Error::NotFound.into());
    };
    match change::create(conn, &workspace, custom, cause, now) {
        Ok(custom) => known.add_custom(custom),
        Err(ChangeError::Refused(sentence)) => refuse(sentence),
        Err(ChangeError::Store(error)) => Err(error.into()),
    }
}

fn create_group(conn: &mut Tx<'_>, import: &Import<'_>, group: &Group) -> Result<(), Problem> {
    let (cause, now, workspace_id) = (&import.actor.cause, import.actor.now, &import.workspace_id);
    if let Some(external_id) = &group.external_id
        && let Some(other) = groups::find_by_external_id(conn, workspace_id, external_id)?
    {
        return refuse(format!("the external id is that of the group {}", other.display_name.escape_debug()));
    }
    let created = groups::create(conn, workspace_id, &group.name, group.external_id.as_deref(), now)?;
    let data = GroupCreated { display_name: &created.display_name, members: 0, parked: 0, joined: &[] };
    events::record(conn, workspace_id, cause, created.target(), &data, now)?;
    Ok(())
}

fn new_role(role: &transfer::Role) -> NewRole<'_> {
    NewRole {
        id: role.id.as_deref(),
        name: &role.name,
        description: &role.description,
        by_okta: role.by_okta.unwrap_or(true),
    }
}

fn new_entitlement(new: &transfer::Entitlement) -> NewEntitlement<'_> {
    NewEntitlement { id: new.id.as_deref(), name: &new.name, description: &new.description }
}

/// What is to be done about a role of the file.
enum RoleAction {
    Create,
    Change(Role),
    Nothing,
}

fn role_change(import: &Import<'_>, known: &Known, role: &transfer::Role) -> Result<RoleAction, Problem> {
    let Some(stored) = roles::named(&known.roles, role.id.as_deref().unwrap_or(&role.name)) else {
        return Ok(RoleAction::Create);
    };
    let same = stored.display_name == role.name
        && stored.description == role.description
        && role.by_okta.is_none_or(|by_okta| by_okta == stored.by_okta);
    // Only our own export has the id.
    if same || role.id.is_none() {
        return Ok(RoleAction::Nothing);
    }
    if stored.role_id == OWNER && role.by_okta == Some(true) && !stored.by_okta && !import.allow_owners {
        return refuse("the row lets the identity provider make owners; allow that with --allow-owners");
    }
    Ok(RoleAction::Change(stored.clone()))
}

/// The attribute to declare; `None`: it is declared.
fn custom_of(known: &Known, custom: &transfer::Custom) -> Result<Option<Custom>, Problem> {
    let custom = Custom::of_json(&serde_json::Value::Object(custom.0.clone()))?;
    let is_it = |one: &Custom| {
        one.name.eq_ignore_ascii_case(&custom.name) && one.schema.eq_ignore_ascii_case(&custom.schema)
    };
    match known.declared.iter().find(|one| is_it(one)) {
        None => Ok(Some(custom)),
        Some(stored) if (stored.kind, stored.multi_valued) == (custom.kind, custom.multi_valued) => Ok(None),
        Some(_) => refuse(format!("the attribute {} is declared here with another type", custom.name)),
    }
}

fn check_mapping(import: &Import<'_>, known: &Known, mapping: &Mapping) -> Result<(), Problem> {
    mappings::group_name(&mapping.group)?;
    let ids = known.role_ids(import, &mapping.roles)?;
    match known.roles.iter().find(|role| ids.contains(&role.role_id) && !role.by_okta) {
        None => Ok(()),
        Some(role) => {
            refuse(format!("the identity provider may not assign {}, so no rule can", role.role_id))
        }
    }
}

/// The issuer as it is stored.
fn issuer(import: &Import<'_>, connection: &Connection) -> Result<String, Problem> {
    match connection {
        Connection::Oidc(oidc) => {
            address::check_issuer(&oidc.issuer, import.allow_insecure).map_err(Problem::Row)
        }
        Connection::Saml(saml) => Ok(saml.issuer.clone()),
    }
}

fn check_connection(import: &Import<'_>, connection: &Connection) -> Result<(), Problem> {
    let issuer = issuer(import, connection)?;
    if (import.is_own_issuer)(&issuer) {
        return refuse(format!("{issuer} is Vestibule itself, which can't be its own identity provider"));
    }
    match connection {
        Connection::Oidc(_) => Ok(()),
        Connection::Saml(saml) => provider(saml).map(drop),
    }
}

fn is_connected(conn: &mut Conn, import: &Import<'_>, connection: &Connection) -> Result<bool, Problem> {
    let (workspace_id, issuer) = (&import.workspace_id, issuer(import, connection)?);
    let oidc = connections::list(conn, workspace_id)?;
    let saml = saml_connections::list(conn, workspace_id)?;
    Ok(oidc.iter().any(|one| one.issuer == issuer) || saml.iter().any(|one| one.issuer == issuer))
}

/// Creates a connection that is off.
fn connect(conn: &mut Tx<'_>, import: &Import<'_>, new: &Connection) -> Result<(), Problem> {
    let (actor, workspace_id) = (&import.actor, &import.workspace_id);
    match new {
        Connection::Oidc(oidc) => {
            let settings = Settings {
                which: Which::New,
                name: Some(oidc.name.clone()),
                issuer: issuer(import, new)?,
                client_id: oidc.client_id.clone(),
                enabled: Some(false),
                jit: Some(false),
                ..Settings::default()
            };
            connection::save(conn, actor, import.sealer, workspace_id, settings)
                .map_err(|error| Problem::from(vestibule_admin::Refusal::from(error)))?;
        }
        Connection::Saml(saml) => {
            let settings = SamlSettings {
                name: saml.name.clone(),
                provider: Some(provider(saml)?),
                metadata_url: Some(String::new()),
                enabled: Some(false),
                jit: Some(false),
                ..SamlSettings::default()
            };
            saml_connection::create(conn, actor, workspace_id, settings, import.allow_insecure)?;
        }
    }
    Ok(())
}

fn provider(saml: &SamlConnection) -> Result<SamlProvider, Problem> {
    let certificates =
        certificate::parse_pasted(&saml.certificates).map_err(|error| Problem::Row(error.to_string()))?;
    Ok(SamlProvider {
        issuer: saml.issuer.clone(),
        sso_url: saml.sso_url.clone(),
        sso_binding: if saml.by_post { SamlBinding::Post } else { SamlBinding::Redirect },
        slo: None,
        wants_signed_requests: false,
        certificates,
    })
}
