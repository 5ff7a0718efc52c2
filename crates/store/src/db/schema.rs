//! The one Diesel schema of both databases, written by hand in addition to `migrations/`.
//! A test (`tests/house.rs`) compares it with the migrated databases.
//! Never put a backend-specific type here: `Text`, `BigInt` and `Bool` mean the same on both.

#![expect(missing_docs, reason = "columns are described in migrations/*/up.sql")]

#[macro_use]
mod tables;
mod background;
mod credentials;
#[cfg(test)]
mod plans;

pub use background::*;
pub use credentials::*;
pub use tables::Table;

/// Every table.
pub fn tables() -> impl Iterator<Item = Table> {
    [TABLES, background::TABLES, credentials::TABLES].into_iter().flatten().copied()
}

tables! {
    workspaces (workspace_id) {
        workspace_id -> Text,
        name -> Text,
        region -> Text,
        default_role -> Text,
        allow_basic -> Bool,
        custom_attributes -> Text,
        park_members -> Bool,
        session_seconds -> Nullable<BigInt>,
        idle_seconds -> Nullable<BigInt>,
        max_age_seconds -> Nullable<BigInt>,
        allowed_origins -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        suspended_at -> Nullable<BigInt>,
    }

    workspace_deletions (workspace_id) {
        workspace_id -> Text,
        planned_at -> BigInt,
        delete_at -> BigInt,
        began_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        last_seq -> BigInt,
        last_hash -> Text,
    }

    users (workspace_id, user_id) {
        workspace_id -> Text,
        user_id -> Text,
        user_name -> Text,
        user_name_key -> Text,
        external_id -> Nullable<Text>,
        display_name -> Nullable<Text>,
        display_name_key -> Nullable<Text>,
        email -> Nullable<Text>,
        active -> Bool,
        source -> Text,
        attributes -> Text,
        comparable -> Text,
        epoch -> BigInt,
        revoked_at -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }

    user_blocks (workspace_id, first_id) {
        workspace_id -> Text,
        first_id -> Text,
        users -> BigInt,
    }

    user_emails (workspace_id, user_id, email_key) {
        workspace_id -> Text,
        user_id -> Text,
        email_key -> Text,
    }

    groups (workspace_id, group_id) {
        workspace_id -> Text,
        group_id -> Text,
        display_name -> Text,
        display_name_key -> Text,
        external_id -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }

    members (workspace_id, group_id, user_id) {
        workspace_id -> Text,
        group_id -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }

    parked_members (workspace_id, group_id, member_key) {
        workspace_id -> Text,
        group_id -> Text,
        member_key -> Text,
        member -> Text,
        created_at -> BigInt,
    }

    roles (workspace_id, role_id) {
        workspace_id -> Text,
        role_id -> Text,
        display_name -> Text,
        display_name_key -> Text,
        description -> Text,
        created_at -> BigInt,
        by_okta -> Bool,
    }

    assignments (workspace_id, user_id, role_id, source) {
        workspace_id -> Text,
        user_id -> Text,
        role_id -> Text,
        source -> Text,
        created_at -> BigInt,
        element_display -> Nullable<Text>,
        element_display_key -> Nullable<Text>,
        element_type -> Nullable<Text>,
        element_type_key -> Nullable<Text>,
        is_primary -> Nullable<Bool>,
    }

    entitlements (workspace_id, entitlement_id) {
        workspace_id -> Text,
        entitlement_id -> Text,
        display_name -> Text,
        display_name_key -> Text,
        description -> Text,
        created_at -> BigInt,
    }

    entitlement_assignments (workspace_id, user_id, entitlement_id, source) {
        workspace_id -> Text,
        user_id -> Text,
        entitlement_id -> Text,
        source -> Text,
        created_at -> BigInt,
        element_display -> Nullable<Text>,
        element_display_key -> Nullable<Text>,
        element_type -> Nullable<Text>,
        element_type_key -> Nullable<Text>,
        is_primary -> Nullable<Bool>,
    }

    mappings (workspace_id, group_name_key, role_id) {
        workspace_id -> Text,
        group_name_key -> Text,
        role_id -> Text,
        group_name -> Text,
        created_at -> BigInt,
    }

    mapping_entitlements (workspace_id, group_name_key, entitlement_id) {
        workspace_id -> Text,
        group_name_key -> Text,
        entitlement_id -> Text,
        group_name -> Text,
        created_at -> BigInt,
    }

    event_heads (workspace_id) {
        workspace_id -> Text,
        seq -> BigInt,
        hash -> Text,
        anchor_seq -> BigInt,
        anchor_hash -> Text,
    }

    events (workspace_id, seq) {
        workspace_id -> Text,
        seq -> BigInt,
        event_id -> Text,
        kind -> Text,
        actor -> Text,
        target -> Text,
        request_id -> Text,
        data -> Text,
        at -> BigInt,
        hash -> Text,
    }

    receipts (workspace_id, receipt_id) {
        workspace_id -> Text,
        receipt_id -> Text,
        user_id -> Text,
        user_name -> Text,
        reason -> Text,
        actor -> Text,
        request_id -> Text,
        epoch -> BigInt,
        accepted_at -> BigInt,
        acted_at -> BigInt,
        in_force_at -> Nullable<BigInt>,
        counts -> Text,
        jws -> Text,
    }

    sightings (workspace_id, kind, connection_id) {
        workspace_id -> Text,
        kind -> Text,
        times -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
        detail -> Text,
        connection_id -> Text,
    }

    access_ends (workspace_id) {
        workspace_id -> Text,
        end_id -> Text,
        ended_by -> Text,
        reason -> Text,
        spared -> Text,
        started_at -> BigInt,
        seen_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        done -> BigInt,
        after -> Text,
    }

    set_ups (workspace_id) {
        workspace_id -> Text,
        app_kind -> Text,
        sync_id -> Text,
        sync_by -> Text,
        started_at -> Nullable<BigInt>,
        seen_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        people -> BigInt,
        done -> BigInt,
        with_roles -> BigInt,
        groups -> BigInt,
        after -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    workspaces,
    workspace_deletions,
    sightings,
    access_ends,
    set_ups,
    domains,
    domain_claims,
    sign_in_domains,
    setup_links,
    connections,
    connection_domains,
    saml_connections,
    saml_certificates,
    saml_keys,
    users,
    user_blocks,
    user_emails,
    identities,
    conflicts,
    claimed_groups,
    signing_keys,
    groups,
    members,
    parked_members,
    roles,
    assignments,
    entitlements,
    entitlement_assignments,
    mappings,
    mapping_entitlements,
    logins,
    arrivals,
    saml_answers,
    saml_logouts,
    sessions,
    clients,
    resources,
    client_secrets,
    operator_keys,
    idempotent_requests,
    grants,
    codes,
    tokens,
    assertions,
    event_heads,
    events,
    receipts,
    app_users,
    webhooks,
    deliveries,
    brakes,
    brake_minutes,
    brake_people,
    observations,
    right_origins,
    right_progress,
);
