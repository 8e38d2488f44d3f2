"""What an officer enters with an event: each field as its type, or a finding that says why not."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lifecycle.cases import FieldValue, Subject
from lifecycle.conditions import Label
from lifecycle.definition import Field_, FieldType
from lifecycle.guards import Finding
from lifecycle.identity_numbers import may_be_identity_number

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST_TEXT = 300
"""Free text is a remark, not a file (rulebook F14)."""

WRITTEN = frozenset({FieldType.TEXT, FieldType.REFERENCE})
"""Fields in which anything may be written."""

TOO_LONG = "characters_at_most"
"""The comparison that a text of too many characters fails; seen is how many, not the text."""

NO_IDENTITY_NUMBER = "no_identity_number"
"""The comparison that fails where an identity number may stand; what was written is not seen."""

GIVEN = "[given]"
"""What a case remembers of a personal value that was entered: that there was one."""


def read_fields(
    declared: Mapping[str, Field_],
    entered: Mapping[str, Any],
    named: Mapping[Subject, str | None] = MappingProxyType({}),
) -> tuple[dict[str, FieldValue], list[Finding]]:
    """What was entered, typed, and a finding per field that is missing, unknown or unreadable.

    Args:
        declared: the fields of the event.
        entered: what was entered, by name.
        named: what numbers among it stand for; None for what is not on the register.
    """
    values: dict[str, FieldValue] = {}
    findings: list[Finding] = []
    known = ", ".join(declared) or "none"
    findings += [
        _field_finding(name, None, "unknown", known) for name in entered if name not in declared
    ]
    for name, spec in declared.items():
        given = entered.get(name, spec.default)
        if given is None or given == "":
            if spec.required:
                findings.append(_field_finding(name, spec, "required", spec.type.value))
            continue
        refused = _refused(name, spec, str(given).strip())
        if refused is not None:
            findings.append(refused)
            continue
        value = read_field(spec, given)
        if value is None:
            findings.append(_field_finding(name, spec, "readable", _wanted(spec), str(given)))
            continue
        values[name] = value
        gone = [one for one in named_by(spec, value) if named.get(one, "") is None]
        if gone:
            shown = ", ".join(f"{one.type}:{one.id}" for one in gone)
            findings.append(_field_finding(name, spec, "on_register", spec.refers_to, shown))
        elif spec.required:
            findings.append(
                Finding(name, met=True, label=spec.label, kind="field", seen=value, needed=None)
            )
    return values, findings


def _refused(name: str, spec: Field_, text: str) -> Finding | None:
    """What stands against a text whatever it says; None where nothing does.

    An identity number is refused in every field: what cannot be read would else be repeated in the
    refusal (rulebook F8).
    """
    if may_be_identity_number(text):
        return _field_finding(name, spec, NO_IDENTITY_NUMBER, "")
    if spec.type in WRITTEN and len(text) > LONGEST_TEXT:
        return _field_finding(name, spec, TOO_LONG, str(LONGEST_TEXT), str(len(text)))
    return None


def named_by(spec: Field_, value: FieldValue) -> list[Subject]:
    """The things on the register that a field's value names."""
    if not spec.refers_to:
        return []
    numbers = value if isinstance(value, tuple) else (value,)
    return [Subject(spec.refers_to, one) for one in numbers if isinstance(one, int)]


def _field_finding(
    name: str, spec: Field_ | None, comparison: str, needed: str, seen: str | None = None
) -> Finding:
    label = spec.label if spec else Label(zh=name, en=name)
    return Finding(
        name,
        met=False,
        label=label,
        kind="field",
        comparison=comparison,
        seen=seen,
        needed=needed,
        supplied_by=("form",),
    )


def read_field(spec: Field_, given: Any) -> FieldValue:  # noqa: ANN401, C901, PLR0911 - one line per type
    """One value as the type of its field, or None when it cannot be read as that."""
    text = str(given).strip()
    match spec.type:
        case FieldType.YES_NO:
            return given if isinstance(given, bool) else _TRUTH.get(text.lower())
        case FieldType.COUNT | FieldType.ID:
            return int(text) if text.isdecimal() else None
        case FieldType.DATE:
            try:
                return given if isinstance(given, date) else date.fromisoformat(text)
            except ValueError:
                return None
        case FieldType.CHOICE:
            return text if text in spec.choices else None
        case FieldType.ID_LIST:
            parts = text.replace(" ", "").split(",")
            return tuple(int(one) for one in parts) if all(p.isdecimal() for p in parts) else None
        case FieldType.TEXT:
            return text if len(text) <= LONGEST_TEXT else None
        case FieldType.REFERENCE:
            return text if len(text) <= LONGEST_TEXT else None


_TRUTH = {
    "yes": True, "true": True, "是": True, "1": True, "y": True,
    "no": False, "false": False, "否": False, "0": False, "n": False,
}  # fmt: skip


def _wanted(spec: Field_) -> str:
    if spec.type is FieldType.CHOICE:
        return " / ".join(spec.choices)
    return {"date": "2026-11-30", "yes_no": "yes / no", "text": f"<= {LONGEST_TEXT}"}.get(
        spec.type.value, spec.type.value
    )
