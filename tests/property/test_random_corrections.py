"""Random histories with corrections: a preview says what saving does, and the trail still replays.

The histories are those of `test_random_histories`; now and then something that was recorded is
given another day, another value, or withdrawn. The model of that file knows nothing of corrections
and is not asked.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from lifecycle.correcting import Corrected, Correction, correct, preview
from lifecycle.errors import LifecycleError
from lifecycle.history import Body, day_of
from lifecycle.store.tables import case, case_state, deadline
from tests.property.test_random_histories import RandomHistory
from tests.property.world import EVERYBODY, fingerprint, said

if TYPE_CHECKING:
    from lifecycle.correcting.consequences import CasePicture, NoticeTold

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = 1_000 if LONG else 25

Stored = dict[int, tuple[Any, ...]]


class RandomCorrections(RandomHistory):
    """Whatever people, time and second thoughts may do, in any order."""

    @rule(
        data=st.data(),
        shift=st.sampled_from((-200, -45, -9, -2, 1, 5, 30)),
        way=st.sampled_from(("move", "move", "move", "withdraw", "value")),
    )
    def something_is_corrected(self, data: st.DataObject, shift: int, way: str) -> None:
        said = self._said()
        if not said:
            return
        case_id, body = data.draw(st.sampled_from(said))
        happened_on = day_of(body)
        wanted = Correction(case_id, body["seq"])
        if way == "move":
            on = min(happened_on + timedelta(days=shift), self.world.today)
            wanted = replace(wanted, on=on)
        elif way == "withdraw":
            wanted = replace(wanted, withdraw=True)
        else:
            wanted = replace(wanted, fields=self._another_value(body, data))
        self._correct(wanted)
        self._look()

    @rule(data=st.data())
    def corrected_again(self, data: st.DataObject) -> None:
        """What was said otherwise is put right once more."""
        said = [one for one in self._said() if "repeats" in one[1]["details"]]
        if said:
            case_id, body = data.draw(st.sampled_from(said))
            on = day_of(body) - timedelta(days=data.draw(st.integers(1, 20)))
            self._correct(Correction(case_id, body["seq"], on=on))
            self._look()

    def _correct(self, wanted: Correction) -> None:
        before, tables = self.world.app.read(stored), self.world.app.read(fingerprint)
        seen = self._act(preview, wanted)
        assert self.world.app.read(fingerprint) == tables
        done = self._act(correct, wanted)
        assert _told(seen) == _told(done), wanted
        if isinstance(done, str):
            assert self.world.app.read(fingerprint) == tables
            return
        after = self.world.app.read(stored)
        changed = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
        named = {int(one.after.ref.split("-")[1]) for one in done.consequences.cases}
        assert changed == named, wanted
        for one in done.consequences.cases:
            number = int(one.after.ref.split("-")[1])
            spans = tuple((s.state, s.from_on, s.until_on) for s in one.after.spans)
            rows = tuple(
                sorted((r, c, d.due_on, d.status) for (r, c), d in one.after.deadlines.items())
            )
            assert after[number][:3] == (one.after.state, spans, rows), wanted

    def _act(self, act: Any, wanted: Correction) -> Corrected | str:  # noqa: ANN401 - the two
        app = self.world.app
        try:
            done: Corrected = app.write(
                lambda c: act(
                    c,
                    app.registry,
                    app.clock,
                    corrections=[wanted],
                    reason="录入有误",
                    actor=EVERYBODY,
                )
            )
        except LifecycleError as error:
            return f"{type(error).__name__}: {error}"
        return done

    def _said(self) -> list[tuple[int, Body]]:
        return self.world.app.read(said)

    def _another_value(self, body: Body, data: st.DataObject) -> dict[str, Any]:
        if body["workflow"] == "register":
            return {"employees": data.draw(st.sampled_from((29, 30, 31)))}
        workflow = self.world.app.registry.book(body["workflow"]).workflow
        rows = [one for one in workflow.transitions if one.event == body["event"] and one.fields]
        if not rows:
            return {}
        entered = self._entered(rows[0], data)
        return dict(list(entered.items())[:1])

    def _check_model(self) -> None:
        """The model knows nothing of corrections."""

    def _tell(self, row: Any, event: str, to_state: str) -> None:  # noqa: ANN401 - a row
        """The model knows nothing of corrections."""


def stored(connection: sa.Connection) -> Stored:
    """By listed case: its state, its known states with their days, its deadlines, its end."""
    states: dict[int, list[Any]] = {}
    s, d = case_state.c, deadline.c
    known = sa.select(s.case_id, s.state, s.from_on, s.until_on).where(s.known_until.is_(None))
    for case_id, *span in connection.execute(known.order_by(s.from_on, s.until_on)):
        states.setdefault(case_id, []).append(tuple(span))
    rows: dict[int, list[Any]] = {}
    standing = sa.select(d.case_id, d.rule, d.cycle, d.due_on, d.status).where(
        d.reason.is_distinct_from("superseded")
    )
    for row in connection.execute(standing):
        rows.setdefault(row[0], []).append(tuple(row[1:]))
    columns = (case.c.id, case.c.state, case.c.fields, case.c.closed_on)
    listed = connection.execute(sa.select(*columns).where(case.c.workflow != "register"))
    return {
        one.id: (
            one.state,
            tuple(states.get(one.id, ())),
            tuple(sorted(rows.get(one.id, ()))),
            json.dumps({n: v for n, v in one.fields.items() if n[0] != "$"}, sort_keys=True),
            one.closed_on,
        )
        for one in listed
    }


def _told(done: Corrected | str) -> Any:  # noqa: ANN401 - a sentence or what changes
    if isinstance(done, str):
        return done
    # The numbers of what begins are taken anew each time: a server gives none twice.
    new = {int(one.after.ref.split("-")[1]) for one in done.consequences.cases if not one.before}
    return (
        [
            (one.before, one.after if one.before else _numberless(one.after))
            for one in done.consequences.cases
        ],
        sorted(str(_unnumbered(one, new)) for one in done.consequences.wrong),
        sorted(str(_unnumbered(one, new)) for one in done.consequences.owed),
    )


def _numberless(picture: CasePicture) -> CasePicture:
    """A case that begins, and perhaps a Party body that begins with it."""
    return replace(picture, ref="", subject=replace(picture.subject, id=0))


def _unnumbered(one: NoticeTold, new: set[int]) -> NoticeTold:
    return replace(one, case_id=0) if one.case_id in new else one


TestRandomCorrections = RandomCorrections.TestCase
TestRandomCorrections.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30 if LONG else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate] if not LONG else list(Phase),
)
del RandomHistory
