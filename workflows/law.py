"""Reads the law from its files: workflows, policy and sources, checked as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from lifecycle.conditions import Label, LeftKind, OperandKind
from lifecycle.definition import DeadlineRule, NoticeUse, Opens, Transition, Workflow, Yearly
from lifecycle.errors import Complaint, DefinitionError
from lifecycle.guards import BUILT_IN_FACTS
from lifecycle.loader import Document, load_model, load_workflow, nearest, read_yaml
from lifecycle.parameters import WANTED, fits
from lifecycle.policy import Dated, Parameter, Policy, typed
from lifecycle.registry import rulebook
from workflows.effects import EFFECTS
from workflows.predicates import PREDICATES

if TYPE_CHECKING:
    from lifecycle.facts import FactRegistry
    from lifecycle.rulebook import Rulebook

HERE = Path(__file__).parent

NOT_WORKFLOWS = frozenset({"policy.yaml", "sources.yaml", "demo.yaml"})


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Value(_Strict):
    from_: date
    value: Any


class _Parameter(_Strict):
    name: str
    label: Label
    type: str
    choices: tuple[str, ...] = ()
    values: tuple[_Value, ...]
    cite: tuple[str, ...]
    why: str = ""


class _Policy(_Strict):
    parameters: dict[str, _Parameter]


class _Document(_Strict):
    title: Label
    issuer: Label
    number: str = ""
    published: date | str = ""
    in_force_from: date | str = ""
    note: str = ""


class _Source(_Strict):
    kind: Literal["clause", "rule", "regulation", "law", "practice"]
    title: Label
    document: str = ""
    clause: str = ""
    article: str = ""
    clauses: tuple[str, ...] = ()
    force: Literal["", "must", "shall", "in_principle", "may", "aim", "context"] = ""
    derived: bool = False
    says: Label
    note: str = ""
    seen: str = ""
    sure: str = ""


class _Sources(_Strict):
    documents: dict[str, _Document]
    sources: dict[str, _Source]


def read_policy(path: Path = HERE / "policy.yaml") -> Policy:
    """Every parameter with its dated values.

    Raises:
        DefinitionError: every mistake in the file.
    """
    document = _renamed(read_yaml(path))
    given = load_model(document, _Policy)
    for name, one in given.parameters.items():
        _check_parameter(document, name, one)
    document.raise_complaints()
    return Policy(
        {
            name: Parameter(
                name,
                one.name,
                one.label,
                one.type,
                tuple(Dated(value.from_, typed(one.type, value.value)) for value in one.values),
                one.cite,
                one.choices,
            )
            for name, one in given.parameters.items()
        }
    )


def _check_parameter(document: Document, name: str, given: _Parameter) -> None:
    """Notes unknown clauses, an unknown type, values not of that type, a day that stands twice."""
    at: tuple[str | int, ...] = ("parameters", name)
    sources = read_sources()
    for cite in given.cite:
        if cite not in sources:
            complaint = f"unknown citation {cite!r}{nearest(cite, sources)}"
            document.complain((*at, "cite"), complaint)
    if given.type not in WANTED:
        complaint = f"unknown type {given.type!r}{nearest(given.type, WANTED)}"
        document.complain((*at, "type"), complaint)
        return
    if not given.values:
        document.complain((*at, "values"), "a value and the day from which it holds are wanted")
    days: set[date] = set()
    for i, one in enumerate(given.values):
        if not fits(given.type, typed(given.type, one.value), given.choices):
            wanted = WANTED[given.type] or " / ".join(given.choices)
            complaint = f"{one.value!r} is not {wanted}"
            document.complain((*at, "values", i, "value"), complaint)
        if one.from_ in days:
            complaint = f"two values begin on {one.from_}: add a line with a later day"
            document.complain((*at, "values", i), complaint)
        days.add(one.from_)


@cache
def read_sources() -> frozenset[str]:
    """The ids of everything that a rule may cite.

    Raises:
        DefinitionError: every mistake in the file.
    """
    return sources_in(HERE / "sources.yaml")


def sources_in(path: Path) -> frozenset[str]:
    """The same of any such file.

    Raises:
        DefinitionError: every mistake in the file.
    """
    document = read_yaml(path)
    given = load_model(document, _Sources)
    for name, one in given.sources.items():
        at = ("sources", name)
        if one.document and one.document not in given.documents:
            complaint = f"unknown document {one.document!r}{nearest(one.document, given.documents)}"
            document.complain((*at, "document"), complaint)
        for clause in one.clauses:
            if clause not in given.sources:
                complaint = f"unknown clause {clause!r}{nearest(clause, given.sources)}"
                document.complain((*at, "clauses"), complaint)
    document.raise_complaints()
    return frozenset(given.sources)


def read_workflows(
    facts: FactRegistry, policy: Policy, folder: Path = HERE
) -> tuple[dict[str, Rulebook], dict[str, str]]:
    """Every workflow of the folder, and its text.

    Raises:
        DefinitionError: every mistake in every file.
    """
    books: dict[str, Rulebook] = {}
    texts: dict[str, str] = {}
    complaints: list[Complaint] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name in NOT_WORKFLOWS:
            continue
        try:
            vocabulary = partial(check_vocabulary, facts=facts, policy=policy)
            workflow, _ = load_workflow(path, vocabulary)
        except DefinitionError as error:
            complaints += error.complaints
            continue
        books[workflow.workflow] = rulebook(workflow, facts, PREDICATES, EFFECTS)
        texts[workflow.workflow] = path.read_text(encoding="utf-8")
    if complaints:
        raise DefinitionError(complaints)
    return books, texts


def check_vocabulary(
    workflow: Workflow, document: Document, facts: FactRegistry, policy: Policy
) -> None:
    """Notes the facts, predicates, effects, parameters and clauses that nothing declares."""
    for path, kind, name, subject in _names(workflow):
        known = _known(kind, subject, facts, policy)
        if name not in known:
            document.complain(path, f"unknown {kind} {name!r}{nearest(name, known)}")


def _known(kind: str, subject: str, facts: FactRegistry, policy: Policy) -> Iterable[str]:
    if kind == "citation":
        return read_sources()
    if kind == "fact":
        return {*facts.names(subject), *BUILT_IN_FACTS}
    if kind == "predicate":
        return PREDICATES
    if kind == "effect":
        return EFFECTS
    return policy.parameters


Name = tuple[tuple[str | int, ...], str, str, str]
"""Path, kind, name and subject type of an outside name in a definition."""


def _names(workflow: Workflow) -> Iterable[Name]:
    for number, row in enumerate(workflow.transitions):
        at, subject = ("transitions", number), row.for_each or workflow.subject
        yield from _citations(at, row.cite)
        yield from _row_names(at, row, subject)
        yield from _use_names(at, row, subject)
    for name, rule in workflow.deadlines.items():
        yield from _deadline_names(("deadlines", name), rule, workflow.subject)
    for name, notice in workflow.notices.items():
        named = [one for one in (*notice.to, *notice.copies) if one not in workflow.fields]
        for one in (*named, *notice.needs):
            yield ("notices", name), "fact", one, workflow.subject


def _row_names(at: tuple[str | int, ...], row: Transition, subject: str) -> Iterable[Name]:
    for i, guard in enumerate(row.guards):
        yield from _guard_names((*at, "guards", i), guard, subject)
    for name, operand in row.sets.items():
        yield from _operand_names((*at, "sets", name), operand, subject)
    for name, spec in row.fields.items():
        if spec.default_from:
            yield (*at, "fields", name), "parameter", spec.default_from, subject
    for name in (*row.effects, *([row.creates] if row.creates else [])):
        yield (*at, "effects"), "effect", name, subject


def _use_names(at: tuple[str | int, ...], row: Transition, subject: str) -> Iterable[Name]:
    """The names in what a row opens, whom it notifies, and when time begins it."""
    for i, use in enumerate(row.opens):
        for operand in use.anchor.latest_of if use.anchor else ():
            yield from _operand_names((*at, "opens", i), operand, subject)
    conditional: dict[str, Sequence[Opens | NoticeUse]] = {
        "opens": row.opens,
        "notices": row.notices,
    }
    for key, uses in conditional.items():
        for i, one in enumerate(uses):
            for guard in one.when:
                yield from _guard_names((*at, key, i), guard, subject)
    for i, told in enumerate(row.notices):
        yield from (((*at, "notices", i), "fact", name, subject) for name in told.to)
    if isinstance(row.time, Yearly):
        yield from _operand_names((*at, "time"), row.time.yearly, subject)


def _deadline_names(at: tuple[str | int, ...], rule: DeadlineRule, subject: str) -> Iterable[Name]:
    yield from _citations(at, rule.cite)
    for operand in rule.anchor.latest_of:
        yield from _operand_names((*at, "anchor"), operand, subject)
    for given in (*rule.length.given, *([rule.cap] if rule.cap else [])):
        yield from _operand_names((*at, "length"), given, subject)
    for i, reminder in enumerate(rule.reminder):
        for one in reminder.to:
            yield (*at, "reminder", i), "fact", one, subject
        for guard in reminder.when:
            yield from _guard_names((*at, "reminder", i), guard, subject)
    for i, guard in enumerate(rule.pause_while):
        yield from _guard_names((*at, "pause_while", i), guard, subject)


def _guard_names(
    path: tuple[str | int, ...],
    guard: Any,  # noqa: ANN401 - Guard
    subject: str,
) -> Iterable[Name]:
    yield from _citations(path, guard.cite)
    if guard.left is LeftKind.FACT:
        yield path, "fact", guard.name, subject
    if guard.left is LeftKind.PREDICATE:
        yield path, "predicate", guard.name, subject
    yield from _operand_names(path, guard.right, subject)


def _citations(path: tuple[str | int, ...], cites: Sequence[str]) -> Iterable[Name]:
    for one in cites:
        yield (*path, "cite"), "citation", one, ""


def _operand_names(
    path: tuple[str | int, ...],
    operand: Any,  # noqa: ANN401 - Operand
    subject: str,
) -> Iterable[Name]:
    if operand.kind is OperandKind.FACT:
        yield path, "fact", operand.name, subject
    if operand.kind is OperandKind.PARAMETER:
        yield path, "parameter", operand.name, subject


def _renamed(document: Document) -> Document:
    """`from` is a word of Python: the models call it `from_`."""

    def walk(value: Any) -> Any:  # noqa: ANN401 - YAML
        if isinstance(value, Mapping):
            return {"from_" if k == "from" else k: walk(one) for k, one in value.items()}
        return [walk(one) for one in value] if isinstance(value, list) else value

    document.values = walk(document.values)
    return document
