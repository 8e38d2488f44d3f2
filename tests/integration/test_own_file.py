"""A person's own file: all that is stored, names in full, and the reading of it on record."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.engine import record_rows
from lifecycle.register import put
from tests.builders import app_on
from tests.command_line import command_line
from tests.people import (
    CHEN,
    DAY,
    LEFT,
    Someone,
    asked,
    begin,
    cleaned,
    confirmed,
    members,
    problems,
    waiting_row,
)
from workflows import byhand
from workflows.merging import merge
from workflows.own_file import OwnFile, OwnFileRefusedError, open_file
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from cli.wiring import App

WHY = "本人到场查阅"


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


def read(app: App, someone: Someone, actor: Actor = CHEN, reason: str = WHY) -> OwnFile:
    return app.write(
        lambda c: open_file(
            c, app.registry, app.clock, person=someone.subject, reason=reason, actor=actor
        )
    )


def events(file: OwnFile) -> list[str]:
    return [entry.event for one in file.cases for entry in one.entries]


def test_every_value_of_the_person_stands_in_it_and_none_of_others(app: App, folder: Path) -> None:
    own, other = members(app, folder, 2)
    told = str(asdict(read(app, own)))

    assert [one for one in own.values if one not in told and "-" not in one] == []
    assert repr(own.birth_on) in told
    assert [one for one in other.values if one in told] == []


def test_cases_rows_notices_and_who_recorded_what(app: App, folder: Path) -> None:
    (own,) = members(app, folder, 1)
    file = read(app, own)
    held = {(one.table, one.value, one.place) for one in file.held}
    relation = next(one for one in file.cases if one.view.workflow == "member_relation")
    last = relation.entries[-1]

    assert {("engagement", "full_time", "门诊部 CLINIC"), ("party_status", "full", "")} <= held
    assert ("formal_relation", own.home, "") in held
    assert (last.event, last.actor, last.values) == (
        "left_before_transfer",
        CHEN.id,
        {"evidence": own.evidence},
    )
    assert last.cite == ("二.2",)
    assert any(one.sent_at and one.subject for one in file.notices)


def test_reading_is_an_entry_with_who_and_why(app: App, folder: Path) -> None:
    (own,) = members(app, folder, 1)
    first, second = read(app, own), read(app, own, reason="复核")
    said = [
        (entry.event, entry.actor, entry.values)
        for one in second.cases
        for entry in one.entries
        if entry.event == "file_read"
    ]

    assert events(first).count("file_read") == 1
    assert said == [
        ("file_read", "陈", {"reason": WHY}),
        ("file_read", "陈", {"reason": "复核"}),
    ]
    assert problems(app) == []


@pytest.mark.parametrize(
    ("role", "reason", "expected"),
    [
        (Role.AUDITOR, WHY, ["role"]),
        (Role.ORG_DEPT_OFFICER, WHY, ["role"]),
        (Role.CASE_OFFICER, " ", ["reason"]),
        (Role.CASE_OFFICER, "因" * 301, ["reason"]),
    ],
)
def test_it_is_opened_for_a_reason_by_who_sees_names(
    app: App, folder: Path, role: Role, reason: str, expected: list[str]
) -> None:
    (own,) = members(app, folder, 1)
    with pytest.raises(OwnFileRefusedError) as refused:
        read(app, own, Actor("周", frozenset({role})), reason)

    assert [one.id for one in refused.value.findings if not one.met] == expected
    assert events(read(app, own)).count("file_read") == 1


def test_posts_waiting_rows_and_mentions_belong_to_it(app: App, folder: Path) -> None:
    (own,) = members(app, folder, 1)

    def more(connection: Connection) -> None:
        unit = byhand.add_unit(begin(app, connection), name="另一局", level="county", kind="x")
        key = {"body_id": byhand.unit_body_of(connection, unit)}
        post = put("secretary_post", key, {"name": own.name}, DAY, LEFT)
        said = f"见{own.name}"
        work = begin(app, connection)
        record_rows(work, Subject(UNIT, unit), [post], LEFT, settles=False, reason=said)
        waiting_row(connection, own)

    app.write(more)
    file = read(app, own)

    assert ("secretary_post", own.name, "另一局党委") in {
        (one.table, one.value, one.place) for one in file.held
    }
    assert [one["name"] for one in file.waiting] == [own.name]
    assert {text for _, text in file.mentions} == {own.name, f"见{own.name}"}


def test_both_records_of_a_merged_person_stand_in_one_file(app: App, folder: Path) -> None:
    first, second = members(app, folder, 2)
    officer = Actor("周", frozenset({Role.ORG_DEPT_OFFICER}))
    app.write(
        lambda c: merge(
            c,
            app.registry,
            app.clock,
            gone=second.subject,
            kept=first.subject,
            reason="同一人",
            actor=officer,
        )
    )
    file = read(app, second)

    assert file.person == first.subject
    assert [one.name for one in file.identities] == [first.name, second.name]


def test_of_an_erased_person_only_the_pseudonym_is_left(app: App, folder: Path) -> None:
    (own,) = members(app, folder, 1)
    asked(app, own)
    confirmed(app, own)
    cleaned(app, folder)
    told = str(asdict(read(app, own)))

    assert [one for one in [*own.values, repr(own.birth_on)] if one in told] == []
    assert f"已删除-{own.id}" in told


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_it_is_printed_in_plain_words_with_the_clause(
    app: App,
    folder: Path,
    migrated_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    (own,) = members(app, folder, 1)
    cli = command_line(migrated_url, monkeypatch, capsys, tmp_path)
    refused = cli("person", f"person:{own.id}")
    assert refused.code == 3
    assert "✗ 原因 (--reason) 应为 1 至 300 字, 现为 0 字" in refused.out

    text = cli.ok("person", own.name, "--reason", WHY)
    for part in (
        f"person:{own.id} {own.name}, 出生 {own.birth_on}, 入党 2005-07-01",
        "在岗 专职 门诊部 CLINIC, 2026-03-02 至 2026-03-20",
        f"正式组织关系 {own.home}",
        f"离职证明文号 {own.evidence}",
        "转接前离职 (陈 记录于 2026-03-20",
        "依据 二.2",
        f"原因 {WHY}",
    ):
        assert part in text, text
    english = cli.ok("person", own.name, "--reason", WHY, "--lang", "en")
    assert "left before the transfer (recorded by 陈" in english
    plain: dict[str, Any] = cli("person", own.name, "--reason", WHY, "--json").json
    assert plain["identities"][0]["name"] == own.name
    assert cli("person", "无此人", "--reason", WHY).code == 1
