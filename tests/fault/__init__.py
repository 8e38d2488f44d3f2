"""Crashes at named points, and what is left after them."""
