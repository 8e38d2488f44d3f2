"""Effects on an organization: instructors, counts."""
