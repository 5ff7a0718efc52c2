DROP TABLE resting_receivers;
