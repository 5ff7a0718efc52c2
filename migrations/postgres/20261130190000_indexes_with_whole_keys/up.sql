-- Without statistics, SQLite prefers an index that has every column a query needs to one that has more of its conditions: these four were
-- passed over for the primary key, of which only workspace_id was used, and each search read all rows of the workspace.
DROP INDEX members_user;
CREATE INDEX members_user ON members (workspace_id, user_id, group_id);
DROP INDEX user_emails_email;
CREATE INDEX user_emails_email ON user_emails (workspace_id, email_key, user_id);
DROP INDEX parked_members_member;
CREATE INDEX parked_members_member ON parked_members (workspace_id, member_key, group_id);
DROP INDEX entitlement_assignments_entitlement;
CREATE INDEX entitlement_assignments_entitlement ON entitlement_assignments (workspace_id, entitlement_id, user_id, source);
