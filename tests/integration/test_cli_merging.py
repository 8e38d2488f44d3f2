"""`lifecycle merge` as an officer uses it: shown first, refused with every reason, saved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_line import CommandLine, command_line

if TYPE_CHECKING:
    from pathlib import Path

GONE, KEPT = "某诊所(旧)", "某诊所"
WHY = ("--reason", "同一单位录入两次")


@pytest.fixture
def backend() -> str:
    """What the command line says does not depend on the database; the acts are tested on both."""
    return "sqlite"


@pytest.fixture
def cli(
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    """A clinic with its second record; 王芳 stands twice on the register: person:1 and person:2."""
    cli = command_line(migrated_url, monkeypatch, capsys, tmp_path)
    cli.stand_on(date(2026, 3, 2))
    cli.ok("add", "unit", "温州市工商联", "--mail", "gsl@example.org")
    for name, code in ((KEPT, "X1"), (GONE, "X2")):
        cli.ok(
            "add", "organization", name, "--code", code,
            "--kind", "private_nonenterprise_unit", "--supervisor", "温州市工商联",
        )  # fmt: skip
    for born, where in (("1980-05-06", KEPT), ("1980-06-05", GONE)):
        cli.ok("add", "person", "王芳", "--born", born, "--admitted", "2005-07-01")
        number = "person:1" if where == KEPT else "person:2"
        cli.ok(
            "add", "engagement", number, where,
            "--employment", "full_time", "--since", "2026-01-05",
        )  # fmt: skip
    cli.stand_on(date(2026, 3, 9))
    return cli


def entries(cli: CommandLine, reference: str, *more: str) -> list[str]:
    return [one["event"] for one in cli("case", reference, "--json", *more).json["entries"]]


def reference(cli: CommandLine, code: str, subject: str) -> str:
    rows = cli("cases", "--json", "--workflow", code, "--limit", "99").json
    return str(next(row["case"] for row in rows if row["subject"] == subject))


def test_a_preview_shows_everything_and_saves_nothing(cli: CommandLine) -> None:
    before = cli("cases", "--json", "--limit", "99").json
    closing, moved = reference(cli, "COV", GONE), reference(cli, "MEM", f"王某 · {GONE}")
    text = cli.ok("merge", GONE, "--into", "X1", *WHY, "--lang", "en")

    assert text.startswith("preview of the merge (nothing is saved yet)\n")
    assert f"organization:2 {GONE} → into organization:1 {KEPT}" in text
    assert f"  {moved} 王某 · {KEPT}  formal_due" in text
    assert (
        f"  {closing} {GONE}  intake kind or counts to be confirmed since 2026-03-02 → closed"
        in text
    )
    assert text.endswith("save it with --confirm\n")
    assert WHY[1] not in text
    assert cli("cases", "--json", "--limit", "99").json == before


def test_saved_the_histories_of_both_can_be_read(cli: CommandLine) -> None:
    closed, moved = reference(cli, "COV", GONE), reference(cli, "MEM", f"王某 · {GONE}")
    shown = cli("merge", GONE, "--into", KEPT, *WHY, "--json").json
    history = entries(cli, moved)

    saved = cli("merge", GONE, "--into", KEPT, *WHY, "--json", "--confirm").json

    assert (shown.pop("saved"), saved.pop("saved")) == (False, True)
    assert shown == saved
    assert saved["moved"] == [{"place": 2, "cases": [moved]}]
    assert closed in {one["case"] for one in saved["cases"] if one["after"] == "closed"}
    assert entries(cli, moved) == history
    assert entries(cli, closed) == ["opened", "case_closed"]
    assert entries(cli, closed, "--as-of", "2026-03-08") == ["opened"]
    assert cli("case", moved, "--json").json["subject"] == f"王某 · {KEPT}"
    assert cli("audit", "verify").code == cli("audit", "replay").code == 0


def test_a_refusal_shows_what_is_met_and_what_is_not(cli: CommandLine) -> None:
    cli.ok(
        "add", "engagement", "person:1", GONE, "--employment", "full_time", "--since", "2026-03-02"
    )
    refused = cli("merge", GONE, "--into", KEPT, "--as", "auditor:王", "--lang", "en")

    assert refused.code == 3
    assert f"organization:2 {GONE} cannot be merged into organization:1 {KEPT}:" in refused.out
    for line in (
        "✗ acting as auditor, needs organization department/case officer",
        "✗ a reason (--reason) has 1 to 300 characters, this one 0",
        "✗ open cases of one person at one organization in both records: MEM-",
        "✓ the organization that goes has no Party body of its own",
    ):
        assert line in refused.out
    told = cli("merge", GONE, "--into", KEPT, "--json")
    assert (told.code, told.json["refused"]) == (3, True)
    assert {one["id"]: one["met"] for one in told.json["findings"]} == {
        "role": True,
        "reason": False,
        "same_type": True,
        "two_records": True,
        "not_merged": True,
        "on_register": True,
        "no_body": True,
        "no_collision": False,
    }


def test_two_persons_of_one_name_are_told_apart_and_merged_by_number(cli: CommandLine) -> None:
    answer = cli("merge", "王芳", "--into", "person:1", *WHY, "--lang", "en")

    assert answer.code == 64
    assert f"person:1 王某 (born 1980, works at {KEPT})" in answer.err
    assert f"person:2 王某 (born 1980, works at {GONE})" in answer.err
    assert "王芳" not in answer.err
    moved = reference(cli, "MEM", f"王某 · {GONE}")
    text = cli.ok("merge", moved, "--into", "person:1", *WHY, "--confirm", "--lang", "en")
    assert "more than one formal relation of the person will be open" in text
    assert entries(cli, moved)[0] == "member_reported"
    again = cli("merge", "person:2", "--into", "person:1", *WHY, "--lang", "en")
    assert (again.code, "merged already: person:2 → person:1" in again.out) == (3, True)
    # Of the two records of that name only one stands.
    assert cli("merge", "王芳", "--into", "person:1", *WHY).code == 3


def test_a_merged_record_names_the_one_that_stands(cli: CommandLine) -> None:
    cli.ok("merge", "person:2", "--into", "person:1", *WHY, "--confirm")
    ending = reference(cli, "MEM", f"王某 · {GONE}")
    cli.ok("advance", ending, "left_before_transfer", "--field", "evidence=离1")
    cli.ok("merge", GONE, "--into", KEPT, *WHY, "--confirm")

    clinic, engaging = (
        f"organization:1 {KEPT}",
        ("--employment", "full_time", "--since", "2026-03-09"),
    )
    for instead, *arguments in (
        (clinic, "record", GONE, "employees=3"),
        (clinic, "record", "X2", "employees=3"),
        (clinic, "record", "organization:2", "employees=3"),
        (clinic, "add", "contact", GONE, "a@example.org"),
        ("person:1 王某", "record", "person:2", "party_status=full"),
        ("person:1 王某", "add", "engagement", "person:2", KEPT, *engaging),
        ("person:1 王某", "open", "APP", "application_received", f"person:2@{KEPT}"),
    ):
        answer = cli(*arguments)
        assert answer.code == 1
        assert f"已并入 {instead}: 请使用该登记" in answer.err


def test_a_merged_record_is_on_no_list_of_the_living(cli: CommandLine) -> None:
    cli.ok("merge", GONE, "--into", KEPT, *WHY, "--confirm")

    def listed(*more: str) -> list[Any]:
        return [row["name"] for row in cli("organizations", "--json", *more).json]

    assert listed() == listed("--search", "诊所") == [KEPT]
    assert sorted(listed("--as-of", "2026-03-08")) == sorted([KEPT, GONE])
    near = cli("record", "诊所", "employees=3")
    assert KEPT in near.err
    assert GONE not in near.err


def test_a_field_does_not_take_a_merged_record_by_its_number(cli: CommandLine) -> None:
    cli.ok("merge", GONE, "--into", KEPT, *WHY, "--confirm")
    branch = reference(cli, "BR", KEPT)
    answer = cli(
        "explain", branch, "application_filed", "--field", "partners=organization:2", "--lang", "en"
    )

    assert answer.code == 1
    assert f"organization:2 has been merged into organization:1 {KEPT}" in answer.err


def test_what_names_no_record_is_refused(cli: CommandLine) -> None:
    branch = reference(cli, "BR", KEPT)

    assert cli("merge", "没有此人", "--into", KEPT, *WHY).code == 1
    assert "person:9" in cli("merge", "person:9", "--into", KEPT, *WHY).err
    assert (
        f"{branch} 不是某一单位或某一人员的事项" in cli("merge", branch, "--into", KEPT, *WHY).err
    )
