ALTER TABLE grants DROP COLUMN may_give_owner;
ALTER TABLE tokens DROP COLUMN may_give_owner;
