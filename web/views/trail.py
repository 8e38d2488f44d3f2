"""The trail as a page shows it: who recorded what when, by which rules; no value about a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from json import loads
from typing import TYPE_CHECKING, Any, Final

from lifecycle import searching
from lifecycle.access import ActorSource, Role, Scope
from lifecycle.cases import EntryKind, Subject
from lifecycle.searching import Sought
from lifecycle.store import queries
from web.forms import read_day
from web.numbers import is_held
from web.sitting import PERSON_TYPES
from web.views.looks import look_told, units_of
from wording.citations import cited
from wording.rendering import event_label
from workflows.naming import names_of
from workflows.remarks import LOOKS, reasons_of
from workflows.trail import in_sight, is_in_sight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from lifecycle.cases import CaseView
    from lifecycle.rulebook import Rulebook
    from web.sitting import Sitting

PAGE: Final = 50
BY_SYSTEM: Final = frozenset({EntryKind.AUTOMATIC, EntryKind.TIME, EntryKind.DEADLINE})


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the address of the page asks for, as text."""

    what: str = ""
    """`looks`: who looked at what and took what away."""
    who: str = ""
    since: str = ""
    until: str = ""
    event: str = ""
    kind: str = ""
    case: str = ""
    before: str = ""

    def as_query(self) -> dict[str, object]:
        """What stands in the address."""
        names = ("what", "who", "since", "until", "event", "kind", "case", "before")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of the trail."""

    at: datetime
    on: str
    who: str
    what: str
    kind: str
    ref: str
    case: str
    subject: str
    before: str
    after: str
    version: str
    clause: str
    request: str
    hash: str
    details: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TrailPage:
    """A page of entries, and the choices of its filters."""

    conditions: Conditions
    rows: Sequence[EntryRow]
    next: str
    people: Sequence[str]
    """Who acted in what is shown, to pick from: asking the whole trail would read all of it."""
    events: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    looks: bool
    """Whether the reader may see who looked at what."""


def trail_page(connection: Connection, sitting: Sitting, asked: Conditions) -> TrailPage:
    """The entries that the conditions ask for."""
    sees_looks = sitting.may(Role.AUDITOR)
    looking = asked.what == "looks" and sees_looks
    scope = auditing_scope(sitting) if looking else sitting.scope
    events = event_names(sitting)
    chosen = {name for name, label in events.items() if label == asked.event}
    sought = Sought(
        who=asked.who,
        since=read_day(asked.since),
        until=read_day(asked.until),
        events=LOOKS if looking else chosen,
        without=() if looking else LOOKS,
        kind=asked.kind if asked.kind in set(EntryKind) else "",
        case_id=_case_id(connection, sitting, asked.case),
        before=_key(asked.before),
        limit=PAGE + 1,
    )
    found = searching.entries(connection, in_sight(scope), sought)
    more = len(found) > PAGE
    words = sitting.teller.words
    return TrailPage(
        conditions=asked,
        rows=entry_rows(connection, sitting, found[:PAGE], hide_looks=not looking),
        next=_written(found[PAGE - 1]) if more else "",
        people=sorted({one["actor"] for one in found if one["event"] not in LOOKS or looking}),
        events=sorted({(label, label) for label in events.values() if label}),
        kinds=[(one.value, words(f"entry_kind_{one.value}")) for one in EntryKind],
        looks=sees_looks,
    )


def auditing_scope(sitting: Sitting) -> Scope:
    """What is in sight for the auditor's role alone."""
    units = sitting.seat.units_of({Role.AUDITOR})
    return Scope(units, units, PERSON_TYPES)


def event_names(sitting: Sitting) -> dict[str, str]:
    """Every event of any workflow, and of the engine, with its label."""
    words = sitting.teller.words
    found = dict(words.section("events"))
    for book in sitting.teller.registry.rulebooks.values():
        for row in book.workflow.transitions:
            found.setdefault(row.event, words.label(row.label))
    return {name: label for name, label in found.items() if name not in LOOKS}


def _case_id(connection: Connection, sitting: Sitting, reference: str) -> int | None:
    """The number of a case; one outside the reader's sight is simply not found by the search."""
    given = reference.strip()
    return sitting.number_sought(connection, given) if given else None


def _key(text: str) -> tuple[datetime, int] | None:
    """Where a page goes on; None for what no entry has, such as a moment without an offset."""
    at, _, number = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not is_held(number):
            return None
        return moment.astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        return None


def _written(row: RowMapping) -> str:
    return f"{row['recorded_at'].isoformat()}~{row['id']}"


def chain_rows(connection: Connection, sitting: Sitting, view: CaseView) -> list[EntryRow]:
    """Every entry of a case in order; who looked is told where the reader is its auditor."""
    found = [
        {
            **row,
            "workflow": view.workflow,
            "workflow_text_id": view.workflow_text_id,
            "subject_type": view.subject.type,
            "subject_id": view.subject.id,
        }
        for row in queries.timeline(connection, view.id)
    ]
    audited = is_in_sight(connection, auditing_scope(sitting), view.id)
    return entry_rows(connection, sitting, found, hide_looks=not audited)


def entry_rows(
    connection: Connection,
    sitting: Sitting,
    found: Sequence[RowMapping | Mapping[str, Any]],
    *,
    hide_looks: bool,
) -> list[EntryRow]:
    """Entries as rows, with the names of what their cases are about in one read."""
    subjects = {Subject(one["subject_type"], one["subject_id"]) for one in found}
    for one in found:
        if one["event"] in LOOKS and not hide_looks:
            subjects |= units_of(loads(bytes(one["body"]))["details"])
    names = names_of(connection, subjects)
    looks = [] if hide_looks else [one["id"] for one in found if one["event"] in LOOKS]
    reasons = reasons_of(connection, looks) if looks else {}
    return [_row(sitting, one, names, reasons, hide_looks=hide_looks) for one in found]


def _row(
    sitting: Sitting,
    one: RowMapping | Mapping[str, Any],
    names: Mapping[Subject, str],
    reasons: Mapping[int, str],
    *,
    hide_looks: bool,
) -> EntryRow:
    words, registry = sitting.teller.words, sitting.teller.registry
    body = loads(bytes(one["body"]))
    book = registry.versions.get(body["workflow_text"]) or registry.book(one["workflow"])
    ref = f"{book.workflow.code}-{one['case_id']}"
    is_look = one["event"] in LOOKS
    return EntryRow(
        at=one["recorded_at"],
        on=str(one["effective_on"]),
        who="—" if is_look and hide_looks else _who(sitting, one["kind"], body["actor"]),
        what=event_label(words, book.workflow, one["event"]) or one["event"],
        kind=words(f"entry_kind_{one['kind']}"),
        ref=f"{ref}/{one['seq']}",
        case=ref,
        subject=names.get(Subject(one["subject_type"], one["subject_id"]), ""),
        before=_state(sitting, book, one["from_state"]),
        after=_state(sitting, book, one["to_state"]),
        version=book.workflow.version,
        clause=cited(body["cite"], words("practice")),
        request=one["request_id"],
        hash=bytes(one["hash"]).hex()[:12],
        details=look_told(sitting, body["details"], names) if is_look and not hide_looks else "",
        reason=reasons.get(one["id"], ""),
    )


def _who(sitting: Sitting, kind: str, actor: Mapping[str, Any]) -> str:
    words = sitting.teller.words
    if kind in BY_SYSTEM or actor["source"] == ActorSource.SYSTEM:
        return words("by_system")
    if actor["for"]:
        return words("acting_for", who=actor["id"], absent=actor["for"])
    return str(actor["id"])


def _state(sitting: Sitting, book: Rulebook, state: str | None) -> str:
    found = book.workflow.states.get(state) if state else None
    return sitting.teller.words.label(found.label) if found else ""
