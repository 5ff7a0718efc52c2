//! Operations on clients, webhooks and tokens of a workspace.

use crate::{
    operation::{Operation, delete, get, patch, post},
    resources::{
        access::{clients, resources, tokens},
        outbox::{deliveries, webhooks},
    },
    types::{
        access::{
            clients::{Client, ClientChange, NewClient, NewSecret, NewlyMadeClient},
            resources::{NewResource, Resource, ResourceChange},
            tokens::{NewToken, NewlyMadeToken, Token},
        },
        webhooks::{Delivery, NewWebhook, NewWebhookSecret, NewlyMadeWebhook, Webhook, WebhookChange},
    },
};

pub(super) fn all() -> Vec<Operation> {
    vec![
        get("/workspaces/{workspace}/clients", clients::list).named("list_clients", "clients", "List the workspace's own clients").page::<Client>(),
        post("/workspaces/{workspace}/clients", clients::create).named("create_client", "clients", "Register a client of the workspace; its secret is shown once").body::<NewClient>().created::<NewlyMadeClient>(),
        get("/workspaces/{workspace}/clients/{client}", clients::get).named("get_client", "clients", "Get a client").ok::<Client>(),
        post("/workspaces/{workspace}/clients/{client}/secrets", clients::add_secret).named("add_client_secret", "clients", "Issue a second secret; shown once").created::<NewSecret>(),
        patch("/workspaces/{workspace}/clients/{client}", clients::patch).named("change_client", "clients", "Change a client; what is not named stays").body::<ClientChange>().ok::<Client>(),
        delete("/workspaces/{workspace}/clients/{client}", clients::delete).in_read_only().named("delete_client", "clients", "Delete a client; its grants and tokens end at once").done(),
        delete("/workspaces/{workspace}/clients/{client}/secrets/{secret}", clients::end_secret).in_read_only().named("end_client_secret", "clients", "End a secret").done(),
        get("/workspaces/{workspace}/resources", resources::list).named("list_resources", "resources", "List the resources that tokens may be for, shared ones included").page::<Resource>(),
        post("/workspaces/{workspace}/resources", resources::create).named("create_resource", "resources", "Register a resource of the workspace").body::<NewResource>().created::<Resource>(),
        patch("/workspaces/{workspace}/resources/{resource}", resources::patch).named("change_resource", "resources", "Change a resource; what is not named stays").body::<ResourceChange>().ok::<Resource>(),
        delete("/workspaces/{workspace}/resources/{resource}", resources::delete).in_read_only().named("delete_resource", "resources", "Delete a resource; every token for it ends at once").done(),
        get("/workspaces/{workspace}/webhooks", webhooks::list).named("list_webhooks", "webhooks", "List the webhooks of a workspace").page::<Webhook>(),
        post("/workspaces/{workspace}/webhooks", webhooks::create).named("create_webhook", "webhooks", "Create a webhook of a workspace; its signing secret is shown once").body::<NewWebhook>().created::<NewlyMadeWebhook>(),
        get("/workspaces/{workspace}/webhooks/{webhook}", webhooks::get).named("get_webhook", "webhooks", "Get a webhook").ok::<Webhook>(),
        patch("/workspaces/{workspace}/webhooks/{webhook}", webhooks::patch).named("change_webhook", "webhooks", "Change a webhook; what is not named stays").body::<WebhookChange>().ok::<Webhook>(),
        delete("/workspaces/{workspace}/webhooks/{webhook}", webhooks::delete).named("delete_webhook", "webhooks", "Delete a webhook and its waiting deliveries").done(),
        post("/workspaces/{workspace}/webhooks/{webhook}/secrets", webhooks::add_secret).named("add_webhook_secret", "webhooks", "Create a second secret, shown once; both sign").created::<NewWebhookSecret>(),
        delete("/workspaces/{workspace}/webhooks/{webhook}/secrets", webhooks::end_secret).named("end_webhook_secret", "webhooks", "End the older of two secrets").done(),
        post("/workspaces/{workspace}/webhooks/{webhook}/test", webhooks::test).named("test_webhook", "webhooks", "Send a test").done(),
        get("/workspaces/{workspace}/deliveries", deliveries::list).named("list_deliveries", "deliveries", "List the deliveries of a workspace to apps and webhooks, waiting ones included; the newest first").query(&["state"]).page::<Delivery>(),
        post("/workspaces/{workspace}/deliveries/{delivery}/replay", deliveries::replay).named("replay_delivery", "deliveries", "Replay a delivery").done(),
        get("/workspaces/{workspace}/tokens", tokens::list).named("list_tokens", "tokens", "List provisioning tokens").page::<Token>(),
        post("/workspaces/{workspace}/tokens", tokens::create).named("create_token", "tokens", "Create a provisioning token; shown once").body::<NewToken>().created::<NewlyMadeToken>(),
        delete("/workspaces/{workspace}/tokens/{token}", tokens::revoke).in_read_only().named("revoke_token", "tokens", "End a token at once").done(),
    ]
}
