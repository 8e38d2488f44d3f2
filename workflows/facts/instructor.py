"""Facts about the instructor that an organization needs or has."""
