"""Late events of a branch: clocks that stood still, cycles of one rule, conditions set aside."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle.store.tables import deadline
from tests.builders import app_on
from tests.tale import Tale
from workflows import byhand

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOP = "BR(shop)"
MARCH_2 = date(2026, 3, 2)
LATE = date(2026, 4, 27)
COMPLETE = {"form_complete": "yes", "list_attached": "yes", "leaders_proposed": "yes"}


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        yield Tale(app)


def shop(tale: Tale, homes: tuple[str, ...], **more: Any) -> None:  # noqa: ANN401 - of the scenario
    """An organization on 2 March with one full-time member per home."""
    tale.tell(
        {"on": MARCH_2, "add": {"unit": "bureau"}},
        {"on": MARCH_2, "add": {"unit": "elsewhere"}},
        {"on": MARCH_2, "add": {"organization": "shop", "supervisor": "bureau", **more}},
    )
    for name, home in zip(("an", "bo", "cai"), homes, strict=True):
        tale.tell(
            {
                "on": MARCH_2,
                "add": {
                    "person": name,
                    "engaged_at": "shop",
                    "home": home,
                    "employment": "full_time",
                },
            }
        )


def moves(tale: Tale, day: date, home: str, person: str = "cai") -> None:
    """The formal relation of a member moves to the body of a unit or an organization."""
    thing = tale.player.things.named[home]
    body = byhand.own_body_of if thing.type == "organization" else byhand.unit_body_of
    number = tale.app.read(lambda connection: body(connection, thing.id))
    tale.tell({"on": day, "record": {"person": person, "home": number}})


def late(tale: Tale, event: str, on: date, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - entered
    """Records the event late and gives the body of its entry."""
    tale.tell({"on": LATE, "tick": True})
    done = tale.record(SHOP, event, on, **fields)
    return next(one.body for one in tale.entries(SHOP) if one.seq == done.written[0].seq)


def test_a_clock_that_went_on_too_early_stands_still_again(tale: Tale) -> None:
    shop(tale, ("bureau", "bureau", "bureau"))
    tale.tell(
        {
            "on": date(2026, 3, 20),
            "event": "conditions_denied",
            "case": SHOP,
            "fields": {"reason": "no room", "reviewed_on": "2026-03-20"},
        }
    )
    assert tale.deadlines(SHOP)["D5"] == "suspended 2026-06-01"
    moves(tale, date(2026, 4, 10), "elsewhere")
    assert tale.deadlines(SHOP)["D5"] == "open 2026-06-22"

    late(tale, "conditions_met", date(2026, 4, 1))

    row = tale.rows(deadline, rule="D5")[0]
    assert (row["suspended_days"], row["raw_on"]) == (12, date(2026, 6, 12))
    assert tale.deadlines(SHOP) == {"D5": "open 2026-06-12"}
    assert [(one.event, one.on) for one in tale.live(SHOP)][-2:] == [
        ("deadlines_resumed", "2026-04-01"),
        ("duty_kind_changed", "2026-04-10"),
    ]
    assert tale.problems() == []


def test_a_deadline_taken_back_is_no_precedent(tale: Tale) -> None:
    """The time to form a body is counted from the duty that stands, not from the one that fell."""
    shop(tale, ("bureau", "bureau", "elsewhere"))
    assert tale.deadlines(SHOP) == {"D5": "open 2026-06-01"}
    moves(tale, date(2026, 4, 10), "bureau")
    assert tale.deadlines(SHOP) == {"D5": "open 2026-07-09"}

    filed = late(
        tale,
        "application_filed",
        date(2026, 3, 20),
        body_kind="provisional",
        application="A 1",
        **COMPLETE,
    )
    withdrawn = late(tale, "application_withdrawn", date(2026, 4, 1), withdrawal="W 1")

    acts = sorted(one["act"] for one in filed["deadlines"] if one["rule"] == "D5")
    assert acts == ["cancel", "meet", "reopen"]
    opened = next(one for one in withdrawn["deadlines"] if one["act"] == "open")
    assert opened["anchor_on"] == "2026-03-02"
    assert tale.problems() == []


def test_a_deadline_that_runs_again_shows_no_trace_of_its_end(tale: Tale) -> None:
    shop(tale, ("shop", "shop", "shop"), body="own")
    moves(tale, date(2026, 4, 1), "elsewhere")
    assert tale.case(SHOP).state == "below_threshold"
    moves(tale, date(2026, 4, 20), "shop")
    assert tale.case(SHOP).state == "active"
    assert tale.deadlines(SHOP) == {}

    late(tale, "adjust_started", date(2026, 4, 10), extract="X 1")

    row = tale.rows(deadline, rule="D18")[-1]
    assert row["status"] == "suspended"
    assert row["suspended_on"] == date(2026, 4, 10)
    assert (row["reason"], row["closed_on"], row["closed_entry_id"]) == (None, None, None)
    assert tale.case(SHOP).state == "adjusting"
    assert tale.case(SHOP).previous_state == "below_threshold"
    assert tale.problems() == []


def test_a_waiver_is_in_force_again_in_the_state_it_was_given_for(tale: Tale) -> None:
    shop(tale, ("bureau", "bureau", "elsewhere"))
    names = [f"stall {number}" for number in range(6)]
    tale.tell(*({"on": MARCH_2, "add": {"organization": name}} for name in names))
    partners = ",".join(str(tale.player.things.named[name].id) for name in names)
    tale.tell(
        {
            "on": date(2026, 3, 20),
            "event": "waived",
            "case": SHOP,
            "as": "approver",
            "fields": {"guard": "partners_within_limit", "reason": "a whole street"},
        }
    )
    for person in ("an", "bo", "cai"):
        tale.tell(
            {
                "on": date(2026, 4, 10),
                "record": {"person": person, "at": "shop", "employment": "left"},
            }
        )
    assert tale.case(SHOP).state == "no_duty"
    assert tale.case(SHOP).waived == frozenset()

    entry = late(
        tale,
        "application_filed",
        date(2026, 4, 1),
        body_kind="joint",
        application="A 1",
        partners=partners,
        partners_full_members="3",
        partners_consent="yes",
        **COMPLETE,
    )

    assert entry["from"] == "duty_open"
    assert tale.case(SHOP).state == "application_filed"
    assert tale.problems() == []
