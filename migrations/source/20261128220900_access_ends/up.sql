-- Ending the access of everybody in a workspace: the last one asked for, and how far it is. One row a workspace.
CREATE TABLE access_ends (
    workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    end_id       TEXT NOT NULL,
-- plain:     ended_by     TEXT NOT NULL,
-- plain:     reason       TEXT NOT NULL,
-- plain:     spared       TEXT NOT NULL,
    started_at   BIGINT NOT NULL,
    seen_at      BIGINT,
    finished_at  BIGINT,
    done         BIGINT NOT NULL,
    after        TEXT NOT NULL
);
