//! Tables of sign-in and credentials: how people and machines authenticate, and what they receive then. The other tables, and why
//! they are written by hand: `schema`.

tables! {
    domains (workspace_id, domain) {
        workspace_id -> Text,
        domain -> Text,
        verified_by -> Text,
        verified_at -> BigInt,
        challenge -> Text,
        next_check_at -> Nullable<BigInt>,
        missing_since -> Nullable<BigInt>,
        lapsed_at -> Nullable<BigInt>,
    }

    domain_claims (workspace_id, domain) {
        workspace_id -> Text,
        domain -> Text,
        challenge -> Text,
        created_at -> BigInt,
        checked_at -> Nullable<BigInt>,
        finding -> Text,
    }

    sign_in_domains (workspace_id, domain) {
        workspace_id -> Text,
        domain -> Text,
        created_at -> BigInt,
    }

    setup_links (workspace_id, link_digest) {
        workspace_id -> Text,
        link_digest -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        browser_digest -> Nullable<Text>,
        browser_until -> Nullable<BigInt>,
    }

    connections (workspace_id, connection_id) {
        workspace_id -> Text,
        issuer -> Text,
        client_id -> Text,
        client_secret -> Text,
        enabled -> Bool,
        jit -> Bool,
        auth_method -> Text,
        dpop -> Bool,
        groups_claim -> Text,
        discovered -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        issuer_changed_at -> Nullable<BigInt>,
        proven_at -> Nullable<BigInt>,
        connection_id -> Text,
        name -> Text,
        is_default -> Bool,
        cross_app -> Bool,
        provider -> Text,
    }

    connection_domains (workspace_id, domain) {
        workspace_id -> Text,
        domain -> Text,
        connection_id -> Text,
    }

    saml_connections (workspace_id, connection_id) {
        workspace_id -> Text,
        connection_id -> Text,
        name -> Text,
        is_default -> Bool,
        issuer -> Text,
        sso_url -> Text,
        sso_binding -> Text,
        slo_url -> Text,
        metadata_url -> Text,
        metadata_read_at -> Nullable<BigInt>,
        trusts_metadata -> Bool,
        entity_id -> Text,
        enabled -> Bool,
        jit -> Bool,
        unsolicited -> Text,
        attributes -> Text,
        okta_org -> Text,
        app_instance_id -> Text,
        issuer_changed_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        signs_requests -> Bool,
        slo_binding -> Text,
        slo_response_url -> Text,
    }

    saml_keys (workspace_id, key_id) {
        workspace_id -> Text,
        key_id -> Text,
        private_key -> Text,
        certificate -> Text,
        created_at -> BigInt,
        signs_from -> BigInt,
        signs_until -> Nullable<BigInt>,
    }

    saml_certificates (workspace_id, connection_id, fingerprint) {
        workspace_id -> Text,
        connection_id -> Text,
        fingerprint -> Text,
        certificate -> Text,
        not_after -> BigInt,
        trusted_at -> Nullable<BigInt>,
        warned_days -> Nullable<BigInt>,
        created_at -> BigInt,
    }

    saml_answers (workspace_id, ticket_digest) {
        workspace_id -> Text,
        ticket_digest -> Text,
        answer -> Text,
        expires_at -> BigInt,
    }

    saml_logouts (workspace_id, request_digest) {
        workspace_id -> Text,
        request_digest -> Text,
        connection_id -> Text,
        name_id -> Text,
        name_id_format -> Text,
        session_index -> Text,
        return_to -> Text,
        expires_at -> BigInt,
    }

    identities (workspace_id, issuer, subject) {
        workspace_id -> Text,
        issuer -> Text,
        subject -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }

    conflicts (workspace_id, issuer, subject) {
        workspace_id -> Text,
        issuer -> Text,
        subject -> Text,
        user_id -> Nullable<Text>,
        user_name -> Text,
        reason -> Text,
        created_at -> BigInt,
    }

    claimed_groups (workspace_id, user_id, group_name) {
        workspace_id -> Text,
        user_id -> Text,
        group_name -> Text,
        created_at -> BigInt,
    }

    signing_keys (workspace_id, key_id) {
        workspace_id -> Text,
        key_id -> Text,
        algorithm -> Text,
        private_key -> Text,
        public_jwk -> Text,
        created_at -> BigInt,
        signs_from -> BigInt,
        signs_until -> Nullable<BigInt>,
    }

    former_users (workspace_id, name_digest) {
        workspace_id -> Text,
        name_digest -> Text,
        revoked_at -> BigInt,
    }

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
        purpose -> Text,
        tester -> Text,
        max_age -> Nullable<BigInt>,
        leaves -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        connection_id -> Text,
        typed_email -> Text,
    }

    arrivals (workspace_id, ticket_digest) {
        workspace_id -> Text,
        ticket_digest -> Text,
        browser_digest -> Text,
        cookie -> Text,
        return_to -> Text,
        expires_at -> BigInt,
    }

    sessions (workspace_id, token_digest) {
        workspace_id -> Text,
        token_digest -> Text,
        session_id -> Text,
        user_id -> Text,
        epoch -> BigInt,
        auth_time -> Nullable<BigInt>,
        seen_at -> BigInt,
        idle -> Nullable<BigInt>,
        issuer -> Text,
        id_token -> Text,
        provider_sid -> Text,
        user_agent -> Text,
        state_digest -> Text,
        return_to -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        name_id_format -> Text,
    }

    clients (workspace_id, client_id) {
        workspace_id -> Text,
        client_id -> Text,
        kind -> Text,
        name -> Text,
        redirect_uris -> Text,
        auth_method -> Text,
        jwks -> Text,
        scope -> Text,
        post_logout_redirect_uris -> Text,
        backchannel_logout_uri -> Text,
        jwt_seconds -> Nullable<BigInt>,
        id_token_alg -> Text,
        metadata -> Text,
        fetched_at -> Nullable<BigInt>,
        created_at -> BigInt,
        cross_app -> Bool,
        requires_pkce -> Bool,
        token_exchange -> Bool,
        serves -> Text,
        dpop -> Text,
        default_max_age -> Nullable<BigInt>,
        requires_auth_time -> Bool,
    }

    resources (workspace_id, resource_id) {
        workspace_id -> Text,
        resource_id -> Text,
        uri -> Text,
        name -> Text,
        scopes -> Text,
        roles -> Text,
        created_at -> BigInt,
    }

    grants (workspace_id, grant_id) {
        workspace_id -> Text,
        grant_id -> Text,
        client_id -> Text,
        user_id -> Nullable<Text>,
        approved_by -> Nullable<Text>,
        scope -> Text,
        epoch -> Nullable<BigInt>,
        resource -> Text,
        session_id -> Nullable<Text>,
        auth_time -> Nullable<BigInt>,
        given_in -> Nullable<Text>,
        sid -> Nullable<Text>,
        created_at -> BigInt,
        ended_at -> Nullable<BigInt>,
        may_give_owner -> Bool,
        agent -> Nullable<Text>,
        asserted_at -> Nullable<BigInt>,
    }

    codes (workspace_id, code_digest) {
        workspace_id -> Text,
        code_digest -> Text,
        client_id -> Text,
        user_id -> Text,
        epoch -> BigInt,
        redirect_uri -> Text,
        scope -> Text,
        code_challenge -> Nullable<Text>,
        nonce -> Nullable<Text>,
        resource -> Text,
        session_id -> Nullable<Text>,
        auth_time -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        grant_id -> Nullable<Text>,
        dpop_jkt -> Nullable<Text>,
    }

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
        resource -> Text,
        last_used_at -> Nullable<BigInt>,
        successor -> Nullable<Text>,
        retired_at -> Nullable<BigInt>,
        may_give_owner -> Bool,
        exchanged_by -> Nullable<Text>,
        subject_digest -> Nullable<Text>,
        actors -> Text,
        jkt -> Nullable<Text>,
        last_four -> Nullable<Text>,
        replaces -> Nullable<Text>,
        warned_days -> Nullable<BigInt>,
    }

    assertions (workspace_id, jti_digest) {
        workspace_id -> Text,
        jti_digest -> Text,
        expires_at -> BigInt,
    }

    client_secrets (workspace_id, client_id, secret_digest) {
        workspace_id -> Text,
        client_id -> Text,
        secret_digest -> Text,
        secret_id -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        last_four -> Nullable<Text>,
    }

    operator_keys (workspace_id, key_digest) {
        workspace_id -> Text,
        key_digest -> Text,
        key_id -> Text,
        name -> Text,
        scope -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }

    idempotent_requests (workspace_id, key_id, request_key) {
        workspace_id -> Text,
        key_id -> Text,
        request_key -> Text,
        request_digest -> Text,
        status -> BigInt,
        body -> Text,
        created_at -> BigInt,
    }

    app_users (workspace_id, user_id, client_id) {
        workspace_id -> Text,
        user_id -> Text,
        client_id -> Text,
        created_at -> BigInt,
    }
}
