"""The routing order of affiliation: which clause proposes which Party body (R14-R23).

The clauses overlap, so the first step that matches proposes; the officer decides, and differs
with an approver's waiver only. Steps and wording follow the order in the rulebook's part B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.conditions import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.cases import FieldValue

QUESTIONS = (
    "special_case",
    "entry_strict",
    "large_numerous_regulated",
    "department_clear",
    "department_has_committee",
    "specialised_few",
    "small_local",
)
"""The yes/no questions that the order asks, as the fields of a decision are called."""

ASSOCIATION = "association"
UNIT = "private_nonenterprise_unit"
INTERMEDIARY = "intermediary_organization"

SUPERVISOR, TERRITORY, ANY_BODY = "supervisor", "territory", "any"

BODIES = {
    SUPERVISOR: Label(zh="业务主管（挂靠）单位党组织", en="the supervisory unit's Party body"),
    TERRITORY: Label(zh="乡镇（街道）党（工）委", en="the township's Party committee"),
    ANY_BODY: Label(zh="由组织部门确定", en="as the organization department decides"),
}

MANAGED_BY_COMMITTEE = "R23"
"""May follow any step: the social work committee takes an organization over directly."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a step asks, and what is known of it."""

    name: str
    wanted: FieldValue
    seen: FieldValue

    @property
    def met(self) -> bool:
        """Whether it is as the step wants it."""
        return self.seen == self.wanted


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the order: its clause, its conditions, the body it proposes."""

    number: int
    rule: str
    body: str
    conditions: tuple[Condition, ...]

    @property
    def met(self) -> bool:
        """Whether every condition holds."""
        return all(one.met for one in self.conditions)


def steps(
    kind: FieldValue, supervised: FieldValue, answers: Mapping[str, FieldValue]
) -> list[Step]:
    """Every step in its order, with what is known of its conditions.

    Args:
        kind: the kind of organization (R1).
        supervised: whether a supervisory or host unit is named.
        answers: yes or no to the seven questions; what is not answered is unknown.
    """

    def asks(name: str, wanted: FieldValue = True) -> Condition:  # noqa: FBT002 - a value
        return Condition(name, wanted, answers.get(name))

    def is_kind(wanted: str) -> Condition:
        return Condition("kind", wanted, kind)

    association = (is_kind(ASSOCIATION), Condition("has_supervisor", wanted=True, seen=supervised))
    return [
        Step(1, "R21", ANY_BODY, (asks("special_case"),)),
        Step(
            2,
            "R19",
            SUPERVISOR,
            (is_kind(INTERMEDIARY), asks("entry_strict"), asks("large_numerous_regulated")),
        ),
        Step(3, "R18", TERRITORY, (is_kind(UNIT), asks("specialised_few"))),
        Step(4, "R17", ANY_BODY, (*association, asks("department_has_committee", wanted=False))),
        Step(
            4,
            "R16",
            SUPERVISOR,
            (*association, asks("large_numerous_regulated"), asks("department_clear")),
        ),
        Step(4, "R15", SUPERVISOR, association),
        Step(
            5,
            "R20",
            TERRITORY,
            (
                asks("small_local"),
                asks("entry_strict", wanted=False),
                asks("department_clear", wanted=False),
            ),
        ),
    ]


def propose(
    kind: FieldValue, supervised: FieldValue, answers: Mapping[str, FieldValue]
) -> Step | None:
    """The first step that matches; None when no clause fits (then R21 is left)."""
    return next((one for one in steps(kind, supervised, answers) if one.met), None)
