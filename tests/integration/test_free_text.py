"""What anybody may write is short, erasable where it is about a person, and not searched (F14)."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lifecycle
import workflows
from lifecycle.cases import Subject
from lifecycle.definition import FieldType
from lifecycle.engine import Done, advance, record_rows
from lifecycle.entered import LONGEST_TEXT, TOO_LONG, WRITTEN, read_fields
from lifecycle.errors import TransitionRefusedError
from lifecycle.waiving import WAIVER_FIELDS
from tests.builders import app_on
from tests.command_line import CommandLine, command_line
from tests.people import CHEN, DAY, begin, clinic, engaged, relation_of
from workflows.recording import RecordError, record
from workflows.subjects import ORGANIZATION, PERSON, PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.wiring import App

LAW = workflows.load_all()
BOOKS = LAW.rulebooks.values()
ENTERED = {
    f"{book.workflow.code} {row.event} {name}": spec
    for book in BOOKS
    for row in book.workflow.transitions
    for name, spec in row.fields.items()
    if spec.type in WRITTEN
} | {f"waived {name}": spec for name, spec in WAIVER_FIELDS.items()}
"""Every field of every event in which anything may be written."""


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


def test_every_field_takes_300_characters_and_says_so_of_301() -> None:
    fits, too_long = "字" * LONGEST_TEXT, "字" * (LONGEST_TEXT + 1)
    values, findings = read_fields(ENTERED, dict.fromkeys(ENTERED, fits))
    assert values == dict.fromkeys(ENTERED, fits)
    assert all(one.met for one in findings)

    values, findings = read_fields(ENTERED, dict.fromkeys(ENTERED, too_long))
    assert values == {}
    assert {one.id for one in findings} == set(ENTERED)
    assert {(one.comparison, one.seen, one.needed) for one in findings} == {
        (TOO_LONG, "301", "300")
    }


def test_everything_written_in_a_case_about_a_person_can_be_erased() -> None:
    kept = [
        f"{book.workflow.code} {row.event} {name}"
        for book in BOOKS
        for row in book.workflow.transitions
        for name, spec in row.fields.items()
        if spec.type is FieldType.TEXT or book.workflow.subject in {PERSON, PLACE}
        if spec.type in WRITTEN and not spec.is_personal
    ]

    assert kept == []


def test_a_text_that_is_too_long_changes_nothing(app: App) -> None:
    someone = engaged(app, clinic(app), 0)
    before = relation_of(app, someone)
    with pytest.raises(TransitionRefusedError) as refused:
        left_with(app, before.id, "字" * 301)

    assert [one.id for one in refused.value.findings if not one.met] == ["evidence"]
    assert relation_of(app, someone) == before


def left_with(app: App, case_id: int, evidence: str) -> Done:
    return app.write(
        lambda c: advance(
            c,
            app.registry,
            app.clock,
            case_id=case_id,
            event="left_before_transfer",
            actor=CHEN,
            fields={"evidence": evidence},
        )
    )


def test_what_is_recorded_by_hand_is_short_too(app: App) -> None:
    subject = Subject(ORGANIZATION, clinic(app))
    with pytest.raises(RecordError, match="at most 300"):
        app.write(lambda c: record(begin(app, c), subject, {"cultivation": "字" * 301}, DAY))
    with pytest.raises(ValueError, match="at most 300"):
        app.write(lambda c: record_rows(begin(app, c), subject, [], DAY, reason="因" * 301))
    app.write(lambda c: record(begin(app, c), subject, {"cultivation": "字" * 300}, DAY))


READERS = {
    "lifecycle/audit.py",
    "lifecycle/correcting/steps.py",
    "lifecycle/erasing.py",
    "lifecycle/store/hot.py",
    "lifecycle/store/tables.py",
    "workflows/due.py",
    "workflows/own_file.py",
    "workflows/remarks.py",
}
"""Writes, verifies, repeats what is corrected, erases, counts, hands out a person's own file, shows
the remarks on one case on the page of that case."""


def test_no_list_and_no_search_reads_personal_values() -> None:
    """Whoever adds a reader has to add it here, and say why it is no search."""
    root = Path(lifecycle.__file__).parents[1]
    found = {
        path.relative_to(root).as_posix()
        for part in ("lifecycle", "workflows", "notices", "scheduler", "wording", "web", "cli")
        for path in (root / part).rglob("*.py")
        if "personal_value" in _names(path)
    }

    assert found == READERS


def _names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


@pytest.fixture
def cli(
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    cli = command_line(migrated_url, monkeypatch, capsys, tmp_path)
    cli.stand_on(date(2026, 3, 2))
    return cli


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_command_line_says_what_is_too_long(cli: CommandLine) -> None:
    organization = ("--code", "X1", "--kind", "association")
    person = ("--born", "1980-05-06", "--admitted", "2005-07-01")
    cli.ok("add", "organization", "某协会", *organization)
    for arguments, told in (
        (("add", "organization", "某" * 301, *organization), "NAME 至多 300 字, 现为 301 字"),
        (("add", "person", "某" * 301, *person), "NAME 至多 300 字"),
        (("add", "unit", "某" * 301), "NAME 至多 300 字"),
        (
            ("record", "organization:1", f"cultivation={'字' * 301}", "--on", "2026-03-02"),
            "cultivation 至多 300 字",
        ),
    ):
        answer = cli(*arguments)

        assert answer.code == 64
        assert told in answer.err
