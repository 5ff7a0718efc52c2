"""What examples/check.py is made of: the service, a browser, the steps."""
