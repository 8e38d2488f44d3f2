"""The drawing of a workflow: every state, every way out, and a line to where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

import workflows
from lifecycle.definition import SAME
from lifecycle.drawing import svg

if TYPE_CHECKING:
    from lifecycle.rulebook import Rulebook

BOOKS = workflows.load_all().rulebooks
SVG = "{http://www.w3.org/2000/svg}"


def drawn(book: Rulebook, language: str = "zh") -> ET.Element:
    return ET.fromstring(svg(book.workflow, language))  # noqa: S314 - our own text


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_every_state_has_a_card_and_every_way_out_a_line_of_text(book: Rulebook) -> None:
    image = drawn(book)
    texts = ["".join(one.itertext()) for one in image.iter(f"{SVG}text")]

    assert len(list(image.iter(f"{SVG}rect"))) == len(book.workflow.states) + 1
    for row in book.workflow.transitions:
        assert any(one.startswith(f"{row.event} {row.label.zh}") for one in texts), row.event


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_a_line_leads_to_the_title_of_every_target(book: Rulebook) -> None:
    image = drawn(book)
    titles = {
        "".join(one.itertext()).partition(" ")[0]: int(one.get("y", "0")) - 5
        for one in image.iter(f"{SVG}text")
        if one.get("class") == "name"
    }
    reached = {
        int(one.get("d", "").rpartition("V")[2].partition("H")[0])
        for one in image.iter(f"{SVG}path")
        if one.get("marker-end")
    }
    rows = book.workflow.transitions
    targets = {row.target for row in rows if row.target != SAME and {row.target} != set(row.source)}

    assert reached == {titles[one] for one in targets}


def test_lines_that_run_beside_each_other_keep_their_own_lane() -> None:
    lanes: dict[str, list[tuple[int, int]]] = {}
    for one in drawn(BOOKS["branch"]).iter(f"{SVG}path"):
        if not one.get("marker-end"):
            continue
        start, _, rest = one.get("d", "").partition(" ")[2].partition("H")
        x, _, rest = rest.partition("V")
        end = rest.partition("H")[0]
        low, high = sorted((int(start), int(end)))
        assert all(high < a or low > b for a, b in lanes.get(x, []))
        lanes.setdefault(x, []).append((low, high))

    assert len(lanes) > 1


def test_the_drawing_speaks_either_language() -> None:
    english = svg(BOOKS["branch"].workflow, "en")

    assert 'aria-label="BR ' in english
    assert "党支部" not in english
