-- Resources of the product, such as MCP servers and APIs (RFC 8707). workspace_id: the deployment's for one of all workspaces.
-- uri: exactly as tokens name it. scopes: a JSON array of {"scope", "text"}. roles: a JSON array of role ids, of which a person needs
-- one; empty: everybody may.
CREATE TABLE resources (
    workspace_id TEXT COLLATE "C" NOT NULL,
    resource_id  TEXT COLLATE "C" NOT NULL,
    uri          TEXT COLLATE "C" NOT NULL,
    name         TEXT COLLATE "C" NOT NULL,
    scopes       TEXT COLLATE "C" NOT NULL,
    roles        TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, resource_id)
);
CREATE UNIQUE INDEX resources_uri ON resources (workspace_id, uri);
-- Whether people's provider may let AI clients act for them (draft-ietf-oauth-identity-assertion-authz-grant).
ALTER TABLE connections ADD COLUMN cross_app BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether the client may use such assertions.
ALTER TABLE clients ADD COLUMN cross_app BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether the client must send a PKCE challenge although it is confidential.
ALTER TABLE clients ADD COLUMN requires_pkce BOOLEAN NOT NULL DEFAULT FALSE;
-- For a grant by assertion: the agent that the assertion names, and when the last one was accepted. NULL: another grant.
ALTER TABLE grants ADD COLUMN agent TEXT COLLATE "C";
ALTER TABLE grants ADD COLUMN asserted_at BIGINT;
CREATE INDEX grants_asserted ON grants (workspace_id, client_id) WHERE asserted_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX clients_cross_app ON clients (workspace_id) WHERE cross_app = TRUE;
