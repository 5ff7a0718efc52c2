-- The safety brake: how many people one workspace's provider may take access from within an hour.

-- One row once anything differs from a workspace that was never held.
-- percent, least: more than this share, and at least so many people, within an hour is held; percent 0: never.
-- held: how many requests were held since an administrator last spoke. held_at: the last of them; nothing once let through.
-- owner_held_at: when a push was held that would have taken the last owner, until an administrator has seen it.
-- released_until: till when pushes are let through, uncounted. released_people: how many more; nothing: however many.
CREATE TABLE brakes (
    workspace_id    TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    percent         BIGINT NOT NULL,
    least           BIGINT NOT NULL,
    held            BIGINT NOT NULL,
    held_at         BIGINT,
    owner_held_at   BIGINT,
    released_until  BIGINT,
    released_people BIGINT,
    updated_at      BIGINT NOT NULL
);

-- How many people lost access by a push in a minute (since 1970), and how many had it an hour before, if that was asked.
CREATE TABLE brake_minutes (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    minute       BIGINT NOT NULL,
    ended        BIGINT NOT NULL,
    base         BIGINT,
    PRIMARY KEY (workspace_id, minute)
);

-- The ends of access, in the order of their moments: what the live stream follows.
CREATE INDEX events_endings ON events (at, workspace_id, seq)
WHERE kind IN ('access_ended', 'session_ended', 'signed_out', 'user_deactivated', 'user_deleted');
