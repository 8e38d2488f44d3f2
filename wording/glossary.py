"""Official terms explained where they stand."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE = Path(__file__).with_name("glossary.yaml")


@cache
def terms(language: str) -> Mapping[str, str]:
    """Term -> what it means, in one language; the longest first."""
    rows = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    told = {row[language]: row["tells"][language] for row in rows}
    return dict(sorted(told.items(), key=lambda one: -len(one[0])))


@cache
def _pattern(language: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(one) for one in terms(language)))


def parts(text: str, language: str) -> Iterator[tuple[str, str]]:
    """A text in pieces, each with the meaning of the term that it is; empty where it is none."""
    end = 0
    for match in _pattern(language).finditer(text):
        if match.start() > end:
            yield text[end : match.start()], ""
        yield match[0], terms(language)[match[0]]
        end = match.end()
    if end < len(text):
        yield text[end:], ""
