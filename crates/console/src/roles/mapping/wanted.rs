//! A rule as a form or an address asks for it, and the check whether it is allowed. Pure.

use vestibule_admin::{
    Refusal,
    rights::{authority::check_owner_role, mappings},
};
use vestibule_core::{
    fold::fold,
    ids::{EntitlementId, RoleId},
    providers::Provider,
};
use vestibule_store::rights::{mappings::Rule, roles::Role};
use vestibule_web::{http::input::Parameters, pages};

use crate::{layout::form::Fields, roles::catalog::Catalog};

/// A wanted rule.
#[derive(Debug, Clone, Default)]
pub struct WantedRule {
    /// The name or pattern of groups.
    pub(super) group: String,
    /// The ids of the ticked roles.
    pub(super) roles: Vec<RoleId>,
    /// The ids of the ticked entitlements.
    pub(super) entitlements: Vec<EntitlementId>,
    /// Whether to remove the rule.
    pub(super) remove: bool,
}

impl Fields for WantedRule {
    fn read(parameters: &Parameters) -> Self {
        Self {
            group: parameters.text("group").trim().to_owned(),
            roles: parameters.names_below("role.").into_iter().map(RoleId::sent).collect(),
            entitlements: parameters.names_below("grant.").into_iter().map(EntitlementId::sent).collect(),
            remove: parameters.text("do") == "remove",
        }
    }
}

impl WantedRule {
    /// The roles and the rule to save; no rule: remove it.
    pub(super) fn check(
        &self,
        catalog: &Catalog,
        by_owner: bool,
        provider: &Provider,
    ) -> Result<(Vec<Role>, Option<Rule>), Refusal> {
        let group = mappings::group_name(&self.group)?;
        let key = fold(group);
        let before = catalog.rules.iter().find(|rule| rule.key == key);
        let roles_before = before.map(|rule| rule.roles.clone()).unwrap_or_default();
        if self.remove {
            check_owner_role(by_owner, &roles_before, &[])?;
            return match before {
                Some(_) => Ok((Vec::new(), None)),
                None => Err(Refusal::Conflict("there is no rule about this group".to_owned())),
            };
        }
        if self.roles.is_empty() && self.entitlements.is_empty() {
            return Err(Refusal::Conflict("choose at least one role or entitlement".to_owned()));
        }
        let unknown =
            || Refusal::Conflict("a role or entitlement was deleted meanwhile; choose again".to_owned());
        let mut roles = Vec::new();
        for id in &self.roles {
            roles.push(catalog.role(id).ok_or_else(unknown)?.clone());
        }
        for id in &self.entitlements {
            catalog.entitlements.iter().find(|one| one.entitlement_id == *id).ok_or_else(unknown)?;
        }
        if let Some(role) = roles.iter().find(|role| !role.by_okta) {
            let sentence = format!(
                "{} may not assign {}, and {} decides who is in a group; allow it on the role's page first",
                provider.label,
                pages::isolate(&role.display_name),
                provider.name
            );
            return Err(Refusal::Conflict(sentence));
        }
        check_owner_role(by_owner, &roles_before, &self.roles)?;
        let rule = Rule {
            group: group.to_owned(),
            key,
            roles: self.roles.clone(),
            entitlements: self.entitlements.clone(),
        };
        Ok((roles, Some(rule)))
    }
}
