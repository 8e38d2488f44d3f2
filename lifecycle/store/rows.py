"""Rows of the engine's tables as the typed pictures that deciding needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from lifecycle.cases import CaseView, DeadlineStatus, DeadlineView, FieldValue, Subject
from lifecycle.definition import FieldType, Workflow
from lifecycle.store.tables import case, deadline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

WAIVED = "$waived"
"""The case field that holds the guards an approver has set aside until the next state."""

_CASE_COLUMNS = tuple(column.name for column in case.c)
_DEADLINE_COLUMNS = tuple(column.name for column in deadline.c)


def deadline_view(row: Sequence[Any] | Row[Any]) -> DeadlineView:
    """A row of `deadline` (all columns, in table order)."""
    c = dict(zip(_DEADLINE_COLUMNS, row, strict=True))
    return DeadlineView(
        id=c["id"],
        rule=c["rule"],
        kind=c["kind"],
        cycle=c["cycle"],
        anchor_on=c["anchor_on"],
        raw_on=c["raw_on"],
        due_on=c["due_on"],
        provisional=bool(c["provisional"]),
        status=DeadlineStatus(c["status"]),
        suspended_on=c["suspended_on"],
        suspended_days=c["suspended_days"],
        wake_at=c["wake_at"],
        derivation=_document(c["derivation"]),
        opened_entry_id=c["opened_entry_id"],
    )


class StoredDocument(Mapping[str, Any]):
    """A JSON document as the database holds it, read when somebody asks what it says."""

    __slots__ = ("_read", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._read: dict[str, Any] | None = None

    def _values(self) -> dict[str, Any]:
        if self._read is None:
            self._read = json.loads(self._text)
        return self._read

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


def _document(stored: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return StoredDocument(stored) if isinstance(stored, str) else stored


def case_view(
    row: Sequence[Any] | Row[Any], workflow: Workflow, deadlines: Sequence[DeadlineView]
) -> CaseView:
    """A row of `case` (all columns, in table order) with its deadlines."""
    c = dict(zip(_CASE_COLUMNS, row, strict=True))
    stored = dict(c["fields"])
    waived = frozenset(stored.pop(WAIVED, ()))
    return CaseView(
        id=c["id"],
        code=workflow.code,
        workflow=c["workflow"],
        workflow_text_id=c["workflow_text_id"],
        subject=Subject(c["subject_type"], c["subject_id"]),
        unit_id=c["unit_id"],
        state=c["state"],
        state_since_on=c["state_since_on"],
        previous_state=c["previous_state"],
        fields=typed_fields(stored, workflow),
        version=c["version"],
        head_hash=bytes(c["head_hash"]),
        last_on=c["last_on"],
        last_person_on=c["last_person_on"],
        taken_over_only=bool(c["taken_over_only"]),
        closed_on=c["closed_on"],
        deadlines=tuple(deadlines),
        waived=waived,
    )


def typed_fields(stored: Mapping[str, Any], workflow: Workflow) -> dict[str, FieldValue]:
    """Case fields as Python values: days from ISO text, lists as tuples."""
    return {name: _typed(name, value, workflow) for name, value in stored.items()}


def plain_fields(fields: Mapping[str, FieldValue], waived: frozenset[str]) -> dict[str, Any]:
    """Case fields as JSON holds them."""
    plain: dict[str, Any] = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in fields.items()
    }
    if waived:
        plain[WAIVED] = sorted(waived)
    return plain


def _typed(name: str, value: Any, workflow: Workflow) -> FieldValue:  # noqa: ANN401 - JSON
    spec = workflow.fields.get(name)
    if spec and spec.type is FieldType.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, list):
        return tuple(value)
    result: FieldValue = value
    return result
