DROP TABLE receipts;
ALTER TABLE event_heads DROP COLUMN anchor_hash;
ALTER TABLE event_heads DROP COLUMN anchor_seq;
ALTER TABLE event_heads DROP COLUMN hash;
ALTER TABLE events DROP COLUMN hash;
