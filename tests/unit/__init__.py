"""Pure tests, in milliseconds: one file per module."""
