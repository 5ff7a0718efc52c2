-- Roles: which of them Okta may give, two more to begin with; entitlements beside them, assigned to users and carried by
-- mappings; and of what SCIM assigned, the display, type and primary it was sent with.

ALTER TABLE roles ADD COLUMN by_okta BOOLEAN NOT NULL DEFAULT TRUE;

-- Where a workspace has a role of that id or name already, that one stays.
INSERT INTO roles (workspace_id, role_id, display_name, display_name_key, description, created_at)
-- sqlite: SELECT workspace_id, 'editor', 'Editor', 'editor', 'Changes what the product holds', unixepoch() * 1000000
-- postgres: SELECT workspace_id, 'editor', 'Editor', 'editor', 'Changes what the product holds', (extract(epoch FROM now()) * 1000000)::bigint
FROM workspaces
WHERE NOT EXISTS (
    SELECT 1 FROM roles
    WHERE roles.workspace_id = workspaces.workspace_id
        AND (roles.role_id = 'editor' OR roles.display_name_key = 'editor')
);
INSERT INTO roles (workspace_id, role_id, display_name, display_name_key, description, created_at)
-- sqlite: SELECT workspace_id, 'viewer', 'Viewer', 'viewer', 'Sees what the product holds', unixepoch() * 1000000
-- postgres: SELECT workspace_id, 'viewer', 'Viewer', 'viewer', 'Sees what the product holds', (extract(epoch FROM now()) * 1000000)::bigint
FROM workspaces
WHERE NOT EXISTS (
    SELECT 1 FROM roles
    WHERE roles.workspace_id = workspaces.workspace_id
        AND (roles.role_id = 'viewer' OR roles.display_name_key = 'viewer')
);

ALTER TABLE assignments ADD COLUMN element_display TEXT;
ALTER TABLE assignments ADD COLUMN element_display_key TEXT;
ALTER TABLE assignments ADD COLUMN element_type TEXT;
ALTER TABLE assignments ADD COLUMN element_type_key TEXT;
ALTER TABLE assignments ADD COLUMN is_primary BOOLEAN;

CREATE TABLE entitlements (
    workspace_id     TEXT NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    entitlement_id   TEXT NOT NULL,
    display_name     TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    description      TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, entitlement_id)
);
CREATE UNIQUE INDEX entitlements_display_name ON entitlements (workspace_id, display_name_key);

CREATE TABLE entitlement_assignments (
    workspace_id        TEXT NOT NULL,
    user_id             TEXT NOT NULL,
    entitlement_id      TEXT NOT NULL,
    source              TEXT NOT NULL,
    created_at          BIGINT NOT NULL,
    element_display     TEXT,
    element_display_key TEXT,
    element_type        TEXT,
    element_type_key    TEXT,
    is_primary          BOOLEAN,
    PRIMARY KEY (workspace_id, user_id, entitlement_id, source),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, entitlement_id) REFERENCES entitlements ON DELETE CASCADE
);
CREATE INDEX entitlement_assignments_entitlement ON entitlement_assignments (workspace_id, entitlement_id);

CREATE TABLE mapping_entitlements (
    workspace_id   TEXT NOT NULL,
    group_name_key TEXT NOT NULL,
    entitlement_id TEXT NOT NULL,
    group_name     TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, group_name_key, entitlement_id),
    FOREIGN KEY (workspace_id, entitlement_id) REFERENCES entitlements ON DELETE CASCADE
);
CREATE INDEX mapping_entitlements_entitlement ON mapping_entitlements (workspace_id, entitlement_id);
