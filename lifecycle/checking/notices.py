"""Notices: declared where they are owed, owed where declared, and never without a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lifecycle.checking.findings import Checked, Code, Problem
from lifecycle.guards import BUILT_IN_FACTS
from lifecycle.loader import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lifecycle.definition import NoticeRule, Workflow

TOLD_ANYWAY = frozenset({"effective_on", "state"})
"""What every notice tells without being asked to."""

_DEADLINE = re.compile(r"^D\d+$")


def check_notices(checked: Checked) -> Iterable[Problem]:
    """Notices that are never owed or nowhere declared, and values that nothing gives them.

    Whether they have a template is asked where the templates are.
    """
    workflow = checked.workflow
    owed = _owed(workflow)
    for name, rule in workflow.notices.items():
        if name not in owed:
            yield checked.problem(
                Code.NOTICE_UNUSED, ("notices", name), f"{name} is declared and never owed"
            )
        yield from _values(checked, name, rule)
    for name, at in owed.items():
        if name not in workflow.notices:
            yield checked.problem(
                Code.NOTICE_UNDECLARED, at, f"{name} is owed and not declared here"
            )


def _owed(workflow: Workflow) -> dict[str, tuple[str | int, ...]]:
    found: dict[str, tuple[str | int, ...]] = {}
    for number, row in enumerate(workflow.transitions):
        for i, use in enumerate(row.notices):
            found.setdefault(use.notice, ("transitions", number, "notices", i))
    for name, rule in workflow.deadlines.items():
        for reminder in rule.reminder:
            found.setdefault(reminder.notice, ("deadlines", name, "reminder"))
    return found


def _values(checked: Checked, name: str, rule: NoticeRule) -> Iterable[Problem]:
    workflow = checked.workflow
    known = {*checked.book.vocabulary.facts, *BUILT_IN_FACTS, *TOLD_ANYWAY}
    known |= {*workflow.fields, *workflow.deadlines}
    known |= {field for row in workflow.transitions for field in row.fields}
    for value in rule.values:
        if value in known:
            continue
        if _DEADLINE.match(value):
            message = f"{name} tells {value}, a deadline that {workflow.workflow} does not declare"
            yield checked.problem(Code.DEADLINE_OWNER, ("notices", name), message)
        else:
            message = f"{name} tells {value!r}, which nothing gives{nearest(value, known)}"
            yield checked.problem(Code.NOTICE_VALUE_UNKNOWN, ("notices", name), message)
