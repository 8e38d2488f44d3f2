"""What the retention table says is kept as long as it says, and goes on the day after."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.cases import Subject
from lifecycle.store.tables import entry, parameter_value
from scheduler.jobs import JOBS, Parts, Summary, retain, run_job
from tests.builders import app_on, move_clock
from tests.command_line import command_line
from tests.people import (
    DAY,
    LEFT,
    Someone,
    asked,
    begin,
    clinic,
    confirmed,
    delivered,
    dumped,
    engaged,
    left,
    problems,
    relation_of,
    waiting_row,
)
from tests.post import folder_office, rows
from tests.tale import Tale
from workflows import byhand, retaining
from workflows.recording import record
from workflows.subjects import PLACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from cli.wiring import App

ONE_DAY = timedelta(days=1)


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


def retained(app: App) -> dict[str, int]:
    """Applies the table today; what went, by class."""
    return dict(retaining.retain(app.write, app.registry, app.clock))


def due(app: App) -> dict[str, tuple[str, ...]]:
    """What is due today: references by class, classes with nothing left out."""
    found = app.read(lambda c: retaining.listed(c, app.registry, app.clock))
    return {one.record_class: one.references for one in found if one.count}


def people_due(app: App) -> dict[str, tuple[str, ...]]:
    """The same without notices, which have tests of their own."""
    return {name: one for name, one in due(app).items() if not name.endswith("notice")}


def years_after(day: date, years: int) -> date:
    return day.replace(year=day.year + years)


def one_who_left(
    app: App, number: int = 0, employment: str = "full_time", event: str = "left_before_transfer"
) -> Someone:
    move_clock(app, DAY)
    someone = engaged(app, clinic(app, f"C{number}"), number, employment)
    move_clock(app, LEFT)
    left(app, someone, event)
    return someone


# -- people and their cases ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record_class", "employment", "event", "years"),
    [
        ("relation", "full_time", "left_before_transfer", 5),
        ("clock", "part_time", "left_before_milestone", 1),
    ],
)
def test_an_ended_relation_goes_on_the_day_after_its_time(
    app: App, record_class: str, employment: str, event: str, years: int
) -> None:
    gone = one_who_left(app, employment=employment, event=event)
    reference = relation_of(app, gone).ref
    move_clock(app, years_after(LEFT, years))
    assert people_due(app) == {}
    retained(app)
    assert gone.evidence in dumped(app)

    move_clock(app, years_after(LEFT, years) + ONE_DAY)
    assert people_due(app) == {record_class: (reference,), "person": (f"person:{gone.id}",)}
    done = retained(app)
    text = dumped(app)

    assert (done[record_class], done["person"]) == (1, 1)
    assert [one for one in gone.values if one in text] == []
    assert people_due(app) == {}
    assert problems(app) == []


def test_the_file_gets_an_entry_that_names_the_classes(app: App) -> None:
    one_who_left(app)
    move_clock(app, years_after(LEFT, 5) + ONE_DAY)
    retained(app)
    statement = sa.select(entry).where(entry.c.kind == "erased")
    (row,) = app.read(lambda c: list(c.execute(statement).all()))
    details = json.loads(bytes(row.body))["details"]

    assert (row.event, row.actor) == ("retention_ended", "system")
    assert details["classes"] == {"relation": 1, "person": 1}
    assert details["values"] == 3


def test_an_applicant_who_withdrew_goes_after_two_years(app: App) -> None:
    tale = applicant(app)
    move_clock(app, years_after(LEFT, 2))
    assert people_due(app) == {}
    move_clock(app, years_after(LEFT, 2) + ONE_DAY)
    reference = tale.case("APP(gao, clinic)").ref
    assert people_due(app) == {"applicant": (reference,)}  # gao still works there
    retained(app)

    assert "撤字第78号" not in dumped(app)
    assert people_due(app) == {}
    assert problems(app) == []


def applicant(app: App) -> Tale:
    tale = Tale(app)
    works = {"engaged_at": "clinic", "employment": "full_time"}
    tale.tell(
        {"on": DAY, "add": {"unit": "bureau"}},
        {"on": DAY, "add": {"organization": "clinic", "supervisor": "bureau", "body": "own"}},
        {"on": DAY, "add": {"person": "gao", "party_status": "applicant", **works}},
        {
            "on": DAY,
            "event": "application_received",
            "case": "+APP(gao, clinic)",
            "fields": {"age_18": True, "pool_basis": "contract_employee"},
        },
        {
            "on": LEFT,
            "event": "withdrawn",
            "case": "APP(gao, clinic)",
            "fields": {"wish": "撤字第78号"},
        },
    )
    return tale


def test_who_has_an_open_case_is_kept_whatever_the_time(app: App) -> None:
    someone = engaged(app, clinic(app), 0)
    move_clock(app, date(2050, 1, 1))
    assert people_due(app) == {}
    retained(app)

    assert someone.name in dumped(app)


def test_of_somebody_who_came_again_only_the_old_case_goes(app: App) -> None:
    someone = one_who_left(app)
    old = relation_of(app, someone).ref
    move_clock(app, years_after(LEFT, 4))
    app.write(
        lambda c: byhand.add_engagement(
            begin(app, c),
            person_id=someone.id,
            organization_id=1,
            employment="full_time",
            since=years_after(LEFT, 4),
        )
    )
    move_clock(app, years_after(LEFT, 6))
    assert people_due(app) == {"relation": (old,)}
    retained(app)
    text = dumped(app)

    assert someone.evidence not in text
    assert someone.name in text
    assert problems(app) == []


def test_who_has_left_and_has_an_open_case_still_is_kept(app: App) -> None:
    someone = one_who_left(app)
    old = relation_of(app, someone).ref
    back = years_after(LEFT, 4)
    move_clock(app, back)

    def come_and_go(connection: Connection) -> None:
        place = byhand.add_engagement(
            begin(app, connection),
            person_id=someone.id,
            organization_id=1,
            employment="full_time",
            since=back,
        )
        work = begin(app, connection)
        record(work, Subject(PLACE, place), {"employment": "left"}, back + ONE_DAY)

    move_clock(app, back + ONE_DAY)
    app.write(come_and_go)
    move_clock(app, years_after(LEFT, 6))

    assert relation_of(app, someone).closed_on is None
    assert people_due(app) == {"relation": (old,)}


def test_letters_outlast_the_case_and_go_after_ten_years(app: App) -> None:
    tale = Tale(app)
    letter = {"document_kind": "formal", "days": 30, "number": "介字第79号"}
    member = {"engaged_at": "clinic", "employment": "full_time", "party_status": "full"}
    tale.tell(
        {"on": DAY, "add": {"organization": "clinic"}},
        {"on": DAY, "add": {"person": "wang", **member}},
        {"on": DAY, "event": "document_issued", "case": "MEM(wang, clinic)", "fields": letter},
        {
            "on": LEFT,
            "event": "left_before_transfer",
            "case": "MEM(wang, clinic)",
            "fields": {"evidence": "离证第80号"},
        },
    )
    move_clock(app, years_after(LEFT, 6))
    retained(app)
    assert ["介字第79号" in dumped(app), "离证第80号" in dumped(app)] == [True, False]

    move_clock(app, years_after(DAY, 10))
    assert people_due(app) == {}
    move_clock(app, years_after(DAY, 10) + ONE_DAY)
    assert people_due(app) == {"letter": (tale.case("MEM(wang, clinic)").ref,)}
    assert retained(app)["letter"] == 1
    assert "介字第79号" not in dumped(app)
    assert problems(app) == []


def test_a_shorter_time_holds_at_once(app: App) -> None:
    gone = one_who_left(app)
    move_clock(app, years_after(LEFT, 3))
    assert people_due(app) == {}

    def shorten(connection: Connection) -> None:
        connection.execute(
            sa.insert(parameter_value).values(
                parameter="P40.relation",
                unit_id=None,
                from_on=LEFT,
                value=2,
                recorded_at=app.clock.now(connection),
                recorded_by="周",
            )
        )
        app.registry.refresh_policy(connection)

    app.write(shorten)
    assert people_due(app)["person"] == (f"person:{gone.id}",)


def test_waiting_rows_about_the_person_go_with_the_person(app: App) -> None:
    gone = one_who_left(app)
    app.write(lambda c: waiting_row(c, gone))
    move_clock(app, years_after(LEFT, 6))
    retained(app)

    assert gone.name not in dumped(app)


def test_who_has_been_erased_is_not_due_again(app: App) -> None:
    gone = one_who_left(app)
    asked(app, gone)
    confirmed(app, gone)
    move_clock(app, years_after(LEFT, 20))

    assert people_due(app) == {}


def test_every_transaction_takes_some_and_the_next_run_goes_on(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [one_who_left(app, number) for number in range(3)]
    move_clock(app, years_after(LEFT, 6))
    monkeypatch.setattr(retaining, "CHUNK", 1)
    done = 0

    def cut_off(work: Callable[[Connection], Any]) -> Any:  # noqa: ANN401 - what the work gives
        nonlocal done
        done += 1
        if done == 2:
            raise KeyboardInterrupt
        return app.write(work)

    with pytest.raises(KeyboardInterrupt):
        retaining.retain(cut_off, app.registry, app.clock)
    text = dumped(app)
    assert [one.name in text for one in people] == [False, True, True]

    retained(app)
    assert not any(one.name in dumped(app) for one in people)
    assert problems(app) == []


# -- notices and files -----------------------------------------------------------------------


def test_notices_with_names_lose_their_words_after_a_year_the_others_after_three(
    app: App, folder: Path
) -> None:
    someone = engaged(app, clinic(app), 0)
    delivered(app, folder)
    own = relation_of(app, someone).id

    def saying() -> tuple[set[bool], set[bool]]:
        sent = [row for row in rows(app) if row.status == "sent"]
        return (
            {row.rendered is not None for row in sent if row.case_id == own},
            {row.rendered is not None for row in sent if row.case_id != own},
        )

    move_clock(app, years_after(DAY, 1))
    retained(app)
    assert saying() == ({True}, {True})
    move_clock(app, years_after(DAY, 1) + ONE_DAY)
    retained(app)
    assert saying() == ({False}, {True})
    move_clock(app, years_after(DAY, 3) + ONE_DAY)
    retained(app)
    assert saying() == ({False}, {False})


def test_what_is_still_to_be_sent_is_kept(app: App) -> None:
    engaged(app, clinic(app), 0)
    move_clock(app, years_after(DAY, 9))
    before = [row.values for row in rows(app)]
    retained(app)

    assert before
    assert [row.values for row in rows(app) if row.status == "owed"] == before


def run(app: App, folder: Path) -> Summary:
    job = next(one for one in JOBS if one.name == "retain")
    return run_job(job, Parts(app.engine, app.registry, app.clock, folder_office(app, folder)))


def test_the_daily_job_does_it_by_itself(app: App, folder: Path) -> None:
    gone = one_who_left(app)
    move_clock(app, years_after(LEFT, 6))
    first, second = run(app, folder), run(app, folder)

    assert first.details["person"] == 1
    assert second.done == 0
    assert gone.name not in dumped(app)


def test_mail_files_go_thirty_days_after_they_were_sent(app: App, folder: Path) -> None:
    engaged(app, clinic(app), 0)
    count = delivered(app, folder)
    strange = folder / "from-before.eml"
    strange.write_text("nobody knows when it was sent", encoding="utf-8")
    written = datetime(2026, 3, 10, tzinfo=UTC).timestamp()
    os.utime(strange, (written, written))
    (folder / "notes.txt").write_text("not a mail", encoding="utf-8")

    def lying() -> int:
        return len(list(folder.glob("*.eml")))

    move_clock(app, DAY + timedelta(days=30))
    assert run(app, folder).details["files"] == 0
    move_clock(app, DAY + timedelta(days=31))
    assert run(app, folder).details["files"] == count
    assert lying() == 1
    move_clock(app, date(2026, 4, 10))
    assert run(app, folder).details["files"] == 1
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_uploads_go_thirty_days_after_they_were_last_touched(app: App, tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    for name, day in (("old", 10), ("new", 11)):
        place = uploads / name
        place.mkdir(parents=True)
        (place / "0.xlsx").write_bytes(b"a roster")
        written = datetime(2026, 3, day, tzinfo=UTC).timestamp()
        os.utime(place, (written, written))
    parts = Parts(app.engine, app.registry, app.clock, uploads=uploads)

    move_clock(app, date(2026, 4, 9))
    assert retain(parts).done == 0
    move_clock(app, date(2026, 4, 10))
    assert retain(parts).done == 1
    assert [one.name for one in uploads.iterdir()] == ["new"]


# -- on the command line ---------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_dry_run_names_cases_and_no_people(
    app: App,
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    gone = one_who_left(app)
    reference = relation_of(app, gone).ref
    move_clock(app, years_after(LEFT, 5) + ONE_DAY)
    cli = command_line(migrated_url, monkeypatch, capsys, tmp_path)
    plain = cli("retain", "--dry-run", "--json")
    shown = {row["record_class"]: row for row in plain.json}

    assert plain.code == 0
    assert shown["relation"]["references"] == [reference]
    assert shown["relation"]["kept"] == "5 年 (P40.relation)"
    assert shown["person"]["references"] == [f"person:{gone.id}"]
    assert not any(one in plain.out for one in (gone.name, "欧阳"))
    assert gone.name in dumped(app)

    text = cli.ok("retain")
    assert "已按保存期限删除" in text
    assert gone.name not in dumped(app)
    counts = {row["record_class"]: row["count"] for row in cli("retain", "--json").json}
    assert set(counts.values()) == {0}
    assert cli("audit", "verify").code == 0
    assert cli("audit", "replay").code == 0
    assert cli("jobs", "--lang", "en").code == 0
