-- leaves: the session of another workspace that the person agreed to leave for this sign-in; nothing where there was none.
ALTER TABLE logins ADD COLUMN leaves TEXT NOT NULL DEFAULT '';
