DROP TABLE right_progress;
DROP TABLE right_origins;
