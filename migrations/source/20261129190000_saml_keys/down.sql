ALTER TABLE saml_connections DROP COLUMN signs_requests;
DROP TABLE saml_keys;
