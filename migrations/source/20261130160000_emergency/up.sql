-- Switches of the whole deployment, under the nil workspace. A switch is on while it has a row.
CREATE TABLE switches (
    workspace_id TEXT NOT NULL,
    name TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);
-- Since when nobody signs in to the workspace and nothing opens it. NULL: it is not suspended.
ALTER TABLE workspaces ADD COLUMN suspended_at BIGINT;
