"""Conditions on a Party body."""
