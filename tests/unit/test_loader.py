"""A mistake in a definition is named with its file, its line and the nearest name that is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.definition import Workflow
from lifecycle.errors import DefinitionError
from lifecycle.loader import check_names, load_model, load_workflow, parse_yaml, read_yaml
from workflows.facts import FACTS
from workflows.law import check_vocabulary, read_policy, read_workflows

if TYPE_CHECKING:
    from pathlib import Path

SOUND = """\
workflow: parcel
code: PAR
version: "1"
label: {zh: 包裹, en: parcel}
subject: person_at_organization
stratum: 1
initial: waiting
groups:
  away: [sent, lost]
fields:
  sent_on: {type: date, label: {zh: 日, en: sent on}}
states:
  waiting: {label: {zh: 待, en: waiting}}
  sent: {label: {zh: 发, en: sent}}
  lost: {label: {zh: 失, en: lost}}
  done: {label: {zh: 完, en: done}, final: true}
transitions:
  - event: posted
    label: {zh: 发, en: posted}
    from: waiting
    to: sent
    by: [case_officer]
    cite: [practice]
    fields:
      weight: {type: count, label: {zh: 重, en: weight}}
    guards:
      - {field: weight, at_most: P9}
      - {fact: engaged, is: true}
      - {predicate: document_fits}
    sets: {sent_on: {fact: effective_on}}
    effects: [end_engagement]
    opens: [{deadline: D1, when: [{recorded: sent_on, is_known: true}]}]
    notices: [N1 due]
  - event: arrived
    label: {zh: 到, en: arrived}
    from: away
    to: done
    time: D1
    cite: [practice]
    meets: [D1]
deadlines:
  D1:
    label: {zh: 期, en: term}
    kind: window
    anchor: {recorded: sent_on}
    length: {days: {field: weight}}
    cap: P9
    reminder: N1
    cite: [practice]
notices:
  N1:
    label: {zh: 知, en: notice}
    to: [organization_contact]
"""

PLANTED = {
    "a key twice": ("code: PAR", "code: PAR\ncode: PAX", "code: PAX", "stands here twice"),
    "a key that nobody knows": (
        "    effects: [",
        "    efects: [",
        "efects",
        "unknown key 'efects'; nearest known: effects",
    ),
    "yes for true": ("final: true", "final: yes", "final: yes", "'yes' is neither text nor"),
    "on for a text": ("en: parcel", "en: on", "en: on", "'on' is neither text nor a boolean"),
    "an unquoted version": ('version: "1"', "version: 1", "version: 1", "put it in quotes"),
    "a version that is a fraction": ('version: "1"', "version: 1.0", "version: 1.0", "a fraction"),
    "a missing version": ('version: "1"\n', "", "workflow: parcel", "'version' is missing"),
    "a day that is none": ("P9}", "2026-02-30}", "2026-02-30", "not a day of the calendar"),
    "an unknown initial state": (
        "initial: waiting",
        "initial: waitin",
        "waitin",
        "unknown state 'waitin'; nearest known: waiting",
    ),
    "an unknown state to come from": (
        "from: waiting",
        "from: waitng",
        "waitng",
        "unknown state 'waitng'; nearest known: waiting",
    ),
    "an unknown group": ("from: away", "from: awaj", "from: awaj", "unknown state 'awaj'"),
    "an unknown target": (
        "to: done",
        "to: dne",
        "to: dne",
        "unknown state 'dne'; nearest known: done",
    ),
    "an unknown deadline to meet": (
        "meets: [D1]",
        "meets: [D11]",
        "D11",
        "unknown deadline 'D11'; nearest known: D1",
    ),
    "an unknown deadline to open": (
        "{deadline: D1, when",
        "{deadline: E1, when",
        "E1",
        "unknown deadline 'E1'; nearest known: D1",
    ),
    "an unknown deadline of time": ("time: D1", "time: D8", "D8", "unknown deadline 'D8'"),
    "an unknown notice": (
        "[N1 due]",
        "[N2 due]",
        "N2 due",
        "unknown notice 'N2'; nearest known: N1",
    ),
    "an unknown stage": ("[N1 due]", "[N1 now]", "N1 now", "'due', 'reminder', 'overdue'"),
    "an unknown reminder": ("reminder: N1", "reminder: M1", "M1", "unknown notice 'M1'"),
    "an unknown case field to set": (
        "sets: {sent_on:",
        "sets: {sent_at:",
        "sets: {sent_at",
        "unknown case field 'sent_at'; nearest known: sent_on",
    ),
    "an unknown case field in a condition": (
        "recorded: sent_on, is_known",
        "recorded: sent, is_known",
        "recorded: sent,",
        "unknown case field 'sent'; nearest known: sent_on",
    ),
    "an unknown case field to count from": (
        "anchor: {recorded: sent_on}",
        "anchor: {recorded: sent}",
        "deadline: D1, when",
        "unknown case field 'sent'",
    ),
    "an unknown field in a guard": (
        "field: weight, at",
        "field: weigth, at",
        "weigth",
        "unknown field of the event 'weigth'; nearest known: weight",
    ),
    "a length that no event gives": (
        "days: {field: weight}",
        "days: {field: height}",
        "deadline: D1, when",
        "unknown field of the event 'height'",
    ),
    "an unknown fact": (
        "fact: engaged",
        "fact: engagd",
        "engagd",
        "unknown fact 'engagd'; nearest known: engaged",
    ),
    "an unknown parameter": ("at_most: P9", "at_most: P999", "P999", "unknown parameter 'P999'"),
    "an unknown cap": ("cap: P9", "cap: P999", "length:", "unknown parameter 'P999'"),
    "an unknown predicate": (
        "document_fits",
        "document_fit",
        "document_fit",
        "unknown predicate 'document_fit'; nearest known: document_fits",
    ),
    "an unknown effect": (
        "[end_engagement]",
        "[end_engagment]",
        "end_engagment",
        "unknown effect 'end_engagment'; nearest known: end_engagement",
    ),
    "an unknown recipient": (
        "[organization_contact]",
        "[organisation_contact]",
        "  N1:",
        "unknown fact 'organisation_contact'",
    ),
    "a citation that no source lists": (
        "by: [case_officer]\n    cite: [practice]",
        "by: [case_officer]\n    cite: [practise]",
        "practise",
        "unknown citation 'practise'; nearest known: practice",
    ),
    "a condition with a wrong clause": (
        "at_most: P9}",
        "at_most: P9, cite: 二.9}",
        "二.9",
        "unknown citation '二.9'",
    ),
    "two movers": (
        "    by: [",
        "    automatic: true\n    by: [",
        "event: posted",
        "exactly one of by, automatic",
    ),
    "no mover": ("    by: [case_officer]\n", "", "event: posted", "exactly one of by, automatic"),
    "an unknown role": (
        "[case_officer]",
        "[case_oficer]",
        "case_oficer",
        "'case_officer', 'approver'",
    ),
    "a row without a clause": (
        "    cite: [practice]\n    fields",
        "    fields",
        "event: posted",
        "'cite' is missing",
    ),
    "two comparisons": (
        "{fact: engaged, is: true}",
        "{fact: engaged, is: true, is_not: false}",
        "is_not",
        "one comparison is wanted",
    ),
    "no comparison": (
        "{fact: engaged, is: true}",
        "{fact: engaged}",
        "{fact: engaged}",
        "a comparison is wanted",
    ),
    "two lefts": (
        "{fact: engaged, is",
        "{fact: engaged, field: weight, is",
        "field: weight, is",
        "exactly one of fact",
    ),
    "a bad right side": (
        "at_most: P9",
        "at_most: {facts: x}",
        "facts",
        "'facts' is not one of fact, field",
    ),
    "two lengths": (
        "length: {days:",
        "length: {months: 1, days:",
        "length:",
        "exactly one of days, months",
    ),
    "an unknown kind of deadline": (
        "kind: window",
        "kind: windw",
        "windw",
        "'windw' is none of 'deadline', 'minimum', 'window', 'as_of' or 'review'; nearest",
    ),
    "an unknown type of field": (
        "type: count",
        "type: number",
        "type: number",
        "'text', 'reference'",
    ),
    "a text instead of a list": (
        "guards:\n      - {field: weight, at_most: P9}\n",
        "guards: weight\n    effects:\n",
        "guards: weight",
        "a list is wanted here (found 'weight')",
    ),
    "not YAML at all": (
        "label: {zh: 包裹",
        "label: {zh: [包裹",
        "label: {zh: [包裹",
        "expected ',' or ']'",
    ),
}


def complaints(text: str) -> tuple[str, ...]:
    try:
        document = parse_yaml(text, "parcel.yaml")
        workflow = load_model(document, Workflow)
        check_names(workflow, document)
        check_vocabulary(workflow, document, FACTS, read_policy())
        document.raise_complaints()
    except DefinitionError as error:
        return tuple(str(one) for one in error.complaints)
    return ()


def test_a_sound_definition_has_no_complaint() -> None:
    assert complaints(SOUND) == ()


@pytest.mark.parametrize("planted", PLANTED)
def test_a_mistake_is_named_where_it_stands(planted: str) -> None:
    old, new, marker, sentence = PLANTED[planted]
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    line = next(i for i, one in enumerate(text.splitlines(), start=1) if marker in one)

    found = complaints(text)

    assert [one for one in found if one.startswith(f"parcel.yaml:{line}:") and sentence in one], (
        found
    )


def test_every_mistake_is_told_at_once() -> None:
    text = SOUND.replace("to: done", "to: dne").replace("[N1 due]", "[N2 due]")
    text = text.replace("fact: engaged", "fact: engagd").replace("at_most: P9", "at_most: P999")

    assert len(complaints(text)) == 4


@pytest.mark.parametrize(
    ("raw", "line", "sentence"),
    [
        ("code: x\nlabel: 包裹\n".encode("gb18030"), 2, "save the file in the encoding UTF-8"),
        (b"code: x\nlabel: \x00\n", 2, "is not text"),
        (b"\xff\xfe\x00", 1, "save the file in the encoding UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_a_complaint(
    raw: bytes, line: int, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "parcel.yaml"
    path.write_bytes(raw)

    with pytest.raises(DefinitionError, match=sentence) as error:
        read_yaml(path)

    assert [one.line for one in error.value.complaints] == [line]


def test_a_file_may_begin_with_the_mark_of_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "parcel.yaml"
    path.write_bytes(SOUND.encode("utf-8-sig"))

    assert read_yaml(path).values["workflow"] == "parcel"


@pytest.mark.parametrize("text", ["- a\n- b\n", "hello"])
def test_what_is_no_definition_at_all_is_told_in_plain_words(text: str) -> None:
    with pytest.raises(DefinitionError, match="keys with their values are wanted here"):
        load_model(parse_yaml(text, "parcel.yaml"), Workflow)


def test_an_empty_file_is_a_complaint() -> None:
    assert complaints("") == ("parcel.yaml:1: (file): the file is empty",)


def test_a_state_inherited_from_a_group_is_expanded() -> None:
    workflow = load_model(parse_yaml(SOUND, "parcel.yaml"), Workflow)

    assert workflow.transitions[1].source == ("sent", "lost")


def test_a_workflow_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "parcel.yaml"
    path.write_text(SOUND, encoding="utf-8")

    workflow, document = load_workflow(path)

    assert workflow.workflow == "parcel"
    assert document.line(("transitions", 1, "meets")) == 1 + next(
        i for i, one in enumerate(SOUND.splitlines()) if "meets" in one
    )
    assert read_yaml(path).values["code"] == "PAR"


def test_the_mistakes_of_every_file_are_told_together(tmp_path: Path) -> None:
    for name, planted in (("one", "an unknown target"), ("two", "an unknown fact")):
        old, new, _, _ = PLANTED[planted]
        (tmp_path / f"{name}.yaml").write_text(SOUND.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(DefinitionError) as error:
        read_workflows(FACTS, read_policy(), tmp_path)

    assert {one.file for one in error.value.complaints} == {"one.yaml", "two.yaml"}
    assert re.search(r"one\.yaml:\d+: .*unknown state 'dne'", str(error.value))
