ALTER TABLE tokens DROP COLUMN retired_at;
ALTER TABLE tokens DROP COLUMN successor;
