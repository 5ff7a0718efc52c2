DROP INDEX domains_next_check;
ALTER TABLE domains DROP COLUMN lapsed_at;
ALTER TABLE domains DROP COLUMN missing_since;
ALTER TABLE domains DROP COLUMN next_check_at;
ALTER TABLE domains DROP COLUMN challenge;
