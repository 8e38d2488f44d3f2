"""The five rosters become the same register and cases in any order and any split."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import SYSTEM
from lifecycle.settling import settle
from lifecycle.store.tables import case, deadline, outbox, unit
from tests.builders import app_on, everything
from workflows.intake.importing import AsOfError, ImportReport, import_files
from workflows.register import DATED, organization, party_body, person, person_at_organization

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cli.wiring import App

SAMPLE = Path(__file__).parents[2] / "workflows" / "sample"
ORACLE = Path(__file__).parents[1] / "data" / "expected.csv"
NAMES = ("units", "register", "intermediaries", "survey", "members")
AS_OF = date(2026, 11, 1)
EMPTY_CELLS_WITH_A_SUFFIX = 8

# Three thousand rows, several times over, on either database.
pytestmark = pytest.mark.timeout(900)


def take_in(app: App, names: Sequence[str], *, dry_run: bool = False) -> ImportReport:
    return import_files(
        [SAMPLE / f"{name}.xlsx" for name in names],
        run=app.write,
        registry=app.registry,
        clock=app.clock,
        as_of=AS_OF,
        dry_run=dry_run,
    )


def picture(app: App) -> dict[str, list[str]]:
    """Every table without its surrogate keys and times: things by their natural names."""
    with app.engine.connect() as connection:
        named = _names(connection)
        tables = {table.name: _rows(connection, table, named) for table in DATED}
        c = case.c
        numbers = {
            row.id: f"{row.workflow}:{named[row.subject_type].get(row.subject_id)}"
            for row in connection.execute(sa.select(case).where(c.workflow != "register"))
        }
        tables["case"] = sorted(
            f"{numbers[row.id]} {row.state} {json.dumps(row.fields, sort_keys=True)} "
            f"{named['unit'].get(row.unit_id)}"
            for row in connection.execute(sa.select(case).where(_lasting))
            if row.id in numbers
        )
        tables["deadline"] = sorted(
            f"{numbers[row.case_id]} {row.rule} {row.anchor_on} {row.due_on} {row.status}"
            for row in connection.execute(sa.select(deadline).where(deadline.c.status == "open"))
        )
        tables["unit"] = sorted(
            f"{row.name} {row.level} {row.kind} {named['unit'].get(row.parent_id)}"
            for row in connection.execute(sa.select(unit))
        )
        return tables


_lasting = sa.or_(case.c.closed_on.is_(None), case.c.closed_on > case.c.opened_on)
"""A case that one list opens and the next takes the ground from ends on the day it began."""


def _names(connection: sa.Connection) -> dict[str, dict[int, str]]:
    units = {row.id: row.name for row in connection.execute(sa.select(unit))}
    organizations = {row.id: row.credit_code for row in connection.execute(sa.select(organization))}
    people = {
        row.id: f"{row.name}/{row.birth_on}/{row.admitted_on}"
        for row in connection.execute(sa.select(person))
    }
    places = {
        row.id: f"{people[row.person_id]} at {organizations[row.organization_id]}"
        for row in connection.execute(sa.select(person_at_organization))
    }
    bodies = {
        row.id: f"body of {units.get(row.unit_id)} {organizations.get(row.organization_id)}"
        for row in connection.execute(sa.select(party_body))
    }
    return {
        "unit": units,
        "organization": organizations,
        "person": people,
        "person_at_organization": places,
        "party_body": bodies,
    }


REFERENCES = {
    "organization_id": "organization",
    "person_id": "person",
    "person_at_organization_id": "person_at_organization",
    "body_id": "party_body",
    "unit_id": "unit",
    "supervisor_id": "unit",
    "registrar_id": "unit",
    "county_id": "unit",
    "township_id": "unit",
}
HISTORY = {"id", "known_from", "known_until", "entry_id", "ended_entry_id"}


def _rows(
    connection: sa.Connection, table: sa.Table, named: dict[str, dict[int, str]]
) -> list[str]:
    shown = []
    for row in connection.execute(sa.select(table).where(table.c.known_until.is_(None))).mappings():
        parts = []
        for name, value in row.items():
            if name in HISTORY:
                continue
            kind = REFERENCES.get(name)
            if name == "owner":
                owner_kind, _, number = str(value).partition(":")
                parts.append(str(named[owner_kind].get(int(number))))
            else:
                parts.append(str(named[kind].get(value) if kind else value))
        shown.append(" | ".join(parts))
    return sorted(shown)


def test_every_row_gets_the_outcome_and_reason_of_the_oracle(migrated_url: str) -> None:
    with app_on(migrated_url, date(2026, 11, 2)) as app:
        report = take_in(app, NAMES)

    found = {
        (row.file, row.row): (row.outcome.value, row.reasons[0].code if row.reasons else "")
        for one in report.files
        for row in one.rows
    }
    with ORACLE.open(encoding="utf-8") as file:
        expected = {
            (row["file"], int(row["row"])): (row["outcome"], row["reason"])
            for row in csv.DictReader(file)
        }
    differing = {key: (found.get(key), expected[key]) for key in expected}
    differing = {key: pair for key, pair in differing.items() if pair[0] != pair[1]}
    # Eight survey rows of the oracle name a unit suffix on a cell that is empty in the workbook.
    assert set(differing.values()) == {(("accepted", ""), ("accepted", "unit_suffix"))}
    assert len(differing) == EMPTY_CELLS_WITH_A_SUFFIX


SPLITS: dict[str, list[tuple[str, ...]]] = {
    "reversed": [("members", "survey", "intermediaries", "register", "units")],
    "one by one": [("units",), ("register",), ("intermediaries",), ("survey",), ("members",)],
    "members first": [("members",), ("survey",), ("units", "intermediaries"), ("register",)],
}


def test_any_order_and_any_split_end_in_the_same_tables(
    new_migrated_database: Callable[[], str],
) -> None:
    pictures = {}
    all_splits: dict[str, list[tuple[str, ...]]] = {"at once": [NAMES], **SPLITS}
    for split, commands in all_splits.items():
        with app_on(new_migrated_database(), date(2026, 11, 2)) as app:
            for names in commands:
                take_in(app, names)
            pictures[split] = picture(app)

    whole = pictures.pop("at once")
    for split, parts in pictures.items():
        for table, rows in whole.items():
            assert parts[table] == rows, f"{table}, {split}"


def test_the_same_files_twice_change_nothing(migrated_url: str) -> None:
    with app_on(migrated_url, date(2026, 11, 2)) as app:
        take_in(app, NAMES)
        before = picture(app), _count(app)
        again = take_in(app, NAMES)
        after = picture(app), _count(app)
        left = _left_to_settle(app)

    assert [one.stored for one in again.files] == [0, 0, 0, 0, 0]
    assert after == before
    assert left == []


def test_a_dry_run_stores_nothing(migrated_url: str) -> None:
    with app_on(migrated_url, date(2026, 11, 2)) as app:
        before = _count(app)
        report = take_in(app, NAMES, dry_run=True)
        after = _count(app)

    assert len(report.files) == len(NAMES)
    assert after == before


def test_a_list_cannot_be_taken_over_as_of_tomorrow(migrated_url: str) -> None:
    with app_on(migrated_url, date(2026, 10, 31)) as app, pytest.raises(AsOfError):
        take_in(app, ["units"])


def test_an_import_owes_one_list_per_recipient_and_no_event_notice(migrated_url: str) -> None:
    with app_on(migrated_url, date(2026, 11, 2)) as app:
        take_in(app, NAMES)
        with app.engine.connect() as connection:
            owed = connection.execute(sa.select(outbox.c.notice, outbox.c.recipient)).all()

    assert {row.notice for row in owed} == {"N26"}
    assert len({row.recipient for row in owed}) == len(owed)


def _left_to_settle(app: App) -> list[str]:
    """What settling everything, ended organizations too, would still do; nothing is kept of it."""
    with app.engine.connect() as connection:
        work = engine.begin(connection, app.registry, app.clock, SYSTEM)
        work.silent = True
        settle(work, everything(connection), AS_OF)
        connection.rollback()
        return [f"{one.ref} {one.event}" for one in work.written]


def _count(app: App) -> dict[str, int]:
    with app.engine.connect() as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in case.metadata.sorted_tables
        }
