-- The email address that the person typed to sign in, as sent in `login_hint`; empty: none. It goes with the login, after ten minutes.
ALTER TABLE logins ADD COLUMN typed_email TEXT NOT NULL DEFAULT '';
