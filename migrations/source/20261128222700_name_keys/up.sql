-- What a new version did once with rows of an older one. workspace_id: the deployment's. name: what was done.
CREATE TABLE upgrades (
    workspace_id TEXT NOT NULL,
    name         TEXT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

-- Users and groups whose key of an older version was kept, because with today's key two would have one name.
-- kind: user or group. name_key: today's key.
CREATE TABLE key_collisions (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    resource_id  TEXT NOT NULL,
    name_key     TEXT NOT NULL,
    PRIMARY KEY (workspace_id, kind, resource_id)
);
CREATE INDEX key_collisions_name ON key_collisions (workspace_id, kind, name_key);
