"""Why a deadline is due on its day, line by line as an officer would reckon it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from json import loads
from typing import TYPE_CHECKING, Any

from cli.citations import cited
from lifecycle.conditions import PARAMETER, Operand, OperandKind
from lifecycle.store import queries
from lifecycle.workdays import ROLLING, WEEKEND, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import RowMapping

    from cli.words import Words
    from lifecycle.cases import CaseView, DeadlineView
    from lifecycle.definition import Anchor, DeadlineRule, Workflow
    from lifecycle.registry import Registry
    from lifecycle.work import Work


@dataclass(frozen=True, slots=True)
class Derivation:
    """A deadline with everything that its explanation names."""

    words: Words
    registry: Registry
    view: CaseView
    row: DeadlineView
    entries: Sequence[RowMapping]
    work: Work

    @property
    def workflow(self) -> Workflow:
        """The workflow under which the case runs."""
        return self.registry.book_of(self.view.workflow_text_id).workflow

    @property
    def rule(self) -> DeadlineRule:
        """The rule of the catalogue that gave the deadline."""
        return self.workflow.deadlines[self.row.rule]

    @property
    def opened(self) -> RowMapping:
        """The entry that opened it."""
        return next(one for one in self.entries if one["id"] == self.row.opened_entry_id)

    def ref(self, seq: int) -> str:
        """The entry of that number, as officers write it."""
        return f"{self.view.ref}/{seq}"


def derivation_of(work: Work, words: Words, row: RowMapping) -> Derivation:
    """What explains the deadline in `row`."""
    view = work.case(row["case_id"])
    deadline = next(one for one in view.deadlines if one.id == row["id"])
    entries = queries.timeline(work.connection, view.id)
    return Derivation(words, work.registry, view, deadline, entries, work)


def derivation_lines(derivation: Derivation) -> list[str]:
    """The head, the reckoning, what moved it, the grounds, and where it stands now."""
    d, words = derivation, derivation.words
    head = f"{d.row.rule} {words.label(d.rule.label)}  {words.dated(d.row.due_on)}"
    if d.row.provisional:
        head += f"  {words('provisional')}"
    lines = [head, *_taken_over(d), _reckoned(d), *_suspended(d), *_rolled(d)]
    given = d.row.derivation
    grounds = cited(d.rule.cite, words("practice"))
    versions = {"policy": given["policy"], "calendar": given["calendar"]}
    lines.append(words("explain_grounds", cite=grounds, **versions))
    lines.append(_standing(d))
    return lines


def _taken_over(d: Derivation) -> Iterator[str]:
    if "taken_over" in d.row.derivation:
        true = d.row.derivation["taken_over"]["true_anchor_on"]
        yield d.words("explain_taken_over", true=true, anchor=d.row.anchor_on)


def _reckoned(d: Derivation) -> str:
    """Anchor + length = the last day, before anything moved it."""
    length = d.row.derivation["length"]
    raw = d.row.raw_on - timedelta(days=d.row.suspended_days)
    said = {"anchor": d.row.anchor_on, "label": anchor_label(d), "entry": d.ref(d.opened["seq"])}
    if length["unit"] == "year_end":
        return d.words("explain_year", raw=raw, source=_source(d, length), **said)
    periods = length.get("periods", 1)
    value = f"{length['value']}" if periods == 1 else f"{length['value']} × {periods}"
    unit = d.words(f"unit_{length['unit']}")
    return d.words(
        "explain_anchor", length=f"{value} {unit}", source=_source(d, length), raw=raw, **said
    )


def _source(d: Derivation, length: Mapping[str, Any]) -> str:
    """Where the length comes from: a parameter and the day it is in force from, or the form."""
    name = str(length["parameter"])
    if "capped_from" in length:
        return d.words("explain_capped", given=length["capped_from"], parameter=name)
    if not PARAMETER.match(name):
        return d.words("explain_entered")
    units = d.registry.policy.ancestors(d.view.unit_id)
    on = d.opened["effective_on"]
    since = d.registry.policy.parameter(name).in_force(on, units).from_on
    return d.words("explain_parameter", parameter=name, since=since)


def anchor_label(d: Derivation) -> str:
    """What happened on the day from which the deadline is counted."""
    anchor = _anchor(d)
    if anchor.previous or anchor.next_cycle:
        return d.words("anchor_previous")
    for operand in anchor.latest_of:
        if _value(d, operand) == d.row.anchor_on:
            return _operand_label(d, operand)
    for row in d.workflow.transitions:
        if row.event == d.opened["event"]:
            return d.words.label(row.label)
    return d.words.section("events").get(d.opened["event"], d.opened["event"])


def _anchor(d: Derivation) -> Anchor:
    """The anchor of the row that opened it, which may differ from the rule's."""
    entry = d.opened
    for row in d.workflow.transitions:
        if row.event == entry["event"] and row.target in {entry["to_state"], "same"}:
            for use in row.opens:
                if use.deadline == d.row.rule and use.anchor is not None:
                    return use.anchor
    return d.rule.anchor


def _value(d: Derivation, operand: Operand) -> object:
    """The operand's value as it was when the deadline opened, where it can still be read."""
    if operand.kind is OperandKind.RECORDED:
        return d.view.fields.get(operand.name)
    if operand.kind is OperandKind.DUE_ON:
        other = d.view.deadline(operand.name)
        return other.due_on if other else None
    if operand.kind is OperandKind.FACT:
        decision = d.work.decision(
            d.view.subject, [operand.name], d.opened["effective_on"], d.view.unit_id
        )
        return decision.facts.get(operand.name)
    return None


def _operand_label(d: Derivation, operand: Operand) -> str:
    if operand.kind is OperandKind.DUE_ON:
        return f"{operand.name} {d.words.label(d.workflow.deadlines[operand.name].label)}"
    if operand.kind is OperandKind.RECORDED and operand.name in d.workflow.fields:
        return d.words.label(d.workflow.fields[operand.name].label)
    label = d.registry.label(d.workflow.subject, operand.name)
    return d.words.label(label) if label else operand.name


def _suspended(d: Derivation) -> Iterator[str]:
    """Every time that the clock stood still, with the entries that stopped it."""
    stopped: tuple[str, str] | None = None
    for act, on, ref in _pauses(d):
        if act == "suspend":
            stopped = (on, ref)
        elif stopped:
            yield d.words("explain_paused", since=stopped[0], by=stopped[1], until=on)
            stopped = None
    if d.row.suspended_days:
        yield d.words("explain_suspended", days=d.row.suspended_days, raw=d.row.raw_on)
    if stopped and d.row.status == "suspended":
        yield d.words("explain_stands_still", since=stopped[0], by=stopped[1])


def _pauses(d: Derivation) -> Iterator[tuple[str, str, str]]:
    """Act, day and entry of every suspension and resumption of the deadline."""
    for entry in d.entries:
        for change in loads(bytes(entry["body"]))["deadlines"]:
            if change.get("deadline") == d.row.id and change["act"] in {"suspend", "resume"}:
                yield change["act"], change["on"], d.ref(entry["seq"])


def _rolled(d: Derivation) -> list[str]:
    words, given = d.words, d.row.derivation
    kind = PeriodKind(d.row.kind)
    if kind not in ROLLING:
        return [words("explain_not_rolled", kind=words.section("kinds").get(kind, kind))]
    if not given.get("rolled", True):
        return [words("explain_switched_off")]
    if not given.get("passed"):
        return [words("explain_working", due=words.dated(d.row.due_on))]
    runs = words.listed(_run(d, why, days) for why, days in _runs(given["passed"]))
    return [words("explain_rolled", runs=runs, due=d.row.due_on)]


def _runs(passed: Sequence[Sequence[str]]) -> Iterator[tuple[str, list[str]]]:
    for why, days in groupby(passed, key=lambda one: one[1]):
        yield why, [day for day, _ in days]


def _run(d: Derivation, why: str, days: Sequence[str]) -> str:
    first, last = days[0], days[-1]
    span = first if first == last else d.words("span", first=first, last=last[5:])
    if why == WEEKEND:
        return d.words("run_weekend", span=span)
    name = d.words.section("holidays").get(why, why)
    # The notice of the year of the day itself: a run may cross into another year.
    year = date.fromisoformat(last).year
    notice = d.registry.rest_days.notices.get(year) or d.row.derivation.get("notice", "")
    return d.words("run_holiday", span=span, name=name, notice=notice)


def _standing(d: Derivation) -> str:
    told = d.words("explain_status", status=d.words.value(d.row.status.value))
    closing = _closing(d)
    return f"{told} ({closing})" if closing else told


def _closing(d: Derivation) -> str:
    """The entry that ended it, if any has."""
    for entry in reversed(d.entries):
        for change in loads(bytes(entry["body"]))["deadlines"]:
            ended = change.get("deadline") == d.row.id
            if ended and change["act"] in {"meet", "cancel", "lapse"}:
                return f"{entry['effective_on']} {entry['event']}, {d.ref(entry['seq'])}"
    return ""
