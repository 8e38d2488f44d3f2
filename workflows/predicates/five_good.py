"""Conditions on a Five-Good evaluation."""
