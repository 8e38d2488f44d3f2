"""Findings as data, for scripts and the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lifecycle.guards import Finding


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding for scripts; what was entered in a form is not repeated."""
    return {
        "id": finding.id,
        "met": finding.met,
        "kind": finding.kind,
        "comparison": finding.comparison,
        "seen": None if finding.kind == "field" else finding.seen,
        "needed": finding.needed,
        "parameter": finding.parameter,
        "cite": list(finding.cite),
        "supplied_by": list(finding.supplied_by),
        "override": finding.override,
        "advisory": finding.advisory,
        "waived": finding.waived,
        "target": finding.target,
    }
