"""Figures about speed, printed side by side by `python -m benchmarks`."""
