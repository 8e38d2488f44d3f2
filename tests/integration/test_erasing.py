"""A person's values go for good, by two officers, and the trail still verifies."""

from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.correcting import Correction, correct
from lifecycle.engine import record_rows
from lifecycle.entered import GIVEN
from lifecycle.errors import CorrectionImpossibleError, CorrectionProblem
from lifecycle.register import put
from lifecycle.store.tables import entry, outbox, personal_value
from notices.removal import lying, mails_of_blanked
from tests.builders import app_on, move_clock
from tests.people import (
    ASKED,
    CHEN,
    DAY,
    LEFT,
    LIN,
    TODAY,
    Someone,
    asked,
    backup,
    begin,
    cleaned,
    confirmed,
    dumped,
    members,
    problems,
    relation_of,
    traces,
    waiting_row,
)
from tests.tale import Tale
from workflows import byhand
from workflows.erasing import ErasedAlreadyError, EraseRefusedError
from workflows.merging import merge
from workflows.register import person, secretary_post
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from cli.wiring import App


ENGAGED = {"engaged_at": "clinic", "employment": "full_time"}


@pytest.fixture
def app(migrated_url: str) -> Iterator[App]:
    with app_on(migrated_url, DAY) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


def unmet(error: pytest.ExceptionInfo[EraseRefusedError]) -> dict[str, Any]:
    return {one.id: one.seen for one in error.value.findings if not one.met and not one.advisory}


def entries_of(app: App, number: int) -> list[Any]:
    statement = sa.select(entry).where(entry.c.case_id == number).order_by(entry.c.seq)
    return app.read(lambda connection: list(connection.execute(statement).all()))


def file_of(app: App, someone: Someone) -> int:
    def find(connection: Connection) -> int:
        work = begin(app, connection)
        return next(
            one.id
            for one in work.cases(work.cases_of([someone.subject]))
            if one.workflow == "register"
        )

    return app.read(find)


# -- what is left ----------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_after_erasing_100_people_no_byte_of_them_is_left(
    app: App, folder: Path, tmp_path: Path
) -> None:
    log = logging.FileHandler(tmp_path / "everything.log", encoding="utf-8")
    logging.getLogger().addHandler(log)
    people = members(app, folder, 101)
    *gone, kept = people
    database = Path(str(app.engine.url.database))
    everything = [one for person_ in gone for one in person_.values]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    before = set(traces(files, everything))
    for one in gone:
        asked(app, one)
        confirmed(app, one)

    assert cleaned(app, folder)
    log.close()
    logging.getLogger().removeHandler(log)
    copy = backup(database, tmp_path / "backup.sqlite")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    wal = database.with_name(f"{database.name}-wal")
    # The search itself finds what there is to find.
    assert {one.rpartition(": ")[2] for one in before} == set(everything)
    assert traces(files, everything) == []
    assert not wal.exists() or wal.stat().st_size == 0
    assert set(traces([copy], kept.values)) == {f"{copy.name}: {one}" for one in kept.values}
    assert problems(app) == []


def test_no_table_holds_a_value_and_the_trail_verifies(app: App, folder: Path) -> None:
    gone, kept = members(app, folder, 2)
    held = dumped(app)
    assert all(one in held for one in gone.values)

    asked(app, gone)
    done = confirmed(app, gone)
    cleaned(app, folder)

    text = dumped(app)
    assert [one for one in gone.values if one in text] == []
    assert all(one in text for one in kept.values)
    assert done.written is not None
    assert problems(app) == []


def test_the_file_says_who_asked_who_confirmed_and_how_much_went(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    asked(app, gone)
    done = confirmed(app, gone)
    last = entries_of(app, file_of(app, gone))[-1]
    body = json.loads(bytes(last.body))
    kept = app.read(
        lambda c: c.execute(
            sa.select(personal_value.c.name, personal_value.c.value).where(
                personal_value.c.entry_id == last.id
            )
        ).all()
    )

    assert (last.kind, last.event, last.actor) == ("erased", "erased", LIN.id)
    told = body["details"]
    assert (told["requested_by"], told["confirmed_by"]) == (CHEN.id, LIN.id)
    assert told["values"] == len(done.marked.values) > 3
    assert [tuple(one) for one in kept] == [("field.reason", ASKED)]
    assert ASKED.encode() not in bytes(last.body)


def test_a_value_that_goes_without_an_entry_is_a_break(app: App, folder: Path) -> None:
    gone, kept = members(app, folder, 2)
    asked(app, gone)
    confirmed(app, gone)
    home = sa.select(sa.func.max(personal_value.c.id)).where(personal_value.c.value == kept.home)
    number = app.read(lambda c: c.execute(home).scalar_one())
    app.write(lambda c: c.execute(sa.delete(personal_value).where(personal_value.c.id == number)))

    (only,) = problems(app)
    assert "the personal value is gone and no entry says why" in only


def test_the_person_becomes_a_pseudonym_without_dates(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    asked(app, gone)
    confirmed(app, gone)
    row = app.read(lambda c: c.execute(sa.select(person).where(person.c.id == gone.id)).one())

    assert (row.name, row.surname) == (f"已删除-{gone.id}", "某")
    assert (row.birth_on, row.admitted_on) == (None, None)


def test_notices_and_mails_say_nothing_any_more(app: App, folder: Path) -> None:
    gone, kept = members(app, folder, 2)
    mails_before = len(list(folder.glob("*.eml")))
    number = relation_of(app, gone).id
    asked(app, gone)
    confirmed(app, gone)
    cleaned(app, folder)
    rows = app.read(lambda c: list(c.execute(sa.select(outbox)).all()))
    own = [row for row in rows if row.case_id == number]
    others = [row for row in rows if row.case_id == relation_of(app, kept).id]

    assert own
    assert all(row.rendered is None for row in own)
    assert {frozenset(row._mapping["values"]) for row in own} == {
        frozenset({"case", "subject", "erased"})
    }
    assert {row.status for row in own} <= {"sent", "withdrawn"}
    assert others
    assert all(row.rendered for row in others if row.status == "sent")
    assert mails_before > len(list(folder.glob("*.eml")))


def post_and_reason(app: App, connection: Connection, someone: Someone, left_on: date) -> None:
    """The person was secretary of a body until that day, and a reason elsewhere names them."""
    unit = byhand.add_unit(begin(app, connection), name="另一局", level="county", kind="department")
    key = {"body_id": byhand.unit_body_of(connection, unit)}
    held = put("secretary_post", key, {"name": someone.name}, DAY, left_on)
    said = f"见{someone.name}"
    record_rows(
        begin(app, connection), Subject(UNIT, unit), [held], TODAY, settles=False, reason=said
    )


def test_posts_reasons_and_waiting_rows_under_the_name_go_too(app: App, folder: Path) -> None:
    gone, kept = members(app, folder, 2)
    app.write(lambda c: post_and_reason(app, c, gone, LEFT))
    app.write(lambda c: waiting_row(c, gone))
    app.write(lambda c: waiting_row(c, kept))
    asked(app, gone)
    done = confirmed(app, gone)
    cleaned(app, folder)

    assert (len(done.found.posts), len(done.found.waiting)) == (1, 1)
    assert gone.name not in dumped(app)
    assert kept.name in dumped(app)
    assert problems(app) == []


def test_numbers_of_documents_are_committed_to_and_go(app: App) -> None:
    """What a case remembers stands in its entries for ever: of a filing only that there is one."""
    tale = Tale(app)
    given = {"age_18": True, "pool_basis": "contract_employee", "pool_since": date(2023, 5, 1)}
    tale.tell(
        {"on": DAY, "add": {"unit": "bureau"}},
        {"on": DAY, "add": {"organization": "clinic", "supervisor": "bureau", "body": "own"}},
        {"on": DAY, "add": {"person": "gao", "party_status": "applicant", **ENGAGED}},
        {
            "on": DAY,
            "event": "application_received",
            "case": "+APP(gao, clinic)",
            "fields": {**given, "contract_filing": "备字第77号"},
        },
        {
            "on": LEFT,
            "event": "withdrawn",
            "case": "APP(gao, clinic)",
            "fields": {"wish": "撤字第78号"},
        },
    )
    held = dumped(app)
    record = tale.player.things.named["gao"]
    gao = Someone(record.id, "", DAY, "", "", "")
    assert tale.case("APP(gao, clinic)").fields["contract_filing"] == GIVEN
    assert [held.count(one) for one in ("备字第77号", "撤字第78号")] == [1, 1]
    asked(app, gao)
    confirmed(app, gao)
    text = dumped(app)

    assert [one for one in ("备字第77号", "撤字第78号") if one in text] == []
    assert problems(app) == []


def test_merged_records_of_a_person_go_together(app: App, folder: Path) -> None:
    first, second = members(app, folder, 2)
    officer = Actor("周", frozenset({Role.ORG_DEPT_OFFICER}))
    app.write(
        lambda c: merge(
            c,
            app.registry,
            app.clock,
            gone=second.subject,
            kept=first.subject,
            reason="同一人",
            actor=officer,
        )
    )
    asked(app, second)
    done = confirmed(app, second)
    cleaned(app, folder)
    text = dumped(app)

    assert done.person == first.subject
    assert done.found.persons == (first.id, second.id)
    assert [one for one in first.values + second.values if one in text] == []
    assert problems(app) == []


# -- who may, and when -----------------------------------------------------------------------


def test_asking_removes_nothing(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    asked(app, gone)

    assert all(one in dumped(app) for one in gone.values)


def test_nobody_confirms_a_request_of_their_own(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    lin = Actor("林", frozenset({Role.APPROVER}))
    asked(app, gone, lin)
    for spelling in ("林", " 林 "):
        with pytest.raises(EraseRefusedError) as refused:
            confirmed(app, gone, Actor(spelling, frozenset({Role.ORG_DEPT_OFFICER})))

        assert unmet(refused) == {"another_person": "林"}
    assert gone.name in dumped(app)


def test_two_roles_without_names_are_not_two_persons(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    with pytest.raises(EraseRefusedError) as refused:
        asked(app, gone, Actor("case_officer", frozenset({Role.CASE_OFFICER})))

    assert unmet(refused) == {"named": "case_officer"}


def test_confirming_needs_a_request_and_the_role(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    with pytest.raises(EraseRefusedError) as refused:
        confirmed(app, gone, CHEN)

    assert unmet(refused) == {"role": "case_officer", "request": None}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("", {"reason": 0}),
        ("因" * 301, {"reason": 301}),
        ("{name}本人申请", {"reason_no_name": None}),
    ],
)
def test_a_request_needs_a_reason_that_does_not_name_the_person(
    app: App, folder: Path, reason: str, expected: dict[str, Any]
) -> None:
    (gone,) = members(app, folder, 1)
    with pytest.raises(EraseRefusedError) as refused:
        asked(app, gone, reason=reason.format(name=gone.name))

    assert unmet(refused) == expected


def test_who_sees_no_name_is_not_told_of_one_and_the_reason_goes_with_it(
    app: App, folder: Path
) -> None:
    (gone,) = members(app, folder, 1)
    lead = Actor("何", frozenset({Role.ORG_DEPT_OFFICER}))
    step = asked(app, gone, lead, reason=f"{gone.name}本人申请")
    assert "reason_no_name" not in {one.id for one in step.findings}

    confirmed(app, gone)

    assert gone.name not in dumped(app)
    assert problems(app) == []


def test_a_second_request_is_refused_with_the_first_one(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    asked(app, gone)
    with pytest.raises(EraseRefusedError) as refused:
        asked(app, gone, LIN)

    assert unmet(refused) == {"not_requested": f"陈, {TODAY}"}


def test_a_withdrawn_request_cannot_be_confirmed(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    written = asked(app, gone).written
    assert written is not None
    withdrawn = Correction(written.case_id, written.seq, withdraw=True)
    app.write(
        lambda c: correct(
            c, app.registry, app.clock, corrections=[withdrawn], reason="误录", actor=CHEN
        )
    )
    with pytest.raises(EraseRefusedError) as refused:
        confirmed(app, gone)

    assert unmet(refused) == {"request": None}


def test_open_cases_stand_in_the_way_each_named(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    move_clock(app, TODAY)
    work_again = engaged_again(app, gone)
    with pytest.raises(EraseRefusedError) as refused:
        asked(app, gone)

    assert unmet(refused) == {"no_open_case": work_again}


def engaged_again(app: App, someone: Someone) -> str:
    app.write(
        lambda c: byhand.add_engagement(
            begin(app, c), person_id=someone.id, organization_id=1, employment="part_time",
            since=TODAY,
        )
    )  # fmt: skip
    return relation_of(app, someone).ref


def test_who_is_in_office_is_not_erased(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    app.write(lambda c: post_and_reason(app, c, gone, TODAY.replace(year=2027)))
    with pytest.raises(EraseRefusedError) as refused:
        asked(app, gone)

    assert unmet(refused) == {"not_in_office": "secretary_post:1"}


def test_erasing_twice_changes_nothing_more(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    asked(app, gone)
    confirmed(app, gone)
    before = dumped(app)
    again = confirmed(app, gone)
    with pytest.raises(ErasedAlreadyError):
        asked(app, gone)

    assert again.is_done
    assert again.written is None
    assert dumped(app) == before


def test_what_is_left_lying_after_a_crash_is_removed_by_confirming_again(
    app: App, folder: Path
) -> None:
    (gone,) = members(app, folder, 1)
    asked(app, gone)
    confirmed(app, gone)  # and the process ends before it has removed any file
    blanked = app.read(mails_of_blanked)
    assert lying(folder, blanked)
    assert confirmed(app, gone).is_done
    cleaned(app, folder)

    assert app.read(mails_of_blanked) == blanked
    assert lying(folder, blanked) == []


def test_a_namesake_keeps_what_is_said_of_the_name_elsewhere(app: App, folder: Path) -> None:
    gone, other = members(app, folder, 2)
    app.write(lambda c: post_and_reason(app, c, gone, LEFT))
    app.write(
        lambda c: c.execute(
            sa.update(person).where(person.c.id == other.id).values(name=gone.name + "芳")
        )
    )
    done = asked(app, gone)
    confirmed(app, gone)
    posts = app.read(lambda c: c.execute(sa.select(secretary_post.c.name)).scalars().all())

    assert done.found.shared == {gone.name}
    assert list(posts) == [gone.name]
    assert [one for one in gone.values[1:] if one in dumped(app)] == []


def test_what_says_that_values_are_gone_cannot_be_taken_back(app: App, folder: Path) -> None:
    (gone,) = members(app, folder, 1)
    asked(app, gone)
    written = confirmed(app, gone).written
    assert written is not None
    wrong = Correction(written.case_id, written.seq, withdraw=True)
    with pytest.raises(CorrectionImpossibleError) as refused:
        app.write(
            lambda c: correct(
                c, app.registry, app.clock, corrections=[wrong], reason="误录", actor=CHEN
            )
        )

    assert refused.value.problem is CorrectionProblem.ERASED
