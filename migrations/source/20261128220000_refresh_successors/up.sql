-- Refresh tokens: which token the last use of one gave, and whether it has lost its place to another.

-- successor: token_digest of the refresh token that the last use of this one gave; NULL before the first use.
-- retired_at: when the token of whose use this one came was used again; a use of this one then ends the grant.
ALTER TABLE tokens ADD COLUMN successor TEXT;
ALTER TABLE tokens ADD COLUMN retired_at BIGINT;
