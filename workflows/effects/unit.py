"""Effects on a unit: training sessions."""
