ALTER TABLE connections DROP COLUMN issuer_changed_at;
