-- Whom pushes took access from, and from whom a push would have taken it but was refused; until they are active again, for a day.
CREATE TABLE brake_people (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id      TEXT NOT NULL,
    is_held      BOOLEAN NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX brake_people_at ON brake_people (at);
-- When somebody of them was last made active again.
ALTER TABLE brakes ADD COLUMN restored_at BIGINT;
