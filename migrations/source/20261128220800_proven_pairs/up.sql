-- An issuer and client id belong to the workspace that has proven them: by a code exchanged with the client's secret or key, and an
-- ID token for that client. Until one has, several workspaces may claim them. Whoever has linked people at the issuer has signed in.
ALTER TABLE connections ADD COLUMN proven_at BIGINT;
UPDATE connections SET proven_at = (
    SELECT MIN(identities.created_at) FROM identities
    WHERE identities.workspace_id = connections.workspace_id AND identities.issuer = connections.issuer
);
DROP INDEX connections_caller;
CREATE INDEX connections_caller ON connections (issuer, client_id);
CREATE UNIQUE INDEX connections_client_id ON connections (issuer, client_id) WHERE proven_at IS NOT NULL;
