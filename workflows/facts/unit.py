"""Facts about a unit: the training year of an area."""
