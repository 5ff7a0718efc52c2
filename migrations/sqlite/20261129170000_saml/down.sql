ALTER TABLE logins DROP COLUMN connection_id;
DROP TABLE saml_answers;
DROP TABLE saml_certificates;
DROP TABLE saml_connections;
