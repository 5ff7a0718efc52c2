-- Whether a SCIM credential may give and take the role owner: only one that an owner or the operator made.
ALTER TABLE tokens ADD COLUMN may_give_owner BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE grants ADD COLUMN may_give_owner BOOLEAN NOT NULL DEFAULT FALSE;

-- Of the tokens there are, the trail says who made them. What the operator made may go on; what a person made may not, because
-- nothing says whether they were an owner then.
UPDATE tokens SET may_give_owner = TRUE
WHERE kind = 'provisioning' AND user_id IS NULL AND EXISTS (
    SELECT 1 FROM events AS e
    WHERE e.workspace_id = tokens.workspace_id AND e.kind = 'provisioning_token_created'
      AND (e.actor = 'cli' OR e.actor LIKE 'operator:%')
-- sqlite:       AND json_extract(e.data, '$.token') = tokens.token_id
-- postgres:       AND (CAST(e.data AS json) ->> 'token') = tokens.token_id
);
