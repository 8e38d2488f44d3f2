"""What a page tells to nobody but those whose it is: looks, names, numbers, remarks."""

from __future__ import annotations

from dataclasses import replace
from json import loads
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from lifecycle import engine
from lifecycle.access import Actor, Role
from lifecycle.cases import Subject
from lifecycle.correcting import Correction, correct
from lifecycle.engine import begin
from lifecycle.entered import NO_IDENTITY_NUMBER
from lifecycle.errors import CorrectionImpossibleError, CorrectionProblem, IdentityNumberError
from lifecycle.store.tables import case, entry
from tests.property.world import fingerprint
from tests.web.test_bulk import EVENT, WORDS
from tests.web.test_import_wizard import intermediaries, upload, wrong_code
from tests.web.town import MEMBERS, ORGANIZATIONS, TODAY, login_of, organization
from wording.words import Words
from workflows.recording import record
from workflows.remarks import FILE_READ, LOOKS, comment, note_export, note_look
from workflows.subjects import PERSON, UNIT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lifecycle.work import Work
    from tests.web.town import Town, Visitor

NAME = MEMBERS["east"][0]
EVERYWHERE = login_of(Role.CASE_OFFICER, "everywhere")
LOOKER = "somebody-who-looked"


def file_of(town: Town, kind: str, number: int) -> str:
    """The register file of a subject."""
    c = case.c
    wanted = sa.select(c.id).where(
        c.workflow == "register", c.subject_type == kind, c.subject_id == number
    )
    return f"FILE-{town.rows(wanted)[0][0]}"


def looked(town: Town, kind: str, number: int) -> str:
    """The register file of a subject at which somebody has looked and taken a list away."""
    actor = Actor(LOOKER, frozenset({Role.CASE_OFFICER}))

    def act(connection: Connection) -> None:
        work = begin(connection, town.app.registry, town.app.clock, actor)
        note_look(work, Subject(kind, number), "/somewhere")
        note_export(work, Subject(kind, number), "季度核对", {"list": "organizations"})

    town.app.write(act)
    return file_of(town, kind, number)


def version_of(town: Town, ref: str) -> int:
    """How many entries a case has."""
    wanted = sa.select(case.c.version).where(case.c.id == int(ref.partition("-")[2]))
    return int(town.rows(wanted)[0][0])


def looks_in(town: Town, ref: str) -> list[tuple[int, str]]:
    """The entries of a file that tell who looked: number and event."""
    e = entry.c
    wanted = sa.select(e.seq, e.event).where(
        e.case_id == int(ref.partition("-")[2]), e.event.in_(LOOKS)
    )
    return [tuple(row) for row in town.rows(wanted.order_by(e.seq))]


def noted(town: Town, name: str = NAME) -> list[str]:
    """Which pages about a person were opened, as the person's file says."""
    rows = town.rows(
        sa.select(entry.c.body)
        .join(case, case.c.id == entry.c.case_id)
        .where(entry.c.event == "looked_at", case.c.subject_type == PERSON)
        .where(case.c.subject_id == town.ids[name])
        .order_by(entry.c.id)
    )
    return [loads(bytes(row[0]))["details"]["page"] for row in rows]


# -- who looked, and who took a list away


@pytest.mark.parametrize("kind", [UNIT, PERSON])
def test_who_looked_stands_on_no_page_of_a_case(town: Town, kind: str) -> None:
    ref = looked(town, kind, town.ids["east"] if kind == UNIT else town.ids[NAME])
    officer = town.sit(EVERYWHERE)

    page, told = officer.get(f"/cases/{ref}"), officer.get(f"/api/cases/{ref}")

    assert (page.status_code, told.status_code) == (200, 200)
    assert LOOKER not in page.text
    assert LOOKER not in told.text
    assert "季度核对" not in page.text + told.text
    assert looks_in(town, ref)


@pytest.mark.parametrize("kind", [UNIT, PERSON])
def test_that_somebody_looked_is_not_taken_back(town: Town, kind: str) -> None:
    ref = looked(town, kind, town.ids["east"] if kind == UNIT else town.ids[NAME])
    officer = town.sit(EVERYWHERE)
    officer.get(f"/cases/{ref}")
    before = town.app.read(fingerprint)

    for seq, _ in looks_in(town, ref):
        path = f"/cases/{ref}/entries/{seq}/correct"
        sent = {"_withdraw": "yes", "_reason": "看错了"}
        answers = [officer.get(path), officer.post(path, **sent)]
        answers.append(officer.post(f"{path}/save", **sent))
        assert [one.status_code for one in answers] == [400] * 3
        assert all(LOOKER not in one.text for one in answers)
    assert town.app.read(fingerprint) == before


def test_the_command_line_takes_no_look_and_no_remark_back(town: Town) -> None:
    ref = looked(town, UNIT, town.ids["east"])
    actor = Actor("operator", frozenset(Role))
    wrong = Correction(int(ref.partition("-")[2]), looks_in(town, ref)[0][0], withdraw=True)

    with pytest.raises(CorrectionImpossibleError) as error:
        town.app.write(
            lambda c: correct(
                c, town.app.registry, town.app.clock, corrections=[wrong], reason="x", actor=actor
            )
        )

    assert error.value.problem is CorrectionProblem.NOTED


def test_a_chain_tells_who_looked_where_the_reader_audits_and_nowhere_else(town: Town) -> None:
    ref = looked(town, PERSON, town.ids[NAME])

    def grant_too(login: str, unit: str) -> Visitor:
        admin = town.officer(Role.ADMINISTRATOR, "everywhere")
        path = f"/settings/users/{login}/grants"
        assert admin.post(path, role="auditor", unit=f"{unit}办").status_code == 303
        return town.sit(login)

    own = grant_too(login_of(Role.CASE_OFFICER, "east"), "east")
    elsewhere = grant_too(login_of(Role.APPROVER, "east"), "west")

    assert LOOKER in own.get(f"/audit/{ref}").text
    answer = elsewhere.get(f"/audit/{ref}")
    assert answer.status_code == 200
    assert LOOKER not in answer.text


def test_that_a_file_was_handed_over_is_read_by_the_auditor_alone(town: Town) -> None:
    officer = town.officer()
    officer.post(f"/people/{town.ids[NAME]}/file", reason="本人申请查阅")
    ref = file_of(town, PERSON, town.ids[NAME])
    auditor = town.officer(Role.AUDITOR, "everywhere")

    assert FILE_READ in {event for _, event in looks_in(town, ref)}
    assert "本人申请查阅" in auditor.get("/audit?what=looks").text
    assert "查阅本人档案" not in town.officer(Role.APPROVER).get("/audit").text
    assert "查阅本人档案" not in town.sit(EVERYWHERE).get(f"/cases/{ref}").text


# -- every page on which a name stands is noted


def test_the_file_of_a_person_is_a_page_about_the_person(town: Town) -> None:
    ref = file_of(town, PERSON, town.ids[NAME])

    assert NAME in town.sit(EVERYWHERE).get(f"/cases/{ref}").text
    assert noted(town) == [f"/cases/{ref}"]
    masked = town.officer(Role.AUDITOR, "everywhere").get(f"/cases/{ref}").text
    assert NAME not in masked
    assert f"{NAME[0]}某" in masked
    assert len(noted(town)) == 2
    assert town.officer(Role.FINANCE_OFFICER, "everywhere").get(f"/cases/{ref}").status_code == 404


@pytest.mark.parametrize("path", ["/api/cases/{}", "/api/cases/{}/actions"])
def test_a_program_that_opens_a_case_about_a_person_is_noted(town: Town, path: str) -> None:
    ref = town.member()
    officer = town.officer()

    assert officer.get(path.format(ref)).status_code == 200
    assert officer.get(path.format(ref)).status_code == 200
    assert officer.get(path.format(town.branch())).status_code == 200

    assert noted(town) == [f"/cases/{ref}"]


def test_the_form_of_a_correction_is_noted(town: Town) -> None:
    ref = file_of(town, PERSON, town.ids[NAME])

    for number in range(1, 4):
        answer = town.sit(EVERYWHERE).get(f"/cases/{ref}/entries/{number}/correct")
        if answer.status_code == 200:
            break
    assert answer.status_code == 200
    assert NAME in answer.text
    assert noted(town) == [f"/cases/{ref}"]


# -- numbers and names of what is outside


def test_a_number_outside_is_called_nothing_else(town: Town) -> None:
    officer = town.officer()
    outside, own = town.member("west"), town.branch()
    number = outside.partition("-")[2]
    missing = officer.get("/cases/BR-999999").text

    for path in (f"/cases/BR-{number}", f"/api/cases/BR-{number}", f"/audit/BR-{number}"):
        answer = officer.get(path)
        assert answer.status_code == 404, path
        assert outside not in answer.text
    same = officer.get(f"/cases/BR-{number}").text
    assert same.replace(f"BR-{number}", "x") == missing.replace("BR-999999", "x")
    for path in ("/audit?case=", "/notices?case="):
        there, nowhere = officer.get(f"{path}BR-{number}"), officer.get(f"{path}BR-999999")
        assert (there.status_code, nowhere.status_code) == (200, 200)
        assert outside not in there.text
    # Of one's own case it is said what it is.
    seen = officer.get(f"/cases/MEM-{own.partition('-')[2]}")
    assert seen.status_code == 400
    assert own in seen.text


@pytest.fixture
def reaching(town: Town, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every event reaches a case of another unit too; that case's number."""
    outside = town.member("west")
    real: Any = engine.advance

    def advance(*given: object, **more: object) -> engine.Done:
        done: engine.Done = real(*given, **more)
        there = int(outside.partition("-")[2])
        also = replace(done.written[0], case_id=there, ref=outside, seq=77)
        return replace(done, written=(*done.written, also))

    monkeypatch.setattr(engine, "advance", advance)
    return outside


def test_what_follows_outside_is_told_as_a_number(town: Town, reaching: str) -> None:
    ref = town.ref("organization_coverage", town.ids[ORGANIZATIONS["hill"]])
    officer = town.officer()
    elsewhere = Words("zh")("correct_elsewhere", count=1)
    path = f"/cases/{ref}/events/counts_confirmed"
    told = officer.post(path, _on=str(TODAY), _do="preview", **WORDS)
    tried = officer.client.post(
        f"/api{path}",
        json={"on": str(TODAY), "dry_run": True, "fields": WORDS},
        headers={"X-CSRF-Token": officer.token()},
    )
    sent = {
        "case": f"{ref}@{version_of(town, ref)}",
        "_event": EVENT,
        "_on": str(TODAY),
    }
    bulk = officer.post("/bulk/advance", **sent, _do="preview", **WORDS)

    assert (told.status_code, tried.status_code) == (200, 200), told.text
    assert elsewhere in told.text
    assert elsewhere in tried.json()["follows"]
    assert elsewhere in bulk.text
    assert all(reaching not in one.text for one in (told, tried, bulk))
    # Who sees that case is told what happens there.
    everywhere = town.officer(unit="city").post(path, _on=str(TODAY), _do="preview", **WORDS)
    assert reaching in everywhere.text
    assert elsewhere not in everywhere.text


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.REGISTRATION_OFFICER])
def test_hints_name_no_case_that_the_reader_does_not_see(town: Town, role: Role) -> None:
    cases = [town.branch()]
    cases += [
        town.ref(name, town.ids[ORGANIZATIONS["east"]])
        for name in ("affiliation", "organization_coverage", "instructor_assignment")
    ]

    named = "".join(town.officer().get(f"/cases/{one}").text for one in cases)
    seen = "".join(town.officer(role).get(f"/cases/{one}").text for one in cases)

    assert town.member() in named
    assert "MEM-" not in seen


def test_what_stands_near_a_name_is_what_the_reader_sees(town: Town) -> None:
    officer = town.officer(Role.ORG_DEPT_OFFICER)
    ref = town.ref("affiliation", town.ids[ORGANIZATIONS["east"]])
    sent = {"_on": str(TODAY), "_do": "preview", "department_has_committee": "false"}

    def told(name: str) -> str:
        answer = officer.post(f"/cases/{ref}/events/interim_set", **sent, body=name)
        assert answer.status_code == 404
        return answer.text.replace(f'value="{name}"', "")

    assert ORGANIZATIONS["west"] not in told("弘毅")
    assert ORGANIZATIONS["east"] in told("新星")


def test_a_workbook_of_rejected_rows_is_noted_like_every_export(town: Town) -> None:
    visitor = town.officer(Role.REGISTRATION_OFFICER, "city")
    place = upload(visitor, ("a.xlsx", intermediaries(wrong_code()))).headers["location"]

    assert visitor.get(f"{place}/errors").status_code == 200

    looks = town.officer(Role.AUDITOR, "everywhere").get("/audit?what=looks").text
    assert "错误表" in looks
    assert login_of(Role.REGISTRATION_OFFICER, "city") in looks


# -- what is said of a person


def test_a_remark_on_a_person_is_read_by_who_sees_the_name(town: Town) -> None:
    ref = town.member()
    text = "本人来电说明情况"

    def leave(connection: Connection) -> None:
        actor = Actor("clerk", frozenset({Role.CASE_OFFICER}))
        work = begin(connection, town.app.registry, town.app.clock, actor)
        comment(work, work.case(int(ref.partition("-")[2])), text)
        comment(work, work.case(int(town.branch().partition("-")[2])), text)

    town.app.write(leave)

    assert text in town.officer().get(f"/cases/{ref}").text
    for role in (Role.AUDITOR, Role.ORG_DEPT_OFFICER):
        masked = town.officer(role)
        assert text not in masked.get(f"/cases/{ref}").text
        assert "您的角色不显示" in masked.get(f"/cases/{ref}").text
        assert text in masked.get(f"/cases/{town.branch()}").text


NUMBERS = ("110101199001011234", "11010119900101123X", "110101900101123", "1101 0119 9001 0112 34")


@pytest.mark.parametrize("number", NUMBERS)
def test_no_identity_number_is_taken_in_any_text(town: Town, number: str) -> None:
    officer = town.officer()
    told = Words("zh")("identity_number_refused")
    coverage = town.ref("organization_coverage", town.ids[ORGANIZATIONS["east"]])
    path = f"/cases/{coverage}/events/counts_confirmed"
    officer.get(f"/cases/{coverage}")
    before = town.app.read(fingerprint)

    remark = officer.post(f"/cases/{coverage}/comment", text=f"证件 {number}")
    export = officer.post("/work/export", reason=f"核对 {number}")
    event = officer.post(path, _on=str(TODAY), _do="save", statement=number)
    api = officer.client.post(
        f"/api{path}",
        json={"on": str(TODAY), "fields": {"statement": number}},
        headers={"X-CSRF-Token": officer.token(), "Idempotency-Key": "one"},
    )

    answers = [remark, export, event, api]
    assert [one.status_code for one in answers] == [400, 400, 422, 422]
    assert told in remark.text
    assert told in export.text
    assert "请勿填写身份证号码" in event.text
    findings = {one["id"]: one["comparison"] for one in api.json()["findings"]}
    assert findings["statement"] == NO_IDENTITY_NUMBER
    assert all(number not in one.text for one in answers)
    assert town.app.read(fingerprint) == before


def test_no_identity_number_is_taken_in_a_correction(town: Town) -> None:
    ref = file_of(town, PERSON, town.ids[NAME])
    officer = town.sit(EVERYWHERE)
    path = f"/cases/{ref}/entries/2/correct"
    assert officer.get(path).status_code == 200
    before = town.app.read(fingerprint)

    for sent in ({"_reason": NUMBERS[0]}, {"_reason": "写错", "person.name": NUMBERS[0]}):
        answer = officer.post(path, **sent)
        assert answer.status_code == 400
        assert Words("zh")("identity_number_refused") in answer.text
        assert NUMBERS[0] not in answer.text
    assert town.app.read(fingerprint) == before


def test_the_register_and_the_engine_take_none_either(town: Town) -> None:
    about = Subject(PERSON, town.ids[NAME])
    held = organization(town.ids[ORGANIZATIONS["east"]])

    def work(connection: Connection) -> Work:
        actor = Actor("operator", frozenset(Role))
        return begin(connection, town.app.registry, town.app.clock, actor)

    with pytest.raises(IdentityNumberError):
        town.app.write(lambda c: record(work(c), held, {"cultivation": NUMBERS[0]}, TODAY))
    with pytest.raises(IdentityNumberError):
        town.app.write(lambda c: note_export(work(c), about, NUMBERS[0], {}))
