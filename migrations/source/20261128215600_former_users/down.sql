DROP TABLE former_users;
