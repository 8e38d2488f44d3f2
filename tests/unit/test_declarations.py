"""What facts and predicates declare about each other is true of their functions and their SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

import workflows
from lifecycle.facts import At, Fact
from lifecycle.loader import read_yaml
from lifecycle.policy import Dated
from lifecycle.store.tables import case, case_state
from lifecycle.store.types import Day, Instant
from tests.solving import Bench
from workflows.law import HERE
from workflows.predicates import PREDICATES
from workflows.register import body_serves, engagement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lifecycle.cases import FieldValue
    from lifecycle.facts import FactValue
    from lifecycle.policy import Parameters, ParameterValue
    from tests.solving import Values

REGISTRY = workflows.load_all()
FACTS = REGISTRY.facts.facts
DAY = date(2026, 3, 4)

few = st.integers(min_value=0, max_value=4)
flags = st.booleans()
bases = st.sampled_from(["all", "full"])
"""P8: whom the duty table counts."""


def value(name: str, values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
    """What a derived fact about an organization makes of the values."""
    fact = FACTS["organization", name]
    assert fact.derive is not None
    return fact.derive(values, policy)


def policy(**changed: ParameterValue) -> Parameters:
    """The policy in force, with some parameters as given."""
    rows = [(name, Dated(DAY, one)) for name, one in changed.items()]
    return REGISTRY.policy.with_overrides(rows, {}).at(DAY)


def positive(one: FactValue) -> bool:
    return one is True or (isinstance(one, int) and one > 0)


# -- everything that is declared is asked below ----------------------------------------------

ASKED = {
    ("attached_fully", "body_serves"),
    ("attached_fully", "provisional_body_in_force"),
    ("attached_fully", "uncovered"),
    ("uncovered", "body_serves"),
    ("uncovered", "provisional_body_in_force"),
    ("uncovered", "attached_fully"),
    ("instructor_gap_over", "instructors_in_office"),
    ("employment_ended", "engaged"),
    ("body_state", "body_serves"),
    ("attachment_over", "attached_fully"),
    ("both_consents_prior", "a_consent_missing"),
    ("a_consent_missing", "both_consents_prior"),
    ("majority_reached", "majority_missed"),
    ("majority_missed", "majority_reached"),
    ("both_audiences_reached", "an_audience_missing"),
    ("an_audience_missing", "both_audiences_reached"),
    ("duty_kind", "choices"),
    ("ruleset", "choices"),
}


def test_every_declaration_has_its_test() -> None:
    declared = {
        (fact.name, other) for fact in FACTS.values() for other in (*fact.excludes, *fact.implies)
    }
    declared |= {(fact.name, "choices") for fact in FACTS.values() if fact.choices}
    declared |= {(one.name, other) for one in PREDICATES.values() for other in one.excludes}
    declared |= {(one.name, one.opposite) for one in PREDICATES.values() if one.opposite}

    assert declared == ASKED


def test_declarations_name_facts_of_the_same_subject_and_predicates() -> None:
    for (subject, _), fact in FACTS.items():
        assert all((subject, other) in FACTS for other in (*fact.excludes, *fact.implies))
    names = {name for _, name in FACTS}
    for one in PREDICATES.values():
        assert all(other in PREDICATES or other in names for other in one.excludes)
        assert not one.opposite or PREDICATES[one.opposite].opposite == one.name


# -- derived facts ---------------------------------------------------------------------------


@st.composite
def counts(draw: st.DrawFn) -> tuple[dict[str, FactValue], Parameters]:
    """What the duty table reads, as counts of the same people can be, and the policy."""
    members_engaged = draw(few)
    full_engaged = draw(st.integers(0, members_engaged))
    held = draw(st.integers(0, members_engaged))
    full_held = draw(
        st.integers(max(0, held + full_engaged - members_engaged), min(held, full_engaged))
    )
    values: dict[str, FactValue] = {
        "members_engaged": members_engaged,
        "full_members_engaged": full_engaged,
        "members_held_here": held,
        "formal_full_members": full_held,
        "body_serves": draw(flags),
        "provisional_body_in_force": draw(flags),
        "any_body_serves": draw(flags),
    }
    parameters = policy(P8=draw(bases))
    for name in (
        "members_counted",
        "members_elsewhere",
        "attached_fully",
        "uncovered",
        "duty_kind",
    ):
        values[name] = value(name, values, parameters)
    return values, parameters


@given(counts())
def test_who_is_attached_in_full_has_no_body_and_is_not_uncovered(
    drawn: tuple[dict[str, FactValue], Parameters],
) -> None:
    values, _ = drawn
    for name in ("attached_fully", "uncovered"):
        for other in FACTS["organization", name].excludes:
            assert not (values[name] and values[other])


@given(counts())
def test_a_duty_is_one_of_its_kinds(drawn: tuple[dict[str, FactValue], Parameters]) -> None:
    values, _ = drawn

    assert values["duty_kind"] in FACTS["organization", "duty_kind"].choices


@given(counts())
def test_an_attachment_that_stands_is_not_over(
    drawn: tuple[dict[str, FactValue], Parameters],
) -> None:
    values, _ = drawn
    over = verdict("attachment_over", {("fact", name): one for name, one in values.items()})

    assert not (over and values["attached_fully"])


@given(few, few, st.sampled_from([None, date(2026, 1, 1), date(2027, 1, 1)]), flags)
def test_a_gap_is_over_only_while_nobody_is_in_office(
    instructors: int,
    liaisons: int,
    until: date | None,
    counts_liaisons: bool,  # noqa: FBT001 - drawn
) -> None:
    parameters = policy(P45=counts_liaisons)
    values: dict[str, FactValue] = {
        "instructors": instructors,
        "liaisons": liaisons,
        "instructor_covers_until": until,
        "liaison_covers_until": None,
    }
    values["instructors_in_office"] = value("instructors_in_office", values, parameters)
    over = value("instructor_gap_over", values, parameters)

    assert not (over and positive(values["instructors_in_office"]))


def test_the_rule_sets_are_the_choices_of_their_parameter() -> None:
    document = read_yaml(HERE / "policy.yaml")
    fact = FACTS["person_at_organization", "ruleset"]

    assert list(fact.choices) == document.values["parameters"]["P37"]["choices"]


# -- predicates ------------------------------------------------------------------------------


def verdict(name: str, values: Values) -> bool:
    """Whether a predicate holds under the values, whatever workflow asks it."""
    book = REGISTRY.book("branch")
    bench = Bench(REGISTRY, book, book.workflow.transitions[-1], "active")
    return PREDICATES[name].decide(bench.situation(values)).met


def both(one: str, other: str, values: Values) -> tuple[bool, bool]:
    return verdict(one, values), verdict(other, values)


def test_one_of_two_audiences_is_missing_or_both_are_reached() -> None:
    audiences = [None, "leaders", "workers", "both"]
    for before, now in product(["none", *audiences], audiences):
        values: Values = {("fact", "audiences_reached"): before, ("field", "audience"): now}

        assert sum(both("both_audiences_reached", "an_audience_missing", values)) == 1


def test_consents_are_complete_or_one_is_missing() -> None:
    days: list[FieldValue] = [None, date(2026, 3, 1), DAY, date(2026, 3, 9)]
    for superior, unit, notice in product(days, repeat=3):
        values: Values = {
            ("field", "superior_consent_on"): superior,
            ("field", "unit_consent_on"): unit,
            ("field", "notice_given_on"): notice,
        }

        assert sum(both("both_consents_prior", "a_consent_missing", values)) == 1


@settings(max_examples=60)
@given(*[st.none() | few] * 3)
def test_a_majority_is_not_both_reached_and_missed(
    entitled: int | None, present: int | None, votes: int | None
) -> None:
    values: Values = {
        ("field", "entitled"): entitled,
        ("field", "present"): present,
        ("field", "votes"): votes,
    }

    assert sum(both("majority_reached", "majority_missed", values)) <= 1


# -- facts that the database reads -----------------------------------------------------------

ON = [date(2026, 1, day) for day in range(1, 6)]
KNOWN_AT = datetime(2026, 2, 1, tzinfo=UTC)
INTERVALS = [None, (ON[1], None), (ON[1], ON[2]), (ON[2], ON[3])]


def read(connection: sa.Connection, facts: tuple[Fact, ...], on: date) -> tuple[Any, ...]:
    """The facts about the first thing of their kind."""
    at = At(sa.literal(on, Day()), sa.literal(KNOWN_AT, Instant()))
    columns = [fact.read(sa.literal(1), at) for fact in facts if fact.read is not None]
    return tuple(connection.execute(sa.select(*columns)).one())


def written(*tables: sa.Table) -> Iterator[sa.Connection]:
    """A database that has the tables and keeps nothing."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for table in tables:
            table.create(connection)
        yield connection
    engine.dispose()


def dated(span: tuple[date, date | None], **values: Any) -> dict[str, Any]:  # noqa: ANN401 - a row's values
    since, until = span
    known = {"known_from": datetime(2026, 1, 1, tzinfo=UTC), "entry_id": 1}
    return {**values, **known, "from_on": since, "until_on": until}


def test_whose_employment_has_ended_does_not_work_there() -> None:
    facts = tuple(FACTS["person_at_organization", one] for one in ("employment_ended", "engaged"))
    for connection in written(engagement):
        for spans in product(INTERVALS, repeat=2):
            connection.execute(sa.delete(engagement))
            for span in filter(None, spans):
                row = dated(span, person_at_organization_id=1, employment="full_time")
                connection.execute(sa.insert(engagement).values(row))
            for on in ON:
                ended, engaged = read(connection, facts, on)
                assert not (ended and engaged)


def test_a_body_has_a_state_for_those_whom_it_serves() -> None:
    facts = tuple(FACTS["organization", one] for one in ("body_state", "body_serves"))
    seen = set()
    for connection in written(body_serves, case, case_state):
        connection.execute(sa.insert(case).values(BRANCH))
        for served, state in product(INTERVALS, repeat=2):
            connection.execute(sa.delete(body_serves))
            connection.execute(sa.delete(case_state))
            for table, span, values in (
                (body_serves, served, {"body_id": 7, "organization_id": 1}),
                (case_state, state, {"case_id": 1, "state": "active"}),
            ):
                if span:
                    connection.execute(sa.insert(table).values(dated(span, **values)))
            for on in ON:
                state_then, serves = read(connection, facts, on)
                seen.add(state_then)
                assert state_then is None or serves
    assert seen == {None, "active"}


BRANCH = {
    "workflow": "branch",
    "workflow_text_id": 1,
    "subject_type": "party_body",
    "subject_id": 7,
    "state": "active",
    "state_since_on": ON[0],
    "fields": {},
    "version": 1,
    "head_hash": b"",
    "last_on": ON[0],
    "taken_over_only": False,
    "opened_on": ON[0],
}
"""The case of the body that serves."""
