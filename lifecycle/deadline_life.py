"""What happened to a deadline after it was opened, as data: pauses, moves, corrections, its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from lifecycle.cases import DeadlineStatus
from lifecycle.deadlines import DeadlineAct, is_overdue
from lifecycle.history import living
from lifecycle.workdays import OVERDUE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.cases import DeadlineView
    from lifecycle.deadline_file import DeadlineFile, Turn
    from lifecycle.history import Body

CLOSING = frozenset({DeadlineAct.MEET, DeadlineAct.CANCEL, DeadlineAct.LAPSE})
_UNDONE = CLOSING | {DeadlineAct.SUSPEND, DeadlineAct.RESUME, DeadlineAct.MOVE}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still; `until` and `resumed_seq` are None while it does."""

    since: date
    seq: int
    why: str
    """The condition under which it stands still, as its rule writes it."""
    until: date | None = None
    resumed_seq: int | None = None
    days: int = 0
    """How many days were added for it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """It was reckoned anew, after a parameter or the calendars had changed."""

    seq: int
    on: date
    before: date
    after: date
    certain: bool
    """It was provisional before and is not any more."""
    parameter: str = ""
    """The parameter whose value is another now; none where the calendars are."""
    value_before: int | str | None = None
    value_after: int | str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The date as it was before an entry took its opening back and opened it anew."""

    seq: int
    """The entry that took it back."""
    event: str
    on: date
    cause: int | None
    """The entry of another case that led to it."""
    deadline_id: int
    anchor_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Undone:
    """Something done to it that a later entry has taken back."""

    seq: int
    by_seq: int
    act: str
    event: str
    on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands today."""

    status: str
    """As stored; `taken_back` where its opening does not count any more."""
    on: date | None = None
    """Since when it is so; None while it simply runs."""
    seq: int | None = None
    event: str = ""
    days: int | None = None
    """Open: days that are left; suspended: days so far; met: days too late."""
    overdue_since: date | None = None
    instead: int | None = None
    """The deadline that was opened in its place."""


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that happened to a deadline."""

    pauses: tuple[Pause, ...]
    shifts: tuple[Shift, ...]
    earlier: tuple[Earlier, ...]
    """The latest first."""
    undone: tuple[Undone, ...]
    standing: Standing


def life_of(file: DeadlineFile, today: date) -> Life:
    """What happened to the deadline, and how it stands today."""
    turns = list(file.turns())
    return Life(
        tuple(_pauses(turns)),
        tuple(_shifts(turns)),
        tuple(_earlier(file)),
        tuple(_undone(file, turns)),
        _standing(file, turns, today),
    )


def _pauses(turns: list[Turn]) -> Iterator[Pause]:
    running: Pause | None = None
    for body, change, before, after in turns:
        if change["act"] == DeadlineAct.SUSPEND and running is None:
            since = date.fromisoformat(change["on"])
            running = Pause(since, body["seq"], change.get("reason", ""))
        elif change["act"] == DeadlineAct.RESUME and running is not None:
            until, days = date.fromisoformat(change["on"]), after.suspended_days
            days -= before.suspended_days
            yield replace(running, until=until, resumed_seq=body["seq"], days=days)
            running = None
    if running is not None:
        yield running


def _shifts(turns: list[Turn]) -> Iterator[Shift]:
    for body, change, before, after in turns:
        if change["act"] != DeadlineAct.MOVE:
            continue
        old, new = before.derivation.get("length", {}), after.derivation.get("length", {})
        by_parameter = old.get("value") != new.get("value")
        yield Shift(
            seq=body["seq"],
            on=date.fromisoformat(change["on"]),
            before=before.due_on,
            after=after.due_on,
            certain=before.provisional and not after.provisional,
            parameter=str(new["parameter"]) if by_parameter else "",
            value_before=old.get("value") if by_parameter else None,
            value_after=new.get("value") if by_parameter else None,
        )


def _earlier(file: DeadlineFile) -> Iterator[Earlier]:
    """The dates that it had before, each taken back by the act that opened the next one."""
    row: DeadlineView | None = file.row
    while row is not None:
        found = _replaced(file, row)
        if found is not None:
            before, gone = found
            if (before.anchor_on, before.due_on) != (row.anchor_on, row.due_on):
                yield Earlier(
                    gone["seq"],
                    gone["event"],
                    date.fromisoformat(gone["effective_on"]),
                    gone["cause"],
                    before.id,
                    before.anchor_on,
                    before.due_on,
                )
        row = found[0] if found else None


def _replaced(file: DeadlineFile, row: DeadlineView) -> tuple[DeadlineView, Body] | None:
    """The deadline in whose place another one was opened, and the entry that took it back."""
    opener = file.opener(row)
    repeats = opener["details"].get("repeats")
    for one in sorted(file.rows, key=lambda one: one.id, reverse=True):
        gone = file.taken_back(one) if one.rule == row.rule and one.id < row.id else None
        if gone is None or _act_of(gone) != _act_of(opener):
            continue
        first = file.opener(one)
        same = first["seq"] == repeats if repeats else first["event"] == opener["event"]
        if same and (repeats or one.cycle == row.cycle):
            return one, gone
    return None


def _act_of(body: Body) -> str:
    """The unit of work in which an entry was written."""
    request: str = body["request"]
    before, _, place = request.rpartition("/")
    return before if place.isdecimal() else request


def _undone(file: DeadlineFile, turns: list[Turn]) -> Iterator[Undone]:
    """What was done to it and has been taken back; not what was then done again alike."""
    known = file.known()
    alive = {one["seq"] for one in living(known)}
    kept = {_done(change) for _, change, _, _ in turns}
    for body, change in file.said(known):
        if body["seq"] in alive or change["act"] not in _UNDONE or _done(change) in kept:
            continue
        by = next(one["seq"] for one in known if body["seq"] in one["supersedes"])
        yield Undone(
            body["seq"], by, change["act"], body["event"], date.fromisoformat(change["on"])
        )


def _done(change: Mapping[str, Any]) -> tuple[Any, ...]:
    return change["act"], change["on"], change.get("due_on")


def _standing(file: DeadlineFile, turns: list[Turn], today: date) -> Standing:
    row = file.row
    gone = file.taken_back()
    if gone is not None:
        on = date.fromisoformat(gone["effective_on"])
        instead = [one.id for one in file.rows if _follows(file, one)]
        where = max(instead, default=None)
        return Standing("taken_back", on, gone["seq"], gone["event"], instead=where)
    if row.status is DeadlineStatus.OPEN:
        since = row.due_on + ONE_DAY if is_overdue(row, today) else None
        return Standing(row.status.value, days=(row.due_on - today).days, overdue_since=since)
    if row.status is DeadlineStatus.SUSPENDED:
        *_, pause = _pauses(turns)
        so_far = (today - pause.since).days
        return Standing(row.status.value, pause.since, pause.seq, days=so_far)
    body, change = next((one[0], one[1]) for one in reversed(turns) if one[1]["act"] in CLOSING)
    on = date.fromisoformat(change["on"])
    late = (on - row.due_on).days if row.kind in OVERDUE_KINDS else 0
    days = late if late > 0 and row.status is DeadlineStatus.MET else None
    return Standing(row.status.value, on, body["seq"], body["event"], days)


def _follows(file: DeadlineFile, row: DeadlineView) -> bool:
    """Whether the deadline was opened in the place of this one."""
    found = _replaced(file, row) if row.rule == file.row.rule else None
    return found is not None and found[0].id == file.row.id
