"""How facts about one type of subject are declared, with their labels in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.conditions import Label
from lifecycle.facts import DerivedFunction, FactType, ReadFunction, derived, fact
from workflows.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class About:
    """Declares facts about one type of subject."""

    subject: str

    def fact(
        self,
        name: str,
        type_: FactType,
        zh: str,
        en: str,
        *supplied_by: str,
        excludes: tuple[str, ...] = (),
        implies: tuple[str, ...] = (),
    ) -> Callable[[ReadFunction], ReadFunction]:
        """A fact that the database reads; `supplied_by` are events or `record:name`."""
        label = Label(zh=zh, en=en)
        return fact(
            FACTS,
            name,
            self.subject,
            type_,
            label,
            supplied_by,
            excludes=excludes,
            implies=implies,
        )

    def derived(
        self,
        name: str,
        type_: FactType,
        zh: str,
        en: str,
        needs: tuple[str, ...],
        parameters: tuple[str, ...] = (),
        excludes: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
    ) -> Callable[[DerivedFunction], DerivedFunction]:
        """A fact computed from others and from policy parameters."""
        label = Label(zh=zh, en=en)
        return derived(
            FACTS,
            name,
            self.subject,
            type_,
            label,
            needs=needs,
            parameters=parameters,
            excludes=excludes,
            choices=choices,
        )
