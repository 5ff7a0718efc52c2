DROP TABLE events; DROP TABLE event_heads; DROP TABLE assertions; DROP TABLE tokens; DROP TABLE codes;
DROP TABLE grants; DROP TABLE clients; DROP TABLE sessions; DROP TABLE arrivals; DROP TABLE logins; DROP TABLE mappings;
DROP TABLE assignments; DROP TABLE roles; DROP TABLE members; DROP TABLE groups; DROP TABLE identities;
DROP TABLE user_emails; DROP TABLE users; DROP TABLE connections; DROP TABLE setup_links; DROP TABLE domains;
DROP TABLE workspaces;
