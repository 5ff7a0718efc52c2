-- Single logout by SAML.

-- How LogoutRequests go to slo_url; those that were saved before are of HTTP-POST. slo_response_url: where answers to the provider's
-- requests go; empty: to slo_url.
ALTER TABLE saml_connections ADD COLUMN slo_binding TEXT NOT NULL DEFAULT 'post';
ALTER TABLE saml_connections ADD COLUMN slo_response_url TEXT NOT NULL DEFAULT '';

-- Format of the NameID that the session began with; empty: it did not begin by SAML.
ALTER TABLE sessions ADD COLUMN name_id_format TEXT NOT NULL DEFAULT '';

-- Sign-outs here that the provider is asked to follow. request_digest: of the ID of our LogoutRequest, which the answer names. return_to:
-- where the sign-out leads.
CREATE TABLE saml_logouts (
    workspace_id   TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    request_digest TEXT NOT NULL,
    connection_id  TEXT NOT NULL,
    name_id        TEXT NOT NULL,
    name_id_format TEXT NOT NULL,
    session_index  TEXT NOT NULL,
    return_to      TEXT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, request_digest)
);
CREATE INDEX saml_logouts_expiry ON saml_logouts (expires_at);
