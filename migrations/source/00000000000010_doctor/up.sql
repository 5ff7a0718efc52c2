-- What the doctor looks at: what the doors saw of each kind, and how an administrator set the app up in Okta.

-- workspace_id: the deployment's for what can't be told whose.
-- kind: as `web::sightings` names it. times: since first_at. detail: the last one's, never a secret.
CREATE TABLE sightings (
    workspace_id TEXT NOT NULL,
    kind         TEXT NOT NULL,
    times        BIGINT NOT NULL,
    first_at     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
-- plain:     detail       TEXT NOT NULL,
    PRIMARY KEY (workspace_id, kind)
);

-- app_kind: catalog, own, or nothing while nobody has said it.
-- The rest is the last "Sync now": how many people there are to go through, how many are done, where it stands.
CREATE TABLE set_ups (
    workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
-- plain:     app_kind     TEXT NOT NULL,
    sync_id      TEXT NOT NULL,
-- plain:     sync_by      TEXT NOT NULL,
    started_at   BIGINT,
    seen_at      BIGINT,
    finished_at  BIGINT,
    people       BIGINT NOT NULL,
    done         BIGINT NOT NULL,
    with_roles   BIGINT NOT NULL,
    groups       BIGINT NOT NULL,
    after        TEXT NOT NULL
);

-- The provider's own id of the session that signed this one in (OpenID Connect Back-Channel Logout 1.0 §2.1); empty where it said none.
-- plain: ALTER TABLE sessions ADD COLUMN provider_sid TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_provider_sid ON sessions (workspace_id, provider_sid) WHERE provider_sid <> '';
