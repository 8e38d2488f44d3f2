"""The import wizard: upload, check, type anew, take over; only the last step stores anything."""

from __future__ import annotations

import html
import io
import re
from json import loads
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.store.tables import entry
from tests.fault.test_hostile_files import external_entity, locked_workbook, renamed_text, zip_bomb
from tests.property.world import fingerprint
from tests.web.town import TODAY, login_of
from workflows.register import organization

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx2 import Response

    from tests.web.town import Town, Visitor

SAMPLE = Path(__file__).parents[2] / "workflows" / "sample"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
INPUT = re.compile(r'name="(fix\.[^"]+)" value="([^"]*)"')
IDENTITY = "330326199001011234"


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def sample(name: str) -> list[list[object]]:
    """The first rows of a sample workbook."""
    sheet = openpyxl.load_workbook(SAMPLE / name).worksheets[0]
    return [list[object](row) for row in sheet.iter_rows(max_row=12, values_only=True)]


def changed(name: str, change: Callable[[list[list[object]]], None]) -> bytes:
    """A sample workbook whose first rows were changed."""
    rows = sample(name)
    change(rows)
    return workbook(rows)


def upload(visitor: Visitor, *files: tuple[str, bytes], **fields: str) -> Response:
    sent = [("file", (name, content, XLSX)) for name, content in files]
    data = {"_token": visitor.token(), "as_of": TODAY.isoformat(), **fields}
    return visitor.client.post("/import", data=data, files=sent)


def intermediaries(last: str = "") -> bytes:
    """Ten intermediaries; `last` stands in the place of the last one's credit code."""

    def change(rows: list[list[object]]) -> None:
        if last:
            rows[-1][code_column(rows)] = last

    return changed("intermediaries.xlsx", change)


def code_column(rows: list[list[object]]) -> int:
    for row in rows[:3]:
        for index, cell in enumerate(row):
            if "信用代码" in str(cell):
                return index
    raise AssertionError(rows[:3])


def right_code() -> str:
    rows = sample("intermediaries.xlsx")
    return str(rows[-1][code_column(rows)])


def wrong_code() -> str:
    right = right_code()
    return right[:-1] + ("1" if right[-1] != "1" else "2")


def organizations(town: Town) -> int:
    return int(town.rows(sa.select(sa.func.count()).select_from(organization))[0][0])


def tally(text: str) -> dict[str, int]:
    found = re.findall(r">([^<>]+) <b>(\d+)</b></span>", text)
    return {name: int(count) for name, count in found}


def importer(town: Town) -> Visitor:
    return town.officer(Role.REGISTRATION_OFFICER, "city")


def test_upload_check_fix_and_take_over(town: Town) -> None:
    visitor = importer(town)
    before, number = town.app.read(fingerprint), organizations(town)
    wrong = wrong_code()

    sent = upload(visitor, ("名册.xlsx", intermediaries(wrong)))
    assert sent.status_code == 303, sent.text
    place = sent.headers["location"]
    checked = visitor.get(place)
    good = tally(checked.text)["可导入"]
    assert tally(checked.text)["退回"] == 1
    fix = INPUT.findall(checked.text)
    assert [html.unescape(value) for _, value in fix] == [wrong]
    visitor.post(f"{place}/check", as_of=TODAY.isoformat(), **{fix[0][0]: right_code()})
    again = visitor.get(place)
    assert tally(again.text) == {"可导入": good + 1}
    assert town.app.read(fingerprint) == before
    assert visitor.post(f"{place}/commit").status_code == 303
    after = town.app.read(fingerprint)

    assert organizations(town) == number + good + 1
    assert "已导入" in visitor.get(place).text
    assert visitor.post(f"{place}/commit").status_code == 303
    assert town.app.read(fingerprint) == after
    kind = entry.c.kind == "taken_over"
    bodies = town.rows(sa.select(entry.c.body).where(kind).order_by(entry.c.id.desc()).limit(1))
    actor = loads(bytes(bodies[0][0]))["actor"]
    assert actor["id"] == login_of(Role.REGISTRATION_OFFICER, "city")
    assert (actor["source"], actor["roles"]) == ("session", ["registration_officer"])


COMMITTING = re.compile(r'<button[^>]*form="fixes"[^>]*formaction="([^"]+)"')
HIDDEN = re.compile(r'<input type="hidden" name="(_\w+)" value="([^"]*)"')


def filled_in(text: str) -> dict[str, str]:
    """What the form of the check page sends, as it stands."""
    form = text[text.index('<form id="fixes"') :]
    return dict(HIDDEN.findall(form)[:2]) | {
        name: html.unescape(v) for name, v in INPUT.findall(form)
    }


def test_what_was_typed_before_taking_over_is_checked_first(town: Town) -> None:
    visitor, number = importer(town), organizations(town)
    place = upload(visitor, ("a.xlsx", intermediaries(wrong_code()))).headers["location"]
    before, checked = town.app.read(fingerprint), visitor.get(place).text
    button = COMMITTING.search(checked)
    assert button is not None, "the button of the import sends what was typed"
    good = tally(checked)["可导入"]
    cell = INPUT.findall(checked)[0][0]
    typed = {**filled_in(checked), "as_of": TODAY.isoformat(), cell: right_code()}

    stopped = [visitor.client.post(button[1], data=typed) for _ in range(2)]

    assert {one.headers["location"] for one in stopped} == {f"{place}?rechecked=1"}
    assert town.app.read(fingerprint) == before, "nor does a second click take anything over"
    again = visitor.get(stopped[0].headers["location"]).text
    assert "有改动尚未校验, 已重新校验; 请核对后再导入" in again
    assert tally(again) == {"可导入": good + 1}
    visitor.client.post(button[1], data={**filled_in(again), "as_of": TODAY.isoformat()})
    assert organizations(town) == number + good + 1


def test_another_day_is_checked_first_too(town: Town) -> None:
    visitor, number = importer(town), organizations(town)
    place = upload(visitor, ("a.xlsx", intermediaries())).headers["location"]
    visitor.get("/language/en")

    stopped = visitor.post(f"{place}/commit", as_of="2026-11-01")

    told = visitor.get(stopped.headers["location"]).text
    assert "Some changes had not been checked" in told
    assert 'value="2026-11-01"' in told
    assert organizations(town) == number


def test_what_nobody_changed_is_taken_over_at_once(town: Town) -> None:
    """A cell of two lines comes back from its field in one."""

    def change(rows: list[list[object]]) -> None:
        rows[-1][code_column(rows)] = f"{wrong_code()}\n{wrong_code()}"

    visitor, number = importer(town), organizations(town)
    sent = upload(visitor, ("a.xlsx", changed("intermediaries.xlsx", change)))
    place = sent.headers["location"]
    checked = visitor.get(place).text
    typed = {name: text.replace("\n", "") for name, text in filled_in(checked).items()}

    visitor.client.post(f"{place}/commit", data={**typed, "as_of": TODAY.isoformat()})

    assert organizations(town) == number + tally(checked)["可导入"]


def test_cells_are_kept_where_the_day_is_wrong(town: Town) -> None:
    visitor = importer(town)
    place = upload(visitor, ("a.xlsx", intermediaries(wrong_code()))).headers["location"]
    cell = INPUT.findall(visitor.get(place).text)[0][0]

    refused = visitor.post(f"{place}/commit", as_of="2026-11-03", **{cell: right_code()})

    assert refused.status_code == 400
    assert set(tally(visitor.get(place).text)) == {"可导入"}


def test_the_rejected_rows_come_back_in_a_workbook(town: Town) -> None:
    visitor = importer(town)
    place = upload(visitor, ("a.xlsx", intermediaries(wrong_code()))).headers["location"]

    answer = visitor.get(f"{place}/errors")

    assert answer.headers["content-type"] == XLSX
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet.max_row == 2
    good = upload(visitor, ("b.xlsx", intermediaries())).headers["location"]
    assert visitor.get(f"{good}/errors").status_code == 404


def test_several_lists_are_checked_together(town: Town) -> None:
    visitor = importer(town)
    names = ["units.xlsx", "register.xlsx"]

    place = upload(visitor, *((name, (SAMPLE / name).read_bytes()) for name in names))

    text = visitor.get(place.headers["location"]).text
    assert "单位通讯录" in text
    assert "社会组织登记信息" in text


def test_the_same_in_english(town: Town) -> None:
    visitor = importer(town)
    place = upload(visitor, ("a.xlsx", intermediaries(wrong_code()))).headers["location"]

    visitor.get("/language/en")

    text = visitor.get(place).text
    assert tally(text)["rejected"] == 1
    assert "check character" in text or "credit code" in text


def members(number: object = "申请书") -> bytes:
    head = ["姓名", "身份证号", "出生日期", "工作单位", "统一社会信用代码", "用工形式", "入职时间"]
    more = ["党员类别", "入党时间", "转正时间", "组织关系所在党组织"]
    row = ["赵子墨", IDENTITY, "1990-01-01", "东县新星诊所", "52330300MJ0000025F", number]
    return workbook(
        [[*head, *more], [*row, "2020-01-01", "正式", "2015-07-01", "2016-07-01", "甲"]]
    )


def test_identity_numbers_are_dropped_named_and_never_kept(town: Town) -> None:
    visitor = importer(town)
    sent = upload(visitor, ("m.xlsx", members(IDENTITY)))
    assert sent.status_code == 303, sent.text
    place = sent.headers["location"]

    text = visitor.get(place).text
    assert "身份证号" in text
    assert IDENTITY not in text
    fix = INPUT.findall(text)
    assert fix
    visitor.post(f"{place}/check", as_of=TODAY.isoformat(), **{fix[0][0]: IDENTITY})
    assert IDENTITY not in visitor.get(place).text
    assert IDENTITY.encode() not in visitor.get(f"{place}/errors").content
    manifests = list((town.folder / "uploads").glob("*/manifest.json"))
    assert [one.read_text(encoding="utf-8").count(IDENTITY) for one in manifests] == [0]


@pytest.mark.parametrize(
    "content", [zip_bomb, external_entity, locked_workbook, renamed_text, lambda: b""]
)
def test_a_hostile_file_is_refused_with_a_sentence_and_not_kept(
    town: Town, content: Callable[[], bytes]
) -> None:
    visitor = importer(town)
    before = town.app.read(fingerprint)

    refused = upload(visitor, ("好.xlsx", intermediaries()), ("../../evil.xlsx", content()))

    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert "evil.xlsx" in refused.text
    assert "../" not in refused.text.replace("../../evil", "")
    assert list((town.folder / "uploads").iterdir()) == []
    assert town.app.read(fingerprint) == before


def test_files_lie_under_random_names_that_only_their_owner_opens(town: Town) -> None:
    visitor, other = importer(town), town.officer(Role.CASE_OFFICER, "city")
    place = upload(visitor, ("../../名册<b>.xlsx", intermediaries())).headers["location"]
    token = place.rpartition("/")[2]
    folder = town.folder / "uploads" / token

    assert sorted(one.name for one in folder.iterdir()) == ["0.xlsx", "manifest.json"]
    assert folder.stat().st_mode & 0o077 == 0
    assert "名册&lt;b&gt;.xlsx" in visitor.get(place).text
    for path in (place, f"{place}/errors", "/import/..%2f..", "/import/" + "0" * 32):
        assert other.get(path).status_code == 404
    assert other.post(f"{place}/commit").status_code == 404
    assert token not in other.get("/import").text
    assert token in visitor.get("/import").text
    visitor.post(f"{place}/discard")
    assert not folder.exists()


@pytest.mark.parametrize(
    ("role", "unit", "code"),
    [
        (Role.CASE_OFFICER, "east", 403),
        (Role.CASE_OFFICER, "everywhere", 303),
        (Role.ORG_DEPT_OFFICER, "city", 303),
        (Role.APPROVER, "city", 403),
        (Role.AUDITOR, "everywhere", 403),
        (Role.ADMINISTRATOR, "everywhere", 403),
    ],
)
def test_it_takes_a_role_that_reaches_every_unit(
    town: Town, role: Role, unit: str, code: int
) -> None:
    visitor = town.officer(role, unit)
    before = town.app.read(fingerprint)

    assert upload(visitor, ("a.xlsx", intermediaries())).status_code == code

    shown = visitor.get("/import")
    allowed = role in {Role.CASE_OFFICER, Role.ORG_DEPT_OFFICER}
    assert shown.status_code == (200 if allowed else 403)
    assert ('type="file"' in shown.text) == (code == 303)
    assert ('href="/import"' in visitor.get("/work").text) == allowed
    assert town.app.read(fingerprint) == before


def test_no_file_or_a_day_to_come_is_refused(town: Town) -> None:
    visitor = importer(town)

    assert upload(visitor).status_code == 400
    ahead = upload(visitor, ("a.xlsx", intermediaries()), as_of="2026-11-03")
    assert (ahead.status_code, "2026-11-03" in ahead.text) == (400, True)
    assert not (town.folder / "uploads").exists()


def test_what_is_typed_for_cells_that_are_not_there_is_passed_over(town: Town) -> None:
    visitor = importer(town)
    place = upload(visitor, ("a.xlsx", intermediaries(wrong_code()))).headers["location"]
    odd = {
        "fix.9.1.name": "x",
        "fix.0.99.name": "x",
        "fix.0.1.name": "x",
        "fix.x": "x",
        "fix.": "x",
    }

    sent = visitor.post(f"{place}/check", as_of=TODAY.isoformat(), **odd)

    assert sent.status_code == 303
    assert tally(visitor.get(place).text)["退回"] == 1
