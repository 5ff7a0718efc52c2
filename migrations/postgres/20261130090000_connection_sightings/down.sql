-- Sightings of connections are forgotten.
DELETE FROM sightings WHERE connection_id <> '';
ALTER TABLE sightings DROP CONSTRAINT sightings_pkey;
ALTER TABLE sightings ADD PRIMARY KEY (workspace_id, kind);
ALTER TABLE sightings DROP COLUMN connection_id;
