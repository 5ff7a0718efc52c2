ALTER TABLE assertions RENAME TO assertions_before;
DROP INDEX assertions_expiry;
CREATE TABLE assertions (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    jti_digest   TEXT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, jti_digest)
);
INSERT INTO assertions SELECT * FROM assertions_before WHERE workspace_id IN (SELECT workspace_id FROM workspaces);
DROP TABLE assertions_before;
CREATE INDEX assertions_expiry ON assertions (expires_at);
DROP TABLE idempotent_requests;
DROP TABLE operator_keys;
ALTER TABLE tokens DROP COLUMN last_used_at;
ALTER TABLE tokens DROP COLUMN resource;
DROP INDEX grants_ended;
DROP INDEX grants_session;
ALTER TABLE grants DROP COLUMN auth_time;
ALTER TABLE grants DROP COLUMN session_id;
ALTER TABLE grants DROP COLUMN resource;
ALTER TABLE codes DROP COLUMN auth_time;
ALTER TABLE codes DROP COLUMN session_id;
ALTER TABLE codes DROP COLUMN resource;
ALTER TABLE codes DROP COLUMN nonce;
ALTER TABLE clients ADD COLUMN secret_digest TEXT NOT NULL DEFAULT '';
UPDATE clients SET secret_digest = COALESCE((
    SELECT max(s.secret_digest) FROM client_secrets AS s
    WHERE s.workspace_id = clients.workspace_id AND s.client_id = clients.client_id
), '');
DROP TABLE client_secrets;
ALTER TABLE clients DROP COLUMN fetched_at;
ALTER TABLE clients DROP COLUMN metadata;
ALTER TABLE clients DROP COLUMN id_token_alg;
ALTER TABLE clients DROP COLUMN jwt_seconds;
ALTER TABLE clients DROP COLUMN backchannel_logout_uri;
ALTER TABLE clients DROP COLUMN post_logout_redirect_uris;
ALTER TABLE clients DROP COLUMN scope;
ALTER TABLE clients DROP COLUMN jwks;
ALTER TABLE clients DROP COLUMN auth_method;
