"""Correcting entries: what was wrong stays in the trail, what follows is computed anew."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.access import Actor, Role
from lifecycle.chain import entry_number
from lifecycle.correcting import Corrected, Correction, correct, preview
from lifecycle.correcting.steps import WHY
from lifecycle.errors import (
    CaseChangedError,
    CorrectionImpossibleError,
    CorrectionProblem,
    CorrectionRefusedError,
)
from lifecycle.replaying import replay
from lifecycle.store.tables import outbox, personal_value
from tests.builders import app_on
from tests.property.world import fingerprint
from tests.tale import OFFICER, Tale
from workflows.second_thoughts import correction_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        yield Tale(app)


def three_members(tale: Tale) -> None:
    """A branch of three; one of them leaves and is received elsewhere on 15 June."""
    tale.tell(
        {"on": date(2026, 1, 5), "add": {"unit": "bureau"}},
        {
            "on": date(2026, 1, 5),
            "add": {
                "organization": "clinic",
                "supervisor": "bureau",
                "body": "own",
                "body_since": date(2020, 5, 6),
                "certificate": {"from": date(2025, 12, 1), "until": date(2026, 12, 1)},
            },
        },
        *(
            {
                "on": date(2026, 1, 5),
                "add": {
                    "person": name,
                    "home": "clinic",
                    "engaged_at": "clinic",
                    "employment": "full_time",
                },
            }
            for name in ("wang", "li", "zhao")
        ),
        {"on": date(2026, 1, 5), "record": {"organization": "clinic", "employees": 10}},
        {
            "on": date(2026, 1, 5),
            "event": "counts_confirmed",
            "case": "COV(clinic)",
            "fields": {"statement": "数2026-1"},
        },
        {
            "on": date(2026, 5, 29),
            "record": {"person": "zhao", "at": "clinic", "employment": "left"},
        },
        {
            "on": date(2026, 6, 1),
            "event": "leaves_organization",
            "case": "MEM(zhao, clinic)",
            "fields": {"destination": "新单位党支部", "days": 30},
        },
        {
            "on": date(2026, 6, 15),
            "event": "arrived_elsewhere",
            "case": "MEM(zhao, clinic)",
            "fields": {"receipt": "回2026-1"},
        },
        {"on": date(2026, 6, 20), "tick": True},
    )


def put_right(
    tale: Tale,
    reference: str,
    event: str,
    *,
    actor: Actor = OFFICER,
    dry: bool = False,
    **asked: Any,  # noqa: ANN401 - what is right
) -> Corrected:
    """Corrects the living entry of that event in the case."""
    number = tale.case(reference).id
    seq = next(one.seq for one in reversed(tale.live(reference)) if one.event == event)
    wanted = [Correction(number, seq, **asked)]
    act = partial(preview if dry else correct, corrections=wanted, reason="录入有误", actor=actor)
    return tale.app.write(lambda c: act(c, tale.app.registry, tale.app.clock))


def problems(tale: Tale) -> list[str]:
    replayed = tale.app.read(lambda c: replay(c, tale.app.registry))
    return tale.problems() + [str(one) for one in replayed.differences]


def sent(tale: Tale, reference: str) -> None:
    """Every notice of the case has gone out."""
    number = tale.case(reference).id
    gone = sa.update(outbox).where(outbox.c.case_id == number, outbox.c.status == "owed")
    tale.app.write(lambda c: c.execute(gone.values(status="sent")))


def test_an_earlier_receipt_moves_the_cure_period_of_the_branch(tale: Tale) -> None:
    three_members(tale)
    assert tale.deadlines("BR(clinic)") == {"D18": "open 2026-09-14"}

    put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", on=date(2026, 6, 8))

    assert tale.case("BR(clinic)").state == "below_threshold"
    assert tale.history("BR(clinic)")[-1] == ("below_threshold", "2026-06-08", None)
    assert tale.deadlines("BR(clinic)") == {"D18": "open 2026-09-07"}
    assert tale.history("COV(clinic)")[-1] == ("rebuilding", "2026-06-08", None)
    assert tale.history("MEM(zhao, clinic)")[-1] == ("ended", "2026-06-08", None)
    assert problems(tale) == []


def test_withdrawing_the_receipt_brings_the_branch_back(tale: Tale) -> None:
    three_members(tale)

    put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", withdraw=True)

    assert tale.case("MEM(zhao, clinic)").state == "moving_out"
    assert tale.case("BR(clinic)").state == "active"
    assert tale.case("COV(clinic)").state == "five_good_certified"
    assert tale.deadlines("BR(clinic)") == {}
    assert problems(tale) == []


def test_what_was_wrong_stays_in_the_trail_and_names_what_replaced_it(tale: Tale) -> None:
    three_members(tale)
    before = tale.entries("MEM(zhao, clinic)")

    put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", on=date(2026, 6, 8))

    after = tale.entries("MEM(zhao, clinic)")
    carrier, again = after[len(before) :]
    assert after[: len(before)] == before
    assert (carrier.kind, carrier.event) == ("correction", "corrected")
    assert carrier.body["corrects"] == before[-1].seq
    assert carrier.body["supersedes"] == [before[-1].seq]
    assert (again.kind, again.on, again.body["details"]["repeats"]) == (
        "event",
        "2026-06-08",
        before[-1].seq,
    )
    assert again.body["cause"] == entry_number(tale.case("MEM(zhao, clinic)").id, carrier.seq)


def test_the_reason_is_a_personal_value_and_no_part_of_the_chain(tale: Tale) -> None:
    three_members(tale)

    put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", on=date(2026, 6, 8))

    carrier = tale.live("MEM(zhao, clinic)")[-2]
    assert "录入有误" not in str(carrier.body)
    assert list(carrier.body["personal"]) == [f"field.{WHY}"]
    kept = tale.rows(personal_value, name=f"field.{WHY}")
    assert [row["value"] for row in kept] == ["录入有误"]


def test_a_preview_says_what_saving_does_and_leaves_nothing(tale: Tale) -> None:
    three_members(tale)
    tables = tale.app.read(fingerprint)
    asked: dict[str, Any] = {"on": date(2026, 6, 8)}

    seen = put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", dry=True, **asked)

    assert tale.app.read(fingerprint) == tables
    done = put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", **asked)
    assert seen.consequences == done.consequences
    assert {one.after.ref.split("-")[0] for one in done.consequences.cases} == {
        "MEM",
        "BR",
        "COV",
    }


def test_notices_that_have_gone_out_and_are_wrong_are_listed_and_withdrawn(tale: Tale) -> None:
    """A duty of which people were told: it never was one."""
    day = date(2026, 2, 2)
    tale.tell(
        {"on": day, "add": {"unit": "bureau"}},
        {"on": day, "add": {"organization": "clinic", "supervisor": "bureau"}},
        *(
            {
                "on": day,
                "add": {
                    "person": name,
                    "home": "bureau",
                    "engaged_at": "clinic",
                    "employment": "full_time",
                },
            }
            for name in ("wang", "li", "zhao")
        ),
    )
    assert "N7 due organization:1" in tale.owed("BR(clinic)")
    sent(tale, "BR(clinic)")
    tale.tell({"on": date(2026, 2, 9), "tick": True})

    done = tale.app.write(
        lambda c: put_right_by(tale, c, {"file": "zhao", "event": "engaged", "withdraw": True})
    )

    told = [(one.notice, one.stage, one.recipient) for one in done.consequences.wrong]
    assert ("N7", "due", "organization:1") in told
    assert "N7 withdrawn organization:1" in tale.owed("BR(clinic)")
    assert tale.case("BR(clinic)").state == "no_duty"
    assert problems(tale) == []


def put_right_by(tale: Tale, connection: sa.Connection, *given: dict[str, Any]) -> Corrected:
    """Corrections as scenarios write them; the case that somebody opened goes with its ground."""
    person = given[0]["file"]
    opened = {"case": f"MEM({person}, clinic)", "event": "member_reported", "withdraw": True}
    wanted = [correction_of(tale.player, connection, one) for one in (*given, opened)]
    return correct(
        connection,
        tale.app.registry,
        tale.app.clock,
        corrections=wanted,
        reason="误录",
        actor=OFFICER,
    )


def test_of_two_who_correct_one_case_the_second_is_told_what_the_first_did(tale: Tale) -> None:
    three_members(tale)
    view = tale.case("MEM(zhao, clinic)")
    wanted = [Correction(view.id, view.version, date(2026, 6, 8))]
    others = Actor("wang", OFFICER.roles)

    def save(connection: sa.Connection, actor: Actor) -> Corrected:
        registry, clock = tale.app.registry, tale.app.clock
        return correct(
            connection,
            registry,
            clock,
            corrections=wanted,
            reason="录入有误",
            actor=actor,
            expected={view.id: view.version},
        )

    tale.app.write(partial(save, actor=OFFICER))
    with pytest.raises(CaseChangedError) as refused:
        tale.app.write(partial(save, actor=others))

    assert (refused.value.changed_by, refused.value.event) == ("chen", "arrived_elsewhere")
    assert refused.value.found == tale.case("MEM(zhao, clinic)").version


def test_a_correction_sent_twice_is_carried_out_once(tale: Tale) -> None:
    three_members(tale)
    view = tale.case("MEM(zhao, clinic)")

    def save(connection: sa.Connection) -> Corrected:
        return correct(
            connection,
            tale.app.registry,
            tale.app.clock,
            corrections=[Correction(view.id, view.version, date(2026, 6, 8))],
            reason="录入有误",
            actor=OFFICER,
            request_id="r-1",
        )

    tale.app.write(save)
    version = tale.case("MEM(zhao, clinic)").version
    again = tale.app.write(save)

    assert (again.repeated, again.written) == (True, ())
    assert tale.case("MEM(zhao, clinic)").version == version


def test_what_is_repeated_keeps_who_recorded_it(tale: Tale) -> None:
    """Two persons are wanted for some steps: who corrects an earlier one is not both of them."""
    three_members(tale)
    other = Actor("sun", frozenset({Role.CASE_OFFICER}))

    put_right(tale, "MEM(zhao, clinic)", "leaves_organization", actor=other, on=date(2026, 6, 2))

    said = {one.event: one.body["actor"]["id"] for one in tale.live("MEM(zhao, clinic)")}
    assert said["leaves_organization"] == "sun"
    assert said["arrived_elsewhere"] != "sun"
    assert problems(tale) == []


def test_who_reviews_may_not_become_who_prepared(tale: Tale) -> None:
    """The reviewer puts the day of the preparer's step right: then one person did both."""
    three_members(tale)
    day = date(2026, 2, 2)
    criteria = (
        *("leading_team", "member_ranks", "working_mechanism"),
        *("development_results", "public_response"),
    )
    tale.tell(
        {
            "on": day,
            "as": "case_officer:chen",
            "event": "self_assessed",
            "case": "FGE(clinic)",
            "fields": {**dict.fromkeys(criteria, True), "evidence": "评1"},
        },
        {
            "on": date(2026, 2, 9),
            "as": "org_dept_officer:sun",
            "event": "review_opened",
            "case": "FGE(clinic)",
        },
    )
    reviewer = Actor("sun", frozenset({Role.CASE_OFFICER, Role.ORG_DEPT_OFFICER}))

    with pytest.raises(CorrectionRefusedError) as refused:
        put_right(tale, "FGE(clinic)", "self_assessed", actor=reviewer, on=date(2026, 2, 3))

    (step,) = refused.value.impossible
    assert (step.event, [one.id for one in step.findings if not one.met]) == (
        "review_opened",
        ["another_person"],
    )


def test_who_may_not_record_an_event_may_not_correct_it(tale: Tale) -> None:
    three_members(tale)
    clerk = Actor("li", frozenset({Role.FINANCE_OFFICER}))

    with pytest.raises(CorrectionRefusedError) as refused:
        put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", actor=clerk, withdraw=True)

    (step,) = refused.value.impossible
    assert [one.id for one in step.findings if not one.met] == ["role"]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"on": date(2026, 6, 21)}, CorrectionProblem.AFTER_TODAY),
        ({}, CorrectionProblem.NOTHING),
        ({"on": date(2026, 6, 15)}, CorrectionProblem.NOTHING),
        ({"on": date(2026, 6, 8), "withdraw": True}, CorrectionProblem.WITHDRAWN_AND_CHANGED),
    ],
)
def test_corrections_that_make_no_sense(
    tale: Tale, asked: dict[str, Any], problem: CorrectionProblem
) -> None:
    three_members(tale)
    tables = tale.app.read(fingerprint)

    with pytest.raises(CorrectionImpossibleError) as refused:
        put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", **asked)

    assert refused.value.problem is problem
    assert tale.app.read(fingerprint) == tables


def test_a_superseded_entry_names_the_one_that_stands_now(tale: Tale) -> None:
    three_members(tale)
    view = tale.case("MEM(zhao, clinic)")
    put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", on=date(2026, 6, 8))
    put_right(tale, "MEM(zhao, clinic)", "arrived_elsewhere", on=date(2026, 6, 9))

    with pytest.raises(CorrectionImpossibleError) as refused:
        tale.app.write(
            lambda c: correct(
                c,
                tale.app.registry,
                tale.app.clock,
                corrections=[Correction(view.id, view.version, date(2026, 6, 10))],
                reason="r",
                actor=OFFICER,
            )
        )

    assert refused.value.problem is CorrectionProblem.SUPERSEDED
    assert refused.value.named == (f"{view.ref}/{tale.case('MEM(zhao, clinic)').version}",)


@pytest.mark.parametrize("reason", ["", "  ", "因" * 301])
def test_no_correction_without_a_reason(tale: Tale, reason: str) -> None:
    three_members(tale)
    view = tale.case("MEM(zhao, clinic)")

    with pytest.raises(CorrectionImpossibleError) as refused:
        tale.app.write(
            lambda c: correct(
                c,
                tale.app.registry,
                tale.app.clock,
                corrections=[Correction(view.id, view.version, date(2026, 6, 8))],
                reason=reason,
                actor=OFFICER,
            )
        )

    assert refused.value.problem is CorrectionProblem.NO_REASON


def test_a_corrected_list_classifies_the_cases_anew(tale: Tale) -> None:
    """What the case is to be follows the row of the list, as of the day of the list."""
    day = date(2026, 3, 2)
    tale.tell(
        {
            "on": day,
            "take_over": [
                {"unit": "bureau"},
                {"organization": "clinic", "supervisor": "bureau"},
                {
                    "person": "wang",
                    "engaged_at": "clinic",
                    "employment": "part_time",
                    "since": date(2026, 1, 12),
                },
            ],
        }
    )
    assert tale.deadlines("MEM(wang, clinic)") == {"D9": "open 2026-07-12"}

    tale.tell(
        {
            "on": date(2026, 3, 9),
            "correct": {"file": "wang", "event": "engaged", "to": date(2026, 2, 9)},
        }
    )

    assert tale.deadlines("MEM(wang, clinic)") == {"D9": "open 2026-08-09"}
    assert [one.kind for one in tale.live("MEM(wang, clinic)")] == ["taken_over"]
    assert problems(tale) == []
