DROP INDEX clients_cross_app;
DROP INDEX grants_asserted;
ALTER TABLE grants DROP COLUMN asserted_at;
ALTER TABLE grants DROP COLUMN agent;
ALTER TABLE clients DROP COLUMN requires_pkce;
ALTER TABLE clients DROP COLUMN cross_app;
ALTER TABLE connections DROP COLUMN cross_app;
DROP TABLE resources;
