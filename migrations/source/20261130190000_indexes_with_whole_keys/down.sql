DROP INDEX entitlement_assignments_entitlement;
CREATE INDEX entitlement_assignments_entitlement ON entitlement_assignments (workspace_id, entitlement_id);
DROP INDEX parked_members_member;
CREATE INDEX parked_members_member ON parked_members (workspace_id, member_key);
DROP INDEX user_emails_email;
CREATE INDEX user_emails_email ON user_emails (workspace_id, email_key);
DROP INDEX members_user;
CREATE INDEX members_user ON members (workspace_id, user_id);
