//! The management API. Its operations are listed in the crate `management`, with what the OpenAPI document says about them.

use vestibule_management::{docs, operations::operations};

use super::route::{Access, Area, Refusals, Route, Surface};

/// Addresses of the whole deployment.
pub(super) const AREA: Area = Area { prefix: "/api/v1", refusals: Refusals::Problem };

/// Addresses of one workspace.
pub(super) const WORKSPACE: Area =
    Area { prefix: "/api/v1/workspaces/{workspace}", refusals: Refusals::Problem };

pub(super) fn routes() -> Vec<Route> {
    // A page, which is no operation of the OpenAPI document.
    let mut routes = vec![Route::new(&AREA, "/docs", Surface::Management).get(Access::Anyone, docs::get)];
    for operation in operations() {
        let (path, runs) = (format!("{}{}", AREA.prefix, operation.path), operation.runs_in_read_only);
        let access = if operation.is_open { Access::Anyone } else { Access::OperatorKey };
        if let Some(route) = routes.iter_mut().find(|route| route.path == path) {
            route.add(operation.method, access, operation.route, runs);
            continue;
        }
        let mut route = match path.strip_prefix(WORKSPACE.prefix) {
            Some(path) => Route::new(&WORKSPACE, path, Surface::Management),
            None => Route::new(&AREA, operation.path, Surface::Management),
        };
        route.add(operation.method, access, operation.route, runs);
        routes.push(route);
    }
    routes
}
