-- last_four: last four characters of the secret, by which people tell credentials apart; null: of before, or of a kind that nobody
-- manages. replaces: id of the provisioning token in whose place this one is to be used. warned_days: threshold, in days before the end,
-- of the last event that warned of it; null: none yet.
ALTER TABLE tokens ADD COLUMN last_four TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN replaces TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN warned_days BIGINT;
CREATE INDEX tokens_managed_expiry ON tokens (expires_at) WHERE kind IN ('api', 'provisioning');
ALTER TABLE client_secrets ADD COLUMN last_four TEXT COLLATE "C";
