"""One language of the handbook: its own sentences, and the words it shares with the commands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.conditions import Label

FOLDER = Path(__file__).parent / "words"
LANGUAGES = ("zh", "en")


class Vocabulary(Protocol):
    """The catalogue of the command line: what roles, values and events are called."""

    def section(self, name: str) -> Mapping[str, str]:
        """Words by identifier."""
        ...


@cache
def _words(language: str) -> Mapping[str, Any]:
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    words: Mapping[str, Any] = yaml.safe_load(text)
    return words


@dataclass(frozen=True, slots=True)
class Speech:
    """What the handbook says in one language."""

    language: str
    shared: Vocabulary

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of that key with its values."""
        sentence: str = _words(self.language)["sentences"][key]
        return sentence.format(**values)

    def own(self, section: str) -> Mapping[str, str]:
        """The handbook's own words by identifier: types, kinds, purposes and so on."""
        named: Mapping[str, str] = _words(self.language)[section]
        return named

    def label(self, label: Label) -> str:
        """A definition's label in this language."""
        return label.zh if self.language == "zh" else label.en

    def yes(self, value: bool) -> str:  # noqa: FBT001 - the value that is told
        """A truth value in words."""
        return self("yes" if value else "no")

    def listed(self, items: Iterable[str]) -> str:
        """Several things in one sentence, each once."""
        return ("、" if self.language == "zh" else ", ").join(dict.fromkeys(items))

    def roles(self, roles: Iterable[str]) -> str:
        """Roles in words."""
        names = self.shared.section("roles")
        return self.listed(names.get(str(one), str(one)) for one in roles)
