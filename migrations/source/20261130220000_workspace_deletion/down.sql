DROP TABLE workspace_deletions;
