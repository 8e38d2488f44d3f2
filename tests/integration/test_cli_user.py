"""`lifecycle init` and `lifecycle user`: the first administrator, accounts, roles."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.command_line import command_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line import CommandLine

ONE_TIME = re.compile(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}")


@pytest.fixture
def line(
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> CommandLine:
    return command_line(database_url, monkeypatch, capsys, tmp_path)


def listed(line: CommandLine) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(line.ok("user", "list", "--json"))
    return rows


def test_the_first_administrator_is_made_once_with_a_password_shown_once(line: CommandLine) -> None:
    first, again = line.ok("init"), line.ok("init")

    assert len(ONE_TIME.findall(first)) == 1
    assert ONE_TIME.findall(again) == []
    assert [(one["login"], one["role"]) for one in listed(line)] == [("admin", "administrator")]


def test_an_account_is_made_granted_a_role_and_shut_out(line: CommandLine) -> None:
    line.ok("init")
    line.ok("add", "unit", "某县", "--level", "county")

    assert ONE_TIME.search(line.ok("user", "add", "wang", "--name", "王某"))
    line.ok("user", "grant", "wang", "case_officer", "--unit", "某县", "--from", "2026-01-01")
    mine = [one for one in listed(line) if one["login"] == "wang"]
    assert [(one["role"], one["unit"], one["from"]) for one in mine] == [
        ("case_officer", "某县", "2026-01-01")
    ]
    line.ok("user", "revoke", str(mine[0]["grant"]))
    assert [one["role"] for one in listed(line) if one["login"] == "wang"] == [None]
    assert ONE_TIME.search(line.ok("user", "password", "wang"))
    line.ok("user", "disable", "wang")
    assert [one["role"] for one in listed(line) if one["login"] == "wang"] == ["已停用"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "ADMIN"), "已有人使用"),
        (("add", "a b"), "不合规则"),
        (("grant", "admin", "king"), "king"),
        (("grant", "admin", "scheduler"), "scheduler"),
        (("grant", "nobody", "auditor"), "没有用户 nobody"),
        (("grant", "admin", "administrator"), "已在此单位"),
        (("grant", "admin", "auditor", "--from", "2026-05-01", "--until", "2026-05-01"), "起日"),
        (("grant", "admin", "auditor", "--unit", "月球"), "月球"),
        (("grant", "admin", "administrator", "--unit", "某县"), "全部单位"),
        (("revoke", "1"), "最后一名"),
        (("revoke", "99"), "没有正在生效"),
        (("password", "nobody"), "没有用户 nobody"),
    ],
)
def test_what_is_wrong_is_said(line: CommandLine, arguments: tuple[str, ...], told: str) -> None:
    line.ok("init")
    line.ok("add", "unit", "某县", "--level", "county")

    answer = line("user", *arguments)

    assert answer.code != 0
    assert told in answer.err
