"""Why a deadline is due on its day and how it stands, line by line as an officer reckons it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from json import loads
from typing import TYPE_CHECKING, Any

from lifecycle.cases import DeadlineStatus, Subject
from lifecycle.chain import entry_place
from lifecycle.conditions import LeftKind
from lifecycle.deadline_file import DeadlineFile
from lifecycle.deadline_life import Life, life_of
from lifecycle.reckoning import (
    BY_EVENT,
    ENTERED,
    FIXED,
    Reckoning,
    anchor_facts,
    reckoning_of,
)
from lifecycle.store import queries
from lifecycle.workdays import MAKEUP, WEEKEND
from wording.citations import cited
from wording.rendering import event_label, light
from workflows.naming import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle.conditions import Guard
    from lifecycle.deadline_life import Shift
    from lifecycle.work import Work
    from wording.words import Words


@dataclass(frozen=True, slots=True)
class Derivation:
    """A deadline with everything that its explanation names."""

    words: Words
    work: Work
    file: DeadlineFile
    reckoning: Reckoning
    life: Life

    def ref(self, seq: int) -> str:
        """The entry of that number, as officers write it."""
        return f"{self.file.view.ref}/{seq}"

    def event(self, event: str) -> str:
        """An event with its label."""
        return self.words.named(event, event_label(self.words, self.file.workflow, event))

    def entry(self, seq: int | None) -> str:
        """An entry by its number and what it records."""
        body = next(one for one in self.file.bodies if one["seq"] == seq)
        return f"{self.ref(body['seq'])} {self.event(body['event'])}"


def derivation_of(work: Work, words: Words, case_id: int, deadline_id: int) -> Derivation:
    """What explains the deadline of that number."""
    view = work.case(case_id)
    rows = queries.deadlines_of_case(work.connection, case_id)
    row = next(one for one in rows if one.id == deadline_id)
    bodies = [loads(bytes(one["body"])) for one in queries.timeline(work.connection, case_id)]
    workflow = work.registry.book_of(view.workflow_text_id).workflow
    file = DeadlineFile(view, workflow, row, rows, bodies)
    opened_on = date.fromisoformat(file.opener()["effective_on"])
    asked = work.decision(view.subject, anchor_facts(file), opened_on, view.unit_id)
    policy, rest_days = work.registry.policy, work.registry.rest_days
    reckoning = reckoning_of(file, asked.facts, policy, rest_days)
    return Derivation(words, work, file, reckoning, life_of(file, work.today))


def derivation_lines(derivation: Derivation) -> list[str]:
    """The head, the reckoning, what happened since, the grounds, and where it stands now."""
    d, words, row = derivation, derivation.words, derivation.file.row
    rule = d.file.workflow.deadlines[row.rule]
    head = f"{row.rule} {words.label(rule.label)}  {words.dated(row.due_on)}"
    if row.provisional:
        head += f"  {words('provisional')}"
    lines = [head, *_taken_over(d), _reckoned(d), *_suspended(d), *_rolled(d)]
    lines += [*_provisional(d), *_shifted(d), *_earlier(d), *_undone(d)]
    grounds = cited(rule.cite, words("practice"))
    versions = {"policy": row.derivation["policy"], "calendar": row.derivation["calendar"]}
    lines.append(words("explain_grounds", cite=grounds, **versions))
    lines.append(_standing(d))
    return lines


def derivation_json(derivation: Derivation) -> dict[str, Any]:
    """The same as data: entries by their reference, days as ISO text."""
    d = derivation
    told = {"reckoning": asdict(d.reckoning), **asdict(d.life)}
    told["pauses"] = [{**asdict(one), "why": _why(d, one.why)} for one in d.life.pauses]
    plain: dict[str, Any] = _plain(d, told)
    return plain


def _plain(d: Derivation, value: Any) -> Any:  # noqa: ANN401 - any part of the explanation
    if isinstance(value, dict):
        return {
            _ENTRIES.get(name, name): _entry_of(d, name, one)
            if name in _ENTRIES and one is not None
            else _plain(d, one)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(d, one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


_ENTRIES = {"seq": "entry", "resumed_seq": "resumed_by", "by_seq": "by", "cause": "cause"}
"""The names of what is an entry, and what scripts read them as."""


def _entry_of(d: Derivation, name: str, number: int) -> str:
    return _cause(d, number) if name == "cause" else d.ref(number)


def _cause(d: Derivation, entry_id: int) -> str:
    """The entry of another case."""
    case_id, seq = entry_place(entry_id)
    return f"{d.work.case(case_id).ref}/{seq}"


def _taken_over(d: Derivation) -> Iterator[str]:
    """What would have been the anchor, were it not known only later or taken over from a list."""
    counted, words = d.reckoning.counted, d.words
    if counted.true_on:
        yield words("explain_taken_over", true=counted.true_on, anchor=counted.on)
    elif counted.earlier:
        key = "explain_listed" if counted.is_taken_over else "explain_later"
        others = [f"{_anchor_name(d, source, name)} {on}" for source, name, on in counted.earlier]
        yield words(key, others=words.listed(others), anchor=counted.on)
    elif counted.is_taken_over:
        yield words("explain_as_listed", anchor=counted.on)


def _reckoned(d: Derivation) -> str:
    """Anchor + length = the last day, before anything moved it."""
    counted, extent, words = d.reckoning.counted, d.reckoning.extent, d.words
    said = {"anchor": counted.on, "label": anchor_label(d), "entry": d.ref(counted.seq)}
    said |= {"source": _source(d), "raw": d.reckoning.reckoned_on}
    if extent.unit == "year_end":
        return words("explain_year", **said)
    length = f"{extent.value} {words(f'unit_{extent.unit}')}"
    if extent.periods > 1:
        length = words("explain_cycle", length=length, cycle=extent.periods)
    for unit in ("months", "days"):
        more = getattr(extent, f"plus_{unit}")
        if more:
            length += f" + {words('explain_extended', days=more, unit=words(f'unit_{unit}'))}"
    return words("explain_anchor", length=length, **said)


def _source(d: Derivation) -> str:
    """Where the length comes from: a parameter and the day it is in force from, or the form."""
    extent, words = d.reckoning.extent, d.words
    if extent.source in {ENTERED, FIXED}:
        return words(f"explain_{extent.source}")
    if extent.since is None:
        told = words("explain_parameter_then", parameter=extent.source)
    else:
        told = words("explain_parameter", parameter=extent.source, since=extent.since)
    if extent.unit_id is not None:
        unit = Subject("unit", extent.unit_id)
        name = names_of(d.work.connection, [unit]).get(unit, "")
        told = words("explain_parameter_at", source=told, unit=name)
    if extent.capped_from is not None:
        told = words("explain_capped", given=extent.capped_from, source=told)
    return told


def anchor_label(d: Derivation) -> str:
    """What happened on the day from which the deadline is counted."""
    counted, words = d.reckoning.counted, d.words
    label = _anchor_name(d, counted.source, counted.name)
    if counted.true_on:
        label = words("anchor_taken_over", label=label)
    return words("anchor_kept", label=label) if counted.kept else label


def _anchor_name(d: Derivation, source: str, name: str) -> str:
    words, workflow = d.words, d.file.workflow
    if source == BY_EVENT:
        return event_label(words, workflow, name) or name
    if source == "due_on":
        return f"{name} {words.label(workflow.deadlines[name].label)}"
    if source == "fact":
        label = d.work.registry.label(workflow.subject, name)
    else:
        entered = {key: spec for row in workflow.transitions for key, spec in row.fields.items()}
        spec = entered.get(name) or workflow.fields.get(name)
        label = spec.label if spec else None
    return words.label(label) if label else name


def _suspended(d: Derivation) -> Iterator[str]:
    """Every time that the clock stood still, with the entries that stopped and started it."""
    for one in d.life.pauses:
        said = {"since": one.since, "by": d.ref(one.seq), "why": _why(d, one.why)}
        if one.until is not None and one.resumed_seq is not None:
            said |= {"until": one.until, "resumed": d.ref(one.resumed_seq), "days": one.days}
            yield d.words("explain_paused", **said)
        elif d.file.row.status is DeadlineStatus.SUSPENDED:
            yield d.words("explain_stands_still", **said)
        else:
            yield d.words("explain_stood_still", **said)
    if d.reckoning.suspended_days:
        days, raw = d.reckoning.suspended_days, d.reckoning.raw_on
        yield d.words("explain_suspended", days=days, raw=raw)


def _why(d: Derivation, condition: str) -> str:
    """The condition under which the clock stands still, in words."""
    pausing = d.file.workflow.deadlines[d.file.row.rule].pause_while
    for one in pausing:
        if str(one) == condition:
            return _guard_words(d, one)
    return condition


def _guard_words(d: Derivation, guard: Guard) -> str:
    registry, words = d.work.registry, d.words
    if guard.left is LeftKind.PREDICATE:
        return words.label(registry.predicates[guard.name].label)
    label = registry.label(d.file.workflow.subject, guard.name)
    name = words.label(label) if label else guard.name
    value = guard.right.value
    states = {key: one for book in registry.rulebooks.values()
              for key, one in book.workflow.states.items()}  # fmt: skip
    seen = words.label(states[value].label) if value in states else words.value(value)
    return name if value is True else f"{name} {seen}"


def _rolled(d: Derivation) -> list[str]:
    words, reckoned = d.words, d.reckoning
    if not reckoned.stays:
        runs = words.listed(_run(d, *one) for one in _runs(reckoned.passed))
        return [words("explain_rolled", runs=runs, due=reckoned.due_on)]
    due = words.dated(reckoned.due_on)
    if reckoned.stays == MAKEUP:
        notice = d.work.registry.rest_days.notices.get(reckoned.due_on.year, "")
        return [words("explain_makeup", due=due, notice=notice)]
    if reckoned.stays == "switched_off":
        return [words("explain_switched_off")]
    if reckoned.stays == "working":
        return [words("explain_weekday" if reckoned.unpublished else "explain_working", due=due)]
    kind = words.section("kinds").get(reckoned.stays, reckoned.stays)
    ends = words.section("period_ends").get(reckoned.stays, "")
    return [words("explain_not_rolled", kind=kind, ends=ends)]


def _runs(
    passed: Sequence[tuple[date, str, str]],
) -> Iterator[tuple[str, str, list[date]]]:
    for (why, notice), days in groupby(passed, key=lambda one: one[1:]):
        yield why, notice, [day for day, _, _ in days]


def _run(d: Derivation, why: str, notice: str, days: Sequence[date]) -> str:
    first, last = days[0], days[-1]
    span = str(first) if first == last else d.words("span", first=first, last=f"{last:%m-%d}")
    if why == WEEKEND:
        return d.words("run_weekend", span=span)
    name = d.words.section("holidays").get(why, why)
    return d.words("run_holiday", span=span, name=name, notice=notice)


def _provisional(d: Derivation) -> Iterator[str]:
    if d.reckoning.unpublished:
        years = d.words.listed(map(str, d.reckoning.unpublished))
        yield d.words("explain_provisional", years=years)


def _shifted(d: Derivation) -> Iterator[str]:
    """Every time it was reckoned anew by another parameter or another calendar."""
    for one in d.life.shifts:
        said = {"on": one.on, "by": d.ref(one.seq), "before": one.before, "after": one.after}
        yield d.words("explain_moved", why=_shift_reason(d, one), **said)


def _shift_reason(d: Derivation, one: Shift) -> str:
    if one.parameter:
        values = {"before": one.value_before, "after": one.value_after}
        return d.words("moved_by_parameter", parameter=one.parameter, **values)
    return d.words("moved_certain" if one.certain else "moved_by_calendar", year=one.before.year)


def _earlier(d: Derivation) -> Iterator[str]:
    """The dates that it had before corrections, the latest first."""
    for one in d.life.earlier:
        said = {"by": d.entry(one.seq), "before": one.due_on, "anchor": one.anchor_on}
        yield d.words("explain_earlier", deadline=one.deadline_id, **said)
        if one.cause is not None:
            yield d.words("explain_cause", cause=_cause(d, one.cause))


def _undone(d: Derivation) -> Iterator[str]:
    """What was done to it and does not count any more."""
    acts = d.words.section("deadline_acts")
    for one in d.life.undone:
        said = {"what": acts.get(one.act, one.act), "on": one.on, "entry": d.entry(one.seq)}
        yield d.words("explain_undone", by=d.entry(one.by_seq), **said)


def _standing(d: Derivation) -> str:
    words, now, row = d.words, d.life.standing, d.file.row
    if now.status == "taken_back":
        where = words("explain_instead", deadline=now.instead) if now.instead else ""
        return words("explain_taken_back", by=d.entry(now.seq), instead=where).strip()
    status = words("explain_status", status=words.value(now.status))
    if now.overdue_since is not None:
        days = (d.work.today - row.due_on).days
        return f"{status} · {words('explain_overdue', since=now.overdue_since, days=days)}"
    if now.on is None:
        shown = (row.kind, now.status, row.due_on, d.work.today)
        return f"{status} · {light(words, *shown, d.work.registry.rest_days)}"
    if row.status is DeadlineStatus.SUSPENDED:
        told = words("explain_suspended_since", on=now.on, entry=d.ref(now.seq or 0), days=now.days)
    else:
        told = words(
            "explain_ended", on=now.on, event=d.event(now.event), entry=d.ref(now.seq or 0)
        )
    late = words("explain_late", days=now.days) if now.event and now.days else ""
    return f"{status} ({told}){late}"


__all__ = ["Derivation", "derivation_json", "derivation_lines", "derivation_of"]
