ALTER TABLE clients DROP COLUMN requires_auth_time;
ALTER TABLE clients DROP COLUMN default_max_age;
