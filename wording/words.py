"""What officers read on the command line: sentences by key, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.conditions import Label

FOLDER = Path(__file__).parent / "catalogue"
LANGUAGES = ("zh", "en")

# The loader in C reads the catalogue in a tenth of the time; not every build of PyYAML has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _catalogue(language: str) -> Mapping[str, Any]:
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    catalogue: Mapping[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe loaders
    return catalogue


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue of one language."""

    language: str
    at_desk: bool = False
    """Sentences that name a command say something else on a page."""

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of that key with its values."""
        catalogue = _catalogue(self.language)
        own: Mapping[str, str] = catalogue["desk_sentences"] if self.at_desk else {}
        sentence: str = own.get(key) or catalogue["sentences"][key]
        return sentence.format(**values)

    def section(self, name: str) -> Mapping[str, str]:
        """Words by identifier: values, roles, measures, holidays, help and so on."""
        named: Mapping[str, str] = _catalogue(self.language).get(name) or {}
        return named

    def label(self, label: Label) -> str:
        """A definition's label in this language."""
        return label.zh if self.language == "zh" else label.en

    def named(self, identifier: str, label: str) -> str:
        """An identifier with its label; on a page the label alone: officers read no identifiers."""
        return label if self.at_desk and label else f"{identifier} {label}".strip()

    def value(self, value: object) -> str:
        """A fact's or field's value in words."""
        if value is None:
            return self("unknown")
        if isinstance(value, bool):
            return self("yes" if value else "no")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, tuple | list):
            return self.listed(self.value(one) for one in value)
        return self.section("values").get(str(value), str(value))

    def counted(self, name: str, value: object) -> str:
        """A number with the measure word of what it counts: 2 名."""
        measure = self.section("measures").get(name)
        if measure is None or isinstance(value, bool) or not isinstance(value, int):
            return self.value(value)
        return f"{value} {measure}"

    def listed(self, items: Iterable[str]) -> str:
        """Several things in one sentence."""
        return ", ".join(items)

    def role(self, role: str) -> str:
        """A role's name."""
        return self.section("roles").get(role, role)

    def weekday(self, day: date) -> str:
        """The day of the week."""
        days: list[str] = _catalogue(self.language)["weekdays"]
        return days[day.weekday()]

    def dated(self, day: date) -> str:
        """A day with its day of the week: 2026-02-24 (周二)."""
        return f"{day.isoformat()} ({self.weekday(day)})"
