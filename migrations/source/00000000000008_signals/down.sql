DROP INDEX events_endings;
DROP TABLE brake_minutes;
DROP TABLE brakes;
