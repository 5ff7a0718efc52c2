//! Operations on roles, entitlements, mappings and grants.

use crate::{
    operation::{Operation, delete, get, patch, post, put},
    resources::{
        access::grants,
        rights::{entitlements, mappings, roles},
    },
    types::rights::{
        Entitlement, EntitlementChange, Grant, Mapping, MappingSettings, NewEntitlement, Role, RoleSettings,
    },
};

pub(super) fn all() -> Vec<Operation> {
    vec![
        get("/workspaces/{workspace}/roles", roles::list)
            .named("list_roles", "roles", "List roles")
            .page::<Role>(),
        get("/workspaces/{workspace}/roles/{role}", roles::get)
            .named("get_role", "roles", "Get a role")
            .ok::<Role>(),
        put("/workspaces/{workspace}/roles/{role}", roles::put)
            .named("save_role", "roles", "Create or replace a role")
            .body::<RoleSettings>()
            .ok::<Role>()
            .created::<Role>(),
        delete("/workspaces/{workspace}/roles/{role}", roles::delete)
            .named("delete_role", "roles", "Delete a role with every assignment and rule")
            .done(),
        get("/workspaces/{workspace}/entitlements", entitlements::list)
            .named("list_entitlements", "entitlements", "List entitlements")
            .page::<Entitlement>(),
        post("/workspaces/{workspace}/entitlements", entitlements::create)
            .named("create_entitlement", "entitlements", "Create an entitlement")
            .body::<NewEntitlement>()
            .created::<Entitlement>(),
        patch("/workspaces/{workspace}/entitlements/{entitlement}", entitlements::patch)
            .named("change_entitlement", "entitlements", "Change an entitlement; what is not named stays")
            .body::<EntitlementChange>()
            .ok::<Entitlement>(),
        delete("/workspaces/{workspace}/entitlements/{entitlement}", entitlements::delete)
            .named(
                "delete_entitlement",
                "entitlements",
                "Delete an entitlement with every assignment and rule",
            )
            .done(),
        get("/workspaces/{workspace}/mappings", mappings::list)
            .named("list_mappings", "mappings", "List the rules of groups")
            .page::<Mapping>(),
        put("/workspaces/{workspace}/mappings", mappings::put)
            .named("save_mapping", "mappings", "Create or replace the rule of a group")
            .body::<MappingSettings>()
            .ok::<Mapping>(),
        delete("/workspaces/{workspace}/mappings", mappings::delete)
            .named("delete_mapping", "mappings", "Delete the rule of a group")
            .query(&["group"])
            .done(),
        get("/workspaces/{workspace}/grants", grants::list)
            .named("list_grants", "grants", "List the grants of clients")
            .page::<Grant>(),
        delete("/workspaces/{workspace}/grants/{grant}", grants::end)
            .in_read_only()
            .named("end_grant", "grants", "End a grant and every token under it")
            .done(),
    ]
}
