-- The request inspector: the last requests of a workspace, as they were understood, without what opens anything.

-- A row is written beside the request, a second later, never in its transaction; a crash loses a second of them.
-- request_id: as in the answer's X-Request-Id, in logs and in events. A request that concerns two workspaces is a row of each.
-- proven: whether somebody proved to speak for the workspace; what anybody can cause is kept apart and fewer.
-- micros: the time it took. reason: in a word, empty when it was not refused; detail: the sentence; advice: what to do, a line each.
-- understood: a JSON object; changed: a JSON array of what was before and after.
CREATE TABLE requests (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    request_id   TEXT NOT NULL,
    proven       BOOLEAN NOT NULL,
    door         TEXT NOT NULL,
    method       TEXT NOT NULL,
    path         TEXT NOT NULL,
    status       BIGINT NOT NULL,
    micros       BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    detail       TEXT NOT NULL,
    advice       TEXT NOT NULL,
    understood   TEXT NOT NULL,
    changed      TEXT NOT NULL,
    PRIMARY KEY (workspace_id, at, request_id)
);
