-- Whether the client may exchange access tokens of people (RFC 8693), and the resources of which it takes them: a JSON array of URIs.
ALTER TABLE clients ADD COLUMN token_exchange BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE clients ADD COLUMN serves TEXT COLLATE "C" NOT NULL DEFAULT '[]';
CREATE INDEX clients_token_exchange ON clients (workspace_id) WHERE token_exchange = TRUE;
-- For a token from an exchange: the client that got it, and the digest of the token that it was exchanged for. NULL: other tokens.
ALTER TABLE tokens ADD COLUMN exchanged_by TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN subject_digest TEXT COLLATE "C";
-- Who acts for the person, the latest first: a JSON array.
ALTER TABLE tokens ADD COLUMN actors TEXT COLLATE "C" NOT NULL DEFAULT '[]';
CREATE INDEX tokens_exchanged_by ON tokens (exchanged_by) WHERE exchanged_by IS NOT NULL;
CREATE INDEX tokens_subject ON tokens (workspace_id, subject_digest) WHERE subject_digest IS NOT NULL;
