"""The routes, one file per area; handlers read, call a service, show."""
