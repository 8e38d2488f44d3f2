"""The facts of the domain: one small SQL expression each, or a pure function over others."""

from __future__ import annotations

from lifecycle.facts import FactRegistry

FACTS = FactRegistry()
"""Every fact of the domain registers here when its module is imported."""
