"""Many cases at once: each for itself, each with its result, the same form never twice."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.caseload.changes import only_followed
from lifecycle.caseload.holding import holder_of
from lifecycle.engine import begin
from lifecycle.store.tables import case, entry
from tests.property.world import fingerprint
from tests.web.town import BEGAN, CLERK, TODAY, login_of, organization
from workflows import byhand
from workflows.recording import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.web.town import Town, Visitor

CASE = re.compile(r'name="case" value="([^"]+)"')
REQUEST = re.compile(r'name="_request" value="([^"]*)"')
EVENT = "organization_coverage|intake|counts_confirmed"
WORDS = {"statement": "年检材料"}


def organizations(town: Town, number: int, without_counts: int, unit: str = "east") -> list[str]:
    """Coverage cases of new organizations; the last few have stated no counts."""

    def make(connection: sa.Connection) -> list[int]:
        made = []
        for one in range(number):
            work = begin(connection, town.app.registry, town.app.clock, CLERK)
            made.append(
                byhand.add_organization(
                    work,
                    name=f"东县第{one}号协会",
                    credit_code=f"5233{one:03}MJ{unit}"[:18],
                    kind="private_nonenterprise_unit",
                    supervisor_id=town.ids[unit],
                    registered_on=date(2020, 5, 6),
                )
            )
            if one < number - without_counts:
                work = begin(connection, town.app.registry, town.app.clock, CLERK)
                record(work, organization(made[-1]), {"employees": 40, "full_time": 12}, BEGAN)
        return made

    ids = town.app.write(make)
    return [town.ref("organization_coverage", one) for one in ids]


def seen(town: Town, refs: Sequence[str]) -> list[str]:
    """What the boxes of the work list carry."""
    versions = dict(tuple(one) for one in town.rows(sa.select(case.c.id, case.c.version)))
    return [f"{ref}@{versions[int(ref.split('-')[1])]}" for ref in refs]


def send(visitor: Visitor, ticked: Sequence[str], do: str = "", **fields: str) -> str:
    """Sends a bulk form on, with `do` as the button that was pressed."""
    data: dict[str, Any] = {
        "case": list(ticked),
        "_event": EVENT,
        "_on": TODAY.isoformat(),
        "_do": do,
        **fields,
    }
    return visitor.post("/bulk/advance", **data).text


def statuses(text: str) -> tuple[int, int]:
    """How many rows are good and how many are not."""
    return text.count('<tr class="good">'), text.count('<tr class="bad">')


def recorded(town: Town) -> int:
    wanted = sa.select(sa.func.count()).where(entry.c.event == "counts_confirmed")
    return int(town.rows(wanted)[0][0])


def test_of_fifty_three_are_refused_with_every_reason_and_the_rest_is_recorded(town: Town) -> None:
    officer = town.officer()
    ticked = seen(town, organizations(town, 50, 3))
    form = REQUEST.search(send(officer, ticked))
    assert form

    previewed = send(officer, ticked, "preview", _request=form[1], **WORDS)
    assert statuses(previewed) == (47, 3)
    assert recorded(town) == 0
    saved = send(officer, ticked, "save", _request=form[1], **WORDS)
    after = town.app.read(fingerprint)
    again = send(officer, ticked, "save", _request=form[1], **WORDS)

    assert statuses(saved) == (47, 3)
    for row in re.findall(r'<tr class="bad">.*?</tr>', saved, re.DOTALL):
        assert 'class="unmet"' in row
    assert recorded(town) == 47
    assert statuses(again) == (47, 3)
    assert town.app.read(fingerprint) == after


def test_a_preview_writes_nothing(town: Town) -> None:
    officer = town.officer()
    ticked = seen(town, organizations(town, 3, 1))
    before = town.app.read(fingerprint)

    shown = send(officer, ticked, "preview", **WORDS)

    assert statuses(shown) == (2, 1)
    assert town.app.read(fingerprint) == before


def test_what_somebody_changed_meanwhile_is_left_alone_and_named(town: Town) -> None:
    officer, other = town.officer(), town.officer(unit="city")
    ticked = seen(town, organizations(town, 3, 0))
    ref = ticked[0].partition("@")[0]
    send(other, ticked[:1], "save", **WORDS)

    saved = send(officer, ticked, "save", **WORDS)

    assert statuses(saved) == (2, 1)
    row = re.search(r'<tr class="bad">.*?</tr>', saved, re.DOTALL)
    assert row
    assert ref in row[0]
    assert login_of(Role.CASE_OFFICER, "city") in row[0]


def test_what_follows_from_the_same_form_is_no_change_by_somebody_else(town: Town) -> None:
    officer = town.officer()
    ticked = seen(town, organizations(town, 1, 0))
    ref, _, version = ticked[0].partition("@")
    send(officer, ticked, "save", _request="one", **WORDS)
    form = f"desk:{login_of(Role.CASE_OFFICER, 'east')}:"

    def followed(request: str) -> bool:
        number = int(ref.split("-")[1])
        return town.app.read(lambda c: only_followed(c, number, int(version), request))

    assert [followed(f"{form}{one}:") for one in ("one", "two", "o_e")] == [True, False, False]


def test_the_groups_offer_what_each_state_allows(town: Town) -> None:
    officer = town.officer()
    refs = [*organizations(town, 2, 0), town.member()]

    shown = officer.post("/bulk/advance", case=seen(town, refs)).text

    assert shown.count('<form method="post" action="/bulk/advance"') == 2
    assert EVENT in shown
    assert "member_relation|formal_due|document_issued" in shown
    assert "member_relation|formal_due|membership_ended" not in shown, "the approver's alone"


def test_cases_of_other_units_are_not_there(town: Town) -> None:
    officer = town.officer()
    ticked = seen(town, organizations(town, 1, 0, "west"))
    ref = ticked[0].partition("@")[0]
    before = town.app.read(fingerprint)

    shown = officer.post("/bulk/advance", case=ticked).text
    assert (statuses(shown), EVENT in shown) == ((0, 1), False)
    saved = send(officer, ticked, "save", **WORDS)
    invented = send(officer, ["COV-99999"], "save", **WORDS)

    assert statuses(saved) == (0, 1)
    assert "东县第0号协会" not in saved
    assert _row(invented).replace("COV-99999", ref) == _row(saved)
    assert town.app.read(fingerprint) == before


def _row(text: str) -> str:
    found = re.search(r'<tr class="bad">.*?</tr>', text, re.DOTALL)
    return found[0] if found else ""


def test_nothing_or_too_much_is_refused(town: Town) -> None:
    officer = town.officer()
    before = town.app.read(fingerprint)

    answers = [
        officer.post("/bulk/advance").status_code,
        officer.post("/bulk/advance", case=[f"COV-{one}" for one in range(201)]).status_code,
        officer.post("/bulk/advance", case=["<script>"]).status_code,
        officer.post("/bulk/hand-over", case=["COV-1"], _to="nobody").status_code,
    ]

    assert answers == [400] * 4
    assert town.app.read(fingerprint) == before


@pytest.mark.parametrize(("role", "code"), [(Role.AUDITOR, 403), (Role.ADMINISTRATOR, 403)])
def test_who_only_reads_has_no_boxes(town: Town, role: Role, code: int) -> None:
    reader = town.officer(role)

    assert reader.post("/bulk/advance", case=[town.member()]).status_code == code
    assert reader.post("/bulk/hand-over", case=[town.member()]).status_code == code
    assert 'name="case"' not in reader.get("/work?whose=all").text


def test_the_list_has_a_box_for_each_case_with_the_version_that_it_shows(town: Town) -> None:
    officer = town.officer()

    boxes = CASE.findall(officer.get("/work?whose=all").text)

    assert boxes
    assert sorted(boxes) == sorted(seen(town, [one.partition("@")[0] for one in boxes]))


def holder(town: Town, ref: str) -> str:
    found = town.app.read(lambda c: holder_of(c, int(ref.split("-")[1])))
    return found.login if found else ""


def test_cases_are_handed_to_who_acts_for_their_unit(town: Town) -> None:
    officer = town.officer(unit="city")
    near, far = town.member("east"), town.member("west")
    to = login_of(Role.APPROVER, "east")
    page = officer.post("/bulk/hand-over", case=seen(town, [near, far])).text
    ticked = CASE.findall(page)
    assert sorted(ticked) == sorted([f"{near}@0", f"{far}@0"])
    assert to in page
    assert login_of(Role.AUDITOR, "east") not in page

    result = officer.post("/bulk/hand-over", case=ticked, _to=to).text

    assert statuses(result) == (1, 1)
    assert (holder(town, near), holder(town, far)) == (to, "")
    assert statuses(officer.post("/bulk/hand-over", case=ticked, _to=to).text) == (1, 1)
    assert holder(town, near) == to


def test_a_case_that_changed_hands_meanwhile_is_not_taken_away(town: Town) -> None:
    officer, colleague = town.officer(unit="city"), town.officer()
    ref = town.member()
    ticked = CASE.findall(officer.post("/bulk/hand-over", case=[ref]).text)
    colleague.post(f"/cases/{ref}/claim")

    result = officer.post("/bulk/hand-over", case=ticked, _to=login_of(Role.APPROVER, "east")).text

    assert statuses(result) == (0, 1)
    assert holder(town, ref) == login_of(Role.CASE_OFFICER, "east")
