-- A workspace may have several OpenID Connect connections: one for each issuer. connection_id: that of a connection from before is the
-- workspace's, because its secret is sealed for the workspace. name: for people. is_default: as in saml_connections; a workspace has one
-- default among both.
-- sqlite: CREATE TABLE connections_next (
-- sqlite:     workspace_id      TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
-- sqlite:     issuer            TEXT NOT NULL,
-- sqlite:     client_id         TEXT NOT NULL,
-- sqlite:     client_secret     TEXT NOT NULL,
-- sqlite:     enabled           BOOLEAN NOT NULL,
-- sqlite:     jit               BOOLEAN NOT NULL,
-- sqlite:     created_at        BIGINT NOT NULL,
-- sqlite:     updated_at        BIGINT NOT NULL,
-- sqlite:     auth_method       TEXT NOT NULL DEFAULT 'auto',
-- sqlite:     dpop              BOOLEAN NOT NULL DEFAULT FALSE,
-- sqlite:     groups_claim      TEXT NOT NULL DEFAULT '',
-- sqlite:     discovered        TEXT NOT NULL DEFAULT '',
-- sqlite:     issuer_changed_at BIGINT,
-- sqlite:     proven_at         BIGINT,
-- sqlite:     connection_id     TEXT NOT NULL,
-- sqlite:     name              TEXT NOT NULL,
-- sqlite:     is_default        BOOLEAN NOT NULL,
-- sqlite:     PRIMARY KEY (workspace_id, connection_id)
-- sqlite: );
-- sqlite: INSERT INTO connections_next
-- sqlite: SELECT workspace_id, issuer, client_id, client_secret, enabled, jit, created_at, updated_at, auth_method, dpop, groups_claim,
-- sqlite:     discovered, issuer_changed_at, proven_at, workspace_id, 'Okta', NOT EXISTS (
-- sqlite:         SELECT 1 FROM saml_connections
-- sqlite:         WHERE saml_connections.workspace_id = connections.workspace_id AND saml_connections.is_default
-- sqlite:     )
-- sqlite: FROM connections;
-- sqlite: DROP TABLE connections;
-- sqlite: ALTER TABLE connections_next RENAME TO connections;
-- sqlite: CREATE INDEX connections_caller ON connections (issuer, client_id);
-- sqlite: CREATE UNIQUE INDEX connections_client_id ON connections (issuer, client_id) WHERE proven_at IS NOT NULL;
-- postgres: ALTER TABLE connections ADD COLUMN connection_id TEXT COLLATE "C";
-- postgres: ALTER TABLE connections ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT 'Okta';
-- postgres: ALTER TABLE connections ADD COLUMN is_default BOOLEAN NOT NULL DEFAULT TRUE;
-- postgres: UPDATE connections SET connection_id = workspace_id, is_default = NOT EXISTS (
-- postgres:     SELECT 1 FROM saml_connections
-- postgres:     WHERE saml_connections.workspace_id = connections.workspace_id AND saml_connections.is_default
-- postgres: );
-- postgres: ALTER TABLE connections ALTER COLUMN name DROP DEFAULT;
-- postgres: ALTER TABLE connections ALTER COLUMN is_default DROP DEFAULT;
-- postgres: ALTER TABLE connections DROP CONSTRAINT connections_pkey;
-- postgres: ALTER TABLE connections ADD PRIMARY KEY (workspace_id, connection_id);
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
