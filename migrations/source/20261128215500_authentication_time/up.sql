-- When the person authenticated, as the provider told it; nothing where it did not. Until now such a session had the moment of
-- our own clock. A provider's `auth_time` has whole seconds (OpenID Connect Core §2), so what has a fraction was ours.
ALTER TABLE sessions ADD COLUMN authenticated_at BIGINT;
UPDATE sessions SET authenticated_at = auth_time WHERE auth_time % 1000000 = 0;
ALTER TABLE sessions DROP COLUMN auth_time;
ALTER TABLE sessions RENAME COLUMN authenticated_at TO auth_time;

UPDATE grants SET auth_time = NULL WHERE auth_time % 1000000 <> 0;
UPDATE codes SET auth_time = NULL WHERE auth_time % 1000000 <> 0;
