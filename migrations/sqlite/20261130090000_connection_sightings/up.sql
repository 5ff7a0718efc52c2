-- Sightings of a connection. connection_id: empty for those of the workspace.
CREATE TABLE sightings_next (
    workspace_id  TEXT NOT NULL,
    kind          TEXT NOT NULL,
    times         BIGINT NOT NULL,
    first_at      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    detail        TEXT NOT NULL,
    connection_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (workspace_id, kind, connection_id)
);
INSERT INTO sightings_next SELECT workspace_id, kind, times, first_at, last_at, detail, '' FROM sightings;
DROP TABLE sightings;
ALTER TABLE sightings_next RENAME TO sightings;

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
