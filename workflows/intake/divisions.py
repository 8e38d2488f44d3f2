"""The divisions of the city, so that an address can be reduced to a county and a township."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "divisions.csv"
"""The list that is shipped: the city, its counties and their townships."""


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative division."""

    level: str
    """city, county or township"""

    code: str
    name: str
    parent_code: str


@cache
def load_divisions() -> tuple[Division, ...]:
    """Every division of the shipped list, in its order."""
    with FILE.open(encoding="utf-8-sig", newline="") as lines:
        return tuple(
            Division(row["level"], row["code"], row["name"], row["parent_code"])
            for row in csv.DictReader(lines)
        )


@cache
def _counties() -> tuple[Division, ...]:
    return tuple(one for one in load_divisions() if one.level == "county")


@cache
def _townships(county_code: str) -> tuple[Division, ...]:
    """The townships of a county, the longest name first: it wins over a shorter one in it."""
    found = (one for one in load_divisions() if one.parent_code == county_code)
    return tuple(sorted(found, key=lambda one: -len(one.name)))


def county_of(text: str | None) -> Division | None:
    """The county whose name stands first in the text, or None."""
    if not text:
        return None
    places = [(text.find(one.name), one.code, one) for one in _counties() if one.name in text]
    return min(places)[2] if places else None


def longest_match(address: str | None, county: Division | None) -> Division | None:
    """The township of the county with the longest name that stands in the address, or None."""
    if not address or county is None:
        return None
    return next((one for one in _townships(county.code) if one.name in address), None)
