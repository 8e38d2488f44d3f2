"""The past at the command line and in lists: as of a day, as known on a day, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle import engine, past
from lifecycle.access import EVERYTHING, Scope
from lifecycle.asof import AsOf
from lifecycle.moments import day_end
from lifecycle.store import queries
from lifecycle.store.queries import CaseFilter
from lifecycle.store.tables import deadline
from tests.builders import app_on
from tests.command_line import CommandLine, command_line
from tests.looking_back import finals_of, listed_then, standing_now, told_by_files
from tests.tale import OFFICER, Tale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

WANG = "MEM(wang, clinic)"


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    """The milestone of 15 April is found on the 20th and taken back by an entry of the 21st."""
    day = date(2025, 10, 15)
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        told = Tale(app)
        told.tell(
            {"on": day, "add": {"organization": "clinic"}},
            {
                "on": day,
                "add": {"person": "wang", "engaged_at": "clinic", "employment": "part_time"},
            },
            {"on": date(2026, 4, 20), "tick": True},
            {
                "on": date(2026, 2, 24),
                "entered_on": date(2026, 4, 21),
                "case": WANG,
                "event": "became_full_time",
                "fields": {"contract": "C 7"},
            },
        )
        yield told


@pytest.fixture
def cli(
    tale: Tale,
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    del tale
    return command_line(migrated_url, monkeypatch, capsys, tmp_path)


def listed(cli: CommandLine, *more: str) -> Any:  # noqa: ANN401 - JSON
    """The member's row of the list of cases: state, since, due date, light."""
    rows = cli("cases", "--workflow", "MEM", "--json", "--lang", "en", *more).json
    return [(row["state"], row["since"], row["due"], row["light"]) for row in rows]


def test_a_list_shows_the_day_as_known_now_or_as_known_then(cli: CommandLine) -> None:
    waiting = ("awaiting_milestone", "2025-10-15", None, "○")

    assert listed(cli, "--as-of", "2026-02-23") == [waiting]
    assert [one[:3] for one in listed(cli, "--as-of", "2026-04-20")] == [
        ("formal_due", "2026-02-24", "2026-03-26")
    ]
    assert [
        one[:3] for one in listed(cli, "--as-of", "2026-04-20", "--known-on", "2026-04-20")
    ] == [("temporary_due", "2026-04-15", "2026-05-15")]
    assert listed(cli, "--as-of", "2026-03-01", "--known-on", "2026-04-20") == [waiting]
    assert listed(cli, "--known-on", "2026-04-20") == listed(
        cli, "--known-on", "2026-04-20", "--as-of", "2026-04-20"
    )


def test_overdue_is_counted_from_the_day_that_is_asked_about(cli: CommandLine) -> None:
    def overdue(day: str) -> Any:  # noqa: ANN401 - JSON
        rows = cli("deadlines", "--overdue", "--as-of", day, "--json", "--lang", "en").json
        return [(row["rule"], row["light"]) for row in rows if row["case"].startswith("MEM")]

    assert overdue("2026-03-26") == []
    assert overdue("2026-04-01") == [("D8", "● 6 days overdue")]
    assert listed(cli, "--overdue", "--as-of", "2026-03-26") == []
    assert [one[0] for one in listed(cli, "--overdue", "--as-of", "2026-04-01")] == ["formal_due"]


def test_a_case_file_shows_what_counted_then_and_says_that_it_is_the_past(cli: CommandLine) -> None:
    reference = cli.case_of("MEM")

    def file(*more: str) -> Any:  # noqa: ANN401 - JSON
        return cli("case", reference, "--json", *more).json

    now, before = file("--as-of", "2026-04-21"), file("--known-on", "2026-04-20")

    assert (before["as_of"], before["known_on"]) == ("2026-04-20", "2026-04-20")
    assert before["state"] == "temporary_due"
    assert [one["event"] for one in before["entries"]] == [
        "member_reported",
        "engaged_part_time",
        "milestone_reached",
    ]
    assert [(one["rule"], one["status"]) for one in before["deadlines"]] == [
        ("D9", "met"),
        ("D10", "open"),
    ]
    assert [one["event"] for one in now["entries"]][-1] == "became_full_time"
    assert "possible" not in now
    assert now["deadlines"] == file()["deadlines"]
    assert now["fields"] == file()["fields"]
    text = cli.ok("case", reference, "--known-on", "2026-04-20", "--lang", "en")
    assert text.startswith("A past view: as of 2026-04-20, as known on 2026-04-20\n")
    assert "became_full_time" not in text


def test_a_case_that_was_not_yet_open_or_not_yet_known_says_so(cli: CommandLine) -> None:
    reference = cli.case_of("MEM")
    answer = cli("case", reference, "--as-of", "2025-10-14", "--lang", "en")

    assert answer.code == 64
    assert f"{reference} was not open yet on 2025-10-14" in answer.err
    assert listed(cli, "--as-of", "2025-10-15") != []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cases", "--known-on", "2026-04-22"), "2026-04-22 尚未到"),
        (("case", "MEM-1", "--as-of", "2026-4-1"), "2026-4-1 不是日期"),
        (("deadlines", "--as-of", "2026-04-22"), "2026-04-22 尚未到"),
        (("organizations", "--known-on", "2019-12-31"), "2019-12-31 还没有任何记录"),
        (("indicators", "--known-on", "2019-12-31"), "2019-12-31 还没有任何记录"),
        (("indicators", "--freeze", "--known-on", "2026-04-20"), "--known-on"),
        (("cases", "--as-of", "2019-12-31"), "2019-12-31 还没有任何案件"),
    ],
)
def test_a_day_that_cannot_be_asked_about_is_refused_in_words(
    cli: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    reference = cli.case_of("MEM")
    answer = cli(*(reference if one == "MEM-1" else one for one in arguments))

    assert answer.code == 64
    assert said in answer.err


def test_organizations_and_obligations_take_both_days(cli: CommandLine) -> None:
    def owing(*more: str) -> Any:  # noqa: ANN401 - JSON
        rows = cli("cases", "--owing", "R29", "--json", *more).json
        return [(row["state"], row["deadline"], row["due"]) for row in rows]

    row = cli("organizations", "--as-of", "2026-01-01", "--json").json[0]

    assert (row["as_of"], row["known_on"]) == ("2026-01-01", "2026-04-21")
    assert cli("organizations", "--as-of", "1949-10-01", "--json").json == []
    assert owing() == [("formal_due", "D8", "2026-03-26")]
    assert owing("--as-of", "2026-02-24") == owing()
    assert owing("--as-of", "2026-02-23") == []
    assert owing("--known-on", "2026-04-20") == []


def test_indicators_count_deadlines_as_they_were_known(cli: CommandLine) -> None:
    """D8 came to be owed from 24 February, but nobody knew before 21 April."""

    def counted(day: str, *more: str) -> Any:  # noqa: ANN401 - JSON
        told = cli("indicators", "--as-of", day, "--json", *more).json
        return told["known_on"] if more else None, {
            one["id"]: one["denominator"] for one in told["figures"] if one["id"] in ("I7", "I8")
        }

    assert counted("2026-04-20") == (None, {"I7": 1, "I8": 0})
    assert counted("2026-04-20", "--known-on", "2026-04-21")[1] == {"I7": 1, "I8": 0}
    assert counted("2026-04-20", "--known-on", "2026-04-20") == (
        "2026-04-20",
        {"I7": 0, "I8": 0},
    )


# -- the services --------------------------------------------------------------------------


def test_as_of_today_is_what_the_tables_say(tale: Tale) -> None:
    registry, today = tale.app.registry, AsOf(date(2026, 4, 21))

    now = tale.app.read(lambda c: standing_now(c, registry))

    assert tale.app.read(lambda c: listed_then(c, registry, today)) == now


def test_the_list_says_of_every_day_what_the_files_of_all_cases_say(tale: Tale) -> None:
    """Rows tell of most cases, the trail of the others: each must say what the trail alone says."""
    registry = tale.app.registry
    days = [date(2025, 10, 15) + timedelta(days=7 * number) for number in range(27)]
    for at in [AsOf(one) for one in days] + [AsOf(one, day_end(one)) for one in days]:
        listed = tale.app.read(partial(listed_then, registry=registry, at=at))
        files = tale.app.read(partial(files_then, tale=tale, at=at))

        assert listed == files, at


def files_then(connection: Connection, tale: Tale, at: AsOf) -> list[tuple[Any, ...]]:
    work = engine.begin(connection, tale.app.registry, tale.app.clock, OFFICER)
    return told_by_files(connection, work, at)


def test_lists_of_the_past_are_narrowed_like_those_of_now(tale: Tale) -> None:
    at, finals = AsOf(date(2026, 4, 21)), finals_of(tale.app.registry)

    def narrowed(scope: Scope, **wanted: Any) -> Callable[[Connection], None]:  # noqa: ANN401
        def look(connection: Connection) -> None:
            limits = CaseFilter(**wanted)
            then = past.list_cases(connection, scope, finals, limits, at)
            now = queries.list_cases(connection, scope, list(finals), limits)
            assert [one["id"] for one in then] == [one["id"] for one in now]

        return look

    for scope in (EVERYTHING, Scope(frozenset({1})), Scope(frozenset({99}))):
        tale.app.read(narrowed(scope))
    for wanted in (
        {"workflow": "branch"},
        {"state": "formal_due"},
        {"unit_ids": [99]},
        {"unit_ids": [1]},
        {"overdue_on": date(2026, 4, 21)},
        {"due_before": date(2026, 3, 26)},
        {"due_before": date(2026, 3, 27)},
        {"limit": 2},
    ):
        tale.app.read(narrowed(EVERYTHING, **wanted))


def test_the_cases_whose_trails_are_read_are_found_by_their_index(tale: Tale, backend: str) -> None:
    def plan(connection: Connection) -> str:
        if backend == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        statement = past._by_trail(AsOf(date(2026, 3, 1)))
        text = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN QUERY PLAN " if backend == "sqlite" else "EXPLAIN "
        return str(connection.exec_driver_sql(explain + text).all())

    assert "ix_entry_mending" in tale.app.read(plan)
    assert tale.rows(deadline)
