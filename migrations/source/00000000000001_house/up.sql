-- The house: every table's primary key begins with workspace_id (design rule 4).
-- Times are microseconds since 1970 (UTC); ids are UUID text; *_key columns are case-folded by the program;
-- *_digest columns hold SHA-256 of a bearer secret; "sealed" columns hold AEAD ciphertext.

CREATE TABLE workspaces (
    workspace_id TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL,
    region       TEXT NOT NULL,
    default_role TEXT NOT NULL,
    allow_basic  BOOLEAN NOT NULL DEFAULT FALSE,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

CREATE TABLE domains (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    domain       TEXT NOT NULL,
    verified_by  TEXT NOT NULL,
    verified_at  BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, domain)
);
CREATE UNIQUE INDEX domains_domain ON domains (domain);

CREATE TABLE setup_links (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    link_digest  TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT,
    PRIMARY KEY (workspace_id, link_digest)
);

CREATE TABLE connections (
    workspace_id  TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    issuer        TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    enabled       BOOLEAN NOT NULL,
    jit           BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX connections_caller ON connections (issuer, client_id);

CREATE TABLE users (
    workspace_id     TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id          TEXT NOT NULL,
    user_name        TEXT NOT NULL,
    user_name_key    TEXT NOT NULL,
    external_id      TEXT,
    display_name     TEXT,
    display_name_key TEXT,
    email            TEXT,
    active           BOOLEAN NOT NULL,
    source           TEXT NOT NULL,
    attributes       TEXT NOT NULL,
    epoch            BIGINT NOT NULL,
    revoked_at       BIGINT,
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE UNIQUE INDEX users_user_name ON users (workspace_id, user_name_key);
CREATE UNIQUE INDEX users_external_id ON users (workspace_id, external_id);
CREATE INDEX users_display_name ON users (workspace_id, display_name_key);

CREATE TABLE user_emails (
    workspace_id TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    email_key    TEXT NOT NULL,
    PRIMARY KEY (workspace_id, user_id, email_key),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX user_emails_email ON user_emails (workspace_id, email_key);

CREATE TABLE identities (
    workspace_id TEXT NOT NULL,
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, issuer, subject),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE UNIQUE INDEX identities_user ON identities (workspace_id, user_id, issuer);

CREATE TABLE groups (
    workspace_id     TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    group_id         TEXT NOT NULL,
    display_name     TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    external_id      TEXT,
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, group_id)
);
CREATE UNIQUE INDEX groups_display_name ON groups (workspace_id, display_name_key);
CREATE UNIQUE INDEX groups_external_id ON groups (workspace_id, external_id);

CREATE TABLE members (
    workspace_id TEXT NOT NULL,
    group_id     TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, group_id, user_id),
    FOREIGN KEY (workspace_id, group_id) REFERENCES groups ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX members_user ON members (workspace_id, user_id);

CREATE TABLE roles (
    workspace_id     TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    role_id          TEXT NOT NULL,
    display_name     TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    description      TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, role_id)
);
CREATE UNIQUE INDEX roles_display_name ON roles (workspace_id, display_name_key);

CREATE TABLE assignments (
    workspace_id TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    role_id      TEXT NOT NULL,
    source       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id, role_id, source),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, role_id) REFERENCES roles ON DELETE CASCADE
);
CREATE INDEX assignments_role ON assignments (workspace_id, role_id);

CREATE TABLE mappings (
    workspace_id   TEXT NOT NULL,
    group_name_key TEXT NOT NULL,
    role_id        TEXT NOT NULL,
    group_name     TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, group_name_key, role_id),
    FOREIGN KEY (workspace_id, role_id) REFERENCES roles ON DELETE CASCADE
);
CREATE INDEX mappings_role ON mappings (workspace_id, role_id);

CREATE TABLE logins (
    workspace_id   TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    state_digest   TEXT NOT NULL,
    browser_digest TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    client_id      TEXT NOT NULL,
    nonce          TEXT NOT NULL,
    verifier       TEXT NOT NULL,
    return_to      TEXT NOT NULL,
    fresh          BOOLEAN NOT NULL,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, state_digest)
);
CREATE INDEX logins_expiry ON logins (expires_at);

CREATE TABLE arrivals (
    workspace_id  TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    ticket_digest TEXT NOT NULL,
    cookie        TEXT NOT NULL,
    return_to     TEXT NOT NULL,
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, ticket_digest)
);
CREATE INDEX arrivals_expiry ON arrivals (expires_at);

CREATE TABLE sessions (
    workspace_id TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    epoch        BIGINT NOT NULL,
    auth_time    BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, token_digest),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (workspace_id, user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- A deployment-wide client belongs to the nil workspace, so there is no foreign key to workspaces here.
CREATE TABLE clients (
    workspace_id  TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    kind          TEXT NOT NULL,
    name          TEXT NOT NULL,
    secret_digest TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, client_id)
);

CREATE TABLE grants (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    grant_id     TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    user_id      TEXT,
    approved_by  TEXT,
    scope        TEXT NOT NULL,
    epoch        BIGINT,
    created_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    PRIMARY KEY (workspace_id, grant_id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX grants_user ON grants (workspace_id, user_id);

CREATE TABLE codes (
    workspace_id   TEXT NOT NULL,
    code_digest    TEXT NOT NULL,
    client_id      TEXT NOT NULL,
    user_id        TEXT NOT NULL,
    epoch          BIGINT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    scope          TEXT NOT NULL,
    code_challenge TEXT,
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    used_at        BIGINT,
    grant_id       TEXT,
    PRIMARY KEY (workspace_id, code_digest),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX codes_user ON codes (workspace_id, user_id);
CREATE INDEX codes_expiry ON codes (expires_at);

CREATE TABLE tokens (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    token_digest TEXT NOT NULL,
    token_id     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    grant_id     TEXT,
    user_id      TEXT,
    epoch        BIGINT,
    scope        TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    replaced_at  BIGINT,
    PRIMARY KEY (workspace_id, token_digest),
    FOREIGN KEY (workspace_id, grant_id) REFERENCES grants ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE UNIQUE INDEX tokens_id ON tokens (workspace_id, token_id);
CREATE INDEX tokens_user ON tokens (workspace_id, user_id);
CREATE INDEX tokens_grant ON tokens (workspace_id, grant_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);

CREATE TABLE assertions (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    jti_digest   TEXT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, jti_digest)
);
CREATE INDEX assertions_expiry ON assertions (expires_at);

CREATE TABLE event_heads (
    workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    seq          BIGINT NOT NULL
);

CREATE TABLE events (
    workspace_id TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    seq          BIGINT NOT NULL,
    event_id     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    actor        TEXT NOT NULL,
    target       TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    data         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, seq)
);
CREATE INDEX events_target ON events (workspace_id, target, seq);
CREATE INDEX events_kind ON events (workspace_id, kind, seq);
