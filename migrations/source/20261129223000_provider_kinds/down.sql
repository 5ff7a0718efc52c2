ALTER TABLE connections DROP COLUMN provider;
