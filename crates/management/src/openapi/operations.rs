//! Every operation of the API, a line each, and the parameters they take.

use serde_json::{Value, json};
use vestibule_store::trail::requests::DOORS;

/// One method of one address.
pub(super) struct Operation {
    pub method: &'static str,
    /// After `/api/v1`.
    pub path: &'static str,
    pub id: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub query: &'static [&'static str],
    /// The schema of its body.
    pub body: Option<&'static str>,
    /// Status and schema of what it answers.
    pub answers: &'static [(&'static str, Option<&'static str>)],
    /// Whether it needs no key.
    pub is_open: bool,
}

const PAGE: &[&str] = &["limit", "cursor"];
const NOTHING: &[(&str, Option<&str>)] = &[("204", None)];

macro_rules! operation {
    ($method:ident $path:literal $id:ident $tag:literal $summary:literal, $query:expr, $body:expr, $answers:expr) => {
        Operation {
            method: stringify!($method),
            path: $path,
            id: stringify!($id),
            tag: $tag,
            summary: $summary,
            query: $query,
            body: $body,
            answers: $answers,
            is_open: false,
        }
    };
}

#[rustfmt::skip]
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        is_open: true,
        ..operation!(GET "/openapi.json" get_description "description" "This document", &[], None, &[("200", Some("Document"))])
    },
    operation!(GET "/clients" list_shared_clients "clients" "List the clients that all workspaces share", PAGE, None, &[("200", Some("Clients"))]),
    operation!(POST "/clients" create_shared_client "clients" "Register a client that all workspaces share; its secret is shown once", &[], Some("NewClient"), &[("201", Some("NewlyMadeClient"))]),
    operation!(GET "/clients/{client}" get_shared_client "clients" "Get a client that all workspaces share", &[], None, &[("200", Some("Client"))]),
    operation!(POST "/clients/{client}/secrets" add_shared_client_secret "clients" "Issue a second secret; shown once", &[], None, &[("201", Some("NewSecret"))]),
    operation!(PATCH "/clients/{client}" change_shared_client "clients" "Change a client that all workspaces share; what is not named stays", &[], Some("ClientChange"), &[("200", Some("Client"))]),
    operation!(DELETE "/clients/{client}" delete_shared_client "clients" "Delete a client; what it was given ends at once", &[], None, NOTHING),
    operation!(DELETE "/clients/{client}/secrets/{secret}" end_shared_client_secret "clients" "End a secret", &[], None, NOTHING),
    operation!(GET "/webhooks" list_shared_webhooks "webhooks" "List the webhooks that are told of every workspace", PAGE, None, &[("200", Some("Webhooks"))]),
    operation!(POST "/webhooks" create_shared_webhook "webhooks" "Tell events of every workspace at an address; the secret that signs is shown once", &[], Some("NewWebhook"), &[("201", Some("NewlyMadeWebhook"))]),
    operation!(GET "/webhooks/{webhook}" get_shared_webhook "webhooks" "Get a webhook", &[], None, &[("200", Some("Webhook"))]),
    operation!(PATCH "/webhooks/{webhook}" change_shared_webhook "webhooks" "Change a webhook; what is not named stays", &[], Some("WebhookChange"), &[("200", Some("Webhook"))]),
    operation!(DELETE "/webhooks/{webhook}" delete_shared_webhook "webhooks" "Delete a webhook, and what still waits for it", &[], None, NOTHING),
    operation!(POST "/webhooks/{webhook}/secrets" add_shared_webhook_secret "webhooks" "Make a second secret, shown once; both sign", &[], None, &[("201", Some("NewWebhookSecret"))]),
    operation!(DELETE "/webhooks/{webhook}/secrets" end_shared_webhook_secret "webhooks" "End the former of two secrets", &[], None, NOTHING),
    operation!(POST "/webhooks/{webhook}/test" test_shared_webhook "webhooks" "Send a test", &[], None, NOTHING),
    operation!(GET "/deliveries" list_shared_deliveries "deliveries" "List what apps and webhooks were told of every workspace, and what they are still to be; the newest first", &["state", "limit", "cursor"], None, &[("200", Some("Deliveries"))]),
    operation!(POST "/deliveries/{delivery}/replay" replay_shared_delivery "deliveries" "Let what was delivered or given up be tried anew", &[], None, NOTHING),
    operation!(GET "/workspaces" list_workspaces "workspaces" "List the workspaces of this region", PAGE, None, &[("200", Some("Workspaces"))]),
    operation!(POST "/workspaces" create_workspace "workspaces" "Create a workspace; its set-up link is shown once", &[], Some("NewWorkspace"), &[("201", Some("NewlyMadeWorkspace"))]),
    operation!(GET "/workspaces/{workspace}" get_workspace "workspaces" "Get a workspace", &[], None, &[("200", Some("Workspace"))]),
    operation!(PATCH "/workspaces/{workspace}" change_workspace "workspaces" "Change what is named; null takes a limit back to what is configured", &[], Some("WorkspaceChange"), &[("200", Some("Workspace"))]),
    operation!(GET "/workspaces/{workspace}/brake" get_brake "brake" "Say how the safety brake stands, and what it held", &[], None, &[("200", Some("Brake"))]),
    operation!(POST "/workspaces/{workspace}/brake/release" release_brake "brake" "Let what was held through, for an hour or for so many people more", &[], Some("BrakeRelease"), &[("200", Some("Brake"))]),
    operation!(POST "/workspaces/{workspace}/brake/keep" keep_brake "brake" "Keep what was held from happening; ends a release", &[], None, &[("200", Some("Brake"))]),
    operation!(POST "/workspaces/{workspace}/setup-links" create_setup_link "workspaces" "Make a set-up link for the customer's administrator; shown once", &[], None, &[("201", Some("SetupLink"))]),
    operation!(GET "/workspaces/{workspace}/domains" list_domains "domains" "List e-mail domains, verified and claimed", PAGE, None, &[("200", Some("Domains"))]),
    operation!(POST "/workspaces/{workspace}/domains" claim_domain "domains" "Claim a domain; answers the TXT record that proves it", &[], Some("NewDomain"), &[("201", Some("Domain"))]),
    operation!(DELETE "/workspaces/{workspace}/domains/{domain}" delete_domain "domains" "Let a domain go", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/domains/{domain}/check" check_domain "domains" "Ask DNS for the record of a claimed domain", &[], None, &[("200", Some("Domain"))]),
    operation!(POST "/workspaces/{workspace}/domains/{domain}/vouch" vouch_domain "domains" "Vouch for a domain: verified at once", &[], None, &[("200", Some("Domain"))]),
    operation!(GET "/workspaces/{workspace}/connection" get_connection "connection" "Get the identity provider's settings, without the secret", &[], None, &[("200", Some("Connection"))]),
    operation!(PUT "/workspaces/{workspace}/connection" save_connection "connection" "Save them; what is not named stays", &[], Some("ConnectionSettings"), &[("200", Some("Connection"))]),
    operation!(GET "/workspaces/{workspace}/clients" list_clients "clients" "List the workspace's own clients", PAGE, None, &[("200", Some("Clients"))]),
    operation!(POST "/workspaces/{workspace}/clients" create_client "clients" "Register a client of the workspace; its secret is shown once", &[], Some("NewClient"), &[("201", Some("NewlyMadeClient"))]),
    operation!(GET "/workspaces/{workspace}/clients/{client}" get_client "clients" "Get a client", &[], None, &[("200", Some("Client"))]),
    operation!(POST "/workspaces/{workspace}/clients/{client}/secrets" add_client_secret "clients" "Issue a second secret; shown once", &[], None, &[("201", Some("NewSecret"))]),
    operation!(PATCH "/workspaces/{workspace}/clients/{client}" change_client "clients" "Change a client; what is not named stays", &[], Some("ClientChange"), &[("200", Some("Client"))]),
    operation!(DELETE "/workspaces/{workspace}/clients/{client}" delete_client "clients" "Delete a client; what it was given ends at once", &[], None, NOTHING),
    operation!(DELETE "/workspaces/{workspace}/clients/{client}/secrets/{secret}" end_client_secret "clients" "End a secret", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/webhooks" list_webhooks "webhooks" "List the webhooks that are told of a workspace", PAGE, None, &[("200", Some("Webhooks"))]),
    operation!(POST "/workspaces/{workspace}/webhooks" create_webhook "webhooks" "Tell events of a workspace at an address; the secret that signs is shown once", &[], Some("NewWebhook"), &[("201", Some("NewlyMadeWebhook"))]),
    operation!(GET "/workspaces/{workspace}/webhooks/{webhook}" get_webhook "webhooks" "Get a webhook", &[], None, &[("200", Some("Webhook"))]),
    operation!(PATCH "/workspaces/{workspace}/webhooks/{webhook}" change_webhook "webhooks" "Change a webhook; what is not named stays", &[], Some("WebhookChange"), &[("200", Some("Webhook"))]),
    operation!(DELETE "/workspaces/{workspace}/webhooks/{webhook}" delete_webhook "webhooks" "Delete a webhook, and what still waits for it", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/webhooks/{webhook}/secrets" add_webhook_secret "webhooks" "Make a second secret, shown once; both sign", &[], None, &[("201", Some("NewWebhookSecret"))]),
    operation!(DELETE "/workspaces/{workspace}/webhooks/{webhook}/secrets" end_webhook_secret "webhooks" "End the former of two secrets", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/webhooks/{webhook}/test" test_webhook "webhooks" "Send a test", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/deliveries" list_deliveries "deliveries" "List what apps and webhooks were told of a workspace, and what they are still to be; the newest first", &["state", "limit", "cursor"], None, &[("200", Some("Deliveries"))]),
    operation!(POST "/workspaces/{workspace}/deliveries/{delivery}/replay" replay_delivery "deliveries" "Let what was delivered or given up be tried anew", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/tokens" list_tokens "tokens" "List provisioning tokens", PAGE, None, &[("200", Some("Tokens"))]),
    operation!(POST "/workspaces/{workspace}/tokens" create_token "tokens" "Create a provisioning token; shown once", &[], Some("NewToken"), &[("201", Some("NewlyMadeToken"))]),
    operation!(DELETE "/workspaces/{workspace}/tokens/{token}" revoke_token "tokens" "End a token at once", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/users" list_users "users" "List users", &["user_name", "email", "active", "limit", "cursor"], None, &[("200", Some("Users"))]),
    operation!(POST "/workspaces/{workspace}/users" create_user "users" "Create a user by hand", &[], Some("NewUser"), &[("201", Some("UserWithAccess"))]),
    operation!(GET "/workspaces/{workspace}/users/{user}" get_user "users" "Get a user: roles and entitlements with their sources, live sessions and tokens", &[], None, &[("200", Some("UserWithAccess"))]),
    operation!(PUT "/workspaces/{workspace}/users/{user}/roles" set_roles "users" "Give a user exactly these roles by hand; those through groups stay", &[], Some("AssignedRoles"), &[("200", Some("UserWithAccess"))]),
    operation!(PUT "/workspaces/{workspace}/users/{user}/entitlements" set_entitlements "users" "Give a user exactly these entitlements by hand; those through groups stay", &[], Some("AssignedEntitlements"), &[("200", Some("UserWithAccess"))]),
    operation!(GET "/workspaces/{workspace}/users/{user}/sessions" list_sessions "users" "List the browsers a user is signed in with", PAGE, None, &[("200", Some("Sessions"))]),
    operation!(DELETE "/workspaces/{workspace}/users/{user}/sessions/{session}" end_session "users" "End a session and what apps were given by it", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/users/{user}/tokens" list_api_tokens "users" "List a user's live API tokens", PAGE, None, &[("200", Some("ApiTokens"))]),
    operation!(POST "/workspaces/{workspace}/users/{user}/tokens" create_api_token "users" "Create an API token that acts for a user; shown once", &[], Some("NewApiToken"), &[("201", Some("NewlyMadeApiToken"))]),
    operation!(DELETE "/workspaces/{workspace}/users/{user}/tokens/{token}" revoke_api_token "users" "End an API token at once", &[], None, NOTHING),
    operation!(POST "/workspaces/{workspace}/users/{user}/end-access" end_access "users" "End all access of a user at once", &[], None, &[("200", Some("EndedAccess"))]),
    operation!(GET "/workspaces/{workspace}/users/{user}/identities" list_identities "identities" "List who signs in as this user", PAGE, None, &[("200", Some("Identities"))]),
    operation!(POST "/workspaces/{workspace}/users/{user}/identities" link_identity "identities" "Link an identity; all access of the user ends", &[], Some("Subject"), &[("201", Some("Identity"))]),
    operation!(POST "/workspaces/{workspace}/users/{user}/identities/unlink" unlink_identity "identities" "Undo a link; all access of the user ends", &[], Some("Subject"), NOTHING),
    operation!(GET "/workspaces/{workspace}/roles" list_roles "roles" "List roles", PAGE, None, &[("200", Some("Roles"))]),
    operation!(GET "/workspaces/{workspace}/roles/{role}" get_role "roles" "Get a role", &[], None, &[("200", Some("Role"))]),
    operation!(PUT "/workspaces/{workspace}/roles/{role}" save_role "roles" "Create a role, or make it this", &[], Some("RoleSettings"), &[("200", Some("Role")), ("201", Some("Role"))]),
    operation!(DELETE "/workspaces/{workspace}/roles/{role}" delete_role "roles" "Delete a role with every assignment and rule", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/entitlements" list_entitlements "entitlements" "List entitlements", PAGE, None, &[("200", Some("Entitlements"))]),
    operation!(POST "/workspaces/{workspace}/entitlements" create_entitlement "entitlements" "Create an entitlement", &[], Some("NewEntitlement"), &[("201", Some("Entitlement"))]),
    operation!(DELETE "/workspaces/{workspace}/entitlements/{entitlement}" delete_entitlement "entitlements" "Delete an entitlement with every assignment and rule", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/mappings" list_mappings "mappings" "List the rules of groups", PAGE, None, &[("200", Some("Mappings"))]),
    operation!(PUT "/workspaces/{workspace}/mappings" save_mapping "mappings" "Make the rule of a group exactly this", &[], Some("MappingSettings"), &[("200", Some("Mapping"))]),
    operation!(DELETE "/workspaces/{workspace}/mappings" delete_mapping "mappings" "Delete the rule of a group", &["group"], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/events" list_events "events" "Read the governance trail in order", &["after", "limit", "cursor"], None, &[("200", Some("Events"))]),
    operation!(GET "/workspaces/{workspace}/events/verify" verify_events "events" "Verify that no line of the trail was changed, taken away, put in or moved", &["head"], None, &[("200", Some("Verification"))]),
    operation!(GET "/workspaces/{workspace}/receipts" list_receipts "events" "List what each end of access ended, the newest first", &["user", "limit", "cursor"], None, &[("200", Some("Receipts"))]),
    operation!(GET "/workspaces/{workspace}/receipts/{receipt}" get_receipt "events" "Get a receipt; its signed form is verified by the keys at /.well-known/jwks.json", &[], None, &[("200", Some("Receipt"))]),
    operation!(GET "/workspaces/{workspace}/requests" list_requests "events" "List the last requests, how they were understood and why they were refused, the newest first", &["door", "outcome", "text", "limit", "cursor"], None, &[("200", Some("Requests"))]),
    operation!(GET "/workspaces/{workspace}/requests/{request}" get_request "events" "Get one of the last requests by its X-Request-Id", &[], None, &[("200", Some("Request"))]),
    operation!(GET "/workspaces/{workspace}/grants" list_grants "grants" "List what was approved for clients", PAGE, None, &[("200", Some("Grants"))]),
    operation!(DELETE "/workspaces/{workspace}/grants/{grant}" end_grant "grants" "End a grant and every token under it", &[], None, NOTHING),
    operation!(GET "/workspaces/{workspace}/conflicts" list_conflicts "conflicts" "List the people of whom only you can say who they are", PAGE, None, &[("200", Some("Conflicts"))]),
    operation!(POST "/workspaces/{workspace}/conflicts/settle" settle_conflict "conflicts" "Say who somebody is, or forget the conflict", &[], Some("Settled"), NOTHING),
];

/// A parameter, in the path, the query or a header.
pub(super) fn parameter(name: &str) -> Value {
    let text = |more: &[(&str, Value)]| {
        let mut schema = json!({ "type": "string", "minLength": 1 });
        if let Some(members) = schema.as_object_mut() {
            members.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        schema
    };
    let (place, required, words, schema) = match name {
        "limit" => {
            let schema = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
            ("query", false, "How many items at most", schema)
        }
        "cursor" => (
            "query",
            false,
            "The `next` of the page before",
            text(&[("pattern", json!("^s1\\.[0-9a-f]{8}\\.[A-Za-z0-9_-]+$"))]),
        ),
        "user_name" => ("query", false, "Only the user of this name, in any letter case", text(&[])),
        "email" => ("query", false, "Only users with this e-mail address, in any letter case", text(&[])),
        "active" => {
            ("query", false, "Only users who may have access, or who may not", json!({ "type": "boolean" }))
        }
        "after" => {
            let schema = json!({ "type": "integer", "format": "int64", "minimum": 0, "default": 0 });
            ("query", false, "Only events after this sequence number", schema)
        }
        "head" => (
            "query",
            false,
            "The hash of a last line that was kept elsewhere: it must still be in the trail",
            text(&[]),
        ),
        "state" => {
            let schema = json!({ "type": "string", "enum": ["waiting", "delivered", "dead"] });
            ("query", false, "Only those in this state", schema)
        }
        "door" => ("query", false, "Only those of this door", json!({ "type": "string", "enum": DOORS })),
        "outcome" => {
            let schema = json!({ "type": "string", "enum": ["ok", "refused"] });
            ("query", false, "Only those that were done, or refused", schema)
        }
        "text" => ("query", false, "Only those in whose path or reason this stands", text(&[])),
        "group" => ("query", true, "The group's name or pattern, as it was set", text(&[])),
        "Idempotency-Key" => {
            let schema = text(&[("maxLength", json!(255)), ("pattern", json!("^[!#-\\[\\]-~]+$"))]);
            ("header", false, "The same key with the same request is done once", schema)
        }
        "domain" => ("path", true, "An e-mail domain", text(&[("maxLength", json!(253))])),
        "role" => {
            let schema = text(&[("maxLength", json!(64)), ("pattern", json!("^[a-z0-9_]+(-[a-z0-9_]+)*$"))]);
            ("path", true, "The role's id", schema)
        }
        "entitlement" => ("path", true, "The entitlement's id", text(&[("maxLength", json!(64))])),
        "client" => {
            ("path", true, "The client's id", text(&[("pattern", json!("^vclient_[A-Za-z0-9_-]{44}$"))]))
        }
        _ => ("path", true, "An id", json!({ "type": "string", "format": "uuid" })),
    };
    json!({ "name": name, "in": place, "required": required, "description": words, "schema": schema })
}
