DROP TABLE parked_members;
ALTER TABLE workspaces DROP COLUMN park_members;
ALTER TABLE workspaces DROP COLUMN custom_attributes;
DROP TABLE user_blocks;
DROP INDEX users_updated;
DROP INDEX users_active;
DROP INDEX users_incomparable;
ALTER TABLE users DROP COLUMN comparable;
