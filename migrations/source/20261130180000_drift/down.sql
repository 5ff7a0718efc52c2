DROP TABLE drift_checks;
DROP TABLE user_pushes;
