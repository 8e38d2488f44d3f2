"""Stepwise upgrades end where a fresh database starts."""
