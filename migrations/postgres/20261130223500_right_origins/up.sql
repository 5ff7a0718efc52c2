-- Since when, by whom and because of which line of the trail a user has each role and entitlement: the result of the rules as it was
-- when a worker last looked, a JSON array. Access is never decided by it; the rules are evaluated for each request.
CREATE TABLE right_origins (
    workspace_id TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C" NOT NULL,
    rights       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, user_id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);

-- How far that worker is. seq: last line of the trail that is done. after: last user of the line after it, or of the stock, that is
-- done; empty: none. taking_stock: users are recorded as they are, without a cause, before lines of the trail are read.
CREATE TABLE right_progress (
    workspace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    seq          BIGINT NOT NULL,
    after        TEXT COLLATE "C" NOT NULL,
    taking_stock BOOLEAN NOT NULL
);
INSERT INTO right_progress (workspace_id, seq, after, taking_stock) SELECT workspace_id, seq, '', TRUE FROM event_heads;
