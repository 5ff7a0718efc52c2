//! Read-only mode: writes by SCIM, pages and the management API are refused with 503. Sign-in, checks, tokens of apps, and whatever ends
//! access go on; the table of routes marks them. A change of a user by SCIM is refused by its handler, unless it ends access.

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::json;
use vestibule_web::{READ_ONLY, State, pages::Refused};

use crate::serve::routes::Surface;

/// The refusal, in the form of the interface. The middleware adds `Retry-After`.
pub(crate) fn answer(state: &State, surface: Surface, request_id: &str) -> HttpResponse {
    state.metrics().refused(surface.label(), "read_only");
    tracing::warn!(door = surface.label(), "read_only.refused");
    let mut response = HttpResponse::ServiceUnavailable();
    match surface {
        Surface::Scim => response.content_type("application/scim+json").body(
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "503",
                "detail": READ_ONLY,
            })
            .to_string(),
        ),
        Surface::Management => response.content_type("application/problem+json").body(
            json!({
                "type": "about:blank",
                "title": "Service Unavailable",
                "status": 503,
                "detail": READ_ONLY,
                "instance": request_id,
            })
            .to_string(),
        ),
        _ => Refused::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Nothing can be changed at the moment",
            "The operator has made Vestibule read-only. Signing in and everything that ends access works as always.",
        )
        .advise("Try again later.")
        .refer(request_id)
        .page(state),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;

    use super::*;
    use crate::serve::routes::table;

    /// Every endpoint that runs in read-only mode although it is no read. A new route of these interfaces is refused unless it is marked in
    /// the table of routes and added here.
    #[test]
    fn what_goes_on_in_read_only_mode_is_reviewed() {
        let mut passing = Vec::new();
        for route in table() {
            if !matches!(route.surface, Surface::Scim | Surface::Management | Surface::Pages) {
                continue;
            }
            for endpoint in &route.endpoints {
                let Some(method) = &endpoint.method else { panic!("{} takes any method", route.path) };
                let reads = matches!(*method, Method::GET | Method::HEAD);
                if !reads && !route.is_refused_in_read_only(method) {
                    passing.push(format!("{method} {}", route.path));
                }
            }
        }
        passing.sort();
        assert_eq!(
            passing,
            [
                "DELETE /api/scim/v2/{team_id}/Users/{id}",
                "DELETE /api/v1/clients/{client}",
                "DELETE /api/v1/clients/{client}/secrets/{secret}",
                "DELETE /api/v1/resources/{resource}",
                "DELETE /api/v1/workspaces/{workspace}/clients/{client}",
                "DELETE /api/v1/workspaces/{workspace}/clients/{client}/secrets/{secret}",
                "DELETE /api/v1/workspaces/{workspace}/grants/{grant}",
                "DELETE /api/v1/workspaces/{workspace}/resources/{resource}",
                "DELETE /api/v1/workspaces/{workspace}/tokens/{token}",
                "DELETE /api/v1/workspaces/{workspace}/users/{user}/sessions/{session}",
                "DELETE /api/v1/workspaces/{workspace}/users/{user}/tokens/{token}",
                "PATCH /api/scim/v2/{team_id}/Users/{id}",
                "POST /account/apps/{id}/end",
                "POST /account/sessions/end-all",
                "POST /account/sessions/end-others",
                "POST /account/sessions/{id}/end",
                "POST /account/tokens/{id}/revoke",
                "POST /activity/verify",
                "POST /api/scim/v2/{team_id}/.search",
                "POST /api/scim/v2/{team_id}/Groups/.search",
                "POST /api/scim/v2/{team_id}/Users/.search",
                "POST /api/v1/workspaces/{workspace}/users/{user}/end-access",
                "POST /api/v1/workspaces/{workspace}/users/{user}/identities/unlink",
                "POST /auth",
                "POST /auth/sign-out",
                "POST /auth/test",
                "POST /drift/compare",
                "POST /integrations/agents/end",
                "POST /integrations/okta/check",
                "POST /people/{id}/apps/{grant}/end",
                "POST /people/{id}/end-access",
                "POST /people/{id}/sessions/{session}/end",
                "POST /people/{id}/tokens/{token}/revoke",
                "POST /setup/done",
                "POST /tokens/clients/{client}/secrets/{secret}/end",
                "POST /tokens/grants/{grant}/end",
                "POST /tokens/{id}/revoke",
                "PUT /api/scim/v2/{team_id}/Users/{id}",
            ]
        );
    }
}
