DROP TABLE key_collisions;
DROP TABLE upgrades;
