-- Workspaces whose SCIM requests are only observed. plan_id, base_id: hidden workspaces with copies of the provisioning data: the one that
-- SCIM reads and writes meanwhile, and the one as everything was at the start. They have no row in event_heads, and a region that no
-- process has. started_by, applied_by: actors, as in events; applied_by is empty until somebody applies the plan. apply_id: id of that
-- request. seen_at: last batch of the application. changes, done: number of changes that the application began with, and has carried out.
CREATE TABLE observations (
    workspace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    plan_id      TEXT COLLATE "C" NOT NULL,
    base_id      TEXT COLLATE "C" NOT NULL,
    started_by   TEXT COLLATE "C" NOT NULL,
    started_at   BIGINT NOT NULL,
    applied_by   TEXT COLLATE "C" NOT NULL,
    apply_id     TEXT COLLATE "C" NOT NULL,
    seen_at      BIGINT,
    changes      BIGINT NOT NULL,
    done         BIGINT NOT NULL
);
CREATE UNIQUE INDEX observations_plan ON observations (plan_id);
CREATE UNIQUE INDEX observations_base ON observations (base_id);

-- Pushes that were refused during an observation, or that the safety brake would have blocked. subject: the name or id that was sent.
CREATE TABLE observed_refusals (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES observations ON DELETE CASCADE,
    reason       TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL,
    times        BIGINT NOT NULL,
    first_at     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, reason, subject)
);

-- Changes of a plan that is being applied, until they are carried out. turn: how often the change was put off because another has to come
-- first; reason: why it was. step: order of the kinds of changes.
CREATE TABLE planned_changes (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES observations ON DELETE CASCADE,
    step         BIGINT NOT NULL,
    resource_id  TEXT COLLATE "C" NOT NULL,
    turn         BIGINT NOT NULL,
    reason       TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, step, resource_id)
);
CREATE INDEX planned_changes_turn ON planned_changes (workspace_id, turn, step, resource_id);
