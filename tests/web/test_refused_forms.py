"""A refused form names its fields to who does not see the page: by marks, and in its title."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from lifecycle.access import Role
from tests.web.test_acting import hidden
from tests.web.test_correcting import LATER, address, send
from tests.web.test_correcting import letter as letter  # noqa: PLC0414 - the same relation
from tests.web.town import TODAY

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.web.town import Town, Visitor

INPUT = re.compile(r'<(?:input|select|textarea) [^>]*\bname="([^"]+)"[^>]*>')
TITLE = re.compile(r"<title>([^<]*)</title>")


def marked(text: str, mark: str) -> set[str]:
    """The names of the inputs that carry a mark."""
    return {found[1] for found in INPUT.finditer(text) if mark in found[0]}


def title(text: str) -> str:
    found = TITLE.search(text)
    assert found
    return found[1]


def sent(visitor: Visitor, path: str, **typed: str) -> Response:
    return visitor.post(path, path, **{**hidden(visitor, path), **typed})


def test_what_must_be_filled_in_is_marked_and_not_held_back_by_the_browser(town: Town) -> None:
    page = town.officer().get(f"/cases/{town.member()}/events/document_issued").text

    must = marked(page, 'aria-required="true"')
    assert {"document_kind", "days"} <= must
    assert not must & marked(page, " required")
    assert not marked(page, "aria-invalid")
    assert not title(page).startswith("有误")


def test_the_fields_that_a_refusal_names_are_tied_to_it(town: Town) -> None:
    path = f"/cases/{town.member()}/events/document_issued"

    page = sent(
        town.officer(), path, _on=TODAY.isoformat(), number="介〔2026〕1号", _do="save"
    ).text

    wrong = marked(page, 'aria-invalid="true"')
    assert "document_kind" in wrong
    assert "number" not in wrong
    assert wrong == marked(page, 'aria-describedby="refused')
    assert 'id="refused" role="alert"' in page
    assert title(page).startswith("有误: ")


def test_hints_are_still_read_with_a_field_that_is_wrong(town: Town) -> None:
    path, approver = f"/cases/{town.branch()}/events/waived", town.officer(Role.APPROVER)

    page = sent(approver, path, _on=TODAY.isoformat(), _do="save").text

    assert marked(page, 'aria-describedby="refused h-') == {"reason"}


def test_a_day_that_cannot_be_is_marked(town: Town) -> None:
    path = f"/cases/{town.member()}/events/document_issued"
    later = (TODAY + timedelta(days=1)).isoformat()

    page = sent(town.officer(), path, _on=later, document_kind="formal", number="1",
                days="30", _do="save").text  # fmt: skip

    assert marked(page, "aria-invalid") == {"_on"}


def test_a_refused_correction_marks_what_is_wrong(town: Town, letter: str) -> None:
    officer, path = town.officer(), address(town, letter, "received_formal")
    later = (TODAY + timedelta(days=9)).isoformat()

    form = officer.get(path).text
    day = send(officer, path, form, _on=later).text
    reason = send(officer, path, form, _on=LATER.isoformat(), _reason=" ").text
    fine = send(officer, path, form, _on=LATER.isoformat()).text

    assert marked(day, "aria-invalid") == {"_on"}
    assert marked(reason, "aria-invalid") == {"_reason"}
    assert [title(one).startswith("有误: ") for one in (day, reason, fine)] == [True, True, False]
