DROP TABLE planned_changes;
DROP TABLE observed_refusals;
DELETE FROM workspaces WHERE region = '(hidden)';
DROP TABLE observations;
