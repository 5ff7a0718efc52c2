-- Sightings of a connection. connection_id: empty for those of the workspace.
ALTER TABLE sightings ADD COLUMN connection_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE sightings DROP CONSTRAINT sightings_pkey;
ALTER TABLE sightings ADD PRIMARY KEY (workspace_id, kind, connection_id);

-- Those of SAML began their detail with the id of the connection.
UPDATE sightings SET connection_id = substr(detail, 1, 36), detail = ltrim(substr(detail, 37))
WHERE kind IN (
    'saml_metadata_unread', 'saml_loop', 'saml_groups', 'saml_no_groups', 'saml_joined_groups', 'saml_no_uid', 'saml_logout',
    'saml_logout_refused'
);
-- The replaced connection was of OpenID Connect. A workspace that has several of them now is taken to mean the first.
UPDATE sightings SET connection_id = coalesce((
    SELECT one.connection_id FROM connections AS one WHERE one.workspace_id = sightings.workspace_id
    ORDER BY one.is_default DESC, one.created_at, one.connection_id LIMIT 1
), '') WHERE kind = 'connection_replaced';
-- A sign-in was through the only connection; with several, nothing says through which.
UPDATE sightings SET connection_id = coalesce((
    SELECT max(one.connection_id) FROM (
        SELECT workspace_id, connection_id FROM connections UNION ALL SELECT workspace_id, connection_id FROM saml_connections
    ) AS one
    WHERE one.workspace_id = sightings.workspace_id HAVING count(*) = 1
), '') WHERE kind IN ('sign_in_began', 'sign_in_came_back');
