-- When the connection was last moved to another issuer while people of the workspace were linked at a former one; NULL: never.
-- From then on, whoever has a role in the console is recognised at a new issuer only after an owner or the operator linked them.
ALTER TABLE connections ADD COLUMN issuer_changed_at BIGINT;
UPDATE connections SET issuer_changed_at = updated_at WHERE EXISTS (
    SELECT 1 FROM identities
    WHERE identities.workspace_id = connections.workspace_id AND identities.issuer <> connections.issuer
);
