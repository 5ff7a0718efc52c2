-- How often something happened in an hour, for charts; 90 days of it. hour: hours since 1970. subject: the webhook, empty for the workspace.
CREATE TABLE hourly_counts (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    hour         BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    times        BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, hour, kind, subject)
);
