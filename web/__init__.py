"""The officers' desk and the REST API."""
