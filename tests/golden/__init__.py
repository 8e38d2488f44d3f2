"""Notices and diagrams, compared whole."""
