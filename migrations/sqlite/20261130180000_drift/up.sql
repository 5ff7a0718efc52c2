-- When SCIM last pushed the user without changing anything; at most once a day. A push that changes something is in users.updated_at.
CREATE TABLE user_pushes (
    workspace_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    pushed_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
-- When the weekly report of drift was last made. The first is due a week after the workspace was created.
CREATE TABLE drift_checks (
    workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    checked_at BIGINT NOT NULL
);
