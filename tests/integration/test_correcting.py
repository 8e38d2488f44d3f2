"""Correcting entries: what was wrong stays in the trail, what follows is computed anew."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.correcting import Corrected, Correction, correct, preview
from lifecycle.replaying import replay
from tests.builders import app_on
from tests.tale import OFFICER, Tale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lifecycle.access import Actor


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
