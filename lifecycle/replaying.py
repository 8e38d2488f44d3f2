"""Replaying the trail: what the tables should say, told from the entries alone, and what they say.

Everything beside the trail is a projection of it. Here it is made once more, in memory and from
the bodies that the hashes cover, and compared row by row: the heads of cases, their states, their
deadlines (and how their dates come about), and the dated rows of the register. Only what concerns
the clock's next look (`wake_at`) and the notices is left out: neither is evidence.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle.cases import DeadlineStatus
from lifecycle.chain import entry_number
from lifecycle.deadlines import DeadlineAct
from lifecycle.history import Body, case_as_left, day_of, living, state_spans
from lifecycle.ledger import DATES, Difference, Ledger, Row, differing, personal_of, row_of
from lifecycle.spans import Key, Span, is_void, key_of, orders_in, position_of
from lifecycle.spans import day_of as day_of_order
from lifecycle.store.rows import case_view, plain_fields
from lifecycle.store.tables import case, case_state, deadline, entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping, Table

    from lifecycle.cases import CaseView
    from lifecycle.registry import Registry


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay looked at, and every difference that it found."""

    cases: int
    entries: int
    rows: int
    """How many rows of states, deadlines and the register were compared."""
    differences: tuple[Difference, ...]


def replay(connection: Connection, registry: Registry) -> Replayed:
    """Makes every projection anew from the whole trail and compares it with the tables."""
    heads = {row["id"]: row for row in connection.execute(sa.select(case)).mappings()}
    bodies: dict[int, list[Body]] = {}
    moments: dict[int, tuple[datetime, int, int]] = {}
    statement = sa.select(
        entry.c.id, entry.c.case_id, entry.c.recorded_at, entry.c.request_id, entry.c.body
    ).order_by(entry.c.case_id, entry.c.seq)
    for row in connection.execute(statement):
        bodies.setdefault(row.case_id, []).append(json.loads(bytes(row.body)))
        moments[row.id] = position_of(row.recorded_at, row.request_id, row.id)
    tale = _Tale(bodies, moments, registry.domain.tables)
    replaying = (
        _Heads(heads, tale, registry),
        _States(tale, registry, heads),
        _Deadlines(tale, registry, heads),
        _Register(tale),
    )
    found: list[Difference] = []
    rows = len(heads)
    for one in replaying:
        compared, differences = one.compare(connection)
        rows += compared
        found += differences
    return Replayed(len(heads), len(moments), rows, tuple(found))


@dataclass(frozen=True, slots=True)
class _Tale:
    """The whole trail: bodies by case and seq, and when each was written."""

    bodies: Mapping[int, Sequence[Body]]
    moments: Mapping[int, tuple[datetime, int, int]]
    tables: Mapping[str, Table]

    def in_order(self) -> Iterator[tuple[int, Body]]:
        """Every entry with its number, as they were written."""
        numbered = [
            (entry_number(case_id, body["seq"]), body)
            for case_id, own in self.bodies.items()
            for body in own
        ]
        yield from sorted(numbered, key=lambda one: self.moments[one[0]])


@dataclass(frozen=True, slots=True)
class _Heads:
    """The heads of cases: state, fields, dates, count and hash."""

    heads: Mapping[int, RowMapping]
    tale: _Tale
    registry: Registry

    def compare(self, connection: Connection) -> tuple[int, list[Difference]]:
        """Every column of every case that its entries make."""
        del connection
        found: list[Difference] = []
        for number, row in self.heads.items():
            workflow = self.registry.book_of(row["workflow_text_id"]).workflow
            view = case_view(tuple(row.values()), workflow, [])
            own = self.tale.bodies.get(number, [])
            if not own:
                found.append(Difference(f"{view.ref} entries", str(view.version), "0"))
                continue
            replayed = case_as_left(view, workflow, living(own))
            found += _columns(view, _head(view), _head(replayed))
            if day_of(living(own)[0]) != row["opened_on"]:
                opened = str(day_of(living(own)[0]))
                found.append(Difference(f"{view.ref} opened_on", str(row["opened_on"]), opened))
        return len(self.heads), found


def _head(view: CaseView) -> dict[str, Any]:
    return {
        "state": view.state,
        "state_since_on": view.state_since_on,
        "previous_state": view.previous_state,
        "fields": plain_fields(view.fields, view.waived),
        "last_on": view.last_on,
        "last_person_on": view.last_person_on,
        "taken_over_only": view.taken_over_only,
        "closed_on": view.closed_on,
    }


def _columns(
    view: CaseView, stored: Mapping[str, Any], replayed: Mapping[str, Any]
) -> Iterator[Difference]:
    for name, value in stored.items():
        if value != replayed[name]:
            yield Difference(f"{view.ref} {name}", str(value), str(replayed[name]))


@dataclass(frozen=True, slots=True)
class _States:
    """The rows of states, with what was known when and by which entry."""

    tale: _Tale
    registry: Registry
    heads: Mapping[int, RowMapping]

    def compare(self, connection: Connection) -> tuple[int, list[Difference]]:
        """Every row of every case's history, also of what is no longer known."""
        stored: dict[int, Counter[Row]] = {}
        total = 0
        for row in connection.execute(sa.select(case_state)).mappings():
            total += 1
            stored.setdefault(row["case_id"], Counter())[row_of(row, ("state",))] += 1
        found: list[Difference] = []
        for number, head in self.heads.items():
            code = self.registry.rulebooks[head["workflow"]].workflow.code
            rows = self._replayed(self.tale.bodies.get(number, ()))
            found += differing(f"{code}-{number} state", stored.get(number, Counter()), rows)
        return total, found

    def _replayed(self, bodies: Sequence[Body]) -> Counter[Row]:
        ledger = Ledger()
        seen: list[Body] = []
        for body in bodies:
            seen.append(body)
            spans = [
                Span(one.from_on, one.until_on, (("state", one.state),))
                for one in state_spans(living(seen))
            ]
            number = entry_number(body["case"], body["seq"])
            ledger.become(spans, number, self.tale.moments[number][0])
        return ledger.rows()


@dataclass(frozen=True, slots=True)
class _Deadlines:
    """The deadlines: how each stands, its dates, and why."""

    tale: _Tale
    registry: Registry
    heads: Mapping[int, RowMapping]

    def compare(self, connection: Connection) -> tuple[int, list[Difference]]:
        """Every column of every deadline but its next look; and that none is missing or new."""
        found: list[Difference] = []
        stored: dict[int, list[RowMapping]] = {}
        total = 0
        for row in connection.execute(sa.select(deadline).order_by(deadline.c.id)).mappings():
            total += 1
            stored.setdefault(row["case_id"], []).append(row)
        for number, head in self.heads.items():
            code = self.registry.rulebooks[head["workflow"]].workflow.code
            rows = {(row["opened_entry_id"], row["rule"]): row for row in stored.get(number, ())}
            replayed = _deadlines_of(number, self.tale.bodies.get(number, ()), rows)
            for key in rows.keys() | replayed.keys():
                place = f"{code}-{number} {key[1]}"
                found += _one_deadline(place, rows.get(key), replayed.get(key))
        return total, found


_DEADLINE_COLUMNS = (
    *("kind", "cycle", "anchor_on", "raw_on", "due_on", "provisional", "status", "reason"),
    *("closed_on", "suspended_on", "suspended_days", "derivation", "closed_entry_id"),
)


def _deadlines_of(
    case_id: int, bodies: Iterable[Body], stored: Mapping[tuple[int, str], RowMapping]
) -> dict[tuple[int, str], dict[str, Any]]:
    """The deadlines that a case's entries make, superseded ones too."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    keys = {row["id"]: key for key, row in stored.items()}
    for body in bodies:
        number = entry_number(case_id, body["seq"])
        for change in body["deadlines"]:
            act = DeadlineAct(change["act"])
            if act is DeadlineAct.OPEN:
                found[number, change["rule"]] = _dates(change) | _OPEN | {"suspended_days": 0}
                continue
            key = keys.get(change["deadline"])
            if key not in found:
                continue  # the row is missing, and reported as such
            _change(found[key], act, change, number)
    return found


_OPEN: dict[str, Any] = {
    "status": DeadlineStatus.OPEN,
    "reason": None,
    "closed_on": None,
    "suspended_on": None,
    "closed_entry_id": None,
}


def _change(row: dict[str, Any], act: DeadlineAct, change: Mapping[str, Any], number: int) -> None:
    if act in _CLOSING:
        row |= {
            "status": _CLOSING[act],
            "reason": change.get("reason"),
            "closed_on": change["on"],
            "closed_entry_id": number,
        }
    elif act is DeadlineAct.SUSPEND:
        row |= _OPEN | {"status": DeadlineStatus.SUSPENDED, "suspended_on": change["on"]}
    elif act is DeadlineAct.MOVE and row["suspended_on"]:
        row |= _dates(change)
    else:
        row |= _dates(change) | _OPEN


_CLOSING = {
    DeadlineAct.MEET: DeadlineStatus.MET,
    DeadlineAct.CANCEL: DeadlineStatus.CANCELLED,
    DeadlineAct.LAPSE: DeadlineStatus.LAPSED,
}


def _dates(change: Mapping[str, Any]) -> dict[str, Any]:
    names = ("kind", "cycle", "anchor_on", "raw_on", "due_on", "provisional", "suspended_days")
    return {name: change[name] for name in names} | {"derivation": change["derivation"]}


def _one_deadline(
    place: str, stored: RowMapping | None, replayed: Mapping[str, Any] | None
) -> Iterator[Difference]:
    if stored is None or replayed is None:
        yield Difference(place, "a row" if stored else "", "a row" if replayed else "")
        return
    for name in _DEADLINE_COLUMNS:
        value = stored[name]
        plain = value.isoformat() if hasattr(value, "isoformat") else value
        if plain != replayed[name]:
            yield Difference(f"{place} {name}", str(plain), str(replayed[name]))


@dataclass(frozen=True, slots=True)
class _Register:
    """The dated rows of the register, with what was known when and by which entry."""

    tale: _Tale

    def compare(self, connection: Connection) -> tuple[int, list[Difference]]:
        """Every row of every dated table; a personal value counts as said or not said."""
        ledgers = self._replayed()
        total = 0
        found: list[Difference] = []
        for name, table in self.tale.tables.items():
            if "ended_entry_id" not in table.c:
                continue
            stored: dict[Key, Counter[Row]] = {}
            own = tuple(
                column.name
                for column in table.c
                if column.name not in DATES and column.name not in table.info["key"]
            )
            for row in connection.execute(sa.select(table)).mappings():
                total += 1
                key = (name, tuple(sorted((one, row[one]) for one in table.info["key"])))
                stored.setdefault(key, Counter())[row_of(row, own, personal_of(table))] += 1
            keys = stored.keys() | {key for key in ledgers if key[0] == name}
            for key in sorted(keys, key=str):
                place = " ".join([name, *(f"{one}={value}" for one, value in key[1])])
                replayed = ledgers[key].rows() if key in ledgers else Counter()
                found += differing(place, stored.get(key, Counter()), replayed)
        return total, found

    def _replayed(self) -> dict[Key, Ledger]:
        ledgers: dict[Key, Ledger] = {}
        for number, body in self.tale.in_order():
            now = self.tale.moments[number][0]
            if body["supersedes"]:
                gone = {entry_number(body["case"], seq) for seq in body["supersedes"]}
                for key in sorted({k for k, one in ledgers.items() if one.holds(gone)}, key=str):
                    ledgers[key].drop(gone)
                    ledgers[key].settle(number, now)
            for order in orders_in(body, self.tale.moments[number], self.tale.tables):
                ledger = ledgers.setdefault(key_of(order.change), Ledger())
                if is_void(order.change, ledger.current()):
                    continue
                ledger.orders.append(order)
                ledger.settle(number, now, day_of_order(order.change))
        return ledgers
