-- Whether the client's tokens are bound to a key of the client (RFC 9449): off, optional or required.
ALTER TABLE clients ADD COLUMN dpop TEXT NOT NULL DEFAULT 'off';
CREATE INDEX clients_dpop ON clients (workspace_id) WHERE dpop <> 'off';
-- Thumbprint of the key that a token is bound to (RFC 7638), and of the key that a code is for. NULL: none.
ALTER TABLE tokens ADD COLUMN jkt TEXT;
ALTER TABLE codes ADD COLUMN dpop_jkt TEXT;
