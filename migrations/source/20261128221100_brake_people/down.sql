ALTER TABLE brakes DROP COLUMN restored_at;
DROP TABLE brake_people;
