"""What scenarios of BR and COV cannot say: values of notices, recipients, policy, gaps, ends."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, ActorSource, Role
from lifecycle.cases import Subject
from lifecycle.register import end, put
from lifecycle.store.tables import outbox
from lifecycle.takeover import take_over
from tests.builders import app_on, move_clock
from workflows import byhand, recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from cli.wiring import App
    from lifecycle.cases import CaseView
    from lifecycle.work import Work

OFFICER = Actor("officer", frozenset(Role) - {Role.SCHEDULER}, source=ActorSource.DECLARED)


class Desk:
    """An officer at an application whose clock the test moves."""

    def __init__(self, app: App) -> None:
        self.app = app

    def work(self, connection: Connection) -> Work:
        return engine.begin(connection, self.app.registry, self.app.clock, OFFICER)

    def on(self, day: date) -> Desk:
        move_clock(self.app, day)
        return self

    def unit(self, name: str) -> int:
        return self.app.write(
            lambda c: byhand.add_unit(
                self.work(c), name=name, level="county", kind="supervisory_unit", mail=None
            )
        )

    def organization(self, name: str, **given: Any) -> int:  # noqa: ANN401 - as byhand's
        given.setdefault("kind", "private_nonenterprise_unit")
        return self.app.write(
            lambda c: byhand.add_organization(self.work(c), name=name, credit_code=name, **given)
        )

    def record(self, organization_id: int, **values: Any) -> None:  # noqa: ANN401 - as byhand's
        def go(connection: Connection) -> None:
            work = self.work(connection)
            recording.record(work, Subject("organization", organization_id), values, work.today)

        self.app.write(go)

    def rows(self, subject: Subject, *changes: Any) -> None:  # noqa: ANN401 - orders
        def go(connection: Connection) -> None:
            work = self.work(connection)
            engine.record_rows(work, subject, changes, work.today)

        self.app.write(go)

    def member(self, organization_id: int, home_unit: int, *, name: str, status: str) -> None:
        def go(connection: Connection) -> None:
            person = byhand.add_person(
                self.work(connection),
                name=name,
                birth_on=date(1980, 1, 1),
                admitted_on=date(2010, 1, 1),
                status=status,
                home_body_id=byhand.unit_body_of(connection, home_unit),
            )
            work = self.work(connection)
            byhand.add_engagement(
                work,
                person_id=person,
                organization_id=organization_id,
                employment="full_time",
                since=work.today,
            )

        self.app.write(go)

    def case(self, code: str, subject: Subject) -> CaseView:
        def find(connection: Connection) -> CaseView:
            work = self.work(connection)
            views = [work.case(one) for one in work.cases_of([subject])]
            return next(one for one in views if one.code == code)

        return self.app.write(find)

    def coverage(self, organization_id: int) -> CaseView:
        return self.case("COV", Subject("organization", organization_id))

    def branch(self, organization_id: int) -> CaseView:
        body = self.app.write(lambda c: byhand.own_body_of(c, organization_id))
        return self.case("BR", Subject("party_body", body))

    def event(self, view: CaseView, event: str, **fields: Any) -> None:  # noqa: ANN401 - as entered
        self.app.write(
            lambda c: engine.advance(
                c,
                self.app.registry,
                self.app.clock,
                case_id=view.id,
                event=event,
                actor=OFFICER,
                fields=fields,
            )
        )

    def owed(self, view: CaseView, notice: str) -> list[tuple[str, str, dict[str, Any]]]:
        o = outbox.c
        statement = (
            sa.select(o.stage, o.recipient, o["values"])
            .where(o.case_id == view.id, o.notice == notice)
            .order_by(o.id)
        )
        return self.app.write(lambda c: [tuple(row) for row in c.execute(statement)])


@pytest.fixture
def desk(migrated_url: str) -> Iterator[Desk]:
    with app_on(migrated_url, date(2026, 2, 10)) as app:
        yield Desk(app)


def test_priority_set_after_the_first_stage_aims_twelve_months_ahead(desk: Desk) -> None:
    bureau = desk.unit("bureau")
    guild = desk.organization("guild", kind="association", supervisor_id=bureau)
    desk.record(guild, members=80, full_time=0)
    desk.event(desk.coverage(guild), "counts_confirmed", statement="数1")
    desk.on(date(2026, 3, 2)).record(guild, full_time=1)
    case = desk.coverage(guild)

    [(stage, recipient, told)] = desk.owed(case, "N2")

    assert (stage, recipient) == ("due", f"unit:{bureau}")
    assert told["stage_date"] == "2027-03-02"
    [(_, _, counted)] = desk.owed(case, "N1")
    assert (counted["counted"], counted["threshold"], counted["priority"]) == (80, 80, True)
    assert desk.owed(case, "N3") == []


def test_work_coverage_notice_names_what_is_missing_while_a_stage_is_ahead(desk: Desk) -> None:
    desk.on(date(2012, 1, 10))
    clinic = desk.organization("clinic", supervisor_id=desk.unit("bureau"))
    desk.record(clinic, employees=29)
    desk.event(desk.coverage(clinic), "counts_confirmed", statement="数1")

    [(stage, _, told)] = desk.owed(desk.coverage(clinic), "N3")

    assert (stage, told["work_stage_on"]) == ("due", "2012-06-07")
    assert told["missing_components"] == "instructor, activists, leader_training"


def test_provisional_duty_is_told_to_every_home_branch_once(desk: Desk) -> None:
    bureau, mill, yard = (desk.unit(name) for name in ("bureau", "mill", "yard"))
    camp = desk.organization("camp", supervisor_id=bureau)
    for name, home in (("甲一", mill), ("乙二", mill), ("丙三", yard)):
        desk.member(camp, home, name=name, status="full")

    told = {recipient for _, recipient, _ in desk.owed(desk.branch(camp), "N10")}

    assert told == {f"organization:{camp}", f"unit:{mill}", f"unit:{yard}"}


def test_coverage_follows_instructor_and_activists(desk: Desk) -> None:
    clinic = desk.organization("clinic", supervisor_id=desk.unit("bureau"))
    subject = Subject("organization", clinic)
    key = {"organization_id": clinic}
    desk.record(clinic, employees=12)
    desk.event(desk.coverage(clinic), "counts_confirmed", statement="数1")

    desk.rows(subject, put("instructor_post", key, {"kind": "liaison"}, date(2026, 2, 10)))
    assert desk.coverage(clinic).state == "pending_coverage"
    desk.on(date(2026, 3, 1)).rows(
        subject, put("instructor_post", key, {"kind": "instructor"}, date(2026, 3, 1))
    )
    assert desk.coverage(clinic).state == "instructor_assigned"
    desk.record(clinic, activists=1)
    assert desk.coverage(clinic).state == "activists_cultivated"
    desk.on(date(2026, 4, 1)).record(clinic, activists=0)
    assert desk.coverage(clinic).state == "instructor_assigned"

    resigned = {"kind": "instructor", "covers_until_on": date(2026, 5, 11)}
    desk.on(date(2026, 4, 10)).rows(
        subject,
        put("instructor_post", key, resigned, date(2026, 3, 1)),
        end("instructor_post", key, date(2026, 4, 10)),
    )
    assert desk.coverage(clinic).state == "instructor_assigned"
    desk.on(date(2026, 5, 12)).record(clinic, activists=0)
    assert desk.coverage(clinic).state == "pending_coverage"


def test_new_count_within_the_grace_keeps_the_priority(desk: Desk) -> None:
    clinic = desk.organization("clinic", supervisor_id=desk.unit("bureau"))
    desk.record(clinic, employees=30)
    desk.on(date(2026, 3, 1)).record(clinic, employees=20)

    def now(on: date, grace: int) -> Any:  # noqa: ANN401 - a fact's value
        registry = desk.app.registry
        values = desk.app.write(
            lambda c: registry.reader.read_one(c, ("organization", clinic), ["priority_now"], on)
        )
        from lifecycle.policy import Dated  # noqa: PLC0415 - only this test changes the policy

        policy = registry.policy.with_overrides([("P42", Dated(date(2011, 1, 1), grace))], {})
        registry.facts.derive("organization", ["priority_now"], values, policy.at(on))
        return values["priority_now"]

    assert now(date(2026, 2, 28), 0) is True
    assert now(date(2026, 3, 1), 0) is False
    assert now(date(2026, 3, 10), 10) is True
    assert now(date(2026, 3, 11), 10) is False


def test_list_takes_over_a_body_and_the_counts(desk: Desk) -> None:
    bureau = desk.unit("bureau")
    shop = desk.organization("shop", supervisor_id=bureau, body="own", body_since=date(2020, 1, 1))

    assert desk.branch(shop).state == "below_threshold"
    assert desk.branch(shop).deadline("D18") is not None
    assert desk.owed(desk.branch(shop), "N23") == []

    hall = desk.app.write(lambda c: _listed(desk.work(c), bureau))
    assert desk.coverage(hall).state == "pending_coverage"
    assert desk.coverage(hall).fields["priority"] is True


def _listed(work: Work, bureau: int) -> int:
    """An organization as an import stores it: profile and headcount, then the take-over."""
    from workflows.register import organization  # noqa: PLC0415 - as an import does

    number = work.connection.execute(
        sa.insert(organization).values(credit_code="hall").returning(organization.c.id)
    ).scalar_one()
    key = {"organization_id": number}
    profile = {"name": "hall", "kind": "intermediary_organization", "supervisor_id": bureau}
    rows = [
        put("organization_profile", key, profile, date(2015, 1, 1)),
        put("headcount", key, {"employees": 44}, work.today),
    ]
    subject = Subject("organization", number)
    engine.record_rows(work, subject, rows, work.today, settles=False)
    work.taken_over_on = work.today
    take_over(work, [subject], work.today)
    return int(number)


def test_facts_of_many_are_those_of_each(desk: Desk) -> None:
    bureau = desk.unit("bureau")
    mill = desk.unit("mill")
    camp = desk.organization("camp", supervisor_id=bureau, body="own")
    yard = desk.organization("yard", supervisor_id=bureau)
    desk.record(camp, employees=31)
    for number, (place, home) in enumerate([(camp, mill), (yard, bureau), (yard, mill)]):
        desk.member(place, home, name=f"甲{number}", status="full")
    registry, on = desk.app.registry, date(2026, 2, 10)

    def compare(connection: Connection) -> None:
        for kind in ("organization", "party_body"):
            names = registry.facts.names(kind)
            everyone = sa.select(registry.domain.tables[kind].c.id)
            many = registry.reader.read_many(connection, kind, everyone, names, on)
            assert len(many) > 1
            for number, values in many.items():
                one = registry.reader.read_one(connection, (kind, number), names, on)
                assert one == values

    desk.app.write(compare)


def test_end_of_the_organization_closes_its_cases(desk: Desk) -> None:
    bureau = desk.unit("bureau")
    shop = desk.organization("shop", supervisor_id=bureau)
    for name in ("甲一", "乙二", "丙三"):
        desk.member(shop, bureau, name=name, status="full")
    coverage, branch = desk.coverage(shop), desk.branch(shop)
    assert branch.runs("D5")
    profile = end("organization_profile", {"organization_id": shop}, date(2026, 3, 1))

    desk.on(date(2026, 3, 1)).rows(Subject("organization", shop), profile)

    after = desk.app.write(lambda c: [desk.work(c).case(one.id) for one in (coverage, branch)])
    assert [one.state for one in after] == ["closed", "dissolved"]
    assert not after[1].runs("D5")
    assert desk.app.write(lambda c: desk.work(c).cases_of([branch.subject])) == []
