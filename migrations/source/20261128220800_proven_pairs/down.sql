DROP INDEX connections_client_id;
DROP INDEX connections_caller;
CREATE UNIQUE INDEX connections_caller ON connections (issuer, client_id);
ALTER TABLE connections DROP COLUMN proven_at;
