ALTER TABLE sessions ADD COLUMN authenticated_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET authenticated_at = COALESCE(auth_time, created_at);
ALTER TABLE sessions DROP COLUMN auth_time;
ALTER TABLE sessions RENAME COLUMN authenticated_at TO auth_time;
