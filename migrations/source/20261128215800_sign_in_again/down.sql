ALTER TABLE sessions DROP COLUMN return_to;
ALTER TABLE sessions DROP COLUMN state_digest;
