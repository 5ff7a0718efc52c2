//! The route table: every address, its methods, who may call them, and their handlers. The router, `Allow`, rate limits, metrics,
//! CORS and the tests of access all read this table.

mod api;
mod assets;
mod lookup;
mod management;
mod pages;
mod probes;
mod route;
mod scim;

use std::sync::LazyLock;

use actix_web::web::{self, ServiceConfig};
use lookup::Lookup;
pub use route::{Access, Endpoint, Route, Surface};
use route::{ROOT, Refusals};
use vestibule_management::http::fallback;
use vestibule_scim::http::unsupported;

use crate::serve::unknown;

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

struct Table {
    routes: Vec<Route>,
    lookup: Lookup,
}

impl Table {
    fn new() -> Self {
        // The router tries them in this order, so the most frequent routes come first.
        let routes = [
            scim::routes(),
            api::routes(),
            management::routes(),
            pages::routes(),
            assets::routes(),
            probes::routes(),
        ];
        let routes: Vec<Route> = routes.into_iter().flatten().collect();
        Self { lookup: Lookup::new(&routes), routes }
    }
}

/// Every route.
pub fn table() -> &'static [Route] {
    &TABLE.routes
}

/// The route of a path, before the router runs.
pub(crate) struct Found {
    pub surface: Surface,
    pub route: Option<&'static Route>,
}

impl Found {
    /// Finds the route of a path, decoded as the router sees it.
    pub(crate) fn of(path: &str) -> Self {
        match TABLE.lookup.find(path).and_then(|index| TABLE.routes.get(index)) {
            Some(route) => Self { surface: route.surface, route: Some(route) },
            // An unknown path has the rate limit of pages.
            None => {
                Self { surface: TABLE.lookup.surface_of_unknown(path).unwrap_or(Surface::Pages), route: None }
            }
        }
    }
}

/// Registers every route with actix.
pub(crate) fn configure(urls: &mut ServiceConfig) {
    for area in [&scim::AREA, &management::WORKSPACE, &management::AREA, &ROOT] {
        let routes = TABLE.routes.iter().filter(|route| route.area == area);
        if area.prefix.is_empty() {
            for route in routes {
                urls.service(route.resource());
            }
            continue;
        }
        let scope = routes.fold(web::scope(area.prefix), |scope, route| scope.service(route.resource()));
        urls.service(scope.default_service(match area.refusals {
            Refusals::Page => web::to(unknown::path),
            Refusals::Scim => web::to(unsupported::unknown_path),
            Refusals::Problem => web::to(fallback::unknown_path),
        }));
    }
    urls.default_service(web::to(unknown::path));
}

#[cfg(test)]
mod tests {
    use actix_web::App;

    use super::*;

    #[test]
    fn every_route_is_found_by_its_pattern() {
        for route in table() {
            let path = route.path.replace("{asked:.*}", "any/thing");
            let found = Found::of(&path);
            let found = found.route.unwrap_or_else(|| panic!("{path} is not found"));
            assert_eq!(found.path, route.path);
        }
    }

    #[test]
    fn an_unknown_address_has_the_surface_that_all_its_neighbours_share() {
        for (path, surface) in [
            ("/nothing", Surface::Pages),
            ("/people/1/nothing", Surface::Pages),
            ("/api/okta/nothing", Surface::Pages),
            ("/api/scim/v2/x/Nothing", Surface::Scim),
            ("/api/v1/nothing", Surface::Management),
            ("/.well-known/nothing", Surface::Other),
            ("/assets/nothing", Surface::Other),
        ] {
            let found = Found::of(path);
            assert!(found.route.is_none(), "{path}");
            assert_eq!(found.surface, surface, "{path}");
        }
    }

    #[test]
    fn a_method_stands_once_and_no_path_twice() {
        let mut paths: Vec<&str> = table().iter().map(|route| route.path.as_str()).collect();
        paths.sort_unstable();
        let listed = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), listed);
        for route in table() {
            let mut methods: Vec<String> =
                route.endpoints.iter().map(|endpoint| format!("{:?}", endpoint.method)).collect();
            methods.sort();
            let listed = methods.len();
            methods.dedup();
            assert_eq!(methods.len(), listed, "{}", route.path);
            assert!(listed > 0, "{}", route.path);
        }
    }

    #[test]
    fn a_get_that_uses_something_up_is_not_prefetched() {
        let marked: Vec<&str> =
            table().iter().filter(|route| route.is_used_once).map(|route| route.path.as_str()).collect();
        assert_eq!(
            marked,
            [
                "/api/okta/oidc/login",
                "/api/okta/oidc/callback",
                "/api/okta/oidc/test",
                "/api/okta/oidc/arrive",
                "/api/okta/saml/login",
                "/api/okta/saml/arrive",
                "/api/okta/saml/logout",
                "/api/okta/saml/slo/{team_id}",
                "/api/okta/scim/oauth/authorize",
                "/oauth/authorize",
                "/oauth/logout",
                "/auth/arrive",
                "/setup/{link}",
            ]
        );
    }

    #[actix_web::test]
    async fn the_router_finds_the_same_route() {
        let app = actix_web::test::init_service(App::new().configure(configure)).await;
        for route in table() {
            let path = route.path.replace("{asked:.*}", "any/thing");
            let request = actix_web::test::TestRequest::get().uri(&path.replace(['{', '}'], "")).to_request();
            let response = actix_web::test::call_service(&app, request).await;
            assert_eq!(response.request().match_pattern().as_ref(), Some(&route.path));
        }
    }
}
