-- Receivers (apps and webhooks) that do not answer, so that every node leaves them alone and a restart forgets none of them: what
-- waits for them is put off in bulk. workspace_id: always the deployment's, because a receiver may be that of many workspaces.
-- failures: how often in a row. rest_until: until when nothing is sent. try_until: until when one node makes a try.
CREATE TABLE resting_receivers (
    workspace_id TEXT NOT NULL,
    target_id    TEXT NOT NULL,
    failures     BIGINT NOT NULL,
    rest_until   BIGINT NOT NULL,
    try_until    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, target_id)
);
