-- A workspace may have several OpenID Connect connections: one for each issuer. connection_id: that of a connection from before is the
-- workspace's, because its secret is sealed for the workspace. name: for people. is_default: as in saml_connections; a workspace has one
-- default among both.
ALTER TABLE connections ADD COLUMN connection_id TEXT COLLATE "C";
ALTER TABLE connections ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT 'Okta';
ALTER TABLE connections ADD COLUMN is_default BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE connections SET connection_id = workspace_id, is_default = NOT EXISTS (
    SELECT 1 FROM saml_connections
    WHERE saml_connections.workspace_id = connections.workspace_id AND saml_connections.is_default
);
ALTER TABLE connections ALTER COLUMN name DROP DEFAULT;
ALTER TABLE connections ALTER COLUMN is_default DROP DEFAULT;
ALTER TABLE connections DROP CONSTRAINT connections_pkey;
ALTER TABLE connections ADD PRIMARY KEY (workspace_id, connection_id);
CREATE UNIQUE INDEX connections_issuer ON connections (workspace_id, issuer);
CREATE UNIQUE INDEX connections_default ON connections (workspace_id) WHERE is_default;

-- E-mail domains whose people a workspace sends to one of its connections, of either protocol. Nobody is recognised by these.
CREATE TABLE connection_domains (
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    domain        TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, domain)
);
CREATE INDEX connection_domains_connection ON connection_domains (workspace_id, connection_id);
