//! Tables of workers and of the brake: webhooks and deliveries, the brake on mass deprovisioning, inspected requests, upgrades of
//! stored names.

tables! {
    webhooks (workspace_id, webhook_id) {
        workspace_id -> Text,
        webhook_id -> Text,
        url -> Text,
        kinds -> Text,
        secret -> Text,
        former_secret -> Text,
        enabled -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
    }

    deliveries (workspace_id, delivery_id) {
        workspace_id -> Text,
        delivery_id -> Text,
        kind -> Text,
        target_id -> Text,
        subject -> Text,
        sid -> Text,
        seq -> BigInt,
        state -> Text,
        attempts -> BigInt,
        due_at -> BigInt,
        outcome -> Text,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }

    resting_receivers (workspace_id, target_id) {
        workspace_id -> Text,
        target_id -> Text,
        failures -> BigInt,
        rest_until -> BigInt,
        try_until -> BigInt,
    }

    brakes (workspace_id) {
        workspace_id -> Text,
        percent -> BigInt,
        least -> BigInt,
        held -> BigInt,
        held_at -> Nullable<BigInt>,
        owner_held_at -> Nullable<BigInt>,
        released_until -> Nullable<BigInt>,
        released_people -> Nullable<BigInt>,
        updated_at -> BigInt,
        restored_at -> Nullable<BigInt>,
    }

    brake_people (workspace_id, user_id) {
        workspace_id -> Text,
        user_id -> Text,
        is_held -> Bool,
        at -> BigInt,
    }

    brake_minutes (workspace_id, minute) {
        workspace_id -> Text,
        minute -> BigInt,
        ended -> BigInt,
        base -> Nullable<BigInt>,
    }

    requests (workspace_id, at, request_id) {
        workspace_id -> Text,
        at -> BigInt,
        request_id -> Text,
        proven -> Bool,
        door -> Text,
        method -> Text,
        path -> Text,
        status -> BigInt,
        micros -> BigInt,
        reason -> Text,
        detail -> Text,
        advice -> Text,
        understood -> Text,
        changed -> Text,
    }

    upgrades (workspace_id, name) {
        workspace_id -> Text,
        name -> Text,
    }

    key_collisions (workspace_id, kind, resource_id) {
        workspace_id -> Text,
        kind -> Text,
        resource_id -> Text,
        name_key -> Text,
    }
}
