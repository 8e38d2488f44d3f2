"""What the desk reads of the register, on both databases: in sight, searched, gathered in files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import EVERYTHING, Actor, Role, Scope
from lifecycle.cases import Subject
from lifecycle.engine import begin
from tests.builders import app_on
from workflows import byhand, files
from workflows.lists import OrganizationsAsked, count_in_sight, organizations_in_sight
from workflows.people import persons_of_key
from workflows.remarks import has_looked, note_look
from workflows.searching import names_lack, organizations_found, persons_found, read_names
from workflows.subjects import PERSON
from workflows.visibility import PERSON_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from cli.wiring import App
    from lifecycle.work import Work

DAY = date(2026, 3, 4)
ORGANIZATIONS = {"温州市鞋革协会": "鹿城区", "长沙商会": "瓯海区"}
CLERK = Actor("clerk", frozenset({Role.CASE_OFFICER}))


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as app:
        yield app


def works(app: App) -> Callable[[Connection], Work]:
    return lambda connection: begin(connection, app.registry, app.clock, CLERK)


def settle(app: App) -> dict[str, int]:
    """Two units with an organization each, and somebody at the first."""

    def add(connection: Connection) -> dict[str, int]:
        work, ids = works(app), {}
        for name in ("鹿城区", "瓯海区"):
            ids[name] = byhand.add_unit(work(connection), name=name, level="county", kind="area")
        for number, (name, unit) in enumerate(ORGANIZATIONS.items()):
            ids[name] = byhand.add_organization(
                work(connection),
                name=name,
                credit_code=f"CODE{number}",
                kind="association",
                supervisor_id=ids[unit],
            )
        ids["单小小"] = byhand.add_person(
            work(connection),
            name="单小小",
            birth_on=date(1980, 1, 1),
            admitted_on=date(2000, 7, 1),
            status="full",
        )
        byhand.add_engagement(
            work(connection),
            person_id=ids["单小小"],
            organization_id=ids["温州市鞋革协会"],
            employment="full_time",
            since=DAY,
        )
        return ids

    found: dict[str, int] = app.write(add)
    return found


def of_unit(number: int) -> Scope:
    return Scope(frozenset({number}), frozenset({number}), PERSON_TYPES)


def test_lists_and_searches_stay_within_the_scope(app: App) -> None:
    ids = settle(app)
    assert app.read(names_lack)
    assert app.write(read_names) == 2
    assert not app.read(names_lack)
    assert app.write(read_names) == 0

    def names(scope: Scope, *words: str) -> list[str]:
        found = app.read(lambda c: organizations_found(c, scope, words))
        return [one["name"] for one in found]

    def people(scope: Scope, *words: str) -> list[int]:
        found = app.read(lambda c: persons_found(c, scope, words, DAY))
        return [one["id"] for one in found]

    east, west = of_unit(ids["鹿城区"]), of_unit(ids["瓯海区"])
    for words in (("wzsxg",), ("鞋革", "wz"), ("code0",)):
        assert names(EVERYTHING, *words) == names(east, *words) == ["温州市鞋革协会"]
        assert names(west, *words) == []
    assert names(EVERYTHING, "cssh") == ["长沙商会"]
    for words in (("shan",), ("单", "鞋革"), ("shan", "wzsxg")):
        assert people(east, *words) == [ids["单小小"]]
        assert people(west, *words) == []
    asked = OrganizationsAsked(text="会", kind="association")
    listed = app.read(lambda c: organizations_in_sight(c, east, asked))
    assert [one["name"] for one in listed] == ["温州市鞋革协会"]
    assert app.read(lambda c: count_in_sight(c, EVERYTHING, asked)) == 2


def test_a_file_gathers_what_there_is(app: App) -> None:
    ids = settle(app)
    number = ids["温州市鞋革协会"]

    def read(connection: Connection) -> None:
        profile = files.organization_seen(connection, of_unit(ids["鹿城区"]), number)
        assert profile is not None
        assert files.unit_of(profile) == ids["鹿城区"]
        assert files.organization_seen(connection, of_unit(ids["瓯海区"]), number) is None
        rows = files.places(connection, DAY, organization_id=number)
        assert [(row["surname"], row["status"], row["employment"]) for row in rows] == [
            ("单", "full", "full_time")
        ]
        found = files.cases_of_organization(connection, ["register"], number)
        assert {"member_relation", "organization_coverage"} <= {one["workflow"] for one in found}
        due = files.next_deadlines(connection, [one["id"] for one in found])
        assert all(row["due_on"] >= DAY for row in due.values())
        assert files.escalated_among(connection, [one["id"] for one in found]) == set()
        assert files.affiliated_units(connection, [number], DAY).keys() <= {number}
        assert files.attended(connection, number) == []
        key = ("单小小", date(1980, 1, 1), date(2000, 7, 1))
        assert persons_of_key(connection, *key) == [ids["单小小"]]
        assert persons_of_key(connection, "单小小", None, None) == []

    app.read(read)


def test_a_look_is_noted_for_reader_page_and_day(app: App) -> None:
    about = Subject(PERSON, settle(app)["单小小"])
    work = works(app)
    app.write(lambda c: note_look(work(c), about, "/people/1"))

    def looked(page: str, on: date, actor: Actor = CLERK) -> bool:
        return bool(app.read(lambda c: has_looked(c, about, actor, page, on)))

    assert looked("/people/1", DAY)
    assert not looked("/cases/MEM-1", DAY)
    assert not looked("/people/1", date(2026, 3, 5))
    assert not looked("/people/1", DAY, Actor("clerk", CLERK.roles, on_behalf_of="somebody"))
