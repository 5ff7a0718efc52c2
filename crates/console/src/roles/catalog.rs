//! What a workspace has to give, and its rules, read once for a page that names them: ids become names people know.

use vestibule_store::{
    Conn, Error,
    rights::{
        entitlements::{self, Entitlement},
        mappings::{self, Rule},
        roles::{self, Role},
    },
};

/// Roles, entitlements and rules of a workspace.
pub(crate) struct Known {
    pub roles: Vec<Role>,
    pub entitlements: Vec<Entitlement>,
    pub rules: Vec<Rule>,
}

/// What a rule gives, in names.
pub(crate) struct Gift {
    /// The group's name or pattern.
    pub group: String,
    pub roles: Vec<RoleNamed>,
    pub entitlements: Vec<String>,
}

/// A role by its name.
pub(crate) struct RoleNamed {
    pub id: String,
    pub name: String,
    pub by_okta: bool,
}

impl Known {
    pub(crate) fn read(conn: &mut Conn, workspace_id: &str) -> Result<Self, Error> {
        Ok(Self {
            roles: roles::list(conn, workspace_id)?,
            entitlements: entitlements::list(conn, workspace_id)?,
            rules: mappings::list(conn, workspace_id)?,
        })
    }

    pub(crate) fn role(&self, id: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.role_id == id)
    }

    pub(crate) fn role_name(&self, id: &str) -> String {
        self.role(id).map_or(id, |role| role.display_name.as_str()).to_owned()
    }

    pub(crate) fn entitlement_name(&self, id: &str) -> String {
        let one = self.entitlements.iter().find(|one| one.entitlement_id == id);
        one.map_or(id, |one| one.display_name.as_str()).to_owned()
    }

    /// What a rule gives, in names.
    pub(crate) fn gift(&self, rule: &Rule) -> Gift {
        let named = |id: &String| RoleNamed {
            id: id.clone(),
            name: self.role_name(id),
            by_okta: self.role(id).is_some_and(|role| role.by_okta),
        };
        Gift {
            group: rule.group.clone(),
            roles: rule.roles.iter().map(named).collect(),
            entitlements: rule.entitlements.iter().map(|id| self.entitlement_name(id)).collect(),
        }
    }

    /// What the rules about the group of this name, folded, give.
    pub(crate) fn gifts(&self, key: &str) -> Vec<Gift> {
        self.rules.iter().filter(|rule| rule.matches(key)).map(|rule| self.gift(rule)).collect()
    }
}
