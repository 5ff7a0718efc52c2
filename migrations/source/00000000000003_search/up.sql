-- What filters compare that has no column of its own: texts folded unless their case counts, moments in microseconds.
-- Empty until the program has filled it in, at start.
ALTER TABLE users ADD COLUMN comparable TEXT NOT NULL DEFAULT '';
-- Who is still to be filled in: empty but after an upgrade.
CREATE INDEX users_incomparable ON users (user_id) WHERE comparable = '';
CREATE INDEX users_active ON users (workspace_id, active, user_id);
CREATE INDEX users_updated ON users (workspace_id, updated_at, user_id);

-- How many users there are from one id up to the next: where a page begins, however deep, and how many there are in all.
CREATE TABLE user_blocks (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    first_id     TEXT NOT NULL,
    users        BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, first_id)
);
INSERT INTO user_blocks (workspace_id, first_id, users)
SELECT workspace_id, CASE WHEN block = 0 THEN '' ELSE MIN(user_id) END, COUNT(*)
FROM (SELECT workspace_id, user_id,
             (ROW_NUMBER() OVER (PARTITION BY workspace_id ORDER BY user_id) - 1) / 512 AS block
      FROM users) AS numbered
GROUP BY workspace_id, block;

-- Attributes a workspace declares beside those of the RFC, a JSON array; and whether it parks unknown members.
ALTER TABLE workspaces ADD COLUMN custom_attributes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE workspaces ADD COLUMN park_members BOOLEAN NOT NULL DEFAULT FALSE;

-- Members a group was sent before they came: they join when a user of this name or external id is created.
CREATE TABLE parked_members (
    workspace_id TEXT NOT NULL,
    group_id     TEXT NOT NULL,
    member_key   TEXT NOT NULL,
    member       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, group_id, member_key),
    FOREIGN KEY (workspace_id, group_id) REFERENCES groups ON DELETE CASCADE
);
CREATE INDEX parked_members_member ON parked_members (workspace_id, member_key);
