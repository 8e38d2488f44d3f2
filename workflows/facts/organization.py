"""Facts about an organization: kind, counts, priority, who serves it."""
