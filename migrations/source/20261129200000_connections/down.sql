-- One connection of each workspace stays: its default, or the oldest. The secret of one that is not from before can't be opened any more.
DROP TABLE connection_domains;
DELETE FROM connections WHERE connection_id <> (
    SELECT other.connection_id FROM connections AS other WHERE other.workspace_id = connections.workspace_id
    ORDER BY other.is_default DESC, other.created_at, other.connection_id LIMIT 1
);
DROP INDEX connections_issuer;
DROP INDEX connections_default;
-- sqlite: CREATE TABLE connections_before (
-- sqlite:     workspace_id  TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
-- sqlite:     issuer        TEXT NOT NULL,
-- sqlite:     client_id     TEXT NOT NULL,
-- sqlite:     client_secret TEXT NOT NULL,
-- sqlite:     enabled       BOOLEAN NOT NULL,
-- sqlite:     jit           BOOLEAN NOT NULL,
-- sqlite:     created_at    BIGINT NOT NULL,
-- sqlite:     updated_at    BIGINT NOT NULL,
-- sqlite:     auth_method   TEXT NOT NULL DEFAULT 'auto',
-- sqlite:     dpop          BOOLEAN NOT NULL DEFAULT FALSE,
-- sqlite:     groups_claim  TEXT NOT NULL DEFAULT '',
-- sqlite:     discovered    TEXT NOT NULL DEFAULT '',
-- sqlite:     issuer_changed_at BIGINT,
-- sqlite:     proven_at     BIGINT
-- sqlite: );
-- sqlite: INSERT INTO connections_before
-- sqlite: SELECT workspace_id, issuer, client_id, client_secret, enabled, jit, created_at, updated_at, auth_method, dpop, groups_claim,
-- sqlite:     discovered, issuer_changed_at, proven_at
-- sqlite: FROM connections;
-- sqlite: DROP TABLE connections;
-- sqlite: ALTER TABLE connections_before RENAME TO connections;
-- sqlite: CREATE INDEX connections_caller ON connections (issuer, client_id);
-- sqlite: CREATE UNIQUE INDEX connections_client_id ON connections (issuer, client_id) WHERE proven_at IS NOT NULL;
-- postgres: ALTER TABLE connections DROP CONSTRAINT connections_pkey;
-- postgres: ALTER TABLE connections ADD PRIMARY KEY (workspace_id);
-- postgres: ALTER TABLE connections DROP COLUMN connection_id, DROP COLUMN name, DROP COLUMN is_default;
