//! `/workspaces/{workspace}/mappings`: rules by which members of groups have roles and entitlements; one for each name or pattern.

use actix_web::{HttpRequest, HttpResponse, web};
use vestibule_admin::{self as admin, rights::mappings::MappingChange};
use vestibule_core::ids::{EntitlementId, WorkspaceId};
use vestibule_store::{
    Conn,
    rights::{
        entitlements, mappings,
        roles::{self, Role},
    },
};
use vestibule_web::State;

use crate::{
    http::{answer::Answer, endpoint, problem::Problem},
    types::rights::{Mapping, MappingSettings},
};

/// `GET /workspaces/{workspace}/mappings`
pub async fn list(req: HttpRequest, state: web::Data<State>) -> HttpResponse {
    endpoint::read(&req, &state, |conn, caller| {
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let paging = caller.paging(&[])?;
        let list = mappings::list(conn, &workspace_id)?;
        paging.respond(caller, list.iter().map(|rule| (rule.key.clone(), Mapping::from(rule))).collect())
    })
    .await
}

/// `PUT /workspaces/{workspace}/mappings`: the rule of the group becomes exactly this.
pub async fn put(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        caller.query(&[])?;
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let wanted: MappingSettings = caller.body()?;
        let (given, ids) = meant(conn, &workspace_id, &wanted)?;
        let change = MappingChange { group: &wanted.group, roles: &given, entitlements: &ids };
        admin::rights::mappings::replace(conn, &caller.actor, &workspace_id, change)?;
        let rule = admin::rights::mappings::find(conn, &workspace_id, &wanted.group)?;
        Answer::ok(Mapping::from(&rule.ok_or(Problem::NotFound)?))
    })
    .await
}

/// `DELETE /workspaces/{workspace}/mappings?group=…`
pub async fn delete(req: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    endpoint::change(&req, payload, &state, |conn, caller| {
        let group = caller.query(&["group"])?.get("group");
        let group = group.ok_or_else(|| Problem::field("group", "is missing"))?.to_owned();
        let workspace_id = caller.workspace(conn)?.workspace_id;
        let whole = MappingChange { group: &group, roles: &[], entitlements: &[] };
        if admin::rights::mappings::delete(conn, &caller.actor, &workspace_id, whole)? == 0 {
            return Err(Problem::NotFound);
        }
        Answer::nothing()
    })
    .await
}

/// The roles and the ids of the entitlements that a body names.
fn meant(
    conn: &mut Conn,
    workspace_id: &WorkspaceId,
    wanted: &MappingSettings,
) -> Result<(Vec<Role>, Vec<EntitlementId>), Problem> {
    let (known, grantable) = (roles::list(conn, workspace_id)?, entitlements::list(conn, workspace_id)?);
    let mut given = Vec::new();
    for (place, name) in wanted.roles.iter().enumerate() {
        let role = roles::named(&known, name)
            .ok_or_else(|| Problem::field(&format!("roles[{place}]"), "is no role of this workspace"))?;
        given.push(role.clone());
    }
    let mut ids = Vec::new();
    for (place, name) in wanted.entitlements.iter().enumerate() {
        let one = entitlements::named(&grantable, name).ok_or_else(|| {
            Problem::field(&format!("entitlements[{place}]"), "is no entitlement of this workspace")
        })?;
        ids.push(one.entitlement_id.clone());
    }
    Ok((given, ids))
}
