"""Which fields of a form a refusal names, so that they can be marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle.errors import (
    CorrectionImpossibleError,
    CorrectionProblem,
    CorrectionRefusedError,
    EventDateError,
    TransitionRefusedError,
)
from wording.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.errors import LifecycleError
    from lifecycle.guards import Finding

ON, REASON = "_on", "_reason"

_OF_CORRECTIONS: Final = {
    CorrectionProblem.AFTER_TODAY: ON,
    CorrectionProblem.NO_REASON: REASON,
}


def fields_named(error: LifecycleError | None, main: str = "") -> frozenset[str]:
    """The names of the inputs that are against it.

    Args:
        error: why the form was refused; None for one that was not.
        main: number of the entry that is corrected; fields of others carry theirs before the name.
    """
    match error:
        case TransitionRefusedError():
            return frozenset(_unmet(error.findings))
        case EventDateError():
            return frozenset({ON})
        case UsageError(key="bad_date"):
            return frozenset({ON})
        case CorrectionImpossibleError():
            return frozenset(filter(None, [_OF_CORRECTIONS.get(error.problem)]))
        case CorrectionRefusedError():
            named: set[str] = set()
            for step in error.impossible:
                key = f"{step.ref}/{step.seq}"
                before = "" if key == main else f"{key}:"
                named |= {f"{before}{name}" for name in _unmet(step.findings)}
            return frozenset(named)
    return frozenset()


def _unmet(findings: Iterable[Finding]) -> list[str]:
    return [one.id for one in findings if one.kind == "field" and not one.met]
