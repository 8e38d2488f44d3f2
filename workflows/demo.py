"""The demonstration: the sample rosters' own dates replayed, with officers' acts chosen by hash."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.clock import StoredClock, store_time
from lifecycle.errors import LifecycleError
from lifecycle.loader import read_yaml
from lifecycle.moments import day_start
from lifecycle.store.tables import case, parameter_value, setting
from lifecycle.sweeps import sweep_all
from lifecycle.takeover import take_over
from workflows import byhand, recording
from workflows.domain import organizations_under
from workflows.intake.importing import IMPORTER
from workflows.intake.listing import owe_lists
from workflows.intake.reading import read_workbooks
from workflows.intake.resolving import resolve
from workflows.intake.rows import (
    CheckedRow,
    IntermediaryRow,
    Known,
    MemberRow,
    RegisterRow,
    SurveyRow,
    check_sheet,
    known_after,
)
from workflows.intake.store import RowStore
from workflows.programme import freeze_and_tell
from workflows.register import organization, party_body

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.registry import Registry
    from lifecycle.work import Work

HERE = Path(__file__).parent
SAMPLE = HERE / "sample"
FILES = ("units", "register", "intermediaries", "survey", "members")
SAMPLE_MARK = "sample"

Run = Callable[[Callable[["Connection"], Any]], Any]
Report = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class DemoAct:
    """One rule of what officers do."""

    workflow: str
    state: str
    event: str
    """What is recorded in the case; empty when it is a value of the subject in the register."""
    share: int
    days: tuple[int, int]
    when: Mapping[str, Any]
    fields: Mapping[str, Any]

    def on(self, reference: str, since: date, recorded: Mapping[str, Any]) -> date | None:
        """The day on which this case's officer acts, or None when nobody does."""
        if any(recorded.get(name) != value for name, value in self.when.items()):
            return None
        number = chosen(f"{reference}:{self.event}:{since}")
        if number % 100 >= self.share:
            return None
        first, last = self.days
        return since + timedelta(days=first + number // 100 % (last - first + 1))


@dataclass(slots=True)
class Demo:
    """The replay: its plan by day, and what it has done."""

    registry: Registry
    run: Run
    starts_on: date
    ends_on: date
    stands_on: date
    programme_start: date
    acts: tuple[DemoAct, ...]
    clock: StoredClock = field(default_factory=StoredClock)
    recorded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _by_day: dict[date, list[CheckedRow]] = field(default_factory=lambda: defaultdict(list))

    def play(self, report: Report = lambda _day: None) -> None:
        """Takes over what was there at the start, then lives through every day to the end."""
        self.run(self._prepare)
        before = self._split(_sample_rows(self.ends_on))
        self.run(partial(self._take_over, rows=before))
        day = self.starts_on
        while day < self.ends_on:
            day += timedelta(days=1)
            self._live(day)
            report(day)
        self._set_clock(self.stands_on, 9)
        self.run(lambda connection: sweep_all(connection, self.registry, self.clock))

    def _prepare(self, connection: Connection) -> None:
        store_time(connection, day_start(self.starts_on) + timedelta(hours=9))
        connection.execute(sa.insert(setting).values(name=SAMPLE_MARK, value="demo"))
        connection.execute(
            sa.insert(parameter_value).values(
                parameter="P1",
                from_on=date(2010, 6, 7),
                value=self.programme_start.isoformat(),
                recorded_at=day_start(self.starts_on),
                recorded_by="demo",
            )
        )
        self.registry.refresh_policy(connection)

    def _split(self, rows: Iterable[CheckedRow]) -> list[CheckedRow]:
        """Rows that were true at the start; the others wait for their day."""
        before: list[CheckedRow] = []
        registered: dict[str, date] = {}
        for row in rows:
            values = row.values
            if isinstance(values, RegisterRow | IntermediaryRow):
                registered[values.credit_code] = values.registered_on
                self._place(row, values.registered_on, before)
            elif isinstance(values, SurveyRow):
                self._place(_not_yet(row, self.starts_on), registered[values.credit_code], before)
            elif isinstance(values, MemberRow):
                known = (values.engaged_on, values.admitted_on, registered[values.credit_code])
                since = max(known)
                self._place(row, since, before)
            else:
                before.append(row)
        return before

    def _place(self, row: CheckedRow, since: date, before: list[CheckedRow]) -> None:
        if since <= self.starts_on:
            before.append(row)
        else:
            self._by_day[since].append(row)

    def _take_over(self, connection: Connection, rows: list[CheckedRow]) -> None:
        work = self._work(connection, IMPORTER)
        work.silent = True
        work.taken_over_on = self.starts_on
        store = RowStore(work, self.starts_on)
        for row in rows:
            store.store(row)
        resolve(work)
        self.registry.refresh_policy(connection)
        done = take_over(work, work.touched, self.starts_on)
        owe_lists(work, done.touched, self.starts_on, [f"{name}.xlsx" for name in FILES])

    def _live(self, day: date) -> None:
        for act, case_id in self.run(partial(self._morning, day=day)):
            self._act(act, case_id)

    def _morning(self, connection: Connection, day: date) -> list[tuple[DemoAct, int]]:
        """Who arrives and what time does on the day; the acts that officers have chosen for it."""
        store_time(connection, day_start(day) + timedelta(hours=9))
        for row in self._by_day.pop(day, []):
            self._arrive(connection, row, day)
        # What happens once a year is looked for once a month.
        first = day.day == 1
        sweep_all(connection, self.registry, self.clock, yearly=first)
        if first:
            freeze_and_tell(connection, self.registry, self.clock)
        return self._due(connection, day)

    def _arrive(self, connection: Connection, row: CheckedRow, day: date) -> None:
        """A row of the rosters becomes true on its day: somebody records it."""
        work = self._work(connection, OFFICER)
        values = row.values
        if isinstance(values, MemberRow):
            self._member_arrives(work, values, day)
            return
        store = RowStore(work, day)
        store.store(row)
        resolve(work)
        engine.follow(work, set(work.touched), day, None)

    def _member_arrives(self, work: Work, given: MemberRow, day: date) -> None:
        connection = work.connection
        organization_id = connection.execute(
            sa.select(organization.c.id).where(organization.c.credit_code == given.credit_code)
        ).scalar_one()
        person_id = byhand.add_person(
            work,
            name=given.name,
            birth_on=given.birth_on,
            admitted_on=given.admitted_on,
            status=given.status,
            full_since=given.full_since,
            home_body_id=self._former_home(connection, given),
            home_text=given.home,
        )
        byhand.add_engagement(
            work,
            person_id=person_id,
            organization_id=organization_id,
            employment=given.employment,
            since=given.engaged_on,
            on=day,
        )

    def _former_home(self, connection: Connection, given: MemberRow) -> int | None:
        """The body the person came from: any unit's, by hash; none for homes nobody can name."""
        if chosen(f"{given.name}{given.home}") % 4 == 0:
            return None
        b = party_body.c
        bodies = (
            connection.execute(sa.select(b.id).where(b.unit_id.is_not(None)).order_by(b.id))
            .scalars()
            .all()
        )
        found: int = bodies[chosen(given.name) % len(bodies)]
        return found

    def _due(self, connection: Connection, day: date) -> list[tuple[DemoAct, int]]:
        """The acts of the day: the first rule of a case's state that chooses this case and day."""
        by_state: dict[tuple[str, str], list[DemoAct]] = defaultdict(list)
        for act in self.acts:
            by_state[act.workflow, act.state].append(act)
        c = case.c
        rows = connection.execute(
            sa.select(c.id, c.workflow, c.state, c.state_since_on, c.fields)
            .where(
                c.closed_on.is_(None),
                c.state.in_({act.state for act in self.acts}),
                c.state_since_on < day,
            )
            .order_by(c.id)
        )
        found: list[tuple[DemoAct, int]] = []
        for row in rows:
            for act in by_state.get((row.workflow, row.state), ()):
                due = act.on(f"{row.workflow}-{row.id}", row.state_since_on, row.fields)
                if due == day:
                    found.append((act, row.id))
                if due is not None:
                    break
        return found

    def _act(self, act: DemoAct, case_id: int) -> None:
        book = self.registry.book(act.workflow)
        rows = [row for row in book.workflow.rows(act.state, act.event) if row.by]
        roles = frozenset(role for row in rows for role in row.by)
        actor = Actor(OFFICERS[min(roles)] if roles else OFFICER.id, roles)
        record = self._advance if act.event else self._record
        try:
            self.run(lambda connection: record(connection, act, case_id, actor))
        except LifecycleError:
            self.refused[f"{act.workflow}.{act.event}"] += 1
        else:
            self.recorded[f"{act.workflow}.{act.event}"] += 1

    def _advance(self, connection: Connection, act: DemoAct, case_id: int, actor: Actor) -> None:
        fields = self._entered(connection, act, case_id)
        engine.advance(
            connection,
            self.registry,
            self.clock,
            case_id=case_id,
            event=act.event,
            actor=actor,
            fields=fields,
        )

    def _entered(self, connection: Connection, act: DemoAct, case_id: int) -> dict[str, Any]:
        """The fields of an act.

        `{fact: name}` is what the register says on the day, `{reached: 70}` so many percent of the
        organizations of the case's area.
        """
        meant = {name: one for name, one in act.fields.items() if isinstance(one, dict)}
        if not meant:
            return dict(act.fields)
        work = self._work(connection, OFFICER)
        view = work.case(case_id)
        asked = {one["fact"] for one in meant.values() if "fact" in one}
        facts = work.decision(view.subject, asked, work.today, view.unit_id).facts
        fields = dict(act.fields)
        for name, one in meant.items():
            if "fact" in one:
                fields[name] = facts[one["fact"]]
                continue
            around = organizations_under(connection, [view.subject.id])
            coming = [each for each in around if chosen(f"{case_id}:{each}") % 100 < one["reached"]]
            fields[name] = ",".join(map(str, coming))
        return fields

    def _record(self, connection: Connection, act: DemoAct, case_id: int, _actor: Actor) -> None:
        work = self._work(connection, OFFICER)
        recording.record(work, work.subject_of(case_id), act.fields, work.today)

    def _work(self, connection: Connection, actor: Actor) -> Work:
        return engine.begin(connection, self.registry, self.clock, actor)

    def _set_clock(self, day: date, hour: int) -> None:
        moment = day_start(day) + timedelta(hours=hour)
        self.run(lambda connection: store_time(connection, moment))


OFFICERS = {
    Role.CASE_OFFICER: "陈",
    Role.APPROVER: "周",
    Role.ORG_DEPT_OFFICER: "林",
    Role.REGISTRATION_OFFICER: "吴",
    Role.TOWNSHIP_OFFICER: "郑",
    Role.FINANCE_OFFICER: "李",
}
"""Who acts in which role."""

OFFICER = Actor(OFFICERS[Role.CASE_OFFICER], frozenset({Role.CASE_OFFICER}))


def chosen(text: str) -> int:
    """A number that depends on the text alone: what stands for chance in the demonstration."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def read_demo(registry: Registry, run: Run, path: Path = HERE / "demo.yaml") -> Demo:
    """The demonstration as its file describes it.

    Raises:
        DefinitionError: the file is not YAML as we read it.
    """
    document = read_yaml(path)
    document.raise_complaints()
    given = document.values
    acts = tuple(
        DemoAct(
            one["workflow"],
            one["state"],
            one.get("event", ""),
            one["share"],
            (one["days"][0], one["days"][1]),
            one.get("when", {}),
            one.get("fields", {}),
        )
        for one in given["acts"]
    )
    return Demo(
        registry,
        run,
        given["starts_on"],
        given["ends_on"],
        given["stands_on"],
        given["programme_start"],
        acts,
    )


def _sample_rows(as_of: date) -> list[CheckedRow]:
    """The good rows of the sample rosters, in the order of the files."""
    known = Known()
    found: list[CheckedRow] = []
    for name in FILES:
        for sheet in read_workbooks(SAMPLE / f"{name}.xlsx"):
            rows = check_sheet(sheet, as_of, known)
            known = known_after(known, rows)
            found += [row for row in rows if row.values is not None]
    return found


def _not_yet(row: CheckedRow, on: date) -> CheckedRow:
    """A survey row as it would have read on that day: later bodies and most instructors missing."""
    values = row.values
    if not isinstance(values, SurveyRow):
        return row
    if values.body_formed_on and values.body_formed_on > on:
        values = replace(values, body_name=None, body_formed_on=None)
    if chosen(values.credit_code) % 3:
        values = replace(values, instructor=None)
    return replace(row, values=values)
