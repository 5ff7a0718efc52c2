DROP TABLE saml_logouts;
ALTER TABLE sessions DROP COLUMN name_id_format;
ALTER TABLE saml_connections DROP COLUMN slo_response_url;
ALTER TABLE saml_connections DROP COLUMN slo_binding;
