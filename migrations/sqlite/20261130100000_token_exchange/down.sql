DELETE FROM tokens WHERE exchanged_by IS NOT NULL;
DROP INDEX tokens_subject;
DROP INDEX tokens_exchanged_by;
ALTER TABLE tokens DROP COLUMN actors;
ALTER TABLE tokens DROP COLUMN subject_digest;
ALTER TABLE tokens DROP COLUMN exchanged_by;
DROP INDEX clients_token_exchange;
ALTER TABLE clients DROP COLUMN serves;
ALTER TABLE clients DROP COLUMN token_exchange;
