"""What can be proved about definitions before any case runs under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.checking.circles import check_circles
from lifecycle.checking.citations import check_citations
from lifecycle.checking.crossing import check_crossing
from lifecycle.checking.deadlines import check_deadlines, check_owners
from lifecycle.checking.exclusion import check_exclusion
from lifecycle.checking.findings import Checked, Code, Problem, Texts, opened
from lifecycle.checking.gaps import check_gaps, check_rows
from lifecycle.checking.notices import check_notices
from lifecycle.checking.parameters import check_parameters
from lifecycle.checking.reachability import check_states
from lifecycle.checking.roles import check_roles
from lifecycle.checking.strata import check_strata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lifecycle.registry import Registry

__all__ = ["CHECKS", "CHECKS_TOGETHER", "Checked", "Code", "Problem", "Texts", "check", "opened"]

CHECKS: tuple[Callable[[Checked], Iterable[Problem]], ...] = (
    check_states,
    check_rows,
    check_exclusion,
    check_gaps,
    check_circles,
    check_strata,
    check_deadlines,
    check_notices,
    check_roles,
    check_citations,
)
"""What is asked of each workflow by itself."""

CHECKS_TOGETHER: tuple[Callable[[Sequence[Checked]], Iterable[Problem]], ...] = (
    check_owners,
    check_crossing,
)
"""What is asked of all workflows together."""


def check(registry: Registry, texts: Texts) -> list[Problem]:
    """Every problem in the definitions in force, by file and line; none when all is well."""
    every = opened(registry, texts)
    found = [problem for one in every for ask in CHECKS for problem in ask(one)]
    found += [problem for ask in CHECKS_TOGETHER for problem in ask(every)]
    found += check_parameters(registry, texts)
    return sorted(dict.fromkeys(found), key=lambda one: (one.file, one.line, one.code))
