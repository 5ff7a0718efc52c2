//! The whole URL map on one screen. What answers without credentials is held by a reviewed test (`open_routes`).

use actix_web::{
    FromRequest, Handler, Resource, Responder, Route,
    http::Method,
    web::{self, ServiceConfig},
};
use vestibule_console::{
    account::{self, api_tokens, apps, sessions},
    audit::{activity, request, requests},
    credentials::tokens as token_pages,
    layout::assets,
    people::{self, groups as pushed_groups, person, person_roles},
    provider::{brake as held, conflicts, okta, sync},
    roles as role_pages,
    roles::{mapping, role},
    settings::{self, policies, provisioning},
    setup::{self, browser},
    sign_in, webhooks as webhook_pages,
    webhooks::webhook as webhook_page,
};
use vestibule_login::{arrive, callback, sign_out, start, test_sign_in};
use vestibule_management::{
    http::fallback,
    openapi,
    resources::{
        api_tokens as management_api_tokens, brake, clients, conflicts as settled, connection, deliveries,
        domains, entitlements as management_entitlements, events, grants, identities, mappings,
        receipts as management_receipts, requests as management_requests, roles as management_roles,
        sessions as management_sessions, setup_links, tokens, users as management_users, webhooks,
        workspaces,
    },
};
use vestibule_oauth::{
    authorize::{self, scim as scim_authorize},
    feed, introspect, jwks, logout, metadata, register, revoke, token, userinfo,
};
use vestibule_revocation::{backchannel, signals, universal_logout};
use vestibule_scim::{
    bulk,
    catalog::{entitlements, roles},
    discovery, groups,
    http::answer,
    query::search,
    users,
};

use crate::health;

const GET: Method = Method::GET;
const HEAD: Method = Method::HEAD;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

/// Every route.
pub fn routes(urls: &mut ServiceConfig) {
    urls
        // What Okta and people's browsers call: the API host.
        .service(url("/api/okta/oidc/login", [on(GET, start::get), on(POST, start::post)]))
        .service(url("/api/okta/oidc/callback", [on(GET, callback::get)]))
        .service(url("/api/okta/oidc/test", [on(GET, test_sign_in::get)]))
        .service(url("/api/okta/oidc/arrive", [on(GET, arrive::ticket)]))
        .service(url("/api/okta/signals", [on(POST, signals::post)]))
        .service(url("/api/okta/oidc/backchannel-logout", [on(POST, backchannel::post)]))
        .service(url(universal_logout::PATH, [on(POST, universal_logout::post)]))
        .service(url(
            "/api/okta/scim/oauth/authorize",
            [on(GET, scim_authorize::get), on(POST, scim_authorize::post)],
        ))
        .service(url("/api/okta/scim/oauth/token", [on(POST, token::scim)]))
        .service(web::scope("/api/scim/v2/{team_id}").configure(scim))
        // What the app calls.
        // By whatever method and path the browser's request had: Envoy asks with both.
        .service(web::resource("/api/check").route(web::to(health::check)))
        .service(web::resource("/api/check/{asked:.*}").route(web::to(health::check)))
        .service(url("/oauth/introspect", [on(POST, introspect::post)]))
        .service(url("/api/events", [on(GET, feed::get)]))
        .service(url("/api/events/stream", [on(GET, feed::get_stream)]))
        // What the app's sign-in, MCP clients and services call.
        .service(url("/oauth/authorize", [on(GET, authorize::get), on(POST, authorize::post)]))
        .service(url("/oauth/token", [on(POST, token::post)]))
        .service(url("/oauth/userinfo", [on(GET, userinfo::any), on(POST, userinfo::any)]))
        .service(url("/oauth/revoke", [on(POST, revoke::post)]))
        .service(url("/oauth/logout", [on(GET, logout::get), on(POST, logout::post)]))
        .service(url("/oauth/register", [on(POST, register::post)]))
        .service(url("/.well-known/openid-configuration", [on(GET, metadata::get)]))
        .service(url("/.well-known/oauth-authorization-server", [on(GET, metadata::get)]))
        .service(url("/.well-known/jwks.json", [on(GET, jwks::get)]))
        // What the operator's machines call to manage.
        .service(web::scope("/api/v1").configure(management))
        // What people see: the app host.
        .service(url("/auth", [on(GET, sign_in::get), on(POST, sign_in::post)]))
        .service(url("/auth/arrive", [on(GET, arrive::get)]))
        .service(url("/auth/test", [on(POST, test_sign_in::post)]))
        .service(url("/auth/sign-out", [on(POST, sign_out::post)]))
        .service(url("/account", [on(GET, account::get)]))
        .service(url("/account/tokens", [on(POST, api_tokens::create)]))
        .service(url("/account/tokens/{id}/revoke", [on(POST, api_tokens::revoke)]))
        .service(url("/account/apps/{id}/end", [on(POST, apps::end)]))
        .service(url("/account/sessions/end-others", [on(POST, sessions::end_others)]))
        .service(url("/account/sessions/end-all", [on(POST, sessions::end_all)]))
        .service(url("/account/sessions/{id}/end", [on(POST, sessions::end_one)]))
        .service(url("/people", [on(GET, people::get)]))
        .service(url("/people/{id}", [on(GET, person::get)]))
        .service(url("/people/{id}/end-access", [on(GET, person::ask), on(POST, person::end_access)]))
        .service(url("/people/{id}/sessions/{session}/end", [on(POST, person::end_session)]))
        .service(url("/people/{id}/free-external-id", [on(POST, person::free_external_id)]))
        .service(url("/people/{id}/roles", [on(POST, person_roles::post)]))
        .service(url("/people/{id}/apps/{grant}/end", [on(POST, person::end_app)]))
        .service(url("/people/{id}/tokens/{token}/revoke", [on(POST, person::revoke_token)]))
        .service(url("/groups", [on(GET, pushed_groups::get)]))
        .service(url("/groups/{id}", [on(GET, pushed_groups::get_one)]))
        .service(url("/roles", [on(GET, role_pages::get), on(POST, role_pages::post)]))
        .service(url("/roles/{id}", [on(GET, role::get), on(POST, role::post)]))
        .service(url("/roles/{id}/ceiling", [on(GET, role::ask_ceiling), on(POST, role::set_ceiling)]))
        .service(url("/roles/{id}/delete", [on(GET, role::ask_delete), on(POST, role::delete)]))
        .service(url("/entitlements", [on(POST, role_pages::create_entitlement)]))
        .service(url(
            "/entitlements/{id}/delete",
            [on(GET, role_pages::ask_delete_entitlement), on(POST, role_pages::delete_entitlement)],
        ))
        .service(url("/mapping", [on(GET, mapping::get), on(POST, mapping::post)]))
        .service(url("/mapping/preview", [on(GET, mapping::get_preview)]))
        .service(url("/integrations/okta", [on(GET, okta::get), on(POST, okta::post)]))
        .service(url("/integrations/okta/app-kind", [on(POST, okta::post_app_kind)]))
        .service(url("/integrations/okta/check", [on(POST, okta::post_check)]))
        .service(url("/integrations/okta/state", [on(GET, okta::get_state)]))
        .service(url("/integrations/okta/sync", [on(POST, sync::post)]))
        .service(url("/integrations/okta/brake", [on(POST, held::post)]))
        .service(url("/integrations/okta/conflicts", [on(GET, conflicts::get), on(POST, conflicts::post)]))
        .service(url("/settings", [on(GET, settings::get)]))
        .service(url("/settings/domains", [on(POST, settings::domains)]))
        .service(url("/settings/sign-in", [on(POST, policies::post)]))
        .service(url("/requests", [on(GET, requests::get)]))
        .service(url("/requests/{id}", [on(GET, request::get)]))
        .service(url("/tokens", [on(GET, token_pages::get), on(POST, token_pages::create)]))
        .service(url("/tokens/{id}/rotate", [on(POST, token_pages::rotate)]))
        .service(url(
            "/tokens/{id}/revoke",
            [on(GET, token_pages::ask_revoke), on(POST, token_pages::revoke)],
        ))
        .service(url("/tokens/clients/{client}/secrets", [on(POST, token_pages::add_secret)]))
        .service(url(
            "/tokens/clients/{client}/secrets/{secret}/end",
            [on(GET, token_pages::ask_end_secret), on(POST, token_pages::end_secret)],
        ))
        .service(url(
            "/tokens/grants/{grant}/end",
            [on(GET, token_pages::ask_end_grant), on(POST, token_pages::end_grant)],
        ))
        .service(url("/webhooks", [on(GET, webhook_pages::get), on(POST, webhook_pages::create)]))
        .service(url("/webhooks/{id}", [on(GET, webhook_page::get), on(POST, webhook_page::post)]))
        .service(url("/webhooks/{id}/secrets", [on(POST, webhook_page::add_secret)]))
        .service(url("/webhooks/{id}/deliveries/{delivery}/replay", [on(POST, webhook_page::replay)]))
        .service(url(
            "/webhooks/{id}/delete",
            [on(GET, webhook_page::ask_delete), on(POST, webhook_page::delete)],
        ))
        .service(url("/activity", [on(GET, activity::get)]))
        .service(url("/activity/export", [on(GET, activity::export)]))
        .service(url("/activity/verify", [on(POST, activity::verify)]))
        .service(url("/settings/provisioning", [on(POST, provisioning::post)]))
        .service(url("/setup", [on(GET, browser::get), on(POST, browser::post)]))
        .service(url("/setup/done", [on(POST, browser::done)]))
        .service(url("/setup/{link}", [on(GET, setup::get), on(POST, setup::post)]))
        .service(url("/assets/vestibule.css", [on(GET, assets::style)]))
        .service(url("/assets/vestibule.js", [on(GET, assets::script)]))
        .service(url("/assets/vestibule.svg", [on(GET, assets::icon)]))
        // What the operator's machines call.
        .service(url("/healthz", [on(GET, health::alive), on(HEAD, health::alive)]))
        .service(url("/readyz", [on(GET, health::ready), on(HEAD, health::ready)]))
        .default_service(web::to(health::unknown_path));
}

fn scim(urls: &mut ServiceConfig) {
    // Before the ids, of which `.search` is none.
    urls.service(scim_url("/.search", [on(POST, search::all)]))
        .service(scim_url("/Users/.search", [on(POST, search::users)]))
        .service(scim_url("/Groups/.search", [on(POST, search::groups)]))
        .service(scim_url("/Users", [on(GET, users::list), on(POST, users::create)]))
        .service(scim_url(
            "/Users/{id}",
            [
                on(GET, users::get),
                on(PUT, users::replace),
                on(PATCH, users::patch),
                on(DELETE, users::delete),
            ],
        ))
        .service(scim_url("/Groups", [on(GET, groups::list), on(POST, groups::create)]))
        .service(scim_url(
            "/Groups/{id}",
            [
                on(GET, groups::get),
                on(PUT, groups::replace),
                on(PATCH, groups::patch),
                on(DELETE, groups::delete),
            ],
        ))
        .service(scim_url("/Bulk", [on(POST, bulk::run)]))
        .service(scim_url("/Roles", [on(GET, roles::list)]))
        .service(scim_url("/Roles/{id}", [on(GET, roles::get)]))
        .service(scim_url("/Entitlements", [on(GET, entitlements::list)]))
        .service(scim_url("/Entitlements/{id}", [on(GET, entitlements::get)]))
        .service(scim_url("/ServiceProviderConfig", [on(GET, discovery::config)]))
        .service(scim_url("/Schemas", [on(GET, discovery::list_schemas)]))
        .service(scim_url("/Schemas/{id}", [on(GET, discovery::get_schema)]))
        .service(scim_url("/ResourceTypes", [on(GET, discovery::list_resource_types)]))
        .service(scim_url("/ResourceTypes/{id}", [on(GET, discovery::get_resource_type)]))
        .default_service(web::to(answer::unknown_path));
}

fn management(urls: &mut ServiceConfig) {
    urls.service(managed("/openapi.json", [on(GET, openapi::get)]))
        .service(managed("/clients", [on(GET, clients::list), on(POST, clients::create)]))
        .service(managed(
            "/clients/{client}",
            [on(GET, clients::get), on(PATCH, clients::patch), on(DELETE, clients::delete)],
        ))
        .service(managed("/clients/{client}/secrets", [on(POST, clients::add_secret)]))
        .service(managed("/clients/{client}/secrets/{secret}", [on(DELETE, clients::end_secret)]))
        .service(managed("/webhooks", [on(GET, webhooks::list), on(POST, webhooks::create)]))
        .service(managed(
            "/webhooks/{webhook}",
            [on(GET, webhooks::get), on(PATCH, webhooks::patch), on(DELETE, webhooks::delete)],
        ))
        .service(managed(
            "/webhooks/{webhook}/secrets",
            [on(POST, webhooks::add_secret), on(DELETE, webhooks::end_secret)],
        ))
        .service(managed("/webhooks/{webhook}/test", [on(POST, webhooks::test)]))
        .service(managed("/deliveries", [on(GET, deliveries::list)]))
        .service(managed("/deliveries/{delivery}/replay", [on(POST, deliveries::replay)]))
        .service(managed("/workspaces", [on(GET, workspaces::list), on(POST, workspaces::create)]))
        .service(web::scope("/workspaces/{workspace}").configure(workspace))
        .default_service(web::to(fallback::unknown_path));
}

fn workspace(urls: &mut ServiceConfig) {
    urls.service(managed("", [on(GET, workspaces::get), on(PATCH, workspaces::patch)]))
        .service(managed("/brake", [on(GET, brake::get)]))
        .service(managed("/brake/release", [on(POST, brake::release)]))
        .service(managed("/brake/keep", [on(POST, brake::keep)]))
        .service(managed("/setup-links", [on(POST, setup_links::create)]))
        .service(managed("/domains", [on(GET, domains::list), on(POST, domains::claim)]))
        .service(managed("/domains/{domain}", [on(DELETE, domains::delete)]))
        .service(managed("/domains/{domain}/check", [on(POST, domains::check)]))
        .service(managed("/domains/{domain}/vouch", [on(POST, domains::vouch)]))
        .service(managed("/connection", [on(GET, connection::get), on(PUT, connection::put)]))
        .service(managed("/clients", [on(GET, clients::list), on(POST, clients::create)]))
        .service(managed(
            "/clients/{client}",
            [on(GET, clients::get), on(PATCH, clients::patch), on(DELETE, clients::delete)],
        ))
        .service(managed("/clients/{client}/secrets", [on(POST, clients::add_secret)]))
        .service(managed("/clients/{client}/secrets/{secret}", [on(DELETE, clients::end_secret)]))
        .service(managed("/webhooks", [on(GET, webhooks::list), on(POST, webhooks::create)]))
        .service(managed(
            "/webhooks/{webhook}",
            [on(GET, webhooks::get), on(PATCH, webhooks::patch), on(DELETE, webhooks::delete)],
        ))
        .service(managed(
            "/webhooks/{webhook}/secrets",
            [on(POST, webhooks::add_secret), on(DELETE, webhooks::end_secret)],
        ))
        .service(managed("/webhooks/{webhook}/test", [on(POST, webhooks::test)]))
        .service(managed("/deliveries", [on(GET, deliveries::list)]))
        .service(managed("/deliveries/{delivery}/replay", [on(POST, deliveries::replay)]))
        .service(managed("/tokens", [on(GET, tokens::list), on(POST, tokens::create)]))
        .service(managed("/tokens/{token}", [on(DELETE, tokens::revoke)]))
        .service(managed("/users", [on(GET, management_users::list), on(POST, management_users::create)]))
        .service(managed("/users/{user}", [on(GET, management_users::get)]))
        .service(managed("/users/{user}/roles", [on(PUT, management_users::set_roles)]))
        .service(managed("/users/{user}/entitlements", [on(PUT, management_entitlements::assign)]))
        .service(managed("/users/{user}/sessions", [on(GET, management_sessions::list)]))
        .service(managed("/users/{user}/sessions/{session}", [on(DELETE, management_sessions::end)]))
        .service(managed(
            "/users/{user}/tokens",
            [on(GET, management_api_tokens::list), on(POST, management_api_tokens::create)],
        ))
        .service(managed("/users/{user}/tokens/{token}", [on(DELETE, management_api_tokens::revoke)]))
        .service(managed("/users/{user}/end-access", [on(POST, management_users::end_access)]))
        .service(managed("/users/{user}/identities", [on(GET, identities::list), on(POST, identities::link)]))
        .service(managed("/users/{user}/identities/unlink", [on(POST, identities::unlink)]))
        .service(managed("/roles", [on(GET, management_roles::list)]))
        .service(managed(
            "/roles/{role}",
            [
                on(GET, management_roles::get),
                on(PUT, management_roles::put),
                on(DELETE, management_roles::delete),
            ],
        ))
        .service(managed(
            "/entitlements",
            [on(GET, management_entitlements::list), on(POST, management_entitlements::create)],
        ))
        .service(managed("/entitlements/{entitlement}", [on(DELETE, management_entitlements::delete)]))
        .service(managed(
            "/mappings",
            [on(GET, mappings::list), on(PUT, mappings::put), on(DELETE, mappings::delete)],
        ))
        .service(managed("/events", [on(GET, events::list)]))
        .service(managed("/events/verify", [on(GET, events::verify)]))
        .service(managed("/receipts", [on(GET, management_receipts::list)]))
        .service(managed("/receipts/{receipt}", [on(GET, management_receipts::get)]))
        .service(managed("/requests", [on(GET, management_requests::list)]))
        .service(managed("/requests/{request}", [on(GET, management_requests::get)]))
        .service(managed("/grants", [on(GET, grants::list)]))
        .service(managed("/grants/{grant}", [on(DELETE, grants::end)]))
        .service(managed("/conflicts", [on(GET, settled::list)]))
        .service(managed("/conflicts/settle", [on(POST, settled::settle)]))
        .default_service(web::to(fallback::unknown_path));
}

/// A URL and the methods it takes; every other method is refused, and told which ones they are (RFC 9110 §15.5.6).
fn url<const N: usize>(path: &str, takes: [(Method, Route); N]) -> Resource {
    let allow = allowed(&takes);
    let refuse = move |req, state| health::unknown_method(req, state, allow.clone());
    with(path, takes).default_service(web::to(refuse))
}

/// The same in SCIM's words.
fn scim_url<const N: usize>(path: &str, takes: [(Method, Route); N]) -> Resource {
    let allow = allowed(&takes);
    let refuse = move |state| answer::unknown_method(state, allow.clone());
    with(path, takes).default_service(web::to(refuse))
}

/// The same in problem details.
fn managed<const N: usize>(path: &str, takes: [(Method, Route); N]) -> Resource {
    let allow = allowed(&takes);
    let refuse = move |req, state| fallback::unknown_method(req, state, allow.clone());
    with(path, takes).default_service(web::to(refuse))
}

fn on<F, Args>(method: Method, handler: F) -> (Method, Route)
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    (method.clone(), web::method(method).to(handler))
}

fn with<const N: usize>(path: &str, takes: [(Method, Route); N]) -> Resource {
    takes.into_iter().fold(web::resource(path.to_owned()), |resource, (_, route)| resource.route(route))
}

/// The value of `Allow`.
fn allowed(takes: &[(Method, Route)]) -> String {
    takes.iter().map(|(method, _)| method.as_str()).collect::<Vec<_>>().join(", ")
}
