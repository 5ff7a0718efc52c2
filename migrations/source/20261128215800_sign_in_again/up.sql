-- The login that started a session, by the digest of its state, and where it led: the same callback opened again leads there.
-- Nothing where no login did.
ALTER TABLE sessions ADD COLUMN state_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN return_to TEXT NOT NULL DEFAULT '';
