-- Keys of this service provider for SAML: they sign requests, and assertions may be encrypted to them. workspace_id: the deployment's.
-- key_id: SHA-256 of the certificate, hex. private_key: PEM, sealed. certificate: DER, base64, self-signed. Published from the beginning
-- until some time after signs_until.
CREATE TABLE saml_keys (
    workspace_id TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    private_key  TEXT NOT NULL,
    certificate  TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    signs_from   BIGINT NOT NULL,
    signs_until  BIGINT,
    PRIMARY KEY (workspace_id, key_id)
);
-- Whether requests to this provider are signed.
ALTER TABLE saml_connections ADD COLUMN signs_requests BOOLEAN NOT NULL DEFAULT FALSE;
