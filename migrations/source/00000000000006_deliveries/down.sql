DROP TABLE deliveries;
DROP TABLE webhooks;
DROP INDEX clients_told;
DROP TABLE app_users;
DROP INDEX grants_given_in;
ALTER TABLE grants DROP COLUMN sid;
ALTER TABLE grants DROP COLUMN given_in;
