-- One connection of each workspace stays: its default, or the oldest. The secret of one that is not from before can't be opened any more.
DROP TABLE connection_domains;
DELETE FROM connections WHERE connection_id <> (
    SELECT other.connection_id FROM connections AS other WHERE other.workspace_id = connections.workspace_id
    ORDER BY other.is_default DESC, other.created_at, other.connection_id LIMIT 1
);
DROP INDEX connections_issuer;
DROP INDEX connections_default;
CREATE TABLE connections_before (
    workspace_id  TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    issuer        TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    enabled       BOOLEAN NOT NULL,
    jit           BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    auth_method   TEXT NOT NULL DEFAULT 'auto',
    dpop          BOOLEAN NOT NULL DEFAULT FALSE,
    groups_claim  TEXT NOT NULL DEFAULT '',
    discovered    TEXT NOT NULL DEFAULT '',
    issuer_changed_at BIGINT,
    proven_at     BIGINT
);
INSERT INTO connections_before
SELECT workspace_id, issuer, client_id, client_secret, enabled, jit, created_at, updated_at, auth_method, dpop, groups_claim,
    discovered, issuer_changed_at, proven_at
FROM connections;
DROP TABLE connections;
ALTER TABLE connections_before RENAME TO connections;
CREATE INDEX connections_caller ON connections (issuer, client_id);
CREATE UNIQUE INDEX connections_client_id ON connections (issuer, client_id) WHERE proven_at IS NOT NULL;
