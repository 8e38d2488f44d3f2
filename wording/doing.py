"""What an act wrote and what followed from it, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.deadlines import DeadlineAct
from lifecycle.projection import STATUS_AFTER
from wording.rendering import Scene
from wording.suppliers import Suppliers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.deadlines import DeadlineChange
    from lifecycle.engine import Done
    from lifecycle.work import Written
    from wording.teller import Teller
    from wording.words import Words


@dataclass(frozen=True, slots=True)
class Told:
    """One entry in words: what it records, what it does to deadlines, the notices it owes."""

    head: str
    deadlines: tuple[str, ...]
    notices: tuple[str, ...]


def told_of(teller: Teller, done: Done, *, preview: bool = False) -> Iterator[Told]:
    """Every entry of an act, its own first; of one that is not saved, what it would record."""
    own, others = ("would_record", "would_follow") if preview else ("recorded", "followed")
    for number, one in enumerate(done.written):
        yield _told(teller, one, one.ref or done.view.ref, others if number else own)


def _told(teller: Teller, one: Written, ref: str, key: str) -> Told:
    words = teller.words
    workflow = teller.book(ref.partition("-")[0]).workflow
    scene = Scene(words, teller.registry, workflow, Suppliers(words, teller.registry))
    head = words(
        key,
        ref=f"{ref}/{one.seq}",
        case=ref,
        event=scene.event(one.event),
        to_state=scene.state(one.to_state),
        on=one.effective_on,
    )
    deadlines = (
        change_line(words, change, words.label(workflow.deadlines[change.rule].label))
        for change in one.deadlines
    )
    notices = (
        words(
            "notice_owed", notice=_notice(teller, ref, each.notice), stage=words.value(each.stage)
        )
        for each in one.notices
    )
    return Told(head, tuple(deadlines), tuple(notices))


def _notice(teller: Teller, ref: str, notice: str) -> str:
    """A notice by its number and name."""
    rule = teller.book(ref.partition("-")[0]).workflow.notices.get(notice)
    return f"{notice} {teller.words.label(rule.label)}" if rule else notice


def change_line(words: Words, change: DeadlineChange, label: str) -> str:
    """What happens to a deadline: its day, or how it ends."""
    rule = f"{change.rule} {label}"
    if change.due_on is not None:
        due = words.dated(change.due_on)
        if change.provisional:
            due += f" {words('provisional')}"
        return words("deadline_opened", rule=rule, due=due)
    return words("deadline_closed", rule=rule, status=words.value(_status(change.act)))


def _status(act: DeadlineAct) -> str:
    if act is DeadlineAct.SUSPEND:
        return "suspended"
    after = STATUS_AFTER.get(act)
    return after.value if after else "open"
