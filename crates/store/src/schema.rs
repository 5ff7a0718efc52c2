//! The one Diesel schema of both databases, written by hand beside `migrations/`.
//! A test (`tests/house.rs`) holds it against what both migration folders make.
//! Never put a backend-specific type here: `Text`, `BigInt` and `Bool` mean the same on both.

#![expect(missing_docs, reason = "columns are described in migrations/*/up.sql")]

diesel::table! {
    workspaces (workspace_id) {
        workspace_id -> Text,
        name -> Text,
        region -> Text,
        default_role -> Text,
        allow_basic -> Bool,
        custom_attributes -> Text,
        park_members -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    domains (workspace_id, domain) {
        workspace_id -> Text,
        domain -> Text,
        verified_by -> Text,
        verified_at -> BigInt,
    }
}

diesel::table! {
    setup_links (workspace_id, link_digest) {
        workspace_id -> Text,
        link_digest -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    connections (workspace_id) {
        workspace_id -> Text,
        issuer -> Text,
        client_id -> Text,
        client_secret -> Text,
        enabled -> Bool,
        jit -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
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
}

diesel::table! {
    user_blocks (workspace_id, first_id) {
        workspace_id -> Text,
        first_id -> Text,
        users -> BigInt,
    }
}

diesel::table! {
    user_emails (workspace_id, user_id, email_key) {
        workspace_id -> Text,
        user_id -> Text,
        email_key -> Text,
    }
}

diesel::table! {
    identities (workspace_id, issuer, subject) {
        workspace_id -> Text,
        issuer -> Text,
        subject -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
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
}

diesel::table! {
    members (workspace_id, group_id, user_id) {
        workspace_id -> Text,
        group_id -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    parked_members (workspace_id, group_id, member_key) {
        workspace_id -> Text,
        group_id -> Text,
        member_key -> Text,
        member -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    roles (workspace_id, role_id) {
        workspace_id -> Text,
        role_id -> Text,
        display_name -> Text,
        display_name_key -> Text,
        description -> Text,
        created_at -> BigInt,
        by_okta -> Bool,
    }
}

diesel::table! {
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
}

diesel::table! {
    entitlements (workspace_id, entitlement_id) {
        workspace_id -> Text,
        entitlement_id -> Text,
        display_name -> Text,
        display_name_key -> Text,
        description -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
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
}

diesel::table! {
    mappings (workspace_id, group_name_key, role_id) {
        workspace_id -> Text,
        group_name_key -> Text,
        role_id -> Text,
        group_name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    mapping_entitlements (workspace_id, group_name_key, entitlement_id) {
        workspace_id -> Text,
        group_name_key -> Text,
        entitlement_id -> Text,
        group_name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    logins (workspace_id, state_digest) {
        workspace_id -> Text,
        state_digest -> Text,
        browser_digest -> Text,
        issuer -> Text,
        client_id -> Text,
        nonce -> Text,
        verifier -> Text,
        return_to -> Text,
        fresh -> Bool,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    arrivals (workspace_id, ticket_digest) {
        workspace_id -> Text,
        ticket_digest -> Text,
        cookie -> Text,
        return_to -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    sessions (workspace_id, token_digest) {
        workspace_id -> Text,
        token_digest -> Text,
        session_id -> Text,
        user_id -> Text,
        epoch -> BigInt,
        auth_time -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    clients (workspace_id, client_id) {
        workspace_id -> Text,
        client_id -> Text,
        kind -> Text,
        name -> Text,
        secret_digest -> Text,
        redirect_uris -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    grants (workspace_id, grant_id) {
        workspace_id -> Text,
        grant_id -> Text,
        client_id -> Text,
        user_id -> Nullable<Text>,
        approved_by -> Nullable<Text>,
        scope -> Text,
        epoch -> Nullable<BigInt>,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    codes (workspace_id, code_digest) {
        workspace_id -> Text,
        code_digest -> Text,
        client_id -> Text,
        user_id -> Text,
        epoch -> BigInt,
        redirect_uri -> Text,
        scope -> Text,
        code_challenge -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        grant_id -> Nullable<Text>,
    }
}

diesel::table! {
    tokens (workspace_id, token_digest) {
        workspace_id -> Text,
        token_digest -> Text,
        token_id -> Text,
        kind -> Text,
        name -> Text,
        grant_id -> Nullable<Text>,
        user_id -> Nullable<Text>,
        epoch -> Nullable<BigInt>,
        scope -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        replaced_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    assertions (workspace_id, jti_digest) {
        workspace_id -> Text,
        jti_digest -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    event_heads (workspace_id) {
        workspace_id -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
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
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    workspaces,
    domains,
    setup_links,
    connections,
    users,
    user_blocks,
    user_emails,
    identities,
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
    sessions,
    clients,
    grants,
    codes,
    tokens,
    assertions,
    event_heads,
    events,
);
