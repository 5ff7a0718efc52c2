-- A domain proved by its DNS record is proved again from time to time. challenge: what the record must hold; empty for one proved before
-- this, until it is next asked for. next_check_at: NULL for one that the operator vouched for. missing_since: when DNS first said that the
-- record is gone; lapsed_at: when it had been gone for too long, so that nobody new is recognised under the domain.
-- plain: ALTER TABLE domains ADD COLUMN challenge TEXT NOT NULL DEFAULT '';
ALTER TABLE domains ADD COLUMN next_check_at BIGINT;
ALTER TABLE domains ADD COLUMN missing_since BIGINT;
ALTER TABLE domains ADD COLUMN lapsed_at BIGINT;
UPDATE domains SET next_check_at = 0 WHERE verified_by = 'dns';
CREATE INDEX domains_next_check ON domains (next_check_at);
