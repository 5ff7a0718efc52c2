//! What goes in and what comes out.

mod brake;
mod conflict;
mod problem;
mod terms;
mod trail;

use serde_json::{Map, Value, json};
use terms::{
    algorithm, and, between, body, domain, id, jwt_seconds, moment, one_of, or_null, short, text, texts,
    truth, url, whole, whole_number,
};
use vestibule_admin::{brake::MOST_PEOPLE, connection::AUTH_METHODS, provisioning_tokens::SCOPES};
use vestibule_core::sets::{ClientKind, DeliveryKind, DeliveryState};

/// A reference to a schema of this document.
pub(super) fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Every schema.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    let mut add = |name: &str, schema: Value| all.insert(name.to_owned(), schema);
    let more = brake::all().into_iter().chain(conflict::all()).chain(trail::answered());
    for (name, schema) in asked().into_iter().chain(answered()).chain(more) {
        add(name, schema);
    }
    for (list, item) in [
        ("Clients", "Client"),
        ("Webhooks", "Webhook"),
        ("Deliveries", "Delivery"),
        ("Workspaces", "Workspace"),
        ("Domains", "Domain"),
        ("Tokens", "Token"),
        ("Users", "User"),
        ("Identities", "Identity"),
        ("Roles", "Role"),
        ("Entitlements", "Entitlement"),
        ("Sessions", "Session"),
        ("ApiTokens", "ApiToken"),
        ("Mappings", "Mapping"),
        ("Events", "Event"),
        ("Receipts", "Receipt"),
        ("Requests", "Request"),
        ("Grants", "Grant"),
        ("Conflicts", "Conflict"),
    ] {
        let items = json!({ "type": "array", "items": named(item) });
        add(list, whole(json!({ "items": items, "next": or_null(text()) })));
    }
    Value::Object(all)
}

fn asked() -> Vec<(&'static str, Value)> {
    let names = json!({ "type": "array", "items": text(), "maxItems": 100 });
    let domains = json!({ "type": "array", "items": domain(), "maxItems": 100 });
    let origins = json!({ "type": "array", "items": url(), "maxItems": 100 });
    let subject = json!({ "type": "string", "minLength": 1, "maxLength": 255 });
    // Empty: nowhere.
    let told_at = json!({ "type": "string", "maxLength": 2000 });
    let scopes = json!({
        "type": "array", "maxItems": 50,
        "items": { "type": "string", "pattern": "^[!#-\\[\\]-~]+$" },
        "description": "What it may ask for; none: what its kind may",
    });
    let kind = json!({ "type": "string", "pattern": "^([a-z_]{1,64}|\\*)$" });
    let kinds = json!({ "type": "array", "items": kind, "maxItems": 50 });
    vec![
        (
            "NewWorkspace",
            body(&["name"], json!({ "name": short(), "id": or_null(id()), "domains": domains })),
        ),
        (
            "WorkspaceChange",
            body(
                &[],
                json!({
                    "name": or_null(short()),
                    "default_role": or_null(text()),
                    "allow_basic": or_null(truth()),
                    "park_members": or_null(truth()),
                    "session_hours": or_null(between(1, 8760)),
                    "idle_minutes": or_null(between(0, 525_600)),
                    "max_age": or_null(between(0, 31_536_000)),
                    "allowed_origins": or_null(origins),
                    "brake_percent": or_null(between(0, 100)),
                    "brake_least": or_null(between(1, MOST_PEOPLE)),
                }),
            ),
        ),
        ("NewDomain", body(&["domain"], json!({ "domain": domain() }))),
        (
            "ConnectionSettings",
            body(
                &["client_id"],
                json!({
                    "okta_domain": or_null(text()),
                    "issuer": or_null(text()),
                    "client_id": { "type": "string", "minLength": 1, "maxLength": 255 },
                    "client_secret": or_null(json!({ "type": "string", "writeOnly": true })),
                    "enabled": or_null(truth()),
                    "jit": or_null(truth()),
                    "auth_method": { "type": ["string", "null"], "examples": AUTH_METHODS },
                    "dpop": or_null(truth()),
                    "groups_claim": or_null(json!({ "type": "string", "maxLength": 100 })),
                    "end_access": { "type": "boolean", "default": false, "description": "End all sessions and tokens of everybody in the workspace" },
                    "check": { "type": ["boolean", "null"], "default": true, "description": "Ask the issuer first" },
                }),
            ),
        ),
        (
            "NewClient",
            body(
                &["kind", "name"],
                json!({
                    "kind": one_of(&ClientKind::TEXTS),
                    "name": short(),
                    "redirect_uris": {
                        "type": "array", "items": url(), "maxItems": 50,
                        "description": "1 to 50; none for a service",
                    },
                    "scopes": scopes,
                    "jwt_access_tokens": or_null(jwt_seconds()),
                    "id_token_alg": algorithm(),
                    "backchannel_logout_uri": or_null(told_at.clone()),
                }),
            ),
        ),
        (
            "ClientChange",
            body(
                &[],
                json!({
                    "jwt_access_tokens": or_null(jwt_seconds()),
                    "id_token_alg": algorithm(),
                    "backchannel_logout_uri": or_null(told_at),
                    "scopes": scopes,
                }),
            ),
        ),
        ("NewWebhook", body(&["url"], json!({ "url": url(), "kinds": kinds }))),
        (
            "WebhookChange",
            body(&[], json!({ "url": or_null(url()), "kinds": or_null(kinds), "enabled": or_null(truth()) })),
        ),
        (
            "NewToken",
            body(
                &["name"],
                json!({
                    "name": short(),
                    "scopes": { "type": "array", "items": one_of(&SCOPES) },
                    "expires_in_days": or_null(between(1, 3650)),
                }),
            ),
        ),
        (
            "NewUser",
            body(
                &["user_name"],
                json!({
                    "user_name": short(),
                    "given_name": or_null(short()),
                    "family_name": or_null(short()),
                    "display_name": or_null(short()),
                    "emails": { "type": "array", "items": short(), "maxItems": 20 },
                    "external_id": or_null(short()),
                    "active": or_null(truth()),
                    "roles": names,
                }),
            ),
        ),
        ("AssignedRoles", body(&["roles"], json!({ "roles": names }))),
        ("AssignedEntitlements", body(&["entitlements"], json!({ "entitlements": names }))),
        (
            "NewApiToken",
            body(
                &["name"],
                json!({
                    "name": short(),
                    "scopes": {
                        "type": "array", "maxItems": 100,
                        "items": { "type": "string", "pattern": "^[!#-\\[\\]-~]+$" },
                        "description": "The product's own words; none: tokens.api_scopes",
                    },
                    "expires_in_days": between(1, 3650),
                }),
            ),
        ),
        (
            "NewEntitlement",
            body(
                &["name"],
                json!({
                    "name": short(),
                    "id": or_null(text()),
                    "description": { "type": "string", "maxLength": 1000, "default": "" },
                }),
            ),
        ),
        ("Subject", body(&["subject"], json!({ "issuer": or_null(subject.clone()), "subject": subject }))),
        (
            "RoleSettings",
            body(
                &["name"],
                json!({
                    "name": short(),
                    "description": { "type": "string", "maxLength": 1000, "default": "" },
                    "by_okta": { "type": "boolean", "default": true },
                }),
            ),
        ),
        (
            "MappingSettings",
            body(&["group"], json!({ "group": short(), "roles": names, "entitlements": names })),
        ),
    ]
}

fn answered() -> Vec<(&'static str, Value)> {
    let secret = whole(json!({ "id": id(), "created_at": moment(), "last_used_at": or_null(moment()) }));
    let sourced = json!({ "type": "array", "items": whole(json!({ "id": text(), "source": text() })) });
    let record = or_null(whole(json!({ "type": text(), "name": text(), "value": text() })));
    let client = whole(json!({
        "client_id": text(), "kind": text(), "name": text(), "redirect_uris": texts(), "scopes": texts(),
        "jwt_access_tokens": or_null(whole_number()), "id_token_alg": text(),
        "backchannel_logout_uri": text(),
        "secrets": { "type": "array", "items": secret }, "created_at": moment(),
    }));
    let webhook = whole(json!({
        "id": id(), "url": text(), "kinds": texts(), "enabled": truth(), "secrets": between(1, 2),
        "created_at": moment(), "updated_at": moment(),
    }));
    let token = whole(json!({
        "id": id(), "name": text(), "scopes": texts(), "created_at": moment(), "expires_at": or_null(moment()),
        "last_used_at": or_null(moment()),
    }));
    let workspace = whole(json!({
        "id": id(), "name": text(), "region": text(), "default_role": text(), "allow_basic": truth(),
        "park_members": truth(), "session_hours": or_null(whole_number()), "idle_minutes": or_null(whole_number()),
        "max_age": or_null(whole_number()), "allowed_origins": texts(), "domains": texts(), "scim_base_url": text(),
        "brake_percent": between(0, 100), "brake_least": between(1, MOST_PEOPLE),
        "created_at": moment(), "updated_at": moment(),
    }));
    let user = whole(json!({
        "id": id(), "user_name": text(), "external_id": or_null(text()), "display_name": or_null(text()),
        "email": or_null(text()), "active": truth(), "source": text(), "created_at": moment(), "updated_at": moment(),
    }));
    let with_access = json!({
        "roles": sourced, "entitlements": sourced, "epoch": whole_number(), "revoked_at": or_null(moment()),
        "sessions": whole_number(), "tokens": whole_number(),
    });
    vec![
        ("Document", json!({ "type": "object" })),
        ("Problem", problem::problem()),
        ("NewlyMadeClient", and(client.clone(), json!({ "client_secret": text() }))),
        ("Client", client),
        ("NewlyMadeWebhook", and(webhook.clone(), json!({ "secret": text() }))),
        ("Webhook", webhook),
        ("NewWebhookSecret", whole(json!({ "secret": text() }))),
        (
            "Delivery",
            whole(json!({
                "id": id(), "workspace": id(), "kind": one_of(&DeliveryKind::TEXTS), "receiver": text(),
                "about": text(), "event": or_null(whole_number()), "state": one_of(&DeliveryState::TEXTS),
                "tries": whole_number(), "outcome": text(), "due_at": or_null(moment()), "created_at": moment(),
                "ended_at": or_null(moment()),
            })),
        ),
        ("NewSecret", whole(json!({ "id": id(), "client_secret": text(), "created_at": moment() }))),
        ("NewlyMadeWorkspace", and(workspace.clone(), json!({ "setup_link": text() }))),
        ("Workspace", workspace),
        ("SetupLink", whole(json!({ "setup_link": text(), "expires_at": moment() }))),
        (
            "Domain",
            whole(json!({
                "domain": text(), "verified": truth(), "by": or_null(text()), "record": record,
                "checked_at": or_null(moment()), "finding": text(), "missing_since": or_null(moment()),
            })),
        ),
        (
            "Connection",
            whole(json!({
                "issuer": text(), "client_id": text(), "has_client_secret": truth(), "enabled": truth(),
                "jit": truth(), "auth_method": text(), "dpop": truth(), "groups_claim": text(),
                "created_at": moment(), "updated_at": moment(),
            })),
        ),
        ("NewlyMadeApiToken", and(token.clone(), json!({ "token": text() }))),
        ("ApiToken", token.clone()),
        (
            "Session",
            whole(json!({
                "id": id(), "browser": text(), "started_at": moment(), "seen_at": moment(), "expires_at": moment(),
                "idle_until": or_null(moment()),
            })),
        ),
        ("Entitlement", whole(json!({ "id": text(), "name": text(), "description": text() }))),
        ("NewlyMadeToken", and(token.clone(), json!({ "token": text() }))),
        ("Token", token),
        ("UserWithAccess", and(user.clone(), with_access)),
        ("User", user),
        (
            "EndedAccess",
            whole(
                json!({ "id": id(), "sessions": whole_number(), "tokens": whole_number(), "epoch": whole_number(), "receipt": id() }),
            ),
        ),
        ("Identity", whole(json!({ "issuer": text(), "subject": text(), "linked_at": moment() }))),
        ("Role", whole(json!({ "id": text(), "name": text(), "description": text(), "by_okta": truth() }))),
        ("Mapping", whole(json!({ "group": text(), "roles": texts(), "entitlements": texts() }))),
        (
            "Grant",
            whole(json!({
                "id": id(), "client_id": text(), "user_id": or_null(id()), "scope": text(),
                "approved_by": or_null(text()), "created_at": moment(),
            })),
        ),
    ]
}
