"""Settling ends, and ends in the same place whatever order the causes of a day are recorded in."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.engine import begin
from lifecycle.errors import SettlingError
from lifecycle.plan import Plan
from lifecycle.settling import next_plan, settle_case
from lifecycle.store.tables import case
from tests.builders import app_on
from tests.tale import OFFICER, Tale
from workflows.domain import PERSON
from workflows.register import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.wiring import App

BEFORE = date(2026, 3, 2)
DAY = date(2026, 3, 4)
MEMBERS = ("an", "bo", "cai", "ding")

CAUSES: dict[str, dict[str, Any]] = {
    **{
        f"{name} begins": {"add": {"person": name, "engaged_at": "shop", "employment": work}}
        for name, work in zip(
            MEMBERS, ("full_time", "full_time", "part_time", "part_time"), strict=True
        )
    },
    **{f"{name} moves": {"record": {"person": name, "home": "bureau"}} for name in MEMBERS[:3]},
    "headcount": {"record": {"organization": "shop", "members": 60, "full_time": 12}},
    "activists": {"record": {"organization": "shop", "activists": 4}},
}


def told(app: App, order: Sequence[str]) -> Tale:
    """The story of a day, its causes in that order."""
    tale = Tale(app)
    tale.tell(
        {"on": BEFORE, "add": {"unit": "bureau"}},
        {
            "on": BEFORE,
            "add": {"organization": "shop", "supervisor": "bureau", "kind": "association"},
        },
    )
    for name in MEMBERS:
        tale.tell(
            {
                "on": BEFORE,
                "add": {"person": name, "home": "elsewhere", "admitted_on": date(2010, 1, 1)},
            }
        )
    for one in order:
        step = {key: dict(value) for key, value in CAUSES[one].items()}
        if step.get("record", {}).get("home"):
            step["record"]["home"] = home(tale)
        tale.tell({"on": DAY, **step})
    tale.tell({"on": DAY, "tick": True})
    return tale


def home(tale: Tale) -> int:
    unit = tale.player.things["bureau"].id
    (row,) = tale.rows(TABLES["party_body"], unit_id=unit)
    return int(row["id"])


def outcome(tale: Tale) -> dict[str, Any]:
    """Every case by what it is about: state, fields, running deadlines, notices that are owed."""
    names = {(one.type, one.id): name for name, one in tale.player.things.items()}
    for row in tale.rows(TABLES["person_at_organization"]):
        names["person_at_organization", row["id"]] = names[PERSON, row["person_id"]]
    for row in tale.rows(TABLES["party_body"]):
        owner = names.get(("organization", row["organization_id"]), row["unit_id"])
        names["party_body", row["id"]] = f"body of {owner}"
    found: dict[str, Any] = {}
    for row in tale.rows(case):
        about = names[row["subject_type"], row["subject_id"]]
        view = tale.app.read(
            lambda c, n=row["id"]: begin(c, tale.app.registry, tale.app.clock, OFFICER).case(n)
        )
        running = sorted(
            (one.rule, str(one.anchor_on), str(one.due_on), one.status.value)
            for one in view.deadlines
            if one.is_running
        )
        found[f"{row['workflow']} {about}"] = (
            view.state,
            str(view.state_since_on),
            dict(view.fields),
            running,
            view.closed_on,
        )
    return found


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(list(CAUSES)))
def test_order_of_the_causes_of_a_day_does_not_matter(
    new_migrated_database: Callable[[], str], order: list[str]
) -> None:
    results = []
    for one in (list(CAUSES), order):
        with app_on(new_migrated_database(), date(2020, 1, 1)) as app:
            tale = told(app, one)
            assert tale.problems() == []
            results.append(outcome(tale))

    assert results[1] == results[0]


def test_settling_again_writes_nothing(migrated_url: str) -> None:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        tale = told(app, list(CAUSES))
        for row in tale.rows(case):

            def rest(connection: sa.Connection, number: int = row["id"]) -> Plan | None:
                work = begin(connection, app.registry, app.clock, OFFICER)
                view = work.case(number)
                return next_plan(work, work.registry.book_of(view.workflow_text_id), view, DAY)

            assert app.write(rest) is None


def test_a_definition_that_never_rests_is_stopped(migrated_url: str) -> None:
    """Two automatic rows without a guard chase each other; nothing of it is stored."""
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        tale = told(app, [])
        book = app.registry.book("organization_coverage")
        loop = book.workflow.automatic("pending_coverage")[0].model_copy(
            update={"guards": (), "target": "same", "notices": (), "sets": {}}
        )
        restless = book.workflow.model_copy(update={"transitions": (loop,)})
        before = len(tale.entries("COV(shop)"))
        number = tale.case("COV(shop)").id

        def turn(connection: sa.Connection) -> None:
            work = begin(connection, app.registry, app.clock, OFFICER)
            from dataclasses import replace

            from lifecycle.machine import build_machine

            mad = replace(book, workflow=restless, machine=build_machine(restless))
            settle_case(work, mad, work.case(number), DAY)

        with pytest.raises(SettlingError, match="does not settle"):
            app.write(turn)

        assert len(tale.entries("COV(shop)")) == before
