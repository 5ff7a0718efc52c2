-- OAuth: secrets that rotate, clients that prove themselves by key or not at all, what an app's sign-in carries, what a
-- token is for, operator keys and their idempotency.

-- auth_method: client_secret (Basic or body), private_key_jwt or none. jwks: a JSON Web Key Set, or the address of one.
-- scope: what it may ask for; empty: what its kind may. jwt_seconds: access tokens are JWTs that live so long; null: opaque.
-- id_token_alg: by which of our algorithms its ID tokens are signed.
-- metadata: what the client said of itself (a client id metadata document or a registration), a JSON object; fetched_at:
-- when it was last asked.
ALTER TABLE clients ADD COLUMN auth_method TEXT NOT NULL DEFAULT 'client_secret';
ALTER TABLE clients ADD COLUMN jwks TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN scope TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT '[]';
ALTER TABLE clients ADD COLUMN backchannel_logout_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN jwt_seconds BIGINT;
ALTER TABLE clients ADD COLUMN id_token_alg TEXT NOT NULL DEFAULT 'RS256';
ALTER TABLE clients ADD COLUMN metadata TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN fetched_at BIGINT;

-- At most two live at a time. last_used_at is written once in a while.
CREATE TABLE client_secrets (
    workspace_id  TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    secret_digest TEXT NOT NULL,
    secret_id     TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT,
    PRIMARY KEY (workspace_id, client_id, secret_digest),
    FOREIGN KEY (workspace_id, client_id) REFERENCES clients ON DELETE CASCADE
);
INSERT INTO client_secrets (workspace_id, client_id, secret_digest, secret_id, created_at)
SELECT workspace_id, client_id, secret_digest, client_id, created_at FROM clients;
ALTER TABLE clients DROP COLUMN secret_digest;

-- resource: what the token is for (RFC 8707); empty: whatever the app behind serves.
ALTER TABLE codes ADD COLUMN nonce TEXT;
ALTER TABLE codes ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE codes ADD COLUMN session_id TEXT;
ALTER TABLE codes ADD COLUMN auth_time BIGINT;
ALTER TABLE grants ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE grants ADD COLUMN session_id TEXT;
ALTER TABLE grants ADD COLUMN auth_time BIGINT;
CREATE INDEX grants_session ON grants (workspace_id, session_id);
CREATE INDEX grants_ended ON grants (ended_at);
ALTER TABLE tokens ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN last_used_at BIGINT;

-- Operator keys belong to the nil workspace, the deployment; so does what their requests were answered.
CREATE TABLE operator_keys (
    workspace_id TEXT NOT NULL,
    key_digest   TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    name         TEXT NOT NULL,
    scope        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    PRIMARY KEY (workspace_id, key_digest)
);
CREATE UNIQUE INDEX operator_keys_id ON operator_keys (workspace_id, key_id);

CREATE TABLE idempotent_requests (
    workspace_id   TEXT NOT NULL,
    key_id         TEXT NOT NULL,
    request_key    TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    status         BIGINT NOT NULL,
    body           TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key_id, request_key)
);
CREATE INDEX idempotent_requests_created ON idempotent_requests (created_at);

-- Those of clients that all workspaces share belong to the nil workspace, as the clients do: no foreign key any more.
ALTER TABLE assertions RENAME TO assertions_before;
DROP INDEX assertions_expiry;
CREATE TABLE assertions (
    workspace_id TEXT NOT NULL,
    jti_digest   TEXT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, jti_digest)
);
INSERT INTO assertions SELECT * FROM assertions_before;
DROP TABLE assertions_before;
CREATE INDEX assertions_expiry ON assertions (expires_at);
