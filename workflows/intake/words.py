"""The words of the rosters, read once from the YAML files that hold the officers' language."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).resolve().parent
_SPACE = re.compile(r"\s+")
_BRACKETED = re.compile(r"[(\[{【〔].*?[)\]}】〕]")
_MARKS = re.compile(r"[*＊※:：、,，。.]")


@cache
def read_yaml(name: str) -> dict[str, Any]:
    """The content of a YAML file beside this module."""
    content: dict[str, Any] = yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
    return content


def words() -> dict[str, Any]:
    """The vocabulary of the cells (`words.yaml`)."""
    return read_yaml("words.yaml")


def squeezed(text: str) -> str:
    """The text in half width and without any space, for comparing."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def header_key(text: str) -> str:
    """A header text as it is compared: no spaces, brackets, marks or case."""
    plain = _MARKS.sub("", squeezed(text))
    return (_BRACKETED.sub("", plain) or plain).casefold()


@cache
def meanings(group: str) -> dict[str, str]:
    """Every word of a group of the vocabulary -> what it means."""
    return {
        squeezed(word): meaning for meaning, spoken in words()[group].items() for word in spoken
    }


@cache
def word_set(group: str) -> frozenset[str]:
    """The words of a list of the vocabulary, as they are compared."""
    return frozenset(squeezed(word) for word in words()[group])


def is_blank_word(text: str) -> bool:
    """Whether the text says in so many characters that nothing is stated."""
    return squeezed(text) in word_set("blanks")
