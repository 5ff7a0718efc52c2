-- Sign-in: how long sessions last and what they remember, how a connection authenticates and what it asks for, domains
-- proved by DNS, who was refused because their name is somebody else's, the keys we publish.

-- Seconds; null: as configured. allowed_origins: a JSON array of origins that people may be sent to after sign-in.
ALTER TABLE workspaces ADD COLUMN session_seconds BIGINT;
ALTER TABLE workspaces ADD COLUMN idle_seconds BIGINT;
ALTER TABLE workspaces ADD COLUMN max_age_seconds BIGINT;
ALTER TABLE workspaces ADD COLUMN allowed_origins TEXT NOT NULL DEFAULT '[]';

-- auth_method: auto, client_secret_basic, client_secret_post or private_key_jwt; groups_claim: empty when not asked
-- for; discovered: what the provider said of itself when it was last asked, a JSON object.
ALTER TABLE connections ADD COLUMN auth_method TEXT NOT NULL DEFAULT 'auto';
ALTER TABLE connections ADD COLUMN dpop BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE connections ADD COLUMN groups_claim TEXT NOT NULL DEFAULT '';
ALTER TABLE connections ADD COLUMN discovered TEXT NOT NULL DEFAULT '';

-- What a workspace says is its own until DNS says so too.
CREATE TABLE domain_claims (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    domain       TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    checked_at   BIGINT,
    finding      TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (workspace_id, domain)
);

-- Further workspaces that the sign-in page offers to people of a domain. Nobody is recognised by these.
CREATE TABLE sign_in_domains (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    domain       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, domain)
);
CREATE INDEX sign_in_domains_domain ON sign_in_domains (domain);

-- People whom the provider let through and whom only an administrator can say who they are here: one line a person.
-- reason: named (the user of that name is linked to another), shared (several users have that address) or unlinked (an
-- administrator undid the link; it is not made again by itself).
CREATE TABLE conflicts (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    user_id      TEXT,
    user_name    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, issuer, subject),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX conflicts_user ON conflicts (workspace_id, user_id);

-- The groups that the provider's claim named at the last sign-in, of people whom SCIM doesn't keep.
CREATE TABLE claimed_groups (
    workspace_id TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    group_name   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id, group_name),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);

-- purpose: sign_in, or test: a round trip that signs nobody in and reports to `tester`.
ALTER TABLE logins ADD COLUMN purpose TEXT NOT NULL DEFAULT 'sign_in';
ALTER TABLE logins ADD COLUMN tester TEXT NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN max_age BIGINT;

-- idle: microseconds without a request after which it is over; null: never. id_token: sealed, for signing out of the
-- provider.
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN idle BIGINT;
ALTER TABLE sessions ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN id_token TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';

-- The ticket opens in the browser that knows what this is the digest of.
ALTER TABLE arrivals ADD COLUMN browser_digest TEXT NOT NULL DEFAULT '';

-- Who used a set-up link goes on in the same browser for a while.
ALTER TABLE setup_links ADD COLUMN browser_digest TEXT;
ALTER TABLE setup_links ADD COLUMN browser_until BIGINT;

-- Signing keys belong to the nil workspace, the deployment. The private key is sealed.
CREATE TABLE signing_keys (
    workspace_id TEXT NOT NULL,
    key_id       TEXT NOT NULL,
    algorithm    TEXT NOT NULL,
    private_key  TEXT NOT NULL,
    public_jwk   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    signs_from   BIGINT NOT NULL,
    signs_until  BIGINT,
    PRIMARY KEY (workspace_id, key_id)
);
