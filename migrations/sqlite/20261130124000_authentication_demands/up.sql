-- What the client's metadata demands of authentications (OpenID Connect Registration §2). NULL: no age of its own.
ALTER TABLE clients ADD COLUMN default_max_age BIGINT;
ALTER TABLE clients ADD COLUMN requires_auth_time BOOLEAN NOT NULL DEFAULT FALSE;
