"""Conditions on a unit."""
