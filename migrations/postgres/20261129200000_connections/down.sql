-- One connection of each workspace stays: its default, or the oldest. The secret of one that is not from before can't be opened any more.
DROP TABLE connection_domains;
DELETE FROM connections WHERE connection_id <> (
    SELECT other.connection_id FROM connections AS other WHERE other.workspace_id = connections.workspace_id
    ORDER BY other.is_default DESC, other.created_at, other.connection_id LIMIT 1
);
DROP INDEX connections_issuer;
DROP INDEX connections_default;
ALTER TABLE connections DROP CONSTRAINT connections_pkey;
ALTER TABLE connections ADD PRIMARY KEY (workspace_id);
ALTER TABLE connections DROP COLUMN connection_id, DROP COLUMN name, DROP COLUMN is_default;
