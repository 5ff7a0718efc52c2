//! SCIM endpoints of a workspace.

use vestibule_scim::{
    bulk,
    catalog::{entitlements, roles},
    discovery, groups,
    query::search,
    users,
};

use super::route::{Access::ScimCredential, Area, Refusals, Route, Surface};

pub(super) const AREA: Area = Area { prefix: "/api/scim/v2/{team_id}", refusals: Refusals::Scim };

fn scim(path: &str) -> Route {
    Route::new(&AREA, path, Surface::Scim)
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        // Before the routes with an id, because `.search` is no id.
        scim("/.search").post(ScimCredential, search::all).in_read_only(),
        scim("/Users/.search").post(ScimCredential, search::users).in_read_only(),
        scim("/Groups/.search").post(ScimCredential, search::groups).in_read_only(),
        scim("/Users").get(ScimCredential, users::list).post(ScimCredential, users::create),
        scim("/Users/{id}")
            .get(ScimCredential, users::get)
            .put(ScimCredential, users::replace)
            .in_read_only()
            .patch(ScimCredential, users::patch)
            .in_read_only()
            .delete(ScimCredential, users::delete)
            .in_read_only(),
        scim("/Groups").get(ScimCredential, groups::list).post(ScimCredential, groups::create),
        scim("/Groups/{id}")
            .get(ScimCredential, groups::get)
            .put(ScimCredential, groups::replace)
            .patch(ScimCredential, groups::patch)
            .delete(ScimCredential, groups::delete),
        scim("/Bulk").post(ScimCredential, bulk::run),
        scim("/Roles").get(ScimCredential, roles::list),
        scim("/Roles/{id}").get(ScimCredential, roles::get),
        scim("/Entitlements").get(ScimCredential, entitlements::list),
        scim("/Entitlements/{id}").get(ScimCredential, entitlements::get),
        scim("/ServiceProviderConfig").get(ScimCredential, discovery::config),
        scim("/Schemas").get(ScimCredential, discovery::list_schemas),
        scim("/Schemas/{id}").get(ScimCredential, discovery::get_schema),
        scim("/ResourceTypes").get(ScimCredential, discovery::list_resource_types),
        scim("/ResourceTypes/{id}").get(ScimCredential, discovery::get_resource_type),
    ]
}
