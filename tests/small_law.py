"""A law of two workflows, sound and small enough to plant faults in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import workflows
from lifecycle.checking import Problem, Texts, check
from lifecycle.conditions import Label
from lifecycle.definition import Workflow
from lifecycle.facts import At, FactRegistry, FactType, derived, fact
from lifecycle.guards import Predicate, Verdict
from lifecycle.loader import check_names, load_model, parse_yaml
from lifecycle.register import put
from lifecycle.registry import SUBJECT_ENDED, Registry, rulebook
from lifecycle.rulebook import Effect
from lifecycle.store.tables import case_state
from workflows.facts.shared import state_of
from workflows.register import engagement, headcount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement

    from lifecycle.facts import FactValue
    from lifecycle.guards import Situation
    from lifecycle.loader import Document
    from lifecycle.policy import Parameters
    from lifecycle.register import RegisterChange

REGISTRY = workflows.load_all()
NO_POLICY = parse_yaml("parameters: {}\n", "policy.yaml")

FACTS = FactRegistry()
PARCEL = "parcel"
_LABEL = Label(zh="甲", en="a")


def _flag(name: str, excludes: tuple[str, ...] = ()) -> None:
    @derived(FACTS, name, PARCEL, FactType.FLAG, _LABEL, needs=(), excludes=excludes)
    def _(values: Mapping[str, FactValue], policy: Parameters) -> FactValue:
        del values, policy
        return False


for _name in ("sealed", "broken", "heavy", SUBJECT_ENDED):
    _flag(_name)
_flag("lost_for_good", excludes=("sealed", "weight"))

for _name, _type, _choices in (
    ("weight", FactType.COUNT, ()),
    ("sent_on", FactType.DAY, ()),
    ("size", FactType.NAME, ("small", "large")),
):
    derived(FACTS, _name, PARCEL, _type, _LABEL, needs=(), choices=_choices)(lambda *_: None)


@fact(FACTS, "on_rack", PARCEL, FactType.NAME, _LABEL)
def on_rack(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    return state_of("rack", PARCEL, subject_id, at)


@fact(FACTS, "cases_in_all", PARCEL, FactType.COUNT, _LABEL)
def cases_in_all(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
    del subject_id, at
    return sa.select(sa.func.count(case_state.c.id)).scalar_subquery()


def _rows_of(name: str, table: sa.Table) -> None:
    @fact(FACTS, name, PARCEL, FactType.FLAG, _LABEL)
    def _(subject_id: ColumnElement[int], at: At) -> ColumnElement[Any]:
        t = table.alias()
        return sa.exists(sa.select(t.c.id).where(t.c.id == subject_id, at.holds(t)))


_rows_of("engaged", engagement)
_rows_of("counted", headcount)


def _answer(situation: Situation) -> Verdict:
    del situation
    return Verdict(met=False)


PREDICATES = {
    name: Predicate(name, _LABEL, (), _answer, opposite=opposite)
    for name, opposite in (("full", "not_full"), ("not_full", "full"), ("odd", ""))
}

_TABLE = "engagement"


def _staff(situation: Situation) -> Iterable[RegisterChange]:
    yield put(_TABLE, {}, {}, situation.effective_on)


def _count(situation: Situation) -> Iterable[RegisterChange]:
    yield put("headcount", {}, {}, situation.effective_on)


EFFECTS = {
    "staff": Effect("staff", (), _staff),
    "count": Effect("count", (), _count),
}

SOUND = """\
workflow: parcel
code: PAR
version: "1"
label: {zh: 包裹, en: parcel}
subject: parcel
stratum: 3
initial: waiting
closing_state: done
fields:
  was_heavy: {type: yes_no, label: {zh: 重, en: heavy}, default: false}
  shelf:
    type: choice
    label: {zh: 架, en: shelf}
    choices: {a: {zh: 甲, en: a}, b: {zh: 乙, en: b}}
states:
  waiting: {label: {zh: 待, en: waiting}}
  sent: {label: {zh: 发, en: sent}}
  lost: {label: {zh: 失, en: lost}}
  done: {label: {zh: 完, en: done}, final: true}
transitions:
  - event: posted
    label: {zh: 收, en: posted}
    from: "-"
    to: waiting
    by: [case_officer]
    cite: [R1]
    opens: [D1]
    notices: [N1 due]
  - event: weighed
    label: {zh: 重, en: heavy}
    from: waiting
    to: same
    automatic: true
    cite: [R1]
    guards:
      - {fact: heavy, is: true, cite: R1}
      - {recorded: was_heavy, is: false, cite: R1}
    sets: {was_heavy: true}
  - event: weighed
    label: {zh: 轻, en: light}
    from: waiting
    to: same
    automatic: true
    cite: [R1]
    guards:
      - {fact: heavy, is: false, cite: R1}
      - {recorded: was_heavy, is: true, cite: R1}
    sets: {was_heavy: false}
  - event: went_out
    label: {zh: 出, en: went out}
    from: waiting
    to: sent
    automatic: true
    cite: [R1]
    guards:
      - {fact: sealed, is: true, cite: R1}
      - {fact: weight, at_most: P9, cite: R1}
  - event: broke
    label: {zh: 坏, en: broke}
    from: waiting
    to: lost
    automatic: true
    cite: [R1]
    guards:
      - {fact: sealed, is: false, cite: R1}
      - {fact: broken, is: true, cite: R1}
  - event: came_back
    label: {zh: 退, en: came back}
    from: [sent, lost]
    to: waiting
    by: [case_officer]
    cite: [R1]
  - event: arrived
    label: {zh: 到, en: arrived}
    from: sent
    to: done
    by: [approver]
    cite: [R1]
    fields: &form
      intact: {type: yes_no, label: {zh: 好, en: intact}}
      note: {type: text, label: {zh: 注, en: note}, required: false}
    guards:
      - {field: intact, is: true, cite: R1}
    meets: [D1]
  - event: arrived
    label: {zh: 到, en: arrived}
    from: sent
    to: lost
    by: [approver]
    cite: [R1]
    fields: *form
    guards:
      - {field: intact, is: false, cite: R1}
  - event: written_off
    label: {zh: 销, en: written off}
    from: lost
    to: done
    by: [approver]
    cite: [R1]
    lapses: [D1]
deadlines:
  D1:
    label: {zh: 期, en: term}
    kind: deadline
    length: {days: P9}
    reminder: N1
    cite: [R1]
notices:
  N1:
    label: {zh: 知, en: notice}
    to: [sent_on]
    values: [weight, was_heavy, shelf, D1]
"""

RACK = """\
workflow: rack
code: RAC
version: "1"
label: {zh: 架, en: rack}
subject: parcel
stratum: 4
initial: empty
states:
  empty: {label: {zh: 空, en: empty}}
  taken: {label: {zh: 占, en: taken}}
transitions:
  - event: opened
    label: {zh: 设, en: opened}
    from: "-"
    to: empty
    by: [case_officer]
    cite: [R1]
  - event: filled
    label: {zh: 放, en: filled}
    from: empty
    to: taken
    automatic: true
    cite: [R1]
    guards:
      - {fact: engaged, is: true, cite: R1}
    effects: [count]
  - event: cleared
    label: {zh: 清, en: cleared}
    from: taken
    to: empty
    by: [case_officer]
    cite: [R1]
"""


def law(*given: str) -> tuple[Registry, dict[str, Document]]:
    """The small law with these texts as its workflows."""
    books, documents = {}, {}
    for text in given:
        document = parse_yaml(text, "parcel.yaml")
        workflow = load_model(document, Workflow)
        check_names(workflow, document)
        document.raise_complaints()
        books[workflow.workflow] = rulebook(workflow, FACTS, PREDICATES, EFFECTS)
        documents[workflow.workflow] = document
    made = replace(
        REGISTRY, rulebooks=books, facts=FACTS, predicates=PREDICATES, effects=EFFECTS, versions={}
    )
    return made, documents


def problems(*given: str) -> list[Problem]:
    """What the checker says about the small law; the policy is not its own."""
    registry, documents = law(*given)
    found = check(registry, Texts(documents, NO_POLICY))
    return [one for one in found if one.file != "policy.yaml"]
