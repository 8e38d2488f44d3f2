"""Which notices a change owes: to whom, about what, with which values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lifecycle.definition import Stage
from lifecycle.entered import named_by
from lifecycle.guards import Situation, holds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lifecycle.cases import FieldValue
    from lifecycle.deadlines import DeadlineChange
    from lifecycle.definition import Field_, NoticeUse
    from lifecycle.rulebook import Rulebook

_DEADLINE = re.compile(r"D\d+$")


@dataclass(frozen=True, slots=True)
class NoticeOwed:
    """A notice that a change causes: to whom, about what, with which values."""

    notice: str
    stage: Stage
    recipient: str
    urgent: bool
    values: Mapping[str, Any]

    def telling(self) -> tuple[str, str, str, str]:
        """What it tells whom: notice, stage, recipient, and its values as one text."""
        return told(self.notice, self.stage.value, self.recipient, self.values)


def told(
    notice: str, stage: str, recipient: str, values: Mapping[str, Any]
) -> tuple[str, str, str, str]:
    """A notice by what it tells whom; which case it is about stands beside it.

    A result is a result, whatever day had been set for it.
    """
    own = {
        name: value
        for name, value in values.items()
        if name not in {"case", "subject"} and not (stage == Stage.DONE and _DEADLINE.match(name))
    }
    return notice, stage, recipient, json.dumps(own, sort_keys=True, ensure_ascii=False)


def notices_of(
    rulebook: Rulebook,
    uses: Sequence[NoticeUse],
    situation: Situation,
    changes: Sequence[DeadlineChange],
    sets: Mapping[str, FieldValue],
) -> tuple[NoticeOwed, ...]:
    """Everything that a row's notices come to; `changes` and `sets` are what it does besides."""
    owed: list[NoticeOwed] = []
    for use in uses:
        if all(holds(one, situation, rulebook.vocabulary) for one in use.when):
            told = (use.notice, use.stage, situation, changes, sets, use.to)
            owed += notices_owed(rulebook, *told)
    return tuple(owed)


def notices_owed(
    rulebook: Rulebook,
    notice: str,
    stage: Stage,
    situation: Situation,
    changes: Sequence[DeadlineChange] = (),
    sets: Mapping[str, FieldValue] | None = None,
    to: Sequence[str] = (),
) -> list[NoticeOwed]:
    """The notice to each of its recipients (`to` where given), or none when a need is unknown."""
    rule = rulebook.workflow.notices[notice]
    if any(situation.fact(one) is None for one in rule.needs):
        return []
    values: dict[str, Any] = {
        "effective_on": situation.effective_on.isoformat(),
        "state": situation.case.state,
    }
    for name in rule.values:
        values[name] = _plain(_told(name, rulebook, situation, changes, sets or {}))
    # A fact may name several recipients, separated by commas.
    named = {one: f"missing:{one}" for one in to or rule.to}
    named |= {one: "" for one in (() if to else rule.copies) if one not in named}
    recipients = dict.fromkeys(
        whom
        for one, nobody in named.items()
        for whom in (_recipient(one, rulebook, situation, sets or {}) or nobody).split(",")
        if whom
    )
    return [NoticeOwed(notice, stage, one, rule.urgent, values) for one in recipients]


def _recipient(
    name: str, rulebook: Rulebook, situation: Situation, sets: Mapping[str, FieldValue]
) -> str:
    """Whom a name stands for: what a fact gives, or the thing whose number a field holds."""
    spec = rulebook.workflow.fields.get(name)
    if spec is None or not spec.refers_to:
        return str(situation.fact(name) or "")
    number = next(
        (one[name] for one in (situation.fields, sets, situation.case.fields) if one.get(name)),
        None,
    )
    return f"{spec.refers_to}:{number}" if number else ""


def _told(
    name: str,
    rulebook: Rulebook,
    situation: Situation,
    changes: Sequence[DeadlineChange],
    sets: Mapping[str, FieldValue],
) -> FieldValue:
    """The value of a name in a notice: a deadline's due date, a field, a recorded value, a fact."""
    if name in rulebook.workflow.deadlines:
        opened = [one.due_on for one in changes if one.rule == name and one.due_on]
        row = situation.case.deadline(name)
        return opened[-1] if opened else (row.due_on if row else None)
    spec = rulebook.workflow.fields.get(name)
    for source in (situation.fields, sets, situation.case.fields):
        value = source.get(name)
        if value is not None:
            return _called(spec, value, situation) if spec and spec.refers_to else value
    return situation.fact(name)


def _called(spec: Field_, value: FieldValue, situation: Situation) -> FieldValue:
    """What the things are called that the value names, as far as they have just been entered."""
    names = [situation.named.get(one) for one in named_by(spec, value)]
    return ", ".join(one for one in names if one) or None


def _plain(value: FieldValue) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
