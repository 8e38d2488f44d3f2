"""Conditions on an organization."""
