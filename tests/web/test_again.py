"""A form that waits for the password comes back as it was sent, and goes nowhere else."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.access import Role
from tests.web.town import PASSWORD

if TYPE_CHECKING:
    from tests.web.town import Town

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
PATH = "/settings/users"
SENT = {"login": "new-one", "name": '"><b>&', "role": "auditor", "note": ""}


def hidden(text: str) -> dict[str, str]:
    """What the form of the page carries unseen, without its token."""
    form = text[text.index("<main") :]
    return {name: html.unescape(value) for name, value in HIDDEN.findall(form) if name != "_token"}


def test_a_form_waits_for_the_password_and_comes_back_as_it_was(town: Town) -> None:
    visitor = town.officer(Role.ADMINISTRATOR, "everywhere")
    town.wall.pass_time(minutes=11)

    asked = visitor.post(PATH, **SENT).text
    wrong = visitor.post("/confirm", **hidden(asked), password="no").text
    done = visitor.post("/confirm", **hidden(wrong), password=PASSWORD).text

    assert hidden(asked) == {"_then": PATH, **{f"_carried.{n}": v for n, v in SENT.items()}}
    assert hidden(wrong) == hidden(asked)
    assert hidden(done) == SENT
    assert f'method="post" action="{PATH}"' in done
    assert PASSWORD not in done
    assert "<b>" not in done[done.index('<form class="narrow') :]


@pytest.mark.parametrize("path", ["//elsewhere.test/x", "https://elsewhere.test/", "/\\x", ""])
def test_it_goes_to_no_other_place(town: Town, path: str) -> None:
    visitor = town.officer(Role.ADMINISTRATOR, "everywhere")

    done = visitor.post("/confirm", _then=path, password=PASSWORD).text

    assert 'method="post" action="/"' in done
    assert "elsewhere" not in done


def test_a_form_with_files_is_not_carried(town: Town) -> None:
    visitor = town.officer(Role.ADMINISTRATOR, "everywhere")
    town.wall.pass_time(minutes=11)

    answer = visitor.client.post(
        "/settings/calendars",
        data={"_token": visitor.token()},
        files={"file": ("2027.yaml", b"year: 2027", "text/yaml")},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/confirm")
