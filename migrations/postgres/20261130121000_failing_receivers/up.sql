-- Receivers whose last attempt failed: since when, and its outcome. workspace_id: always the deployment's, as of resting receivers.
CREATE TABLE failing_receivers (
    workspace_id TEXT COLLATE "C" NOT NULL,
    target_id    TEXT COLLATE "C" NOT NULL,
    since        BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    outcome      TEXT NOT NULL,
    PRIMARY KEY (workspace_id, target_id)
);
-- Attempts that failed, and those of tests, for a week: how long the answer took, and how it began.
CREATE TABLE delivery_attempts (
    workspace_id TEXT COLLATE "C" NOT NULL,
    target_id    TEXT COLLATE "C" NOT NULL,
    attempt_id   TEXT COLLATE "C" NOT NULL,
    delivery_id  TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    accepted     BOOLEAN NOT NULL,
    outcome      TEXT NOT NULL,
    micros       BIGINT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (workspace_id, target_id, attempt_id)
);
CREATE INDEX delivery_attempts_at ON delivery_attempts (at);
