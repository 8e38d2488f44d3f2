"""Recording an event: what is written, what is refused, what an answer lost on the way means."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle import engine
from lifecycle.cases import Subject
from lifecycle.errors import (
    CaseChangedError,
    CaseNotFoundError,
    CaseOpenError,
    EventDateError,
    EventUnknownError,
    TransitionRefusedError,
)
from lifecycle.store.tables import case, deadline, entry, outbox
from tests.builders import app_on
from tests.tale import OFFICER, Tale
from workflows.subjects import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

WANG = "MEM(wang, clinic)"
DAY = date(2026, 1, 16)
LETTER = {"document_kind": "formal", "days": 30}


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    with app_on(migrated_url, date(2020, 1, 1)) as app:
        tale = Tale(app)
        tale.tell(
            {"on": DAY, "add": {"organization": "clinic"}},
            {
                "on": DAY,
                "add": {"person": "wang", "engaged_at": "clinic", "employment": "full_time"},
            },
        )
        yield tale


def advance(tale: Tale, event: str, fields: dict[str, Any], **more: Any) -> engine.Done:  # noqa: ANN401
    app = tale.app
    given: dict[str, Any] = {"case_id": tale.case(WANG).id, "actor": OFFICER} | more

    def run(connection: sa.Connection) -> engine.Done:
        return engine.advance(
            connection, app.registry, app.clock, event=event, fields=fields, **given
        )

    return app.write(run)


def test_one_event_is_one_entry_with_everything_that_belongs_to_it(tale: Tale) -> None:
    before = tale.case(WANG)
    done = advance(tale, "document_issued", LETTER)

    (written,) = done.written
    assert (written.from_state, written.to_state, written.seq) == (
        "formal_due",
        "letter_issued",
        before.version + 1,
    )
    assert done.view == tale.case(WANG)
    assert done.view.fields["document_kind"] == "formal"
    row = tale.rows(entry, id=written.entry_id)[0]
    assert (row["actor"], row["kind"], row["effective_on"]) == ("chen", "event", DAY)
    assert tale.rows(deadline, opened_entry_id=written.entry_id)[0]["rule"] == "D15"
    assert tale.problems() == []


def test_refused_means_unchanged(tale: Tale) -> None:
    def state() -> list[Any]:
        return [tale.rows(table) for table in (case, entry, deadline, outbox)]

    before = state()
    with pytest.raises(TransitionRefusedError) as refused:
        advance(tale, "document_issued", {"document_kind": "temporary", "days": 400})

    assert {one.id for one in refused.value.findings if not one.met} == {"document_fits", "days"}
    assert state() == before


def test_event_that_the_state_has_not_is_refused_with_those_it_has(tale: Tale) -> None:
    with pytest.raises(EventUnknownError) as unknown:
        advance(tale, "received_formal", {"receipt_returned": "yes"})

    assert "document_issued" in unknown.value.possible
    assert "engaged_full_time" not in unknown.value.possible


def test_event_of_rule_cannot_be_recorded_by_a_person(tale: Tale) -> None:
    advance(tale, "document_issued", LETTER)

    with pytest.raises(EventUnknownError):
        advance(tale, "letter_ran_out", {})


def test_a_case_changed_meanwhile_is_not_changed_again(tale: Tale) -> None:
    version = tale.case(WANG).version
    advance(tale, "document_issued", LETTER)

    with pytest.raises(CaseChangedError) as changed:
        advance(tale, "rejected", {"reason_code": "other"}, expected_version=version)

    assert (changed.value.changed_by, changed.value.event) == ("chen", "document_issued")
    assert (
        advance(tale, "rejected", {"reason_code": "other"}, expected_version=version + 1).view.state
        == "transfer_rejected"
    )


def test_the_same_request_twice_is_carried_out_once(tale: Tale) -> None:
    first = advance(tale, "document_issued", LETTER, request_id="r-1")
    again = advance(tale, "document_issued", LETTER, request_id="r-1")

    assert again.repeated
    assert not first.repeated
    assert [one.entry_id for one in again.written] == [one.entry_id for one in first.written]
    assert [one.event for one in tale.entries(WANG)].count("document_issued") == 1


def test_unknown_case_is_an_error(tale: Tale) -> None:
    with pytest.raises(CaseNotFoundError, match="9999"):
        advance(tale, "document_issued", LETTER, case_id=9999)


def test_a_final_state_has_no_event(tale: Tale) -> None:
    advance(tale, "left_before_transfer", {"evidence": "E 1"})

    assert tale.case(WANG).closed_on == DAY
    with pytest.raises(EventUnknownError, match="the state is final"):
        advance(tale, "document_issued", LETTER)


def test_a_subject_has_one_open_case_of_a_workflow(tale: Tale) -> None:
    subject = tale.case(WANG).subject
    before = tale.rows(case)

    def again(connection: sa.Connection) -> None:
        work = engine.begin(connection, tale.app.registry, tale.app.clock, OFFICER)
        engine.open_by_person(
            work,
            workflow="member_relation",
            event="member_reported",
            subject=subject,
            actor=OFFICER,
        )

    with pytest.raises(CaseOpenError, match=f"MEM-{tale.case(WANG).id} is open"):
        tale.app.write(again)

    assert tale.rows(case) == before


def test_an_opening_that_the_workflow_has_not_is_refused(tale: Tale) -> None:
    def opening(connection: sa.Connection) -> None:
        work = engine.begin(connection, tale.app.registry, tale.app.clock, OFFICER)
        engine.open_by_person(
            work,
            workflow="member_relation",
            event="admitted_here",
            subject=Subject(PLACE, 99),
            actor=OFFICER,
        )

    with pytest.raises(EventUnknownError, match="member_reported"):
        tale.app.write(opening)


def test_nothing_is_opened_on_a_day_to_come(tale: Tale) -> None:
    subject, before = tale.case(WANG).subject, tale.rows(case)

    def opening(connection: sa.Connection) -> None:
        work = engine.begin(connection, tale.app.registry, tale.app.clock, OFFICER)
        engine.open_by_person(
            work,
            workflow="member_development",
            event="application_received",
            subject=subject,
            actor=OFFICER,
            fields={"age_18": True, "pool_basis": "investor"},
            on=work.today + timedelta(days=1),
        )

    with pytest.raises(EventDateError, match="after today"):
        tale.app.write(opening)

    assert tale.rows(case) == before


def test_explaining_lists_every_event_with_what_it_still_needs(tale: Tale) -> None:
    number = tale.case(WANG).id

    def explained(event: str | None) -> dict[str, set[str]]:
        def run(connection: sa.Connection) -> list[Any]:
            work = engine.begin(connection, tale.app.registry, tale.app.clock, OFFICER)
            return engine.explain(work, number, event)

        answers = tale.app.write(run)
        return {name: {one.id for one in found if not one.met} for name, found in answers}

    everything = explained(None)

    assert set(everything) == {
        "became_part_time",
        "document_issued",
        "left_before_transfer",
        "membership_ended",
    }
    assert everything["document_issued"] == {"document_kind", "document_fits"}
    assert explained("membership_ended") == {"membership_ended": {"decision"}}
    with pytest.raises(EventUnknownError):
        explained("received_formal")


def test_what_follows_names_its_cause(tale: Tale) -> None:
    """The relation is here: leaving the organization then makes the move out due."""
    advance(tale, "document_issued", LETTER)
    advance(tale, "received_formal", {"receipt_returned": "yes"})
    tale.tell(
        {"on": date(2026, 2, 2), "record": {"person": "wang", "at": "clinic", "employment": "left"}}
    )

    followed = tale.entries(WANG)[-1]
    cause = tale.rows(entry, id=followed.body["cause"])[0]
    assert (followed.event, followed.on, followed.kind) == (
        "employment_ended",
        "2026-02-02",
        "automatic",
    )
    assert cause["event"] == "recorded"
    assert followed.body["actor"]["id"] == "system"
