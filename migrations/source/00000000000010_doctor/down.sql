DROP INDEX sessions_provider_sid;
ALTER TABLE sessions DROP COLUMN provider_sid;
DROP TABLE set_ups;
DROP TABLE sightings;
