"""Facts about the development of a member: which rule-set, which body would take the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.facts import At, FactType, FactValue
from workflows.facts.declaring import About
from workflows.facts.duty import PROVISIONAL
from workflows.facts.member import organization_of
from workflows.facts.shared import exists, own_body, profile
from workflows.subjects import PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.policy import Parameters

_fact, _derived = About(PLACE).fact, About(PLACE).derived

RULESETS = ("2014", "2026")
"""The choices of P37."""


@_derived("ruleset", FactType.NAME, "适用细则", "rule-set in force", (), ("P37",), choices=RULESETS)
def ruleset(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """The version of the member-development rules in force on the day of the step (H9)."""
    del values
    return str(policy["P37"])


@_fact("organization_kind", FactType.NAME, "组织类型", "kind of organization", "record:kind")
def organization_kind(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """The kind of the organization where the person is."""
    return profile(organization_of(subject_id), at, "kind")


@_fact(
    "provisional_here",
    FactType.FLAG,
    "所在单位为临时党组织",
    "the body here is provisional",
    "branch.elected",
)
def provisional_here(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    """Whether the organization's body is a provisional one, which admits nobody (E13)."""
    return exists(own_body(organization_of(subject_id), at, (PROVISIONAL,)))
