"""Notices at the desk: who sees which, recipients in words, sending again, reminding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from lifecycle.access import Role
from lifecycle.store.tables import case, deadline, entry, outbox, personal_value
from tests.property.world import fingerprint
from tests.web.town import BEGAN, MEMBERS, ROLES

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from tests.web.town import Town

REMINDING = {Role.CASE_OFFICER, Role.APPROVER, Role.ORG_DEPT_OFFICER}
PERSONS = [name for names in MEMBERS.values() for name in names]


def everything(connection: Connection) -> Any:  # noqa: ANN401 - to compare
    rows = connection.execute(sa.select(outbox).order_by(outbox.c.id)).all()
    return [tuple(map(str, row)) for row in rows], fingerprint(connection)


def notice_of(town: Town, unit: str = "east", **values: object) -> int:
    """A notice of a branch's case, in whatever state is wanted."""
    number = int(town.branch(unit).split("-")[1])
    wanted = sa.select(outbox.c.id).where(outbox.c.case_id == number).limit(1)
    found: int = town.rows(wanted)[0].id
    if values:
        change = sa.update(outbox).where(outbox.c.id == found).values(values)
        town.app.write(lambda c: c.execute(change))
    return found


def running(town: Town, unit: str = "east") -> int:
    """A running deadline of a branch's case of which the rules remind."""
    number = int(town.branch(unit).split("-")[1])
    rows = town.rows(
        sa.select(deadline.c.id, deadline.c.rule).where(
            deadline.c.case_id == number, deadline.c.status == "open"
        )
    )
    rules = town.app.registry.book("branch").workflow.deadlines
    found: int = next(row.id for row in rows if rules[row.rule].reminder)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_notices_and_sends_them_again(town: Town, role: Role) -> None:
    number = notice_of(town, status="failed")
    visitor = town.officer(role)
    before = town.app.read(everything)
    sees = 403 if role is Role.ADMINISTRATOR else 200

    assert visitor.get("/notices").status_code == sees
    assert visitor.get(f"/notices/{number}").status_code == sees
    for path in (f"/notices/{number}/resend", f"/deadlines/{running(town)}/remind"):
        code = visitor.post(path, _request="one").status_code
        assert code == (400 if role in REMINDING else 403), "without a reason nothing happens"
    assert town.app.read(everything) == before


def test_notices_of_other_units_are_not_there(town: Town) -> None:
    officer = town.officer()
    other = notice_of(town, "west", status="failed")
    before = town.app.read(everything)

    assert officer.get(f"/notices/{other}").status_code == 404
    assert officer.post(f"/notices/{other}/resend", reason="因故").status_code == 404
    assert (
        officer.post(f"/deadlines/{running(town, 'west')}/remind", reason="因").status_code == 404
    )
    for tab in ("owed", "sent", "failed"):
        text = officer.get(f"/notices?tab={tab}").text
        assert f'"/notices/{other}"' not in text
        assert "弘毅" not in text
    assert town.app.read(everything) == before


def test_whoever_counts_persons_sees_no_notice_about_one(town: Town) -> None:
    about = sa.select(outbox.c.id).join(case, case.c.id == outbox.c.case_id)
    rows = town.rows(about.where(case.c.workflow == "member_relation"))
    assert rows
    visitor = town.officer(Role.FINANCE_OFFICER, "everywhere")

    assert all(visitor.get(f"/notices/{row.id}").status_code == 404 for row in rows)


def test_recipients_are_told_in_words_and_persons_masked(town: Town) -> None:
    officer = town.officer(Role.ORG_DEPT_OFFICER, "everywhere")
    texts = [officer.get(f"/notices?tab={tab}").text for tab in ("owed", "no_address", "sent")]
    texts.append(officer.get(f"/cases/{town.branch()}").text)
    texts.append(officer.get(f"/notices/{notice_of(town)}").text)

    for text in texts:
        assert "unit:" not in text
        assert "organization:" not in text
        assert "missing:" not in text
        assert all(name not in text for name in PERSONS)
    assert "east办" in "".join(texts)


def test_filters_stand_in_the_address(town: Town) -> None:
    officer = town.officer()
    number = notice_of(town)
    kind = town.rows(sa.select(outbox.c.notice).where(outbox.c.id == number))[0].notice
    link = f'"/notices/{number}"'

    assert link in officer.get(f"/notices?case={town.branch()}&notice={kind}").text
    assert link not in officer.get("/notices?since=2027-01-01").text
    assert link not in officer.get("/notices?tab=withdrawn").text
    assert officer.get("/notices?since=soon").status_code == 400


@pytest.mark.parametrize("status", ["failed", "uncertain", "no_address"])
def test_what_nobody_got_goes_out_anew_once_with_its_reason(town: Town, status: str) -> None:
    number = notice_of(town, status=status, attempts=8, problem="refused", message_id="<a@b>")
    officer = town.officer()

    for _ in range(2):
        sent = officer.post(f"/notices/{number}/resend", reason="地址已改", _request="one")
        assert sent.status_code == 303

    row = town.rows(sa.select(outbox).where(outbox.c.id == number))[0]
    assert (row.status, row.attempts, row.problem, row.message_id) == ("owed", 0, None, None)
    written = town.rows(sa.select(entry).where(entry.c.event == "notice_resent"))
    assert len(written) == 1
    reasons = [one.value for one in town.rows(sa.select(personal_value))]
    assert "地址已改" in reasons
    assert "地址已改" not in bytes(written[0].body).decode(), "a free text is only committed to"
    assert officer.post(f"/notices/{number}/resend", reason="再来").status_code == 400


def test_what_was_sent_stays_as_it_was_and_is_told_once_more(town: Town) -> None:
    rendered = {"subject": "通知", "text": "原文如此", "body": "", "html": "", "language": "zh"}
    number = notice_of(town, status="sent", sent_at=town.wall(), rendered=rendered)
    officer = town.officer()
    assert "原文如此" in officer.get(f"/notices/{number}").text
    before = town.rows(sa.select(outbox).where(outbox.c.id == number))
    count = town.rows(sa.select(sa.func.count()).select_from(outbox))[0][0]

    assert officer.post(f"/notices/{number}/resend", reason="对方称未收到").status_code == 303

    assert town.rows(sa.select(outbox).where(outbox.c.id == number)) == before
    rows = town.rows(sa.select(outbox).order_by(outbox.c.id.desc()))
    assert len(rows) == count + 1
    assert (rows[0].status, rows[0].notice, rows[0].recipient) == (
        "owed",
        before[0].notice,
        before[0].recipient,
    )


@pytest.mark.parametrize("status", ["owed", "rendering", "sending", "retry_at", "withdrawn"])
def test_what_waits_or_was_withdrawn_is_not_sent_again(town: Town, status: str) -> None:
    number = notice_of(town, status=status)
    before = town.app.read(everything)

    assert town.officer().post(f"/notices/{number}/resend", reason="因故").status_code == 400
    assert town.app.read(everything) == before


def test_a_deadline_is_reminded_of_once_a_day_by_the_notice_of_the_rules(town: Town) -> None:
    officer, number = town.officer(), running(town)
    path = f"/deadlines/{number}/remind"
    assert f'action="{path}"' in officer.get(f"/deadlines/{number}").text
    earlier = sa.update(outbox).where(outbox.c.deadline_id == number).values(owed_on=BEGAN)
    town.app.write(lambda c: c.execute(earlier))
    wanted = sa.select(outbox).where(outbox.c.deadline_id == number).order_by(outbox.c.id)
    before = len(town.rows(wanted))

    assert officer.post(path, reason="请抓紧", _request="a").status_code == 303

    rows = town.rows(wanted)
    assert len(rows) > before
    assert rows[-1].stage in {"reminder", "overdue"}
    again = officer.post(path, reason="请抓紧", _request="b")
    assert again.status_code == 400
    assert len(town.rows(wanted)) == len(rows)
    assert len(town.rows(sa.select(entry).where(entry.c.event == "reminded"))) == 1


@pytest.mark.parametrize("text", ["", "   ", "长" * 301])
def test_a_reason_is_given_and_short(town: Town, text: str) -> None:
    number = notice_of(town, status="failed")
    before = town.app.read(everything)

    assert town.officer().post(f"/notices/{number}/resend", reason=text).status_code == 400
    assert town.app.read(everything) == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_both_languages(town: Town, language: str) -> None:
    officer = town.officer()
    officer.get(f"/language/{language}")
    for page in ("/notices", f"/notices/{notice_of(town)}", f"/deadlines/{running(town)}"):
        assert officer.get(page).status_code == 200


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 40, "-1", "x"])
def test_a_number_that_cannot_be_is_no_fault_of_the_program(town: Town, number: str) -> None:
    officer = town.officer()

    for path in (f"/notices/{number}/resend", f"/deadlines/{number}/remind"):
        assert officer.post(path, reason="因故").status_code in {400, 404, 405}
    assert officer.get(f"/notices/{number}").status_code in {400, 404}


@pytest.mark.parametrize(("wrong", "status"), [("case=nothing", 400), ("since=soon", 400)])
def test_a_filter_that_cannot_be_read_stays_on_its_page(
    town: Town, wrong: str, status: int
) -> None:
    officer = town.officer()
    name, _, value = wrong.partition("=")

    shown = officer.get(f"/notices?tab=sent&until=2026-11-01&{wrong}")

    assert shown.status_code == status
    assert 'role="alert"' in shown.text
    for field in (f'name="{name}" value="{value}"', 'name="until" value="2026-11-01"'):
        assert field in shown.text
    assert 'name="tab" value="sent"' in shown.text
    assert "data-row" not in shown.text
