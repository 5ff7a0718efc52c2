-- What is carried to the app: ends of sessions and of access (OpenID Connect Back-Channel Logout), and webhooks.

-- session_id of a grant: the session it ends with, which changes hands when the person signs in again in the same browser.
-- given_in: the same for grants that outlive it. sid: the session as the app was told it, which never changes.
ALTER TABLE grants ADD COLUMN given_in TEXT;
ALTER TABLE grants ADD COLUMN sid TEXT;
UPDATE grants SET given_in = session_id, sid = session_id;
CREATE INDEX grants_given_in ON grants (workspace_id, given_in);

-- The apps a user has ever signed in to: grants are swept out, and the end of all access is told to each of these.
CREATE TABLE app_users (
    workspace_id TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id, client_id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES users ON DELETE CASCADE
);
INSERT INTO app_users
SELECT g.workspace_id, g.user_id, g.client_id, min(g.created_at) FROM grants AS g
JOIN clients AS c ON c.client_id = g.client_id AND c.kind = 'app'
WHERE g.user_id IS NOT NULL
GROUP BY g.workspace_id, g.user_id, g.client_id;

CREATE INDEX clients_told ON clients (workspace_id) WHERE backchannel_logout_uri <> '';

-- Where events are told. Those of the nil workspace are told of every workspace. kinds: of events, separated by spaces; *: all.
-- secret, former_secret: sealed; two while one takes the other's place, else the second is empty.
CREATE TABLE webhooks (
    workspace_id  TEXT NOT NULL,
    webhook_id    TEXT NOT NULL,
    url           TEXT NOT NULL,
    kinds         TEXT NOT NULL,
    secret        TEXT NOT NULL,
    former_secret TEXT NOT NULL,
    enabled       BOOLEAN NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, webhook_id)
);

-- One row: one thing to be told to one receiver, written in the transaction that causes it. It refers to nothing: users,
-- clients and webhooks may go before it is told.
-- kind: logout or webhook. target_id: the client's id or the webhook's. subject: user:{id}, …, whose deliveries to one target
-- come one after another, by seq. sid: of a logout, the session that ended; empty: all. seq: of a webhook, the event's.
-- state: waiting, delivered or dead. due_at: when it is next tried; while it is being sent, when another may try.
-- outcome: what the last try met. ended_at: when it was delivered or given up.
CREATE TABLE deliveries (
    workspace_id TEXT NOT NULL,
    delivery_id  TEXT NOT NULL,
    kind         TEXT NOT NULL,
    target_id    TEXT NOT NULL,
    subject      TEXT NOT NULL,
    sid          TEXT NOT NULL,
    seq          BIGINT NOT NULL,
    state        TEXT NOT NULL,
    attempts     BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    outcome      TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    PRIMARY KEY (workspace_id, delivery_id)
);
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_lane ON deliveries (workspace_id, target_id, subject, seq, delivery_id) WHERE state = 'waiting';
CREATE INDEX deliveries_target ON deliveries (target_id, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_ended ON deliveries (state, ended_at) WHERE ended_at IS NOT NULL;
