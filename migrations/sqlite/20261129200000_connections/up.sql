-- A workspace may have several OpenID Connect connections: one for each issuer. connection_id: that of a connection from before is the
-- workspace's, because its secret is sealed for the workspace. name: for people. is_default: as in saml_connections; a workspace has one
-- default among both.
CREATE TABLE connections_next (
    workspace_id      TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    issuer            TEXT NOT NULL,
    client_id         TEXT NOT NULL,
    client_secret     TEXT NOT NULL,
    enabled           BOOLEAN NOT NULL,
    jit               BOOLEAN NOT NULL,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    auth_method       TEXT NOT NULL DEFAULT 'auto',
    dpop              BOOLEAN NOT NULL DEFAULT FALSE,
    groups_claim      TEXT NOT NULL DEFAULT '',
    discovered        TEXT NOT NULL DEFAULT '',
    issuer_changed_at BIGINT,
    proven_at         BIGINT,
    connection_id     TEXT NOT NULL,
    name              TEXT NOT NULL,
    is_default        BOOLEAN NOT NULL,
    PRIMARY KEY (workspace_id, connection_id)
);
INSERT INTO connections_next
SELECT workspace_id, issuer, client_id, client_secret, enabled, jit, created_at, updated_at, auth_method, dpop, groups_claim,
    discovered, issuer_changed_at, proven_at, workspace_id, 'Okta', NOT EXISTS (
        SELECT 1 FROM saml_connections
        WHERE saml_connections.workspace_id = connections.workspace_id AND saml_connections.is_default
    )
FROM connections;
DROP TABLE connections;
ALTER TABLE connections_next RENAME TO connections;
CREATE INDEX connections_caller ON connections (issuer, client_id);
CREATE UNIQUE INDEX connections_client_id ON connections (issuer, client_id) WHERE proven_at IS NOT NULL;
CREATE UNIQUE INDEX connections_issuer ON connections (workspace_id, issuer);
CREATE UNIQUE INDEX connections_default ON connections (workspace_id) WHERE is_default;

-- E-mail domains whose people a workspace sends to one of its connections, of either protocol. Nobody is recognised by these.
CREATE TABLE connection_domains (
    workspace_id  TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    domain        TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    PRIMARY KEY (workspace_id, domain)
);
CREATE INDEX connection_domains_connection ON connection_domains (workspace_id, connection_id);
