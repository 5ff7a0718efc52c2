//! Every operation of the API, a line each: the route table and the OpenAPI document come from this list.

use actix_web::{Route, http::Method, web};

use crate::{
    openapi,
    resources::{
        api_tokens, brake, clients, conflicts, connection, deliveries, domains, entitlements, events, grants,
        identities, mappings, receipts, requests, roles, sessions, setup_links, tokens, users, webhooks,
        workspaces,
    },
};

/// One method of one address.
pub struct Operation {
    /// Method.
    pub method: Method,
    /// After `/api/v1`.
    pub path: &'static str,
    /// Its `operationId`.
    pub id: &'static str,
    /// Tag that groups operations.
    pub tag: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Names of query parameters.
    pub query: &'static [&'static str],
    /// Schema of the request body.
    pub body: Option<&'static str>,
    /// Status and schema of each answer that is no refusal.
    pub answers: &'static [(&'static str, Option<&'static str>)],
    /// Whether it answers without an operator key.
    pub is_open: bool,
    /// Makes the route to its handler.
    pub route: fn() -> Route,
}

const PAGE: &[&str] = &["limit", "cursor"];
const NOTHING: &[(&str, Option<&str>)] = &[("204", None)];

macro_rules! operation {
    ($method:ident $path:literal $handler:path, $id:ident $tag:literal $summary:literal, $query:expr, $body:expr, $answers:expr) => {
        Operation {
            method: Method::$method,
            path: $path,
            id: stringify!($id),
            tag: $tag,
            summary: $summary,
            query: $query,
            body: $body,
            answers: $answers,
            is_open: false,
            route: || web::method(Method::$method).to($handler),
        }
    };
}

/// Every operation.
#[rustfmt::skip]
pub fn operations() -> Vec<Operation> { vec![
    Operation {
        is_open: true,
        ..operation!(GET "/openapi.json" openapi::get, get_description "description" "This document", &[], None, &[("200", Some("Document"))])
    },
    operation!(GET "/clients" clients::list, list_shared_clients "clients" "List the clients that all workspaces share", PAGE, None, &[("200", Some("Clients"))]),
    operation!(POST "/clients" clients::create, create_shared_client "clients" "Register a client that all workspaces share; its secret is shown once", &[], Some("NewClient"), &[("201", Some("NewlyMadeClient"))]),
    operation!(GET "/clients/{client}" clients::get, get_shared_client "clients" "Get a client that all workspaces share", &[], None, &[("200", Some("Client"))]),
    operation!(POST "/clients/{client}/secrets" clients::add_secret, add_shared_client_secret "clients" "Issue a second secret; shown once", &[], None, &[("201", Some("NewSecret"))]),
    operation!(PATCH "/clients/{client}" clients::patch, change_shared_client "clients" "Change a client that all workspaces share; what is not named stays", &[], Some("ClientChange"), &[("200", Some("Client"))]),
    operation!(DELETE "/clients/{client}" clients::delete, delete_shared_client "clients" "Delete a client; what it was given ends at once", &[], None, NOTHING),
    operation!(DELETE "/clients/{client}/secrets/{secret}" clients::end_secret, end_shared_client_secret "clients" "End a secret", &[], None, NOTHING),
    operation!(GET "/webhooks" webhooks::list, list_shared_webhooks "webhooks" "List the webhooks that are told of every workspace", PAGE, None, &[("200", Some("Webhooks"))]),
    operation!(POST "/webhooks" webhooks::create, create_shared_webhook "webhooks" "Tell events of every workspace at an address; the secret that signs is shown once", &[], Some("NewWebhook"), &[("201", Some("NewlyMadeWebhook"))]),
    operation!(GET "/webhooks/{webhook}" webhooks::get, get_shared_webhook "webhooks" "Get a webhook", &[], None, &[("200", Some("Webhook"))]),
    operation!(PATCH "/webhooks/{webhook}" webhooks::patch, change_shared_webhook "webhooks" "Change a webhook; what is not named stays", &[], Some("WebhookChange"), &[("200", Some("Webhook"))]),
    operation!(DELETE "/webhooks/{webhook}" webhooks::delete, delete_shared_webhook "webhooks" "Delete a webhook, and what still waits for it", &[], None, NOTHING),
    operation!(POST "/webhooks/{webhook}/secrets" webhooks::add_secret, add_shared_webhook_secret "webhooks" "Make a second secret, shown once; both sign", &[], None, &[("201", Some("NewWebhookSecret"))]),
    operation!(DELETE "/webhooks/{webhook}/secrets" webhooks::end_secret, end_shared_webhook_secret "webhooks" "End the former of two secrets", &[], None, NOTHING),
    operation!(POST "/webhooks/{webhook}/test" webhooks::test, test_shared_webhook "webhooks" "Send a test", &[], None, NOTHING),
    operation!(GET "/deliveries" deliveries::list, list_shared_deliveries "deliveries" "List what apps and webhooks were told of every workspace, and what they are still to be; the newest first", &["state", "limit", "cursor"], None, &[("200", Some("Deliveries"))]),
    operation!(POST "/deliveries/{delivery}/replay" deliveries::replay, replay_shared_delivery "deliveries" "Let what was delivered or given up be tried anew", &[], None, NOTHING),
    operation!(GET "/workspaces" workspaces::list, list_workspaces "workspaces" "List the workspaces of this region", PAGE, None, &[("200", Some("Workspaces"))]),
    operation!(POST "/workspaces" workspaces::create, create_workspace "workspaces" "Create a workspace; its set-up link is shown once", &[], Some("NewWorkspace"), &[("201", Some("NewlyMadeWorkspace"))]),
    operation!(GET "/workspaces/{workspace}" workspaces::get, get_workspace "workspaces" "Get a workspace", &[], None, &[("200", Some("Workspace"))]),
    operation!(PATCH "/workspaces/{workspace}" workspaces::patch, change_workspace "workspaces" "Change what is named; null takes a limit back to what is configured", &[], Some("WorkspaceChange"), &[("200", Some("Workspace"))]),
    operation!(GET "/workspaces/{workspace}/brake" brake::get, get_brake "brake" "Say how the safety brake stands, and what it held", &[], None, &[("200", Some("Brake"))]),
    operation!(POST "/workspaces/{workspace}/brake/release" brake::release, release_brake "brake" "Let what was held through, for an hour or for so many people more", &[], Some("BrakeRelease"), &[("200", Some("Brake"))]),
    operation!(POST "/workspaces/{workspace}/brake/keep" brake::keep, keep_brake "brake" "Keep what was held from happening; ends a release", &[], None, &[("200", Some("Brake"))]),
    operation!(POST "/workspaces/{workspace}/setup-links" setup_links::create, create_setup_link "workspaces" "Make a set-up link for the customer's administrator; shown once", &[], None, &[("201", Some("SetupLink"))]),
    operation!(GET "/workspaces/{workspace}/domains" domains::list, list_domains "domains" "List e-mail domains, verified and claimed", PAGE, None, &[("200", Some("Domains"))]),
    operation!(POST "/workspaces/{workspace}/domains" domains::claim, claim_domain "domains" "Claim a domain; answers the TXT record that proves it", &[], Some("NewDomain"), &[("201", Some("Domain"))]),
    operation!(DELETE "/workspaces/{workspace}/domains/{domain}" domains::delete, delete_domain "domains" "Let a domain go", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/domains/{domain}/check" domains::check, check_domain "domains" "Ask DNS for the record of a claimed domain", &[], None, &[("200", Some("Domain"))]),
    operation!(POST "/workspaces/{workspace}/domains/{domain}/vouch" domains::vouch, vouch_domain "domains" "Vouch for a domain: verified at once", &[], None, &[("200", Some("Domain"))]),
    operation!(GET "/workspaces/{workspace}/connection" connection::get, get_connection "connection" "Get the identity provider's settings, without the secret", &[], None, &[("200", Some("Connection"))]),
    operation!(PUT "/workspaces/{workspace}/connection" connection::put, save_connection "connection" "Save them; what is not named stays", &[], Some("ConnectionSettings"), &[("200", Some("Connection"))]),
    operation!(GET "/workspaces/{workspace}/clients" clients::list, list_clients "clients" "List the workspace's own clients", PAGE, None, &[("200", Some("Clients"))]),
    operation!(POST "/workspaces/{workspace}/clients" clients::create, create_client "clients" "Register a client of the workspace; its secret is shown once", &[], Some("NewClient"), &[("201", Some("NewlyMadeClient"))]),
    operation!(GET "/workspaces/{workspace}/clients/{client}" clients::get, get_client "clients" "Get a client", &[], None, &[("200", Some("Client"))]),
    operation!(POST "/workspaces/{workspace}/clients/{client}/secrets" clients::add_secret, add_client_secret "clients" "Issue a second secret; shown once", &[], None, &[("201", Some("NewSecret"))]),
    operation!(PATCH "/workspaces/{workspace}/clients/{client}" clients::patch, change_client "clients" "Change a client; what is not named stays", &[], Some("ClientChange"), &[("200", Some("Client"))]),
    operation!(DELETE "/workspaces/{workspace}/clients/{client}" clients::delete, delete_client "clients" "Delete a client; what it was given ends at once", &[], None, NOTHING),
    operation!(DELETE "/workspaces/{workspace}/clients/{client}/secrets/{secret}" clients::end_secret, end_client_secret "clients" "End a secret", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/webhooks" webhooks::list, list_webhooks "webhooks" "List the webhooks that are told of a workspace", PAGE, None, &[("200", Some("Webhooks"))]),
    operation!(POST "/workspaces/{workspace}/webhooks" webhooks::create, create_webhook "webhooks" "Tell events of a workspace at an address; the secret that signs is shown once", &[], Some("NewWebhook"), &[("201", Some("NewlyMadeWebhook"))]),
    operation!(GET "/workspaces/{workspace}/webhooks/{webhook}" webhooks::get, get_webhook "webhooks" "Get a webhook", &[], None, &[("200", Some("Webhook"))]),
    operation!(PATCH "/workspaces/{workspace}/webhooks/{webhook}" webhooks::patch, change_webhook "webhooks" "Change a webhook; what is not named stays", &[], Some("WebhookChange"), &[("200", Some("Webhook"))]),
    operation!(DELETE "/workspaces/{workspace}/webhooks/{webhook}" webhooks::delete, delete_webhook "webhooks" "Delete a webhook, and what still waits for it", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/webhooks/{webhook}/secrets" webhooks::add_secret, add_webhook_secret "webhooks" "Make a second secret, shown once; both sign", &[], None, &[("201", Some("NewWebhookSecret"))]),
    operation!(DELETE "/workspaces/{workspace}/webhooks/{webhook}/secrets" webhooks::end_secret, end_webhook_secret "webhooks" "End the former of two secrets", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/webhooks/{webhook}/test" webhooks::test, test_webhook "webhooks" "Send a test", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/deliveries" deliveries::list, list_deliveries "deliveries" "List what apps and webhooks were told of a workspace, and what they are still to be; the newest first", &["state", "limit", "cursor"], None, &[("200", Some("Deliveries"))]),
    operation!(POST "/workspaces/{workspace}/deliveries/{delivery}/replay" deliveries::replay, replay_delivery "deliveries" "Let what was delivered or given up be tried anew", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/tokens" tokens::list, list_tokens "tokens" "List provisioning tokens", PAGE, None, &[("200", Some("Tokens"))]),
    operation!(POST "/workspaces/{workspace}/tokens" tokens::create, create_token "tokens" "Create a provisioning token; shown once", &[], Some("NewToken"), &[("201", Some("NewlyMadeToken"))]),
    operation!(DELETE "/workspaces/{workspace}/tokens/{token}" tokens::revoke, revoke_token "tokens" "End a token at once", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/users" users::list, list_users "users" "List users", &["user_name", "email", "active", "limit", "cursor"], None, &[("200", Some("Users"))]),
    operation!(POST "/workspaces/{workspace}/users" users::create, create_user "users" "Create a user by hand", &[], Some("NewUser"), &[("201", Some("UserWithAccess"))]),
    operation!(GET "/workspaces/{workspace}/users/{user}" users::get, get_user "users" "Get a user: roles and entitlements with their sources, live sessions and tokens", &[], None, &[("200", Some("UserWithAccess"))]),
    operation!(PUT "/workspaces/{workspace}/users/{user}/roles" users::set_roles, set_roles "users" "Give a user exactly these roles by hand; those through groups stay", &[], Some("AssignedRoles"), &[("200", Some("UserWithAccess"))]),
    operation!(PUT "/workspaces/{workspace}/users/{user}/entitlements" entitlements::assign, set_entitlements "users" "Give a user exactly these entitlements by hand; those through groups stay", &[], Some("AssignedEntitlements"), &[("200", Some("UserWithAccess"))]),
    operation!(GET "/workspaces/{workspace}/users/{user}/sessions" sessions::list, list_sessions "users" "List the browsers a user is signed in with", PAGE, None, &[("200", Some("Sessions"))]),
    operation!(DELETE "/workspaces/{workspace}/users/{user}/sessions/{session}" sessions::end, end_session "users" "End a session and what apps were given by it", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/users/{user}/tokens" api_tokens::list, list_api_tokens "users" "List a user's live API tokens", PAGE, None, &[("200", Some("ApiTokens"))]),
    operation!(POST "/workspaces/{workspace}/users/{user}/tokens" api_tokens::create, create_api_token "users" "Create an API token that acts for a user; shown once", &[], Some("NewApiToken"), &[("201", Some("NewlyMadeApiToken"))]),
    operation!(DELETE "/workspaces/{workspace}/users/{user}/tokens/{token}" api_tokens::revoke, revoke_api_token "users" "End an API token at once", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/users/{user}/end-access" users::end_access, end_access "users" "End all access of a user at once", &[], None, &[("200", Some("EndedAccess"))]),
    operation!(GET "/workspaces/{workspace}/users/{user}/identities" identities::list, list_identities "identities" "List who signs in as this user", PAGE, None, &[("200", Some("Identities"))]),
    operation!(POST "/workspaces/{workspace}/users/{user}/identities" identities::link, link_identity "identities" "Link an identity; all access of the user ends", &[], Some("Subject"), &[("201", Some("Identity"))]),
    operation!(POST "/workspaces/{workspace}/users/{user}/identities/unlink" identities::unlink, unlink_identity "identities" "Undo a link; all access of the user ends", &[], Some("Subject"), NOTHING),
    operation!(GET "/workspaces/{workspace}/roles" roles::list, list_roles "roles" "List roles", PAGE, None, &[("200", Some("Roles"))]),
    operation!(GET "/workspaces/{workspace}/roles/{role}" roles::get, get_role "roles" "Get a role", &[], None, &[("200", Some("Role"))]),
    operation!(PUT "/workspaces/{workspace}/roles/{role}" roles::put, save_role "roles" "Create a role, or make it this", &[], Some("RoleSettings"), &[("200", Some("Role")), ("201", Some("Role"))]),
    operation!(DELETE "/workspaces/{workspace}/roles/{role}" roles::delete, delete_role "roles" "Delete a role with every assignment and rule", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/entitlements" entitlements::list, list_entitlements "entitlements" "List entitlements", PAGE, None, &[("200", Some("Entitlements"))]),
    operation!(POST "/workspaces/{workspace}/entitlements" entitlements::create, create_entitlement "entitlements" "Create an entitlement", &[], Some("NewEntitlement"), &[("201", Some("Entitlement"))]),
    operation!(DELETE "/workspaces/{workspace}/entitlements/{entitlement}" entitlements::delete, delete_entitlement "entitlements" "Delete an entitlement with every assignment and rule", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/mappings" mappings::list, list_mappings "mappings" "List the rules of groups", PAGE, None, &[("200", Some("Mappings"))]),
    operation!(PUT "/workspaces/{workspace}/mappings" mappings::put, save_mapping "mappings" "Make the rule of a group exactly this", &[], Some("MappingSettings"), &[("200", Some("Mapping"))]),
    operation!(DELETE "/workspaces/{workspace}/mappings" mappings::delete, delete_mapping "mappings" "Delete the rule of a group", &["group"], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/events" events::list, list_events "events" "Read the governance trail in order", &["after", "limit", "cursor"], None, &[("200", Some("Events"))]),
    operation!(GET "/workspaces/{workspace}/events/verify" events::verify, verify_events "events" "Verify that no line of the trail was changed, taken away, put in or moved", &["head"], None, &[("200", Some("Verification"))]),
    operation!(GET "/workspaces/{workspace}/receipts" receipts::list, list_receipts "events" "List what each end of access ended, the newest first", &["user", "limit", "cursor"], None, &[("200", Some("Receipts"))]),
    operation!(GET "/workspaces/{workspace}/receipts/{receipt}" receipts::get, get_receipt "events" "Get a receipt; its signed form is verified by the keys at /.well-known/jwks.json", &[], None, &[("200", Some("Receipt"))]),
    operation!(GET "/workspaces/{workspace}/requests" requests::list, list_requests "events" "List the last requests, how they were understood and why they were refused, the newest first", &["door", "outcome", "text", "limit", "cursor"], None, &[("200", Some("Requests"))]),
    operation!(GET "/workspaces/{workspace}/requests/{request}" requests::get, get_request "events" "Get one of the last requests by its X-Request-Id", &[], None, &[("200", Some("Request"))]),
    operation!(GET "/workspaces/{workspace}/grants" grants::list, list_grants "grants" "List what was approved for clients", PAGE, None, &[("200", Some("Grants"))]),
    operation!(DELETE "/workspaces/{workspace}/grants/{grant}" grants::end, end_grant "grants" "End a grant and every token under it", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/conflicts" conflicts::list, list_conflicts "conflicts" "List the people of whom only you can say who they are", PAGE, None, &[("200", Some("Conflicts"))]),
    operation!(POST "/workspaces/{workspace}/conflicts/settle" conflicts::settle, settle_conflict "conflicts" "Say who somebody is, or forget the conflict", &[], Some("Settled"), NOTHING),
]}
