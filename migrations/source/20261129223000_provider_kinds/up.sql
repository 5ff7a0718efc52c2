-- Kind of the identity provider. Connections from before were set up as Okta's, and keep its words.
ALTER TABLE connections ADD COLUMN provider TEXT NOT NULL DEFAULT 'okta';
