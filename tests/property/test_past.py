"""What was seen at a moment is seen again later by whoever asks for that day, as known then.

Random acts in the town of `tests.property.world`, time passing and events entered late among them.
After some of them the heads and deadlines are noted; at the end each is asked for once more.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lifecycle import past
from lifecycle.access import EVERYTHING
from lifecycle.asof import AsOf
from lifecycle.correcting import Correction
from lifecycle.engine import begin
from lifecycle.history import day_of
from lifecycle.store import queries
from lifecycle.store.tables import case, entry, mends
from lifecycle.store.types import Instant
from tests.looking_back import MANY, listed_then, standing_now, stored_deadlines, told_by_files
from tests.property.world import AT_WORK, EVERYBODY, HOMES, KINDS, build, said

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.work import Work
    from tests.property.world import Template, World

EXAMPLES = 20

ACTS = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 120)),
    st.tuples(st.just("pass"), st.integers(100, 250)),
    st.tuples(st.just("leave"), st.sampled_from(sorted(AT_WORK))),
    st.tuples(
        st.just("engage"),
        st.sampled_from(sorted(HOMES)),
        st.sampled_from(sorted(KINDS)),
        st.sampled_from(("full_time", "part_time")),
        st.integers(0, 300),
    ),
    st.tuples(st.just("count"), st.sampled_from(sorted(KINDS)), st.integers(29, 80)),
    st.tuples(
        st.just("record"),
        st.integers(0, 1000),
        st.integers(0, 1000),
        st.sampled_from((0, 0, 1, 9, 40, 90)),
    ),
    st.tuples(
        st.just("record"),
        st.integers(0, 1000),
        st.integers(0, 1000),
        st.sampled_from((0, 0, 1, 9, 40, 90)),
    ),
    st.tuples(st.just("correct"), st.integers(0, 1000), st.sampled_from((-60, -9, -1, 3, 0))),
)


@cache
def town() -> Template:
    """The town that every history begins in, built once."""
    return build(Path(tempfile.mkdtemp(prefix="past-town-")))


def act(world: World, kind: str, *values: Any) -> None:  # noqa: ANN401 - what was drawn
    """One of the things that may happen; what the law refuses does not."""
    match kind, values:
        case "pass", (days,):
            world.pass_days(days)
        case "leave", (person,):
            world.leave(person, AT_WORK[person])
        case "engage", (person, organization, employment, back):
            world.engage(person, organization, employment, back)
        case "count", (organization, members):
            world.count(organization, members=members, full_time=members % 2, employees=members)
        case "record", (which, what, back):
            record(world, which, what, back)
        case "correct", (which, days):
            put_right(world, which, days)


def ordinary(given: tuple[Any, ...]) -> Any:  # noqa: ANN401 - one of what is given
    """The first of some values: the ordinary one."""
    return given[0]


def record(world: World, which: int, what: int, back: int) -> None:
    """Some event of some open case, dated back by so many days."""
    cases = world.open_cases()
    case_id, workflow, state = cases[which % len(cases)]
    definition = world.app.registry.book(workflow).workflow
    possible = definition.possible(state)
    if not possible:
        return
    event = possible[what % len(possible)]
    row = next(one for one in definition.rows(state, event) if one.by)
    values = {name: world.value_for(spec, ordinary) for name, spec in row.fields.items()}
    fields = {name: one for name, one in values.items() if one is not None}
    on = world.today - timedelta(days=back)
    world.advance(case_id, event, fields, on)


def put_right(world: World, which: int, days: int) -> None:
    """Something that was said is given another day, or withdrawn."""
    entries = world.app.read(said)
    case_id, body = entries[which % len(entries)]
    on = min(day_of(body) + timedelta(days=days), world.today)
    wanted = Correction(case_id, body["seq"], on) if days else Correction(case_id, body["seq"])
    world.correct(replace(wanted, withdraw=not days))


# -- noting and asking again ---------------------------------------------------------------


def told(view: CaseView) -> tuple[Any, ...]:
    """What a file says of a case."""
    deadlines = [
        (one.id, one.status, one.due_on, one.raw_on, one.suspended_on, dict(one.derivation))
        for one in view.deadlines
    ]
    head = (view.state, view.state_since_on, dict(view.fields), view.waived, view.closed_on)
    return (*head, view.version, deadlines)


def work_of(connection: Connection, world: World) -> Work:
    return begin(connection, world.app.registry, world.app.clock, EVERYBODY)


def files_then(connection: Connection, world: World, at: AsOf) -> list[tuple[Any, ...]]:
    return told_by_files(connection, work_of(connection, world), at)


def noted(connection: Connection, world: World) -> dict[str, Any]:
    """Everything as the tables have it now."""
    work = work_of(connection, world)
    deadlines = queries.list_deadlines(connection, EVERYTHING, limit=MANY)
    views = work.cases(list(connection.execute(sa.select(case.c.id)).scalars()))
    return {
        "listed": standing_now(connection, work.registry),
        "deadlines": [(one["id"], one["due_on"], one["state"]) for one in deadlines],
        "files": {view.id: told(view) for view in views},
    }


def asked(connection: Connection, world: World, at: AsOf) -> dict[str, Any]:
    """The same, told as the past."""
    work = work_of(connection, world)
    deadlines = past.list_deadlines(connection, EVERYTHING, at, limit=MANY)
    files = {}
    for view in work.cases(list(connection.execute(sa.select(case.c.id)).scalars())):
        workflow = work.registry.book_of(view.workflow_text_id).workflow
        file = past.case_file(connection, workflow, view, at)
        if file is not None:
            files[view.id] = told(file.view)
    return {
        "listed": listed_then(connection, work.registry, at),
        "deadlines": [(one["id"], one["due_on"], one["state"]) for one in deadlines],
        "files": files,
    }


def moment(connection: Connection, world: World) -> AsOf:
    """Today, as known when the last entry was recorded."""
    last = connection.execute(sa.select(sa.func.max(entry.c.recorded_at, type_=Instant()))).scalar()
    assert last is not None
    return AsOf(world.today, last)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Shrinking a history plays hundreds of others; the acts that fail are printed as they are.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(st.lists(st.tuples(ACTS, st.booleans()), min_size=8, max_size=16))
def test_as_known_then_as_of_then_is_what_was_seen_then(acts: list[tuple[Any, bool]]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="past-"))
    world = town().copy(folder / "history.sqlite")
    read = world.app.read
    seen: list[tuple[AsOf, dict[str, Any]]] = []
    for one, look in acts:
        act(world, *one)
        if look:
            seen.append((read(lambda c: moment(c, world)), read(lambda c: noted(c, world))))

    for at, before in seen:
        assert read(partial(asked, world=world, at=at)) == before, at
        for back in (1, 30, 150):
            earlier = AsOf(at.on - timedelta(days=back), at.known_at)
            listed = read(partial(listed_then, registry=world.app.registry, at=earlier))
            assert listed == read(partial(files_then, world=world, at=earlier)), earlier
    now = AsOf(world.today)
    assert read(lambda c: asked(c, world, now)) == read(lambda c: noted(c, world))
    assert read(lambda c: rows_of(c, now)) == read(stored_deadlines)
    world.app.engine.dispose()
    shutil.rmtree(folder)


def rows_of(connection: Connection, at: AsOf) -> dict[int, tuple[Any, ...]]:
    """By number: what `stored_deadlines` gives, told from the trails of all cases."""
    cases = list(connection.execute(sa.select(case.c.id)).scalars())
    return {
        one.id: (
            one.status.value,
            one.raw_on,
            one.due_on,
            one.provisional,
            one.suspended_on,
            one.suspended_days,
        )
        for rows in past.deadlines_of(connection, cases, at).values()
        for one in rows
    }


def test_random_acts_take_entries_back_and_stop_deadlines() -> None:
    """Else the property would only ever look at the easy cases."""
    folder = Path(tempfile.mkdtemp(prefix="past-"))
    world = town().copy(folder / "history.sqlite")
    acts: list[tuple[Any, ...]] = [
        ("engage", "er", "guild", "part_time", 0),
        ("pass", 200),
        *(("record", which, what, 90) for which in range(40) for what in range(3)),
    ]
    for one in acts:
        act(world, *one)

    found = world.app.read(lambda c: c.execute(sa.select(entry.c.id).where(mends())).all())
    assert found
    world.app.engine.dispose()
    shutil.rmtree(folder)
