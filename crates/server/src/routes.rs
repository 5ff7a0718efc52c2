//! The whole URL map on one screen. What answers without credentials is held by a reviewed test (`open_routes`).

use actix_web::web::{self, ServiceConfig, delete, get, patch, post, put};
use vestibule_console::{account, assets, okta, setup, sign_in};
use vestibule_login::{arrive, callback, sign_out, start};
use vestibule_oauth::{authorize, introspect, metadata, token};
use vestibule_revocation::universal_logout;
use vestibule_scim::{answer, bulk, discovery, entitlements, groups, roles, search, users};

use crate::health;

/// Every route.
pub fn routes(urls: &mut ServiceConfig) {
    urls
        // What Okta and people's browsers call: the API host.
        .service(url("/api/okta/oidc/login").route(get().to(start::get)))
        .service(url("/api/okta/oidc/callback").route(get().to(callback::get)))
        .service(url(universal_logout::PATH).route(post().to(universal_logout::post)))
        .service(
            url("/api/okta/scim/oauth/authorize")
                .route(get().to(authorize::get))
                .route(post().to(authorize::post)),
        )
        .service(url("/api/okta/scim/oauth/token").route(post().to(token::post)))
        .service(web::scope("/api/scim/v2/{team_id}").configure(scim))
        // What the app calls.
        .service(url("/api/check").route(get().to(health::check)).route(web::head().to(health::check)))
        .service(url("/oauth/introspect").route(post().to(introspect::post)))
        .service(url("/.well-known/oauth-authorization-server").route(get().to(metadata::get)))
        // What people see: the app host.
        .service(url("/auth").route(get().to(sign_in::get)).route(post().to(sign_in::post)))
        .service(url("/auth/arrive").route(get().to(arrive::get)))
        .service(url("/auth/sign-out").route(post().to(sign_out::post)))
        .service(url("/account").route(get().to(account::get)))
        .service(url("/account/tokens").route(post().to(account::create_token)))
        .service(url("/account/tokens/{id}/revoke").route(post().to(account::revoke_token)))
        .service(url("/integrations/okta").route(get().to(okta::get)).route(post().to(okta::post)))
        .service(url("/setup/{link}").route(get().to(setup::get)).route(post().to(setup::post)))
        .service(url("/assets/vestibule.css").route(get().to(assets::style)))
        .service(url("/assets/vestibule.js").route(get().to(assets::script)))
        .service(url("/assets/vestibule.svg").route(get().to(assets::icon)))
        // What the operator's machines call.
        .service(url("/healthz").route(get().to(health::alive)).route(web::head().to(health::alive)))
        .service(url("/readyz").route(get().to(health::ready)).route(web::head().to(health::ready)))
        .default_service(web::to(health::unknown_path));
}

fn scim(urls: &mut ServiceConfig) {
    let resource =
        |path: &str| web::resource(path.to_owned()).default_service(web::to(answer::unknown_method));
    // Before the ids, of which `.search` is none.
    urls.service(resource("/.search").route(post().to(search::all)))
        .service(resource("/Users/.search").route(post().to(search::users)))
        .service(resource("/Groups/.search").route(post().to(search::groups)))
        .service(resource("/Users").route(get().to(users::list)).route(post().to(users::create)))
        .service(
            resource("/Users/{id}")
                .route(get().to(users::get))
                .route(put().to(users::replace))
                .route(patch().to(users::patch))
                .route(delete().to(users::delete)),
        )
        .service(resource("/Groups").route(get().to(groups::list)).route(post().to(groups::create)))
        .service(
            resource("/Groups/{id}")
                .route(get().to(groups::get))
                .route(put().to(groups::replace))
                .route(patch().to(groups::patch))
                .route(delete().to(groups::delete)),
        )
        .service(resource("/Bulk").route(post().to(bulk::run)))
        .service(resource("/Roles").route(get().to(roles::list)))
        .service(resource("/Roles/{id}").route(get().to(roles::get)))
        .service(resource("/Entitlements").route(get().to(entitlements::list)))
        .service(resource("/Entitlements/{id}").route(get().to(entitlements::get)))
        .service(resource("/ServiceProviderConfig").route(get().to(discovery::config)))
        .service(resource("/Schemas").route(get().to(discovery::list_schemas)))
        .service(resource("/Schemas/{id}").route(get().to(discovery::get_schema)))
        .service(resource("/ResourceTypes").route(get().to(discovery::list_resource_types)))
        .service(resource("/ResourceTypes/{id}").route(get().to(discovery::get_resource_type)))
        .default_service(web::to(answer::unknown_path));
}

fn url(path: &str) -> actix_web::Resource {
    web::resource(path.to_owned()).default_service(web::to(health::unknown_method))
}
