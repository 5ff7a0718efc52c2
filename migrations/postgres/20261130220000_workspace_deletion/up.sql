-- Workspaces that the operator deletes. A row stays after the deletion, without anything about people: the id is never used again, and
-- an export of the trail made before can be checked against the last hash.
CREATE TABLE workspace_deletions (
    workspace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    planned_at BIGINT NOT NULL,
    -- When the deletion begins. Until then it can be canceled.
    delete_at BIGINT NOT NULL,
    -- When the workspace was closed for good. NULL: not yet.
    began_at BIGINT,
    -- When the last row was deleted. NULL: not yet.
    finished_at BIGINT,
    -- Number and hash of the last line of its trail. 0 and empty until the deletion is finished.
    last_seq BIGINT NOT NULL DEFAULT 0,
    last_hash TEXT COLLATE "C" NOT NULL DEFAULT ''
);
