"""A workflow as SVG: a card per state that lists its ways out, and a line from each to its target.

Pure layout in whole pixels. Lines run in lanes at the right, so that none crosses a card; a way
that stays in its state has no line.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lifecycle.definition import OPENING, SAME
from lifecycle.diagram import mover, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lifecycle.definition import Workflow

LINE = 20
"""Pixels from one line of text to the next."""

HALF_WIDTH = 7
"""Pixels of a Latin character; a Chinese one takes two."""

MARGIN, GAP, LANE, PADDING = 16, 18, 9, 10

STYLE = (
    "text{font:13px 'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;fill:#1f2937}"
    ".name{font-weight:600}.who{fill:#6b7280}"
    ".card{fill:#fff;stroke:#94a3b8}.final{fill:#f1f5f9}.opening{fill:none;stroke-dasharray:3 3}"
    ".way{fill:none;stroke:#64748b}.auto{stroke:#0f766e}.time{stroke:#b45309}"
)

ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
    ' markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#64748b"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way out of a state."""

    text: str
    who: str
    target: str
    """Empty when it stays where it is."""
    kind: str


@dataclass(frozen=True, slots=True)
class _Card:
    """A state, or the opening, with its place."""

    name: str
    title: str
    ways: tuple[_Way, ...]
    top: int
    style: str

    @property
    def height(self) -> int:
        return LINE * (1 + len(self.ways)) + PADDING

    def line(self, number: int) -> int:
        """The middle of the card's line of that number; 0 is its title."""
        return self.top + PADDING // 2 + LINE * number + LINE // 2


def svg(workflow: Workflow, language: str) -> str:
    """The whole workflow as one SVG document."""
    cards = _cards(workflow, language)
    texts = [f"{way.text}  {way.who}" for card in cards for way in card.ways]
    width = PADDING * 2 + max(_width(text) for text in [*texts, *(card.title for card in cards)])
    right = MARGIN + width
    lines, lanes = _lines(cards, right)
    total_width = right + GAP + lanes * LANE + MARGIN
    total_height = cards[-1].top + cards[-1].height + MARGIN
    title = escape(f"{workflow.code} {say(workflow.label, language)}")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}"'
        f' width="{total_width}" height="{total_height}" role="img" aria-label="{title}">'
    )
    shown = [part for card in cards for part in _card(card, width)]
    parts = [head, f"<title>{title}</title><style>{STYLE}</style>", ARROW, *shown, *lines]
    return "\n".join([*parts, "</svg>"])


def _cards(workflow: Workflow, language: str) -> list[_Card]:
    """The opening and every state in file order, one below the other."""
    found: list[_Card] = []
    top = MARGIN
    for name in (OPENING, *workflow.states):
        state = workflow.states.get(name)
        title = f"{name} {say(state.label, language)}" if state else "●"
        style = "card opening" if state is None else "card final" if state.final else "card"
        rows = workflow.openings if state is None else workflow.exits(name)
        ways = tuple(
            dict.fromkeys(
                _Way(
                    f"{row.event} {say(row.label, language)}",
                    mover(row),
                    "" if row.target in (SAME, name) else row.target,
                    "time" if row.time is not None else "auto" if row.automatic else "person",
                )
                for row in rows
            )
        )
        found.append(_Card(name, title, ways, top, style))
        top += found[-1].height + GAP
    return found


def _card(card: _Card, width: int) -> Iterable[str]:
    yield (
        f'<rect class="{card.style}" x="{MARGIN}" y="{card.top}" width="{width}"'
        f' height="{card.height}" rx="6"/>'
    )
    left = MARGIN + PADDING
    yield f'<text class="name" x="{left}" y="{card.line(0) + 5}">{escape(card.title)}</text>'
    for number, way in enumerate(card.ways, start=1):
        stays = "" if way.target else " ↻"
        yield (
            f'<text x="{left}" y="{card.line(number) + 5}">{escape(way.text)}'
            f' <tspan class="who">{escape(way.who)}{stays}</tspan></text>'
        )


def _lines(cards: Sequence[_Card], right: int) -> tuple[list[str], int]:
    """A line for every way that leads elsewhere, short ones nearest; how many lanes they take."""
    at = {card.name: card.line(0) for card in cards}
    spans = [
        (card.line(number), at[way.target], way.kind)
        for card in cards
        for number, way in enumerate(card.ways, start=1)
        if way.target
    ]
    taken: list[list[tuple[int, int]]] = []
    drawn: list[str] = []
    for start, end, kind in sorted(spans, key=lambda one: abs(one[0] - one[1])):
        low, high = min(start, end), max(start, end)
        lane = next(
            (i for i, its in enumerate(taken) if all(high < a or low > b for a, b in its)),
            len(taken),
        )
        if lane == len(taken):
            taken.append([])
        taken[lane].append((low, high))
        x = right + GAP + lane * LANE
        drawn.append(
            f'<path class="way {kind}" marker-end="url(#arrow)"'
            f' d="M{right} {start}H{x}V{end}H{right + 2}"/>'
        )
    return drawn, len(taken)


def _width(text: str) -> int:
    """Pixels that a text takes, counted generously."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return HALF_WIDTH * (len(text) + wide)
