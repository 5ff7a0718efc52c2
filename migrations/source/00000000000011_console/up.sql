-- Pages list who holds a role, and whom a rule touches, in the order of ids: a page reads its own rows and no others.
CREATE INDEX assignments_holders ON assignments (workspace_id, role_id, user_id, source);
DROP INDEX assignments_role;
CREATE INDEX claimed_groups_name ON claimed_groups (workspace_id, group_name, user_id);
-- A page shows what a webhook was told, the newest first, and counts what waits and what was given up.
CREATE INDEX deliveries_told ON deliveries (workspace_id, target_id, state, delivery_id);
