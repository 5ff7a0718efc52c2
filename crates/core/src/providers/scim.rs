//! What an administrator changes in a provider's SCIM client, in its own labels. Each text follows the provider's name and a colon.

/// Where things are in the provider's settings of provisioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScimPlaces {
    /// The path to the settings, before a label.
    pub settings: &'static str,
    /// The label of the base URL.
    pub base_url: &'static str,
    /// The label of the token.
    pub token: &'static str,
    /// Where the attribute mappings are.
    pub mappings: &'static str,
    /// How to provision one more person.
    pub admit: &'static str,
    /// How to have people created, if they are assigned and nobody came.
    pub creates: &'static str,
    /// How to have people deactivated.
    pub deactivates: &'static str,
    /// How to have a group pushed.
    pub groups: &'static str,
    /// Where a refused request is shown.
    pub log: &'static str,
}

/// Where the provider names no place of its own.
pub(super) const OTHER: ScimPlaces = ScimPlaces {
    settings: "Provisioning (SCIM) › ",
    base_url: "Base URL",
    token: "Token",
    mappings: "the attribute mappings",
    admit: "let the app provision the person",
    creates: "it must create users",
    deactivates: "let it deactivate users",
    groups: "let the app provision the group",
    log: "its provisioning log",
};

pub(super) const OKTA: ScimPlaces = ScimPlaces {
    settings: "Provisioning › Integration › ",
    base_url: "Base URL",
    token: "API Token",
    mappings: "Provisioning › To App › Attribute Mappings",
    admit: "Assignments: assign the person or their group",
    creates: "Provisioning › To App › Create Users must be ticked",
    deactivates: "Provisioning › To App: tick Deactivate Users",
    groups: "Push Groups",
    log: "Reports › System Log and in the app's Tasks",
};

pub(super) const ENTRA: ScimPlaces = ScimPlaces {
    settings: "Provisioning › ",
    base_url: "Tenant URL",
    token: "Secret Token",
    mappings: "Provisioning › Attribute mapping",
    admit: "Enterprise apps › the app › Users and groups: assign the person or their group",
    creates: "Provisioning › Attribute mapping › Target object actions: Create must be checked",
    deactivates: "Provisioning › Attribute mapping › Target object actions: check Update and Delete",
    groups: "Enterprise apps › the app › Users and groups: assign the group",
    log: "Provisioning logs",
};

pub(super) const ONELOGIN: ScimPlaces = ScimPlaces {
    settings: "Configuration › ",
    base_url: "SCIM Base URL",
    token: "SCIM Bearer Token",
    mappings: "Configuration › SCIM JSON Template",
    admit: "the app's Access tab, or the person's Applications tab: give them the app",
    creates: "Provisioning › Enable provisioning must be ticked, and the task approved if Create user requires it",
    deactivates: "Provisioning › When users are deleted in OneLogin: choose Suspend or Delete",
    groups: "Parameters › Groups: tick Include in User Provisioning, then add a rule that sets the group",
    log: "Users › Provisioning",
};
