"""The tests: what each part promises, on both databases."""
