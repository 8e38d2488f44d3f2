"""Random histories against the real engine: nothing breaks, and a small model agrees.

After every step: each state is one that its workflow knows, each case's trail leads from its first
state to the stored one by rows of its definition, its open deadlines are those that its entries
opened and have not closed, and what was refused has left nothing behind (`World._tried`). Beside
it the model (`tests/property/model.py`) says which duty, priority and branch the counts make.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.definition import SAME
from lifecycle.replaying import replay
from lifecycle.store.tables import case, deadline, entry
from tests.property.model import Member, Model
from tests.property.world import APPLICANTS, AT_WORK, COUNTED, HOMES, KINDS, PROBATIONARY, build
from workflows.register import TABLES
from workflows.subjects import BODY, ORGANIZATION, PLACE

if TYPE_CHECKING:
    from lifecycle.definition import Transition
    from tests.property.world import Template, World

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = 10_000 if LONG else 200

SHARED_BODIES = frozenset({"partner_joined", "partner_left", "regrouped", "joint_split_off"})
"""Events that make bodies of several organizations, of which the model knows nothing."""

BY_ENGINE = frozenset(
    {
        *("case_closed", "deadlines_suspended", "deadlines_resumed", "waived"),
        *("corrected", "entry_withdrawn", "recomputed"),
    }
)
"""Events that stand in no definition."""

LEAVING = frozenset({"left_before_milestone", "left_before_transfer", "temporary_ends"})
"""Events of a relation with which the work ends too."""

OFTEN = (
    "branch",
    "branch",
    "member_relation",
    "member_relation",
    "member_development",
    "organization_coverage",
    "instructor_assignment",
    "five_good_evaluation",
    "affiliation",
    "organization_registration",
    "branch_term",
    "secretary_appointment",
    "activity_premises",
    "branch_year",
    "funding_year",
)
"""Workflows by how often something is recorded in them."""

GOING_WELL = {
    "branch": ("application_filed", "approved", "elected", "provisional_approved", "dissolved"),
    "member_relation": ("document_issued", "received_formal", "arrived_elsewhere"),
    "member_development": (
        "candidate_fixed",
        "activist_fixed",
        "talk_held",
        "pre_review_done",
        "admitted_by_assembly",
        "approved_probationary",
        "conversion_approved",
        "conversion_voted",
        "resumed",
    ),
    "secretary_appointment": ("proposed", "took_office", "dismissal_requested", "resigned"),
    "activity_premises": ("accepted", "room_lost"),
    "five_good_evaluation": ("certified", "review_opened", "self_assessed"),
    "instructor_assignment": ("nominated", "accepted", "resigned"),
    "organization_registration": ("deregistration_notified", "deregistration_withdrawn", "closed"),
    "branch_term": ("reelection_held", "extension_granted"),
}
"""What officers record when all goes as it is meant to, the first that the state allows."""

WHO: tuple[Role | None, ...] = (None,) * 12 + tuple(Role)
"""Mostly somebody who may do everything."""

ORGANIZATIONS = tuple(KINDS)
PEOPLE = tuple(HOMES)


def ordinary(given: tuple[Any, ...]) -> Any:  # noqa: ANN401 - one of what is given
    """The first of some values: the ordinary one."""
    return given[0]


@cache
def town() -> Template:
    """The town that every history begins in, built once."""
    return build(Path(tempfile.mkdtemp(prefix="town-")))


class RandomHistory(RuleBasedStateMachine):
    """Whatever people and time may do, in any order."""

    world: World
    model: Model
    seen: dict[int, int]

    @initialize()
    def town_stands(self) -> None:
        """Every history begins in a town of its own."""
        self.world = self.fresh_world()
        members = {
            name: Member(full=name not in PROBATIONARY, held_by=home)
            for name, home in HOMES.items()
        }
        for name, organization in AT_WORK.items():
            members[name].works_at[organization] = "full_time"
        counts = {name: dict(COUNTED) for name in KINDS}
        self.model = Model(members, supervisor="bureau", kinds=dict(KINDS), counts=counts)
        self.seen = {row.id: row.version for row in self._rows(case)}
        self.names = {number: name for name, number in self.world.ids.items() if name in KINDS}
        self.people = {number: name for name, number in self.world.ids.items() if name in PEOPLE}

    def fresh_world(self) -> World:
        """A copy of the town that nobody else writes to."""
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        return town().copy(self.folder / "history.sqlite")

    def discard_world(self) -> None:
        """Removes what the history wrote."""
        shutil.rmtree(self.folder)

    def teardown(self) -> None:
        """The trail alone makes what is stored; then what the history wrote is removed."""
        if hasattr(self, "world"):
            replayed = self.world.app.read(lambda c: replay(c, self.world.app.registry))
            self.world.app.engine.dispose()
            assert not replayed.differences, "\n".join(map(str, replayed.differences[:5]))
            self.discard_world()

    # -- what may happen -------------------------------------------------------------------

    @rule(days=st.integers(1, 120))
    def time_passes(self, days: int) -> None:
        self.world.pass_days(days)
        self._look()

    @rule(
        person=st.sampled_from(PEOPLE),
        organization=st.sampled_from(ORGANIZATIONS),
        employment=st.sampled_from(("full_time", "part_time")),
        back=st.integers(0, 300),
    )
    def member_is_engaged(self, person: str, organization: str, employment: str, back: int) -> None:
        member = self.model.members.get(person)
        if member is None or member.works_at:
            return  # one place at a time: the model keeps no two
        if self.world.engage(person, organization, employment, back):
            member.works_at[organization] = employment
        self._look()

    @rule(person=st.sampled_from(PEOPLE), organization=st.sampled_from(ORGANIZATIONS))
    def member_leaves(self, person: str, organization: str) -> None:
        member = self.model.members.get(person)
        if member is None or organization not in member.works_at:
            return
        if self.world.leave(person, organization):
            del member.works_at[organization]
        self._look()

    @rule(
        organization=st.sampled_from(ORGANIZATIONS),
        members=st.sampled_from((79, 80)),
        full_time=st.sampled_from((0, 1)),
        employees=st.sampled_from((29, 30)),
    )
    def numbers_are_stated(
        self, organization: str, members: int, full_time: int, employees: int
    ) -> None:
        counts = {"members": members, "full_time": full_time, "employees": employees}
        if self.world.count(organization, **counts):
            self.model.counts.setdefault(organization, {}).update(counts)
        self._look()

    @rule(data=st.data())
    def somebody_applies(self, data: st.DataObject) -> None:
        person, organization = APPLICANTS[0], data.draw(st.sampled_from(ORGANIZATIONS))
        self.world.engage(person, organization, "full_time", 0)
        place = self.world.place(person, organization)
        if place is not None:
            self._open("member_development", "application_received", place, data)
        self._look()

    @rule(data=st.data())
    def a_case_is_opened(self, data: st.DataObject) -> None:
        workflow, event, kind = data.draw(
            st.sampled_from(
                (
                    ("organization_registration", "registered", ORGANIZATION),
                    ("secretary_appointment", "holder_recorded", BODY),
                    ("activity_premises", "planned", BODY),
                )
            )
        )
        ids = [row.id for row in self._rows(TABLES[kind])]
        self._open(workflow, event, Subject(kind, data.draw(st.sampled_from(ids))), data)
        self._look()

    @rule(data=st.data(), workflow=st.sampled_from(OFTEN))
    def something_is_recorded(self, data: st.DataObject, workflow: str) -> None:
        self._record(data, workflow)

    @rule(data=st.data(), workflow=st.sampled_from(tuple(GOING_WELL)), steps=st.integers(1, 8))
    def things_go_well(self, data: st.DataObject, workflow: str, steps: int) -> None:
        """One case goes on as it is meant to, as far as it will."""
        cases = [one[0] for one in self.world.open_cases() if one[1] == workflow]
        if not cases:
            return
        case_id = data.draw(st.sampled_from(cases))
        for _ in range(steps):
            (row,) = self._rows(case, case.c.id == case_id)
            book = self.world.app.registry.book(workflow)
            possible = book.workflow.possible(row.state)
            event = next((one for one in GOING_WELL[workflow] if one in possible), None)
            if event is None:
                return
            fields = self._as_meant(book.workflow.rows(row.state, event)[0])
            self.world.advance(case_id, event, fields, self.world.today)
            self._look()

    def _as_meant(self, row: Transition) -> dict[str, Any]:
        values = {name: self.world.value_for(spec, ordinary) for name, spec in row.fields.items()}
        return {name: one for name, one in values.items() if one is not None}

    def _record(self, data: st.DataObject, workflow: str) -> None:
        cases = [one for one in self.world.open_cases() if one[1] == workflow]
        if not cases:
            return
        case_id, _, state = data.draw(st.sampled_from(cases))
        book = self.world.app.registry.book(workflow)
        possible = [one for one in book.workflow.possible(state) if one not in SHARED_BODIES]
        if not possible:
            return
        event = data.draw(st.sampled_from(possible))
        rows = [one for one in book.workflow.rows(state, event) if one.by]
        row = rows[data.draw(st.integers(0, len(rows) - 1))]
        role = data.draw(st.sampled_from(WHO))
        back = data.draw(st.sampled_from((0,) * 6 + (1, 9)))
        self.world.advance(
            case_id,
            event,
            self._entered(row, data),
            self.world.today - timedelta(days=back),
            *([Actor("somebody", frozenset({role}))] if role is not None else []),
        )
        self._look()

    def _open(self, workflow: str, event: str, subject: Subject, data: st.DataObject) -> None:
        book = self.world.app.registry.book(workflow)
        row = next(one for one in book.workflow.openings if one.event == event)
        self.world.open(workflow, event, subject, self._entered(row, data))

    def _entered(self, row: Transition, data: st.DataObject) -> dict[str, Any]:
        def draw(given: tuple[Any, ...]) -> Any:  # noqa: ANN401 - one of what is given
            return data.draw(st.sampled_from(given))

        entered = {name: self.world.value_for(spec, draw) for name, spec in row.fields.items()}
        return {name: one for name, one in entered.items() if one is not None}

    # -- what must hold --------------------------------------------------------------------

    def _look(self) -> None:
        """Checks every case that has been written to, then what the model says."""
        changed = [row for row in self._rows(case) if self.seen.get(row.id) != row.version]
        happened: list[tuple[Any, dict[str, Any]]] = []
        for row in changed:
            before = self.seen.get(row.id, 0)
            entries = self._rows(entry, entry.c.case_id == row.id, order=entry.c.seq)
            self._check_trail(row, entries)
            self._check_deadlines(row, entries)
            happened += [(row, one._mapping) for one in entries if one.seq > before]
            self.seen[row.id] = row.version
        for row, one in sorted(happened, key=lambda pair: (pair[1]["recorded_at"], pair[1]["id"])):
            self._tell(row, one["event"], one["to_state"])
        self._check_model()

    def _check_trail(self, row: Any, entries: list[Any]) -> None:  # noqa: ANN401 - a row
        workflow = self.world.app.registry.book(row.workflow).workflow
        standing: dict[int, str] = {}
        for one in entries:
            assert one.to_state in workflow.states
            for superseded in one.supersedes:
                del standing[superseded]
            before = standing[max(standing)] if standing else None
            assert one.from_state == before, (row, one)
            known = one.event in BY_ENGINE or any(
                each.event == one.event
                and (one.from_state is None or one.from_state in each.source)
                and one.to_state in (each.target, one.from_state if each.target == SAME else "")
                for each in workflow.transitions
            )
            assert known or not workflow.listed or one.kind == "taken_over", (row, one)
            standing[one.seq] = one.to_state
        assert standing[max(standing)] == row.state
        assert len(entries) == row.version
        assert (row.closed_on is not None) is workflow.states[row.state].final

    def _check_deadlines(self, row: Any, entries: list[Any]) -> None:  # noqa: ANN401 - a row
        workflow = self.world.app.registry.book(row.workflow).workflow
        own = {one.id for one in entries}
        rows = self._rows(deadline, deadline.c.case_id == row.id)
        running = [one for one in rows if one.status in ("open", "suspended")]
        for one in rows:
            assert one.rule in workflow.deadlines
            assert one.opened_entry_id in own
            assert (one.closed_entry_id in own) or one in running
        assert not (row.closed_on and running), (row, running)
        anchors = [(one.rule, one.anchor_on, one.cycle) for one in running]
        assert len(set(anchors)) == len(anchors)

    # -- the model -------------------------------------------------------------------------

    def _tell(self, row: Any, event: str, to_state: str) -> None:  # noqa: ANN401 - a row
        model = self.model
        if row.subject_type == PLACE:
            self._tell_of_person(row, event, to_state)
        elif row.workflow == "branch":
            organization = self._organization_of(row.subject_id)
            if event == "elected":
                model.elected(organization)
            elif event == "provisional_approved":
                model.body[organization] = "provisional"
            elif to_state == "dissolved":
                model.ended(organization)

    def _tell_of_person(self, row: Any, event: str, to_state: str) -> None:  # noqa: ANN401 - a row
        person, organization = self._person_at(row.subject_id)
        member = self.model.members.get(person)
        if row.workflow == "member_development":
            self._tell_of_development(person, organization, event, to_state)
        elif member is None:
            return
        elif event == "received_formal":
            self.model.received(person, organization)
        elif event == "arrived_elsewhere":
            member.held_by = "away"
        elif event in LEAVING:
            member.works_at.pop(organization, None)
        elif event == "membership_ended":
            del self.model.members[person]

    def _tell_of_development(
        self, person: str, organization: str, event: str, to_state: str
    ) -> None:
        if event == "approved_probationary":
            self.model.admitted(person, organization)
        elif event == "conversion_approved":
            self.model.members[person].full = True
        elif event in ("status_ended", "conversion_refused") and to_state == "closed":
            self.model.members.pop(person, None)

    def _check_model(self) -> None:
        for row in self._rows(case, case.c.closed_on.is_(None)):
            if row.workflow == "branch":
                self._check_branch(row)
            elif row.workflow == "organization_coverage" and row.state != "intake":
                expected = self.model.priority(self.names[row.subject_id])
                recorded = json.loads(row.fields) if isinstance(row.fields, str) else row.fields
                assert expected is None or recorded["priority"] is expected, row

    def _check_branch(self, row: Any) -> None:  # noqa: ANN401 - a row
        organization = self._organization_of(row.subject_id)
        duty = self.model.duty(organization)
        wanted = {"own": "duty_open", "provisional": "duty_open", "option": "option_open"}
        if row.state in ("no_duty", "option_open", "duty_open"):
            assert row.state == wanted.get(duty, "no_duty"), (organization, duty, self.model)
        if row.state in ("active", "below_threshold"):
            enough = self.model.body_members(organization) >= 3
            assert (row.state == "active") is enough, (organization, self.model)

    # -- reading ---------------------------------------------------------------------------

    def _rows(self, table: Any, *where: Any, order: Any = None) -> list[Any]:  # noqa: ANN401
        statement = sa.select(table).where(*where).order_by(table.c.id if order is None else order)
        return list(self.world.app.read(lambda c: c.execute(statement).all()))

    def _organization_of(self, body_id: int) -> str:
        (body,) = self._rows(TABLES[BODY], TABLES[BODY].c.id == body_id)
        return self.names[body.organization_id]

    def _person_at(self, place_id: int) -> tuple[str, str]:
        (place,) = self._rows(TABLES[PLACE], TABLES[PLACE].c.id == place_id)
        applicant = {self.world.ids[name]: name for name in APPLICANTS}
        known = self.people | applicant
        return known[place.person_id], self.names[place.organization_id]


TestRandomHistories = RandomHistory.TestCase
TestRandomHistories.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Shrinking a history plays hundreds of others; the steps that fail are printed as they are.
    phases=[Phase.explicit, Phase.reuse, Phase.generate] if not LONG else list(Phase),
)
