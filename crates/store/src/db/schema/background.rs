//! Tables of workers and of the brake: webhooks and deliveries, the brake on mass deprovisioning, observed workspaces, inspected
//! requests, upgrades of stored names, since when and by whom users have their rights.

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

    failing_receivers (workspace_id, target_id) {
        workspace_id -> Text,
        target_id -> Text,
        since -> BigInt,
        last_at -> BigInt,
        attempts -> BigInt,
        outcome -> Text,
    }

    delivery_attempts (workspace_id, target_id, attempt_id) {
        workspace_id -> Text,
        target_id -> Text,
        attempt_id -> Text,
        delivery_id -> Text,
        at -> BigInt,
        accepted -> Bool,
        outcome -> Text,
        micros -> BigInt,
        body -> Text,
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

    observations (workspace_id) {
        workspace_id -> Text,
        plan_id -> Text,
        base_id -> Text,
        started_by -> Text,
        started_at -> BigInt,
        applied_by -> Text,
        apply_id -> Text,
        seen_at -> Nullable<BigInt>,
        changes -> BigInt,
        done -> BigInt,
    }

    observed_refusals (workspace_id, reason, subject) {
        workspace_id -> Text,
        reason -> Text,
        subject -> Text,
        detail -> Text,
        times -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }

    planned_changes (workspace_id, step, resource_id) {
        workspace_id -> Text,
        step -> BigInt,
        resource_id -> Text,
        turn -> BigInt,
        reason -> Text,
    }

    hourly_counts (workspace_id, hour, kind, subject) {
        workspace_id -> Text,
        hour -> BigInt,
        kind -> Text,
        subject -> Text,
        times -> BigInt,
    }

    switches (workspace_id, name) {
        workspace_id -> Text,
        name -> Text,
        since -> BigInt,
    }

    upgrades (workspace_id, name) {
        workspace_id -> Text,
        name -> Text,
    }

    user_pushes (workspace_id, user_id) {
        workspace_id -> Text,
        user_id -> Text,
        pushed_at -> BigInt,
    }

    right_origins (workspace_id, user_id) {
        workspace_id -> Text,
        user_id -> Text,
        rights -> Text,
    }

    right_progress (workspace_id) {
        workspace_id -> Text,
        seq -> BigInt,
        after -> Text,
        taking_stock -> Bool,
    }

    drift_checks (workspace_id) {
        workspace_id -> Text,
        checked_at -> BigInt,
    }

    key_collisions (workspace_id, kind, resource_id) {
        workspace_id -> Text,
        kind -> Text,
        resource_id -> Text,
        name_key -> Text,
    }
}
