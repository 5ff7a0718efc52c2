-- The governance trail is a chain, and every end of access has a receipt.

-- hash: of the line and the hash before it (store::events::chain). Lines of before this migration have none.
ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
-- hash: of the last line. anchor_seq, anchor_hash: behind which line the chain begins, because that one was the last to be
-- removed when its time was over, or the last before there was a chain (no hash).
ALTER TABLE event_heads ADD COLUMN hash TEXT NOT NULL DEFAULT '';
ALTER TABLE event_heads ADD COLUMN anchor_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event_heads ADD COLUMN anchor_hash TEXT NOT NULL DEFAULT '';
UPDATE event_heads SET anchor_seq = seq;

-- What an end of access ended. It outlives the user it is about.
-- epoch: the user's from then on; what carries the one before, and lived at acted_at, is what ended.
-- accepted_at: when the request came in. in_force_at: when it was seen to be committed; null: not looked yet.
-- counts: by kind, a JSON object; empty: not counted yet. jws: the same, signed; empty: not yet.
CREATE TABLE receipts (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    receipt_id   TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    user_name    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    actor        TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    epoch        BIGINT NOT NULL,
    accepted_at  BIGINT NOT NULL,
    acted_at     BIGINT NOT NULL,
    in_force_at  BIGINT,
    counts       TEXT NOT NULL,
    jws          TEXT NOT NULL,
    PRIMARY KEY (workspace_id, receipt_id)
);
CREATE INDEX receipts_user ON receipts (workspace_id, user_id, receipt_id);
CREATE INDEX receipts_open ON receipts (acted_at) WHERE jws = '';
