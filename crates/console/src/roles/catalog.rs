//! The roles, entitlements and rules of a workspace, read once for a page, which shows their names in place of ids.

use vestibule_core::ids::{EntitlementId, RoleId, WorkspaceId};
use vestibule_store::{
    Conn, Error,
    rights::{
        entitlements::{self, Entitlement},
        mappings::{self, Rule},
        roles::{self, Role},
    },
};

/// The roles, entitlements and rules of a workspace.
pub(crate) struct Catalog {
    pub roles: Vec<Role>,
    pub entitlements: Vec<Entitlement>,
    pub rules: Vec<Rule>,
}

/// A rule as pages show it.
pub(crate) struct RuleView {
    /// The group's name or pattern.
    pub group: String,
    pub roles: Vec<RoleName>,
    /// The names of the entitlements.
    pub entitlements: Vec<String>,
}

/// A role that a rule gives.
pub(crate) struct RoleName {
    pub id: RoleId,
    pub name: String,
    /// Whether Okta may assign the role; otherwise the rule has no effect for it.
    pub by_okta: bool,
}

impl Catalog {
    pub(crate) fn read(conn: &mut Conn, workspace_id: &WorkspaceId) -> Result<Self, Error> {
        Ok(Self {
            roles: roles::list(conn, workspace_id)?,
            entitlements: entitlements::list(conn, workspace_id)?,
            rules: mappings::list(conn, workspace_id)?,
        })
    }

    pub(crate) fn role(&self, id: &RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.role_id == *id)
    }

    /// The role's name, or the id of a role that was deleted.
    pub(crate) fn role_name(&self, id: &RoleId) -> String {
        self.role(id).map_or(id.as_str(), |role| role.display_name.as_str()).to_owned()
    }

    /// The entitlement's name, or the id of an entitlement that was deleted.
    pub(crate) fn entitlement_name(&self, id: &EntitlementId) -> String {
        let one = self.entitlements.iter().find(|one| one.entitlement_id == *id);
        one.map_or(id.as_str(), |one| one.display_name.as_str()).to_owned()
    }

    /// The rule with names in place of ids.
    pub(crate) fn view(&self, rule: &Rule) -> RuleView {
        let role_name = |id: &RoleId| RoleName {
            id: id.clone(),
            name: self.role_name(id),
            by_okta: self.role(id).is_some_and(|role| role.by_okta),
        };
        RuleView {
            group: rule.group.clone(),
            roles: rule.roles.iter().map(role_name).collect(),
            entitlements: rule.entitlements.iter().map(|id| self.entitlement_name(id)).collect(),
        }
    }

    /// The rules about the group with this folded name.
    pub(crate) fn rules_about(&self, key: &str) -> Vec<RuleView> {
        self.rules.iter().filter(|rule| rule.matches(key)).map(|rule| self.view(rule)).collect()
    }

    /// The rules that give this role.
    pub(crate) fn rules_giving(&self, role_id: &RoleId) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.roles.contains(role_id))
    }
}
