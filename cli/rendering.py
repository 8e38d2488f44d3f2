"""Findings, refusals, cases and due dates as an officer reads them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from lifecycle.chain import entry_place
from lifecycle.workdays import ROLLING, WEEKEND, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cli.words import Words
    from lifecycle.definition import Label
    from lifecycle.guards import Finding
    from lifecycle.registry import Registry

SOON_DAYS = 7


def light(words: Words, due_on: date | None, today: date) -> str:
    """Shape and words: how much time is left."""
    if due_on is None:
        return words("light_none")
    days = (due_on - today).days
    if days < 0:
        return words("light_overdue", days=-days)
    return words("light_soon" if days <= SOON_DAYS else "light_open", days=days)


def finding_line(words: Words, finding: Finding, registry: Registry, cases: Mapping[str, str]) -> str:
    """One finding as one line: what was seen, what is needed, on what ground, who can help.

    Args:
        words: The language.
        finding: The finding.
        registry: Where events that supply something find their labels.
        cases: The related open cases by workflow, so that a supplier can be named by number.
    """
    parts = [_statement(words, finding)]
    if finding.target:
        parts.append(words("target", target=finding.target))
    if finding.cite:
        parts.append(words("by_clause", cite=", ".join(finding.cite)))
    if not finding.met:
        who = [_supplier(words, one, registry, cases) for one in finding.supplied_by]
        if who:
            parts.append(words("supplied", who="; ".join(who)))
        if finding.override:
            parts.append(words("override"))
    return " · ".join(parts)


def _statement(words: Words, finding: Finding) -> str:
    label, seen = words.label(finding.label), words.value(finding.seen)
    if finding.met:
        key = "finding_waived" if finding.waived else "finding_met"
        return words(key, label=label, seen=_roles(words, finding) or seen)
    if finding.kind == "role":
        return words("finding_role", seen=_roles(words, finding), needed=_named(words, finding.needed))
    if finding.kind == "definition":
        return words("finding_definition", label=label, needed=finding.needed)
    if finding.kind == "field" and finding.comparison in _FIELD_KEYS:
        key = _FIELD_KEYS[finding.comparison]
        return words(key, label=label, name=finding.id, seen=seen, needed=finding.needed)
    need = words(f"need_{finding.comparison}", needed=words.value(finding.needed))
    if finding.parameter:
        need += " " + words("parameter", parameter=finding.parameter)
    return words("finding_fact", label=label, seen=seen, need=need)


_FIELD_KEYS = {
    "required": "finding_field",
    "readable": "finding_bad_field",
    "unknown": "finding_unknown_field",
}


def _roles(words: Words, finding: Finding) -> str:
    return _named(words, finding.seen) if finding.kind == "role" else ""


def _named(words: Words, roles: object) -> str:
    return ", ".join(words.role(one) for one in str(roles).split(", "))


def _supplier(words: Words, one: str, registry: Registry, cases: Mapping[str, str]) -> str:
    if one == "form":
        return words("supplied_form")
    kind, _, rest = one.partition(":")
    if kind == "role":
        return words("supplied_role", role=words.role(rest), id=rest)
    if kind == "record":
        return words("supplied_record", fact=rest)
    workflow, _, event = one.partition(".")
    number = cases.get(workflow)
    book = registry.rulebooks.get(workflow)
    rows = [row for row in book.workflow.transitions if row.event == event] if book else []
    who = ", ".join(dict.fromkeys(words.role(role) for row in rows for role in row.by))
    what = f"{number or workflow} {event}"
    return f"{what} ({who})" if who else what


def said_of(words: Words, label: Label | None) -> str:
    """A label that may be missing."""
    return words.label(label) if label else ""


def event_label(registry: Registry, workflow: str, event: str) -> Label | None:
    """The label of an event of a workflow."""
    rows = registry.book(workflow).workflow.transitions
    return next((row.label for row in rows if row.event == event), None)


def derivation_lines(words: Words, row: Mapping[str, Any], code: str, label: Label) -> list[str]:
    """Why a deadline is due on that day, line by line."""
    d = row["derivation"]
    due, kind = row["due_on"], PeriodKind(row["kind"])
    head = words(
        "explain_head",
        rule=row["rule"],
        label=words.label(label),
        due=due,
        weekday=words.weekday(due),
    )
    lines = [head + (f"  {words('provisional')}" if row["provisional"] else "")]
    case_id, seq = entry_place(row["opened_entry_id"])
    entry = f"{code}-{case_id}/{seq}"
    length = d["length"]
    if length["unit"] == "year_end":
        values = {"anchor": d["anchor_on"], "raw": d["raw_on"], "parameter": length["parameter"]}
        lines.append(words("explain_window", entry=entry, **values))
    else:
        periods = length.get("periods", 1)
        lines.append(
            words(
                "explain_anchor",
                anchor=d["anchor_on"],
                entry=entry,
                value=f"{length['value']}" + (f" × {periods}" if periods > 1 else ""),
                unit=words(f"unit_{length['unit']}"),
                parameter=length["parameter"],
                raw=d["raw_on"],
            )
        )
    if "taken_over" in d:
        true = d["taken_over"]["true_anchor_on"]
        lines.append(words("explain_taken_over", true=true, anchor=d["anchor_on"]))
    if d.get("suspended_days"):
        lines.append(words("explain_suspended", days=d["suspended_days"]))
    lines += _rolling_lines(words, d, due, kind)
    cite = ", ".join(d["cite"])
    lines.append(words("explain_policy", policy=d["policy"], calendar=d["calendar"], cite=cite))
    lines.append(words("explain_status", status=words.value(row["status"])))
    return lines


def _rolling_lines(words: Words, d: Mapping[str, Any], due: date, kind: PeriodKind) -> list[str]:
    if kind not in ROLLING:
        return [words("explain_not_rolled", kind=kind.value)]
    passed: Sequence[Sequence[str]] = d.get("passed", [])
    if not passed:
        return [words("explain_working", due=due)]
    reasons = list(dict.fromkeys(why for _, why in passed))
    shown = ", ".join(words("weekend") if why == WEEKEND else why for why in reasons)
    return [
        words(
            "explain_rolled",
            first=passed[0][0],
            last=passed[-1][0],
            why=shown,
            notice=d.get("notice", ""),
            due=due,
        )
    ]


def fields_line(words: Words, fields: Iterable[tuple[str, Any]], labels: Mapping[str, Label]) -> str:
    """Recorded case fields as one line."""
    return "; ".join(
        f"{words.label(labels[name]) if name in labels else name} {words.value(value)}"
        for name, value in fields
        if value is not None
    )
