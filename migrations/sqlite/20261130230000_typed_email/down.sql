ALTER TABLE logins DROP COLUMN typed_email;
