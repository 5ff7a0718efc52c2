DROP INDEX deliveries_told;
DROP INDEX claimed_groups_name;
CREATE INDEX assignments_role ON assignments (workspace_id, role_id);
DROP INDEX assignments_holders;
