-- SAML connections of a workspace, beside its OpenID Connect connection. issuer: entity ID of the provider, compared verbatim.
-- sso_url, slo_url: where requests go; slo_url empty: none. metadata_url: where the provider publishes its certificates; empty: they
-- were entered by hand. trusts_metadata: whether a new certificate in the metadata is trusted at once. entity_id: our entity ID for this connection; empty: the URL of our metadata. unsolicited: off, start or
-- accept. attributes: names of the attributes that are read, a JSON object. okta_org and app_instance_id: `iss` and `sub` of its
-- Universal Logout tokens; empty: none. issuer_changed_at: as in connections.
CREATE TABLE saml_connections (
    workspace_id      TEXT COLLATE "C" NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    connection_id     TEXT COLLATE "C" NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    is_default        BOOLEAN NOT NULL,
    issuer            TEXT COLLATE "C" NOT NULL,
    sso_url           TEXT COLLATE "C" NOT NULL,
    sso_binding       TEXT COLLATE "C" NOT NULL,
    slo_url           TEXT COLLATE "C" NOT NULL,
    metadata_url      TEXT COLLATE "C" NOT NULL,
    metadata_read_at  BIGINT,
    trusts_metadata   BOOLEAN NOT NULL,
    entity_id         TEXT COLLATE "C" NOT NULL,
    enabled           BOOLEAN NOT NULL,
    jit               BOOLEAN NOT NULL,
    unsolicited       TEXT COLLATE "C" NOT NULL,
    attributes        TEXT COLLATE "C" NOT NULL,
    okta_org          TEXT COLLATE "C" NOT NULL,
    app_instance_id   TEXT COLLATE "C" NOT NULL,
    issuer_changed_at BIGINT,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, connection_id)
);
CREATE UNIQUE INDEX saml_connections_issuer ON saml_connections (workspace_id, issuer);
CREATE UNIQUE INDEX saml_connections_default ON saml_connections (workspace_id) WHERE is_default;
CREATE INDEX saml_connections_caller ON saml_connections (okta_org, app_instance_id);

-- Certificates of a SAML connection. fingerprint: SHA-256 of the certificate, hex. certificate: DER, base64. not_after: end of its
-- validity, seconds since 1970. trusted_at: since when it is trusted; NULL: it came from the metadata and waits for an administrator.
-- warned_days: of which of 90, 30, 7 and 1 days before its end an event told last.
CREATE TABLE saml_certificates (
    workspace_id  TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    fingerprint   TEXT COLLATE "C" NOT NULL,
    certificate   TEXT COLLATE "C" NOT NULL,
    not_after     BIGINT NOT NULL,
    trusted_at    BIGINT,
    warned_days   BIGINT,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, connection_id, fingerprint),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES saml_connections ON DELETE CASCADE
);

-- Verified assertions that wait for the browser to come back for its session; a minute, sealed.
CREATE TABLE saml_answers (
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    ticket_digest TEXT COLLATE "C" NOT NULL,
    answer        TEXT COLLATE "C" NOT NULL,
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, ticket_digest)
);
CREATE INDEX saml_answers_expiry ON saml_answers (expires_at);

-- The SAML connection that a login began with; empty: OpenID Connect. Its `state` is then the id of the request.
ALTER TABLE logins ADD COLUMN connection_id TEXT COLLATE "C" NOT NULL DEFAULT '';
