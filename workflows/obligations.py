"""Obligations found, not waited for: who owes what today, one query a rule over the register.

A `must` or `shall` rule can be owed; what a text merely allows (R25 to R27) is an option that is
looked at again, never an obligation. Everything follows from facts, so an organization owes a
branch also where no case has been opened for it yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.errors import LifecycleError
from lifecycle.past import deadlines_in, final_states, standing_in
from lifecycle.registry import SUBJECT_ENDED, UNIT_IN_CHARGE
from lifecycle.store.tables import case
from lifecycle.workdays import Period
from workflows.facts.duty import OPTION, OWN, PROVISIONAL
from workflows.register import party_body
from workflows.subjects import BODY, ORGANIZATION, PLACE, UNIT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.access import Scope
    from lifecycle.asof import AsOf
    from lifecycle.facts import FactValue
    from lifecycle.policy import Parameters
    from lifecycle.registry import Registry

    Holds = Callable[[Mapping[str, FactValue], Parameters], bool]

BELOW = ("below_threshold",)


class NeverOwedError(LifecycleError):
    """A rule that nobody can owe: unknown here, or one that only allows."""

    def __init__(self, rule: str, known: Sequence[str], *, option: bool) -> None:
        self.rule = rule
        self.known = tuple(known)
        self.option = option
        what = "is an option and never owed" if option else "is not a rule that is found owing"
        super().__init__(f"{rule} {what}; possible: {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class Obligation:
    """How a rule finds those who owe what it asks, and the case and deadline it runs under."""

    rule: str
    subject: str
    workflow: str
    deadlines: tuple[str, ...]
    needs: tuple[str, ...]
    holds: Holds
    option: bool = False


@dataclass(frozen=True, slots=True)
class Owing:
    """Somebody who owes something: the subject, and the case and deadline where there are any."""

    rule: str
    subject: Subject
    unit_id: int | None
    case_id: int | None
    workflow: str
    state: str | None
    deadline: str | None
    kind: str | None
    """The deadline's kind: a review is never overdue."""
    due_on: date | None


def _is(name: str, *wanted: FactValue) -> Holds:
    return lambda values, _policy: values[name] in wanted


def _owes_body(kind: str) -> Holds:
    def holds(values: Mapping[str, FactValue], policy: Parameters) -> bool:
        del policy
        return values["duty_kind"] == kind and not values["own_body_in_force"]

    return holds


def _instructor(owed: FactValue) -> Holds:
    def holds(values: Mapping[str, FactValue], policy: Parameters) -> bool:
        del policy
        vacant = not values["instructors"] and not values["liaisons"]
        return vacant and bool(values["instructor_needed"]) and values["instructor_owed"] is owed

    return holds


def _formal_move(values: Mapping[str, FactValue], policy: Parameters) -> bool:
    del policy
    full_time = values["employment"] == "full_time" and values["party_status"] is not None
    return full_time and not values["formal_held_here"]


def _temporary_move(values: Mapping[str, FactValue], policy: Parameters) -> bool:
    since = values["service_since"]
    if values["employment"] != "part_time" or not isinstance(since, date):
        return False
    reached = Period(months=policy.integer("P10")).after(since) <= policy.on
    moved = values["formal_held_here"] or values["temporary_held"]
    return reached and not moved and values["party_status"] is not None


def _move_out(values: Mapping[str, FactValue], policy: Parameters) -> bool:
    del policy
    return bool(values["employment_ended"]) and values["relation_state"] in (
        "formal_in",
        "move_out_due",
        "moving_out",
    )


def _untrained(values: Mapping[str, FactValue], policy: Parameters) -> bool:
    del policy
    return bool(values["is_training_area"]) and values["audiences_reached"] != "both"


def _premises(values: Mapping[str, FactValue], policy: Parameters) -> bool:
    del policy
    ready = values["premises_state"] in ("accepted", "shared")
    return values["approved_on"] is not None and bool(values["body_in_force"]) and not ready


OBLIGATIONS: dict[str, Obligation] = {
    one.rule: one
    for one in (
        Obligation(
            "R1",
            ORGANIZATION,
            "organization_coverage",
            (),
            ("on_register", "kind"),
            lambda values, _policy: bool(values["on_register"]) and values["kind"] is None,
        ),
        Obligation(
            "R22",
            ORGANIZATION,
            "affiliation",
            ("D4",),
            ("on_register", "affiliation_state"),
            lambda values, _policy: (
                bool(values["on_register"])
                and values["affiliation_state"] not in ("decided", "interim")
            ),
        ),
        Obligation(
            "R24",
            ORGANIZATION,
            "branch",
            ("D5", "D16"),
            ("duty_kind", "own_body_in_force"),
            _owes_body(OWN),
        ),
        Obligation(
            "R25",
            ORGANIZATION,
            "branch",
            ("D31",),
            ("duty_kind",),
            _is("duty_kind", OPTION),
            option=True,
        ),
        Obligation(
            "R26",
            ORGANIZATION,
            "branch",
            ("D31",),
            ("duty_kind",),
            _is("duty_kind", OPTION),
            option=True,
        ),
        Obligation(
            "R27",
            ORGANIZATION,
            "instructor_assignment",
            ("D32",),
            ("instructors", "liaisons", "instructor_needed", "instructor_owed"),
            _instructor(owed=False),
            option=True,
        ),
        Obligation(
            "R28",
            ORGANIZATION,
            "branch",
            ("D5", "D16"),
            ("duty_kind", "own_body_in_force"),
            _owes_body(PROVISIONAL),
        ),
        Obligation(
            "R29",
            PLACE,
            "member_relation",
            ("D8",),
            ("employment", "party_status", "formal_held_here"),
            _formal_move,
        ),
        Obligation(
            "R30",
            PLACE,
            "member_relation",
            ("D10",),
            ("employment", "party_status", "service_since", "formal_held_here", "temporary_held"),
            _temporary_move,
        ),
        Obligation(
            "E21",
            PLACE,
            "member_relation",
            ("D29",),
            ("employment_ended", "relation_state"),
            _move_out,
        ),
        Obligation(
            "R38",
            BODY,
            "secretary_appointment",
            ("D25",),
            ("secretary_wanted",),
            _is("secretary_wanted", True),  # noqa: FBT003 - the value compared with
        ),
        Obligation(
            "R41",
            UNIT,
            "training_year",
            ("D11",),
            ("is_training_area", "audiences_reached"),
            _untrained,
        ),
        Obligation(
            "R51",
            ORGANIZATION,
            "instructor_assignment",
            ("D6",),
            ("instructors", "liaisons", "instructor_needed", "instructor_owed"),
            _instructor(owed=True),
        ),
        Obligation(
            "R52",
            BODY,
            "activity_premises",
            ("D12",),
            ("approved_on", "premises_state", "body_in_force"),
            _premises,
        ),
        Obligation(
            "E15",
            BODY,
            "branch",
            ("D18",),
            ("body_state",),
            _is("body_state", *BELOW),
        ),
        Obligation(
            "E16",
            BODY,
            "branch_term",
            ("D17",),
            ("term_state",),
            _is("term_state", "overdue"),
        ),
    )
}
"""The rules that can be asked for, by their number (E15, E16, E21: national rules relied on)."""


def obligation(rule: str, *, option: bool = False) -> Obligation:
    """How that rule finds who owes it; with `option`, how an option finds who has it.

    Raises:
        NeverOwedError: nobody can owe it; names what can be asked for.
    """
    found = OBLIGATIONS.get(rule.upper())
    if found is None or found.option is not option:
        known = [one.rule for one in OBLIGATIONS.values() if one.option is option]
        raise NeverOwedError(rule, known, option=bool(found and found.option))
    return found


def owing(
    connection: Connection,
    registry: Registry,
    found: Obligation,
    at: AsOf,
    scope: Scope,
    units: Collection[int] | None = None,
    *,
    among: Collection[int] | None = None,
) -> list[Owing]:
    """Who owes it on the day, the earliest due first; few statements however many there are.

    Args:
        connection: where to read.
        registry: the facts and the policy.
        found: the rule's way of finding.
        at: the day on which facts, parameters and cases are read, and up to when what was
            recorded counts.
        scope: whose cases may be seen.
        units: only subjects that one of these units is in charge of.
        among: only these subjects, by their numbers.
    """
    names = {*found.needs, UNIT_IN_CHARGE}
    if (found.subject, SUBJECT_ENDED) in registry.facts.facts:
        names.add(SUBJECT_ENDED)
    table = registry.domain.tables[found.subject]
    everyone = sa.select(table.c.id)
    if among is not None:
        everyone = everyone.where(table.c.id.in_(among))
    on = at.on
    read = registry.reader.read_many(
        connection, found.subject, everyone, names, on, known_at=at.known_at
    )
    running = _cases(connection, registry, found, at)
    owed: list[Owing] = []
    for number, values in read.items():
        unit = values.get(UNIT_IN_CHARGE)
        unit_id = unit if isinstance(unit, int) else None
        if not _visible(unit_id, scope, units):
            continue
        policy = registry.policy.at(on, unit_id)
        registry.facts.derive(found.subject, names, values, policy)
        if values.get(SUBJECT_ENDED) or not found.holds(values, policy):
            continue
        row = running.get(number)
        owed.append(
            Owing(
                rule=found.rule,
                subject=Subject(found.subject, number),
                unit_id=unit_id,
                case_id=row["id"] if row else None,
                workflow=found.workflow,
                state=row["state"] if row else None,
                deadline=row["rule"] if row else None,
                kind=row["kind"] if row else None,
                due_on=row["due_on"] if row else None,
            )
        )
    return sorted(owed, key=lambda one: (one.due_on is None, one.due_on or on, one.subject.id))


def _visible(unit_id: int | None, scope: Scope, units: Collection[int] | None) -> bool:
    return scope.covers(unit_id) and (units is None or unit_id in units)


def _cases(
    connection: Connection, registry: Registry, found: Obligation, at: AsOf
) -> dict[int, dict[str, Any]]:
    """By subject: the open case of the workflow that answers the rule, and its next due date.

    A case about a Party body answers for the organization whose body it is.
    """
    finals = final_states(registry.book(found.workflow).workflow)
    this_one = case.c.workflow == found.workflow
    rows = deadlines_in(connection, at, this_one, rules=found.deadlines)
    running = [one for one in rows if one["status"] in ("open", "suspended")]
    # The earliest comes last and stays.
    running.sort(key=lambda one: (one["due_on"], one["id"]), reverse=True)
    due = {
        one["case_id"]: {name: one[name] for name in ("rule", "kind", "due_on")} for one in running
    }
    none = dict.fromkeys(("rule", "kind", "due_on"))
    owners = _owners(connection) if _of_owner(found) else None
    answers: dict[int, dict[str, Any]] = {}
    for one in standing_in(connection, at, found.workflow, finals):
        about = one["subject_id"] if owners is None else owners.get(one["subject_id"])
        if about is not None:
            answers[about] = {"id": one["id"], "state": one["state"], **due.get(one["id"], none)}
    return answers


def _of_owner(found: Obligation) -> bool:
    return found.subject == ORGANIZATION and found.workflow == "branch"


def _owners(connection: Connection) -> dict[int, int]:
    """Party body -> the organization whose own (or prospective) body it is."""
    b = party_body.c
    statement = sa.select(b.id, b.organization_id).where(b.organization_id.is_not(None))
    return {row[0]: row[1] for row in connection.execute(statement)}
