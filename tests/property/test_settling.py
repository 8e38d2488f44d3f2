"""Settling ends, and ends in the same place whatever order the causes of a day are recorded in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lifecycle.definition import Workflow
from lifecycle.engine import begin
from lifecycle.errors import SettlingError
from lifecycle.loader import load_model, parse_yaml
from lifecycle.registry import rulebook
from lifecycle.settling import next_plan, settle_case
from lifecycle.store.tables import case
from tests.builders import app_on
from tests.tale import OFFICER, Tale
from workflows.register import TABLES
from workflows.subjects import PERSON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

    from cli.wiring import App
    from lifecycle.plan import Plan

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
    unit = tale.player.things.named["bureau"].id
    (row,) = tale.rows(TABLES["party_body"], unit_id=unit)
    return int(row["id"])


def outcome(tale: Tale) -> dict[str, Any]:
    """Every case by what it is about: state, fields, running deadlines, notices that are owed."""
    names = {(one.type, one.id): name for name, one in tale.player.things.named.items()}
    for row in tale.rows(TABLES["person_at_organization"]):
        names["person_at_organization", row["id"]] = names[PERSON, row["person_id"]]
    for row in tale.rows(TABLES["party_body"]):
        owner = names.get(("organization", row["organization_id"]), row["unit_id"])
        names["party_body", row["id"]] = f"body of {owner}"
    found: dict[str, Any] = {}
    for row in tale.rows(case):
        about = names[row["subject_type"], row["subject_id"]]
        view = tale.case_of(row["id"])
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


def homes_first(order: Sequence[str]) -> list[str]:
    """A relation that is here already is on the register before the person is reported."""
    return sorted(order, key=lambda one: not one.endswith("moves"))


IN_FILE_ORDER: dict[str, dict[str, Any]] = {}
"""What comes of the causes as they stand above, by kind of database."""


# Shrinking would play the story hundreds of times; the order that fails is short enough.
@settings(
    max_examples=3,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=st.permutations(list(CAUSES)))
def test_order_of_the_causes_of_a_day_does_not_matter(
    backend: str, new_migrated_database: Callable[[], str], order: list[str]
) -> None:
    def played(causes: list[str]) -> dict[str, Any]:
        with app_on(new_migrated_database(), date(2020, 1, 1)) as app:
            tale = told(app, homes_first(causes))
            assert tale.problems() == []
            return outcome(tale)

    if backend not in IN_FILE_ORDER:
        IN_FILE_ORDER[backend] = played(list(CAUSES))

    assert played(order) == IN_FILE_ORDER[backend]


def test_settling_again_writes_nothing(migrated_url: str) -> None:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        tale = told(app, list(CAUSES))
        for row in tale.rows(case):

            def rest(connection: sa.Connection, number: int = row["id"]) -> Plan | None:
                work = begin(connection, app.registry, app.clock, OFFICER)
                view = work.case(number)
                return next_plan(work, work.registry.book_of(view.workflow_text_id), view, DAY)

            assert app.write(rest) is None


RESTLESS = """\
transitions:
  - event: restless
    label: {zh: 不停, en: restless}
    from: any
    to: same
    automatic: true
    cite: practice
"""


def test_a_definition_that_never_rests_is_stopped(migrated_url: str) -> None:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        tale = told(app, [])
        registry, view = app.registry, tale.case("COV(shop)")
        text = registry.texts[view.workflow].replace("transitions:\n", RESTLESS, 1)
        workflow = load_model(parse_yaml(text, "restless.yaml"), Workflow)
        book = rulebook(workflow, registry.facts, registry.predicates, registry.effects)
        book = replace(book, text_id=view.workflow_text_id)

        def turn(connection: sa.Connection) -> None:
            work = begin(connection, registry, app.clock, OFFICER)
            settle_case(work, book, work.case(view.id), DAY)

        with pytest.raises(SettlingError, match="restless -> restless"):
            app.write(turn)

        assert tale.case("COV(shop)") == view
