-- Deleted people, by digests of what recognised them, and when their access ended: who comes back must have authenticated since.
-- Swept after ninety days.
CREATE TABLE former_users (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name_digest  TEXT NOT NULL,
    revoked_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name_digest)
);
CREATE INDEX former_users_age ON former_users (revoked_at);
