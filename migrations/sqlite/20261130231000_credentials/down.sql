ALTER TABLE client_secrets DROP COLUMN last_four;
DROP INDEX tokens_managed_expiry;
ALTER TABLE tokens DROP COLUMN warned_days;
ALTER TABLE tokens DROP COLUMN replaces;
ALTER TABLE tokens DROP COLUMN last_four;
