"""A deadline with everything that was said of it: the trail of its case, read from its side.

Pure, over the bodies of the trail. What made its date is told by `lifecycle.reckoning`, what
happened to it afterwards by `lifecycle.deadline_life`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from lifecycle.chain import entry_place
from lifecycle.deadlines import SUPERSEDED, DeadlineAct
from lifecycle.history import deadline_after, living

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lifecycle.cases import CaseView, DeadlineView
    from lifecycle.definition import Workflow
    from lifecycle.history import Body


class Turn(NamedTuple):
    """One thing that an entry did to a deadline, and the deadline before and after it."""

    body: Body
    change: Mapping[str, Any]
    before: DeadlineView
    after: DeadlineView


@dataclass(frozen=True, slots=True)
class DeadlineFile:
    """A deadline, its case and its whole trail."""

    view: CaseView
    workflow: Workflow
    row: DeadlineView
    rows: Sequence[DeadlineView]
    """Every deadline of the case, those too whose opening has been taken back."""
    bodies: Sequence[Body]

    def opener(self, row: DeadlineView | None = None) -> Body:
        """The entry that opened the deadline, or another one of the case."""
        seq = entry_place((row or self.row).opened_entry_id)[1]
        return next(one for one in self.bodies if one["seq"] == seq)

    def taken_back(self, row: DeadlineView | None = None) -> Body | None:
        """The entry that took its opening back; None while it stands."""
        number = (row or self.row).id
        for body in self.bodies:
            for change in body["deadlines"]:
                gone = change["act"] == DeadlineAct.CANCEL and change.get("reason") == SUPERSEDED
                if gone and change.get("deadline") == number:
                    return body
        return None

    def known(self) -> list[Body]:
        """The trail up to where the deadline was taken back; all of it where it stands."""
        gone = self.taken_back()
        return [one for one in self.bodies if gone is None or one["seq"] < gone["seq"]]

    def said(self, bodies: Sequence[Body]) -> Iterator[tuple[Body, Mapping[str, Any]]]:
        """What these entries did to the deadline, its opening first."""
        opened = self.opener()["seq"]
        for body in bodies:
            for change in body["deadlines"]:
                is_opening = change["act"] == DeadlineAct.OPEN and body["seq"] == opened
                if change.get("deadline") == self.row.id or (
                    is_opening and change["rule"] == self.row.rule
                ):
                    yield body, change

    def turns(self) -> Iterator[Turn]:
        """What the entries that count did to it, in order, with what became of it."""
        row = self.row
        for body, change in self.said(living(self.known())):
            after = deadline_after(row, change)
            yield Turn(body, change, row, after)
            row = after
