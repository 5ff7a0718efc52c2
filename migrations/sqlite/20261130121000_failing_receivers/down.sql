DROP TABLE delivery_attempts;
DROP TABLE failing_receivers;
