"""Facts about the Five-Good evaluation of a Party body."""
