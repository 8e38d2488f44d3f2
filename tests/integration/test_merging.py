"""Merging records of one organization or person: both histories go on under the one that stays."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from lifecycle import past
from lifecycle.access import EVERYTHING
from lifecycle.asof import AsOf
from lifecycle.cases import Subject
from lifecycle.correcting import Correction, correct
from lifecycle.engine import begin, record_rows
from lifecycle.errors import CorrectionImpossibleError, SubjectMergedError
from lifecycle.history import bodies_of
from lifecycle.register import put
from lifecycle.store.queries import CaseFilter
from lifecycle.store.tables import case, entry, personal_value
from tests.looking_back import finals_of
from tests.merging import (
    MARCH,
    TODAY,
    end,
    engaged,
    events,
    file,
    merged,
    number,
    place,
    problems,
    two_records,
)
from tests.tale import OFFICER
from workflows import byhand
from workflows.changing_hands import hand_over, pairs_of
from workflows.register import (
    body_serves,
    formal_relation,
    merged_record,
    organization,
    organization_profile,
    party_status,
    person,
    person_at_organization,
)
from workflows.subjects import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tests.tale import Tale


@pytest.fixture
def tale(migrated_url: str) -> Iterator[Tale]:
    with two_records(migrated_url) as told:
        yield told


# -- organizations -------------------------------------------------------------------------


def test_own_cases_close_and_places_go_on_at_the_other_record(tale: Tale) -> None:
    moved = place(tale, "zhao", "annex"), place(tale, "qian", "annex")
    before = events(tale, "MEM(zhao, annex)")

    done = merged(tale, "annex", "clinic")

    assert done.moved == moved
    assert (done.left, place(tale, "zhao", "clinic")) == ((), moved[0])
    assert events(tale, "MEM(zhao, clinic)") == before
    assert tale.deadlines("MEM(zhao, clinic)") == {"D8": "open 2026-04-01"}
    for reference, state in (
        ("COV(annex)", "closed"),
        ("AFF(annex)", "ended"),
        ("BR(annex)", "dissolved"),
    ):
        assert tale.case(reference).closed_on == TODAY
        assert tale.history(reference)[-1] == (state, "2026-06-01", None)
        assert events(tale, reference)[-1] == "case_closed"
        assert tale.deadlines(reference) == {}
    assert problems(tale) == []


def test_what_the_other_record_owes_with_the_members_of_both_follows_at_once(tale: Tale) -> None:
    assert tale.case("BR(clinic)").state == "option_open"

    merged(tale, "annex", "clinic")

    assert tale.case("BR(clinic)").state == "duty_open"
    assert tale.deadlines("BR(clinic)") == {"D5": "open 2026-08-31"}
    entries = tale.rows(entry)
    tale.tell({"on": TODAY, "tick": True})
    assert tale.rows(entry) == entries


def test_both_files_say_it_and_the_reason_is_a_personal_value(tale: Tale) -> None:
    places = [place(tale, "zhao", "annex"), place(tale, "qian", "annex")]

    merged(tale, "annex", "clinic", reason=" 同一单位录入两次 ")

    for name, other, event in (
        ("annex", "clinic", "merged_into"),
        ("clinic", "annex", "merged_in"),
    ):
        (row,) = tale.rows(entry, case_id=file(tale, name), event=event)
        assert (row["kind"], row["effective_on"], row["actor"]) == ("event", TODAY, "chen")
        assert "同一单位" not in bytes(row["body"]).decode()
        (kept,) = tale.rows(personal_value, entry_id=row["id"])
        assert (kept["name"], kept["value"]) == ("field.reason", "同一单位录入两次")
        own = next(one for one in _bodies(tale, file(tale, name)) if one["event"] == event)
        assert own["details"] == {
            "merged_with": {"type": "organization", "id": number(tale, other)},
            "places": places,
            "places_left": [],
        }


def _bodies(tale: Tale, case_id: int) -> list[dict[str, Any]]:
    return tale.app.read(lambda c: [dict(one) for one in bodies_of(c, case_id)])


def test_the_register_says_from_which_day_on_which_record_stands(tale: Tale) -> None:
    merged(tale, "annex", "clinic")

    (row,) = tale.rows(merged_record)
    assert (row["subject_type"], row["gone_id"]) == ("organization", number(tale, "annex"))
    assert (row["kept_id"], row["from_on"]) == (number(tale, "clinic"), TODAY)
    profiles = tale.rows(organization_profile, organization_id=number(tale, "annex"))
    assert [row["until_on"] for row in profiles if row["known_until"] is None] == [TODAY]


def test_before_the_day_the_merged_record_is_seen_with_its_own_open_cases(tale: Tale) -> None:
    merged(tale, "annex", "clinic")

    def standing(day: date) -> set[str]:
        finals = finals_of(tale.app.registry)
        rows = tale.app.read(
            lambda c: past.list_cases(c, EVERYTHING, finals, CaseFilter(limit=99), AsOf(day))
        )
        annex = number(tale, "annex")
        return {
            one["workflow"]
            for one in rows
            if (one["subject_type"], one["subject_id"]) == ("organization", annex)
            and one["workflow"] != "register"
        }

    assert standing(date(2026, 5, 31)) == {"organization_coverage", "affiliation"}
    assert standing(TODAY) == set()


def test_a_joint_body_that_serves_the_merged_record_serves_the_other_one_from_then_on(
    tale: Tale,
) -> None:
    tale.tell({"on": TODAY, "add": {"organization": "lead", "body": "joint"}})
    body = tale.app.read(lambda c: byhand.own_body_of(c, number(tale, "lead")))

    def serve(connection: Connection) -> None:
        work = begin(connection, tale.app.registry, tale.app.clock, OFFICER)
        key = {"body_id": body, "organization_id": number(tale, "annex")}
        record_rows(work, Subject("party_body", body), [put("body_serves", key, {}, TODAY)], TODAY)

    tale.app.write(serve)
    tale.tell({"on": date(2026, 6, 2), "tick": True})

    merged(tale, "annex", "clinic")

    held = [
        (row["organization_id"], row["from_on"], row["until_on"])
        for row in tale.rows(body_serves, body_id=body)
        if row["known_until"] is None and row["organization_id"] != number(tale, "lead")
    ]
    assert held == [
        (number(tale, "annex"), TODAY, date(2026, 6, 2)),
        (number(tale, "clinic"), date(2026, 6, 2), None),
    ]
    assert problems(tale) == []


def test_a_preview_says_what_saving_does_and_leaves_nothing(tale: Tale) -> None:
    tables = (entry, case, person_at_organization, merged_record, organization_profile)
    before = [tale.rows(table) for table in tables]
    shown = merged(tale, "annex", "clinic", dry=True)

    assert [tale.rows(table) for table in tables] == before
    done = merged(tale, "annex", "clinic")
    assert (shown.moved, shown.left) == (done.moved, done.left)
    assert shown.consequences == done.consequences
    changes = {one.after.ref.partition("-")[0]: one for one in done.consequences.cases}
    assert changes.keys() == {"BR", "AFF", "COV"}


# -- persons -------------------------------------------------------------------------------


def test_places_of_one_person_go_on_under_the_record_that_stays(tale: Tale) -> None:
    before = events(tale, "MEM(zhao, annex)")
    own = [
        tale.rows(one, person_id=number(tale, "wang")) for one in (party_status, formal_relation)
    ]

    done = merged(tale, "zhao", "wang")

    assert place(tale, "wang", "annex") == done.moved[0]
    assert events(tale, "MEM(wang, annex)") == before
    assert tale.case("MEM(wang, annex)").state == "formal_due"
    assert tale.case("BR(annex)").state == "option_open"
    (warned,) = [one for one in done.findings if one.advisory]
    assert (warned.id, warned.met) == ("one_formal_relation", False)
    ends = [
        row["until_on"]
        for table in (party_status, formal_relation)
        for row in tale.rows(table, person_id=number(tale, "zhao"))
        if row["known_until"] is None
    ]
    assert ends == [TODAY, TODAY]
    assert own == [
        tale.rows(one, person_id=number(tale, "wang")) for one in (party_status, formal_relation)
    ]
    assert problems(tale) == []


def test_status_and_relation_count_from_their_first_day_where_the_other_record_has_none(
    tale: Tale,
) -> None:
    tale.tell(engaged("applicant", "clinic", TODAY, party_status="applicant"))

    merged(tale, "zhao", "applicant")

    admitted = tale.rows(person, id=number(tale, "zhao"))[0]["admitted_on"]
    for table in (party_status, formal_relation):
        (row,) = tale.rows(table, person_id=number(tale, "applicant"))
        assert (row["from_on"], row["until_on"]) == (admitted, None)
    assert problems(tale) == []


def test_what_was_read_of_a_place_is_read_anew_when_it_has_changed_hands(tale: Tale) -> None:
    gone, kept = (tale.player.things.named[one] for one in ("annex", "clinic"))
    moved = Subject(PLACE, place(tale, "zhao", "annex"))

    def look(connection: Connection) -> list[object]:
        work = begin(connection, tale.app.registry, tale.app.clock, OFFICER)
        told = [work.read(moved, ["organization_name"], TODAY)["organization_name"]]
        hand_over(work, gone, kept, pairs_of(connection, gone, kept, TODAY))
        told.append(work.read(moved, ["organization_name"], TODAY)["organization_name"])
        return [*told, moved in work.touched, PLACE in work.changed]

    assert tale.app.write(look) == ["annex", "clinic", True, True]


# -- two places of one person at one organization --------------------------------------------


def test_of_two_places_the_one_with_the_open_case_goes_on(tale: Tale) -> None:
    """They trade owners: the closed one remains readable under the record that goes."""
    tale.tell(engaged("wang", "annex", TODAY))
    closed, going_on = place(tale, "wang", "clinic"), place(tale, "wang", "annex")
    end(tale, "wang", "clinic")

    done = merged(tale, "annex", "clinic")

    assert going_on in done.moved
    assert done.left == (closed,)
    assert place(tale, "wang", "clinic") == going_on
    assert place(tale, "wang", "annex") == closed
    assert tale.case("MEM(wang, clinic)").closed_on is None
    assert tale.case("MEM(wang, annex)").state == "ended"
    assert len(tale.rows(organization)) == 2
    assert problems(tale) == []


def test_a_place_in_which_nothing_is_open_stays_with_the_record_that_goes(tale: Tale) -> None:
    tale.tell(engaged("wang", "annex", TODAY))
    open_place, closed = place(tale, "wang", "clinic"), place(tale, "wang", "annex")
    end(tale, "wang", "annex")

    done = merged(tale, "annex", "clinic")

    assert (done.left, place(tale, "wang", "clinic")) == ((closed,), open_place)
    assert problems(tale) == []


def test_two_records_of_one_person_trade_places_too(tale: Tale) -> None:
    end(tale, "wang", "clinic")
    persons = len(tale.rows(person))
    going_on = place(tale, "li", "clinic")

    merged(tale, "li", "wang")

    assert place(tale, "wang", "clinic") == going_on
    assert len(tale.rows(person)) == persons
    assert problems(tale) == []


# -- afterwards ------------------------------------------------------------------------------


def test_a_chain_of_merges_leads_to_its_end(tale: Tale) -> None:
    tale.tell({"on": TODAY, "add": {"organization": "third"}})
    tale.tell(engaged("sun", "third", TODAY))

    merged(tale, "third", "annex")
    merged(tale, "annex", "clinic")

    assert tale.case("MEM(sun, clinic)").closed_on is None
    for words in ("third", "annex", f"organization:{number(tale, 'third')}"):
        with pytest.raises(SubjectMergedError) as told:
            tale.app.read(partial(byhand.find_organization, words=words))
        assert told.value.instead == f"organization:{number(tale, 'clinic')}"
    assert problems(tale) == []


def test_of_two_records_of_one_name_the_one_that_stands_answers(tale: Tale) -> None:
    tale.tell({"on": TODAY, "record": {"organization": "annex", "name": "clinic"}})

    merged(tale, "annex", "clinic")

    found = tale.app.read(lambda c: byhand.find_organization(c, "clinic"))
    assert found == number(tale, "clinic")


@pytest.mark.parametrize("event", ["merged_into", "merged_in"])
def test_a_merge_is_not_taken_back(tale: Tale, event: str) -> None:
    merged(tale, "annex", "clinic")
    (row,) = tale.rows(entry, event=event)
    wanted = [Correction(row["case_id"], row["seq"], withdraw=True)]

    with pytest.raises(CorrectionImpossibleError, match="merged two records"):
        tale.app.write(
            lambda c: correct(
                c,
                tale.app.registry,
                tale.app.clock,
                corrections=wanted,
                reason="误并",
                actor=OFFICER,
            )
        )


def test_what_was_recorded_before_is_corrected_as_ever(tale: Tale) -> None:
    """The annex is led through its days once more, and ends on the same one."""
    tale.tell({"on": MARCH, "record": {"organization": "annex", "employees": 40}})
    tale.tell({"on": TODAY, "tick": True})
    merged(tale, "annex", "clinic")
    row = tale.rows(entry, case_id=file(tale, "annex"), event="recorded")[-1]
    wanted = [Correction(row["case_id"], row["seq"], fields={"employees": 4})]

    tale.app.write(
        lambda c: correct(
            c, tale.app.registry, tale.app.clock, corrections=wanted, reason="误", actor=OFFICER
        )
    )

    assert tale.history("COV(annex)")[-1] == ("closed", "2026-06-01", None)
    assert problems(tale) == []
