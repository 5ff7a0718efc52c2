ALTER TABLE workspaces DROP COLUMN suspended_at;
DROP TABLE switches;
