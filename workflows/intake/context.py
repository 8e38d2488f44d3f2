"""What a row is compared with: the organizations that are known, and the rows above it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workflows.intake.words import squeezed

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from workflows.intake.reader import RowReader


@dataclass(frozen=True, slots=True)
class Context:
    """Everything about other rows that the check of one row may ask."""

    organizations: Mapping[str, str]
    """Credit code -> name."""

    _seen: set[Hashable] = field(default_factory=set)

    def repeats(self, key: Hashable) -> bool:
        """Whether a row above had the same key; from now on this one is above."""
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def compare_name(self, row: RowReader, name: str, code: str, column: str = "name") -> None:
        """Reject an organization nobody knows, and doubt a known one under another name."""
        if not row.is_sound("credit_code"):
            return
        if code not in self.organizations:
            row.add("unknown_organization", "credit_code")
        elif name and squeezed(name) != squeezed(self.organizations[code]):
            row.add("name_differs", column)
