"""What officers read on the command line: sentences by key, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lifecycle.definition import Label

FOLDER = Path(__file__).parent / "catalogue"


@cache
def _catalogue(language: str) -> Mapping[str, Any]:
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    catalogue: Mapping[str, Any] = yaml.safe_load(text)
    return catalogue


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue of one language."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of that key with its values."""
        sentence: str = _catalogue(self.language)["sentences"][key]
        return sentence.format(**values)

    def label(self, label: Label) -> str:
        """A definition's label in this language."""
        return label.zh if self.language == "zh" else label.en

    def value(self, value: object) -> str:
        """A fact's or field's value in words."""
        if value is None:
            return self("unknown")
        if isinstance(value, bool):
            return self("yes" if value else "no")
        if isinstance(value, date):
            return value.isoformat()
        named: Mapping[str, str] = _catalogue(self.language)["values"]
        return named.get(str(value), str(value))

    def role(self, role: str) -> str:
        """A role's name."""
        named: Mapping[str, str] = _catalogue(self.language)["roles"]
        return named.get(role, role)

    def weekday(self, day: date) -> str:
        """The day of the week."""
        days: list[str] = _catalogue(self.language)["weekdays"]
        return days[day.weekday()]
