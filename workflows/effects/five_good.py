"""Effects on a Five-Good certificate."""
