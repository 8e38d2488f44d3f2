"""Every notice in every stage and language, compared whole with the text that was approved.

`python -m tests.golden.test_notices` writes the files anew; read the difference before keeping it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import workflows
from lifecycle.definition import Stage
from notices.catalogue import CATALOGUE
from notices.labels import duties, labelled
from notices.render import LANGUAGES, DigestItem, Rendered, render, render_digest

FOLDER = Path(__file__).parent / "notices"

ORGANIZATION = {"organization_name": "鹿城康宁门诊部", "effective_on": "2026-01-16"}

PERSON = {**ORGANIZATION, "surname": "王"}

VALUES: dict[str, dict[str, Any]] = {
    "N1": {
        **ORGANIZATION,
        "case": "COV-7",
        "kind": "private_nonenterprise_unit",
        "priority": True,
        "counted": 34,
        "threshold": 30,
        "full_time": 12,
    },
    "N2": {**ORGANIZATION, "case": "COV-7", "stage_date": "2027-01-16"},
    "N3": {
        **ORGANIZATION,
        "case": "COV-7",
        "missing_components": "activists, leader_training",
        "work_stage_on": "2027-06-07",
    },
    "N7": {
        **ORGANIZATION,
        "case": "BR-9",
        "formal_full_members": 4,
        "D5": "2026-04-16",
        "deadline": "D5",
        "due_on": "2026-04-16",
    },
    "N8": {
        **ORGANIZATION,
        "case": "BR-9",
        "served": "7,12",
        "joint_basis": "full",
        "joint_limit": 5,
        "D31": "2026-07-16",
        "deadline": "D31",
        "due_on": "2026-07-16",
    },
    "N9": {
        **PERSON,
        "case": "INS-4",
        "D6": "2026-04-16",
        "deadline": "D6",
        "due_on": "2026-04-16",
    },
    "N10": {
        **ORGANIZATION,
        "case": "BR-9",
        "members_counted": 5,
        "D5": "2026-04-16",
        "deadline": "D5",
        "due_on": "2026-04-16",
    },
    "N11": {
        **PERSON,
        "case": "MEM-301",
        "D8": "2026-02-24",
        "state": "formal_due",
        "deadline": "D8",
        "due_on": "2026-02-24",
    },
    "N12": {
        **PERSON,
        "case": "MEM-302",
        "D9": "2026-07-16",
        "D10": "2026-08-17",
        "state": "temporary_due",
        "deadline": "D10",
        "due_on": "2026-08-17",
    },
    "N15": {
        "case": "TRY-2",
        "effective_on": "2026-01-01",
        "unit_name": "鹿城区五马街道",
        "D11": "2026-12-31",
        "due_on": "2026-12-31",
        "audience_missing": "both",
    },
    "N18": {
        **ORGANIZATION,
        "case": "FGE-3",
        "body_name": "鹿城康宁门诊部党支部",
        "D19": "2028-01-16",
        "due_on": "2028-01-16",
        "leading_team": True,
        "member_ranks": True,
        "working_mechanism": True,
        "development_results": True,
        "public_response": True,
    },
    "N22": {
        **PERSON,
        "case": "MEM-301",
        "reason_code": "letter_incomplete",
        "D15": "2026-02-20",
        "D8": "2026-02-24",
    },
    "N23": {
        **ORGANIZATION,
        "case": "BR-9",
        "body_members": 2,
        "D18": "2026-04-16",
        "deadline": "D18",
        "due_on": "2026-04-16",
    },
    "N4": {
        "programme_stage": "D2",
        "as_of": "2026-06-03",
        "rows": [
            {
                "indicator": "I3",
                "zh": "五好比例(按党组织)",
                "en": "Five-Good rate",
                "numerator": 10,
                "denominator": 33,
                "met": True,
                "excluded": 0,
            },
            {
                "indicator": "I4",
                "zh": "其他单位工作覆盖",
                "en": "work coverage",
                "numerator": 49,
                "denominator": 318,
                "met": False,
                "excluded": 11,
            },
        ],
    },
    "N5": {
        **ORGANIZATION,
        "case": "AFF-5",
        "body": "鹿城区卫生健康局党委",
        "route": "R18",
        "D4": "2026-02-24",
        "due_on": "2026-02-24",
        "deadline": "D4",
    },
    "N6": {
        **ORGANIZATION,
        "case": "REG-5",
        "occasion": "changed",
        "D13": "2026-02-24",
        "deadline": "D13",
        "due_on": "2026-02-24",
    },
    "N13": {
        **ORGANIZATION,
        "case": "SEC-3",
        "route": "internal",
        "deadline": "D25",
        "due_on": "2026-02-24",
    },
    "N14": {
        **ORGANIZATION,
        "case": "SEC-3",
        "planned_notice_on": "2026-03-25",
        "superior_consent_on": "2026-03-20",
    },
    "N16": {
        **ORGANIZATION,
        "case": "APP-8",
        "inquiry_on": "2026-01-16",
        "deadline": "D22",
        "due_on": "2026-02-24",
    },
    "N17": {
        **ORGANIZATION,
        "case": "BYR-6",
        "D30": "2026-12-31",
        "deadline": "D30",
        "due_on": "2026-12-31",
    },
    "N19": {
        **ORGANIZATION,
        "case": "PRE-4",
        "D12": "2026-04-16",
        "deadline": "D12",
        "due_on": "2026-04-16",
    },
    "N20": {**ORGANIZATION, "case": "FUN-6", "requested_cny": 600, "purpose": "主题党日活动"},
    "N21": {
        **ORGANIZATION,
        "case": "FUN-6",
        "year": 2026,
        "members": 8,
        "amount_cny": 800,
        "D14": "2026-12-31",
        "deadline": "D14",
        "due_on": "2026-12-31",
    },
    "N24": {
        **ORGANIZATION,
        "case": "TERM-2",
        "D17": "2027-03-01",
        "deadline": "D17",
        "due_on": "2027-03-01",
    },
    "N25": {
        **ORGANIZATION,
        "case": "REG-5",
        "relations_open": 4,
        "own_body_in_force": True,
    },
    "N26": {
        "as_of": "2026-11-02",
        "files": ["members.xlsx", "units.xlsx"],
        "rows": [
            {
                "duty": "D8",
                "due_on": "2026-12-02",
                "case": "MEM-301",
                "subject": "鹿城康宁门诊部",
                "surname": "王",
            },
            {
                "duty": "D5",
                "due_on": "2027-02-01",
                "case": "BR-9",
                "subject": "鹿城康宁门诊部",
                "surname": "",
            },
        ],
        "options": {"D31": 3},
    },
}
"""What each notice says in the approved texts."""

VARIANTS: dict[str, tuple[str, Stage, dict[str, Any]]] = {
    "no_longer_a_target": ("N1", Stage.DUE, {"priority": False, "counted": 24}),
    "all_components": ("N3", Stage.DONE, {"missing_components": ""}),
    "reply_due": ("N7", Stage.OVERDUE, {"deadline": "D16", "escalation": True}),
    "term_ends": ("N9", Stage.REMINDER, {"deadline": "D27"}),
    "review": ("N10", Stage.REMINDER, {"deadline": "D7"}),
    "provisional_reply_due": ("N10", Stage.REMINDER, {"deadline": "D16"}),
    "planned": ("N15", Stage.DUE, {"planned_on": "2026-03-12"}),
    "one_audience_left": ("N15", Stage.REMINDER, {"audience": "workers"}),
    "workers_left": ("N15", Stage.OVERDUE, {"audience_missing": "workers"}),
    "criterion_missing": ("N18", Stage.DONE, {"member_ranks": False, "D19": None}),
    "taken_off_a_list": ("N18", Stage.DONE, {"leading_team": None}),
    "moving_out": ("N11", Stage.DUE, {"D29": "2026-05-01"}),
    "moving_out_late": ("N11", Stage.OVERDUE, {"deadline": "D29", "due_on": "2026-05-01"}),
    "taken_care_of": ("N5", Stage.DONE, {"route": "R17", "D28": "2027-01-16"}),
    "interim_review": ("N5", Stage.REMINDER, {"deadline": "D28"}),
    "inspected": ("N6", Stage.DUE, {"occasion": "inspected", "inspection_year": 2025}),
    "refused": ("N14", Stage.DONE, {"refused_by": "superior"}),
    "late_consent": ("N14", Stage.OVERDUE, {"unit_consent_on": "2026-04-07"}),
    "granted": ("N20", Stage.DONE, {"sum_cny": 600}),
    "vouched": ("N21", Stage.DONE, {"vouchers_cny": 800}),
    "accepted": ("N17", Stage.DONE, {"state": "accepted"}),
    "ran_out": ("N22", Stage.DUE, {"reason_code": None}),
}
"""Other wordings of one text, by a name of their own."""

CASES = [
    *((notice.id, stage, "", {}) for notice in CATALOGUE.values() for stage in notice.stages),
    *((notice, stage, name, more) for name, (notice, stage, more) in VARIANTS.items()),
]

LAW = workflows.load_all()


def rendered(notice: str, stage: Stage, language: str, more: dict[str, Any]) -> Rendered:
    """The notice with the values of this file, labelled as at delivery."""
    values = {**VALUES[notice], **more}
    code, _, _ = values.get("case", "").partition("-")
    book = LAW.by_code(code)
    told = labelled(book.workflow, values, language) if book else values
    return render(notice, stage, language, {**told, "duties": duties(LAW, language)})


def shown(letter: Rendered) -> str:
    """A letter as the approved files hold it."""
    return f"{letter.subject}\n\n{letter.text}"


def digest(language: str) -> Rendered:
    """A digest of three notices."""
    items = [
        DigestItem(notice, one.subject, one.body)
        for notice, stage in (("N11", Stage.OVERDUE), ("N12", Stage.DUE), ("N11", Stage.DUE))
        for one in [rendered(notice, stage, language, {})]
    ]
    return render_digest(language, "2026-11-02", items)


def file_of(language: str, notice: str, stage: Stage, variant: str) -> Path:
    """Where the approved text lies."""
    return FOLDER / language / f"{notice}.{stage.value}{f'.{variant}' if variant else ''}.txt"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("notice", "stage", "variant", "more"), CASES)
def test_notice_reads_as_approved(
    language: str, notice: str, stage: Stage, variant: str, more: dict[str, Any]
) -> None:
    expected = file_of(language, notice, stage, variant).read_text(encoding="utf-8")

    assert shown(rendered(notice, stage, language, more)) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_digest_reads_as_approved(language: str) -> None:
    expected = (FOLDER / language / "digest.txt").read_text(encoding="utf-8")

    assert shown(digest(language)) == expected


def test_html_wraps_the_text_as_approved() -> None:
    expected = (FOLDER / "zh" / "N11.due.html").read_text(encoding="utf-8")

    assert rendered("N11", Stage.DUE, "zh", {}).html == expected


def test_no_approved_text_is_left_over() -> None:
    wanted = {
        file_of(language, notice, stage, variant)
        for language in LANGUAGES
        for notice, stage, variant, _ in CASES
    }
    wanted |= {FOLDER / language / "digest.txt" for language in LANGUAGES}

    assert set(FOLDER.rglob("*.txt")) == wanted


def write_files() -> None:
    """Writes every approved text anew."""
    for language in LANGUAGES:
        (FOLDER / language).mkdir(parents=True, exist_ok=True)
        for notice, stage, variant, more in CASES:
            text = shown(rendered(notice, stage, language, more))
            file_of(language, notice, stage, variant).write_text(text, encoding="utf-8")
        (FOLDER / language / "digest.txt").write_text(shown(digest(language)), encoding="utf-8")
    html = rendered("N11", Stage.DUE, "zh", {}).html
    (FOLDER / "zh" / "N11.due.html").write_text(html, encoding="utf-8")


if __name__ == "__main__":
    write_files()
