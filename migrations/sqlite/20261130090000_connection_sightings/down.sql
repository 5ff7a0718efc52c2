-- Sightings of connections are forgotten.
DELETE FROM sightings WHERE connection_id <> '';
CREATE TABLE sightings_before (
    workspace_id TEXT NOT NULL,
    kind         TEXT NOT NULL,
    times        BIGINT NOT NULL,
    first_at     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    detail       TEXT NOT NULL,
    PRIMARY KEY (workspace_id, kind)
);
INSERT INTO sightings_before SELECT workspace_id, kind, times, first_at, last_at, detail FROM sightings;
DROP TABLE sightings;
ALTER TABLE sightings_before RENAME TO sightings;
