//! Operations on what all workspaces share.

use crate::{
    openapi,
    operation::{Operation, delete, get, patch, post},
    resources::{
        access::{clients, resources},
        outbox::{deliveries, webhooks},
        workspaces,
    },
    types::{
        access::{
            clients::{Client, ClientChange, NewClient, NewSecret, NewlyMadeClient},
            resources::{NewResource, Resource, ResourceChange},
        },
        document::Document,
        webhooks::{Delivery, NewWebhook, NewWebhookSecret, NewlyMadeWebhook, Webhook, WebhookChange},
        workspaces::{NewWorkspace, NewlyMadeWorkspace, Workspace},
    },
};

pub(super) fn all() -> Vec<Operation> {
    vec![
        get("/openapi.json", openapi::get).named("get_description", "description", "This document").ok::<Document>().open(),
        get("/clients", clients::list).named("list_shared_clients", "clients", "List the clients that all workspaces share").page::<Client>(),
        post("/clients", clients::create).named("create_shared_client", "clients", "Register a client that all workspaces share; its secret is shown once").body::<NewClient>().created::<NewlyMadeClient>(),
        get("/clients/{client}", clients::get).named("get_shared_client", "clients", "Get a client that all workspaces share").ok::<Client>(),
        post("/clients/{client}/secrets", clients::add_secret).named("add_shared_client_secret", "clients", "Issue a second secret; shown once").created::<NewSecret>(),
        patch("/clients/{client}", clients::patch).named("change_shared_client", "clients", "Change a client that all workspaces share; what is not named stays").body::<ClientChange>().ok::<Client>(),
        delete("/clients/{client}", clients::delete).in_read_only().named("delete_shared_client", "clients", "Delete a client; its grants and tokens end at once").done(),
        delete("/clients/{client}/secrets/{secret}", clients::end_secret).in_read_only().named("end_shared_client_secret", "clients", "End a secret").done(),
        get("/resources", resources::list).named("list_shared_resources", "resources", "List the resources of all workspaces").page::<Resource>(),
        post("/resources", resources::create).named("create_shared_resource", "resources", "Register a resource of all workspaces").body::<NewResource>().created::<Resource>(),
        patch("/resources/{resource}", resources::patch).named("change_shared_resource", "resources", "Change a resource of all workspaces; what is not named stays").body::<ResourceChange>().ok::<Resource>(),
        delete("/resources/{resource}", resources::delete).in_read_only().named("delete_shared_resource", "resources", "Delete a resource; every token for it ends at once").done(),
        get("/webhooks", webhooks::list).named("list_shared_webhooks", "webhooks", "List the webhooks that receive events of all workspaces").page::<Webhook>(),
        post("/webhooks", webhooks::create).named("create_shared_webhook", "webhooks", "Create a webhook that receives events of all workspaces; its signing secret is shown once").body::<NewWebhook>().created::<NewlyMadeWebhook>(),
        get("/webhooks/{webhook}", webhooks::get).named("get_shared_webhook", "webhooks", "Get a webhook").ok::<Webhook>(),
        patch("/webhooks/{webhook}", webhooks::patch).named("change_shared_webhook", "webhooks", "Change a webhook; what is not named stays").body::<WebhookChange>().ok::<Webhook>(),
        delete("/webhooks/{webhook}", webhooks::delete).named("delete_shared_webhook", "webhooks", "Delete a webhook and its waiting deliveries").done(),
        post("/webhooks/{webhook}/secrets", webhooks::add_secret).named("add_shared_webhook_secret", "webhooks", "Create a second secret, shown once; both sign").created::<NewWebhookSecret>(),
        delete("/webhooks/{webhook}/secrets", webhooks::end_secret).named("end_shared_webhook_secret", "webhooks", "End the older of two secrets").done(),
        post("/webhooks/{webhook}/test", webhooks::test).named("test_shared_webhook", "webhooks", "Send a test").done(),
        get("/deliveries", deliveries::list).named("list_shared_deliveries", "deliveries", "List the deliveries of all workspaces to apps and webhooks, waiting ones included; the newest first").query(&["state"]).page::<Delivery>(),
        post("/deliveries/{delivery}/replay", deliveries::replay).named("replay_shared_delivery", "deliveries", "Replay a delivery").done(),
        get("/workspaces", workspaces::list).named("list_workspaces", "workspaces", "List the workspaces of this region").page::<Workspace>(),
        post("/workspaces", workspaces::create).named("create_workspace", "workspaces", "Create a workspace; its set-up link is shown once").body::<NewWorkspace>().created::<NewlyMadeWorkspace>(),
    ]
}
