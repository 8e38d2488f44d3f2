"""Strict YAML to `Workflow`: every complaint at once, each with its file, line and nearest name."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from lifecycle.conditions import PARAMETER, Guard, LeftKind, Operand, OperandKind
from lifecycle.definition import OPENING, SAME, NoticeUse, Opens, Recorded, Transition, Workflow
from lifecycle.errors import Complaint, DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

_INTEGER = re.compile(r"^[-+]?(0|[1-9]\d*)$")
_FLOAT = re.compile(r"^[-+]?\d+\.\d*$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_LOOSE_BOOLEANS = frozenset({"yes", "no", "on", "off", "y", "n"})

M = TypeVar("M", bound=BaseModel)
Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """A YAML text as plain values, with the line of every key and value."""

    file: str
    values: Any
    lines: dict[Path_, int] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)

    def line(self, path: Iterable[str | int]) -> int:
        """The line of the thing at `path`, or of the nearest thing around it that has one."""
        steps = tuple(path)
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)

    def complain(
        self, path: Iterable[str | int], message: str, reason: str = "", **parts: object
    ) -> None:
        """Note a mistake at `path`, of a kind that a command may tell in its own words."""
        steps = tuple(path)
        key = ".".join(str(step) for step in steps) or "(file)"
        complaint = Complaint(self.file, self.line(steps), key, message, reason, parts)
        self.complaints.append(complaint)

    def complained(self, path: Iterable[str | int]) -> bool:
        """Whether there is a complaint about the thing at `path` already."""
        key = ".".join(map(str, path))
        return any(one.key == key for one in self.complaints)

    def raise_complaints(self) -> None:
        """End here when there was any mistake.

        Raises:
            DefinitionError: with all of them.
        """
        if self.complaints:
            raise DefinitionError(sorted(self.complaints, key=lambda one: one.line))


# The loader in C reads in a tenth of the time; not every build of PyYAML has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Document:
    """The values of a YAML file read strictly: no duplicate keys, loose booleans or floats.

    Raises:
        DefinitionError: the text is not YAML at all, or not in UTF-8.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = "this is not UTF-8 text: save the file in the encoding UTF-8"
        raise DefinitionError([Complaint(path.name, line, "(file)", message)]) from error
    return parse_yaml(text, path.name)


def parse_yaml(text: str, file: str) -> Document:
    """As `read_yaml`, from a text that is at hand."""
    document = Document(file, None)
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        complaint = Complaint(file, line, "(yaml)", str(error.problem), "yaml")
        raise DefinitionError([complaint]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"the character {error.character!r} is not text"
        raise DefinitionError([Complaint(file, line, "(yaml)", message, "yaml")]) from error
    if root is None:
        raise DefinitionError([Complaint(file, 1, "(file)", "the file is empty", "empty")])
    document.values = _value(document, root, ())
    return document


def load_model(document: Document, model: type[M]) -> M:
    """The document as a `model`.

    Raises:
        DefinitionError: every mistake in shape, with lines and nearest known keys.
    """
    try:
        loaded = model.model_validate(document.values)
    except ValidationError as error:
        unreadable = {one.line for one in document.complaints}
        for one in error.errors():
            path = tuple(step for step in one["loc"] if step in _known_steps(document, one["loc"]))
            # What the reading itself has complained about is empty here and not to be told twice.
            if document.complained(path):
                continue
            if one["input"] is None and document.line(path) in unreadable:
                continue
            reason, parts = _kind(model, one)
            document.complain(path or one["loc"][:1], _sentence(model, one), reason, **parts)
        document.raise_complaints()
        raise
    document.raise_complaints()
    return loaded


def load_workflow(
    path: Path, *vocabularies: Callable[[Workflow, Document], None]
) -> tuple[Workflow, Document]:
    """The workflow in a file, and the document for complaints about the names in it.

    Args:
        path: the file.
        vocabularies: each notes the names that stand for something outside the definition and
            that nothing outside has.

    Raises:
        DefinitionError: every mistake in it.
    """
    document = read_yaml(path)
    workflow = load_model(document, Workflow)
    for check in (check_names, *vocabularies):
        check(workflow, document)
    document.raise_complaints()
    return workflow, document


def nearest(name: str, known: Iterable[str]) -> str:
    """A half sentence that names the known names closest to `name`."""
    close = _closest(name, known)
    return f"; nearest known: {', '.join(close)}" if close else ""


def _closest(name: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)


def check_names(workflow: Workflow, document: Document) -> None:
    """Notes the states, deadlines, notices and case fields that the definition does not declare."""
    states = workflow.states
    _known(document, ("initial",), workflow.initial, states, "state")
    if workflow.closing_state:
        _known(document, ("closing_state",), workflow.closing_state, states, "state")
    for number, row in enumerate(workflow.transitions):
        _check_row(workflow, document, ("transitions", number), row)
    for name, rule in workflow.deadlines.items():
        for i, reminder in enumerate(rule.reminder):
            path = ("deadlines", name, "reminder", i)
            _known(document, path, reminder.notice, workflow.notices, "notice")
            for guard in reminder.when:
                _check_guard(workflow, document, path, guard, ())
        for i, guard in enumerate(rule.pause_while):
            _check_guard(workflow, document, ("deadlines", name, "pause_while", i), guard, ())


def _check_row(workflow: Workflow, document: Document, at: Path_, row: Transition) -> None:
    targets = [] if row.target == SAME else [row.target]
    sources = [name for name in row.source if name != OPENING]
    recorded = [row.time.recorded] if isinstance(row.time, Recorded) else []
    by_people = {one.event for one in workflow.transitions if one.by_person}
    named: list[tuple[str, Iterable[str], Iterable[str], str]] = [
        ("from", sources, workflow.states, "state"),
        ("to", targets, workflow.states, "state"),
        ("opens", [one.deadline for one in row.opens], workflow.deadlines, "deadline"),
        ("meets", row.meets, workflow.deadlines, "deadline"),
        ("cancels", row.cancels, workflow.deadlines, "deadline"),
        ("lapses", row.lapses, workflow.deadlines, "deadline"),
        ("notices", [use.notice for use in row.notices], workflow.notices, "notice"),
        ("sets", row.sets, workflow.fields, "case field"),
        ("time", [row.time] if isinstance(row.time, str) else [], workflow.deadlines, "deadline"),
        ("time", recorded, workflow.fields, "case field"),
        ("differs_from", filter(None, [row.differs_from]), by_people, "event that people record"),
    ]
    for key, names, known, what in named:
        for name in names:
            _known(document, (*at, key), name, known, what)
    for path, part in _parts_of(at, row):
        guards = part.when if isinstance(part, Opens | NoticeUse) else (part,)
        for guard in guards:
            _check_guard(workflow, document, path, guard, row.fields)
        if isinstance(part, Opens) and part.deadline in workflow.deadlines:
            rule = workflow.deadlines[part.deadline]
            for operand in (*(part.anchor or rule.anchor).latest_of, *rule.length.given):
                _check_operand(workflow, document, path, operand, row.fields)
    for key, operand in row.sets.items():
        _check_operand(workflow, document, (*at, "sets", key), operand, row.fields)


def _parts_of(at: Path_, row: Transition) -> Iterable[tuple[Path_, Guard | Opens | NoticeUse]]:
    """Every part of a row that may hold a condition, with its place."""
    parts: dict[str, Sequence[Guard | Opens | NoticeUse]] = {
        "guards": row.guards,
        "opens": row.opens,
        "notices": row.notices,
    }
    for key, some in parts.items():
        for i, part in enumerate(some):
            yield (*at, key, i), part


def _check_guard(
    workflow: Workflow, document: Document, at: Path_, guard: Guard, fields: Iterable[str]
) -> None:
    """What a guard looks at and compares with, as far as the definition itself declares it."""
    if guard.left is LeftKind.FIELD:
        _known(document, at, guard.name, fields, "field of the event")
    if guard.left is LeftKind.RECORDED:
        _known(document, at, guard.name, workflow.fields, "case field")
    if guard.left is LeftKind.DEADLINE:
        _known(document, at, guard.name, workflow.deadlines, "deadline")
    _check_operand(workflow, document, at, guard.right, fields)


def _check_operand(
    workflow: Workflow, document: Document, at: Path_, operand: Operand, fields: Iterable[str]
) -> None:
    if operand.kind is OperandKind.FIELD:
        _known(document, at, operand.name, fields, "field of the event")
    if operand.kind is OperandKind.RECORDED:
        _known(document, at, operand.name, workflow.fields, "case field")
    if operand.kind is OperandKind.DUE_ON:
        _known(document, at, operand.name, workflow.deadlines, "deadline")


def _known(
    document: Document, path: Path_, name: str, known: Iterable[str] | Mapping[str, Any], what: str
) -> None:
    if name not in known:
        document.complain(path, f"unknown {what} {name!r}{nearest(name, known)}")


def _value(document: Document, node: yaml.Node, path: Path_) -> Any:  # noqa: ANN401
    document.lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_value(document, one, (*path, i)) for i, one in enumerate(node.value)]
    return _scalar(document, node, path)


def _mapping(document: Document, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*path, key)
        if key in read:
            document.lines[here] = key_node.start_mark.line + 1
            document.complain(here, "this key stands here twice", "twice")
            continue
        read[key] = _value(document, value_node, here)
        document.lines[here] = key_node.start_mark.line + 1
    return read


def _scalar(document: Document, node: yaml.Node, path: Path_) -> Any:  # noqa: ANN401
    text = str(node.value)
    if getattr(node, "style", None):  # quoted or a block: text is meant
        return text
    if text in {"true", "false"}:
        return text == "true"
    if text.lower() in _LOOSE_BOOLEANS:
        message = f"{text!r} is neither text nor a boolean: quote it or write true"
        document.complain(path, message, "loose", text=text)
    if text in {"", "null", "~"}:
        return None
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        message = f"{text} is a fraction: quote it when it is a name or a version"
        document.complain(path, message, "fraction", text=text)
    if _DATE.match(text):
        return _day(document, text, path)
    return text


def _day(document: Document, text: str, path: Path_) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        document.complain(path, f"{text} is not a day of the calendar", "no_day", text=text)
        return None


def _known_steps(document: Document, loc: tuple[str | int, ...]) -> set[str | int]:
    """The steps of a pydantic location that stand in the file (others name types)."""
    kept: list[str | int] = []
    for step in loc:
        if (*kept, step) in document.lines:
            kept.append(step)
    return set(kept)


def _sentence(model: type[BaseModel], error: Any) -> str:  # noqa: ANN401 - pydantic's dict
    if error["type"] == "extra_forbidden":
        key = str(error["loc"][-1])
        return f"unknown key {key!r}{nearest(key, _all_keys(model) - {key})}"
    if error["type"] == "missing":
        return f"{error['loc'][-1]!r} is missing"
    given = error.get("input")
    if error["type"] in {"enum", "literal_error"}:
        wanted = str(error["ctx"]["expected"])
        return f"{given!r} is none of {wanted}{nearest(str(given), _QUOTED.findall(wanted))}"
    message = _WANTED.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    shown = f" (found {given!r})" if isinstance(given, str | int | bool) else ""
    return f"{message}{shown}"


def _kind(model: type[BaseModel], error: Any) -> tuple[str, dict[str, object]]:  # noqa: ANN401
    """The kind of a mistake in shape, and what a sentence about it names."""
    key = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        return "unknown_key", {"name": key, "near": _closest(key, _all_keys(model) - {key})}
    if error["type"] == "missing":
        return "missing", {"name": key}
    return f"not_{str(error['type']).partition('_')[0]}", {"found": error.get("input")}


_QUOTED = re.compile(r"'([^']*)'")

_KEYS, _LIST = "keys with their values are wanted here", "a list is wanted here"
_DAY = "a day such as 2026-11-30 is wanted, without quotes"
_WANTED = {
    "string_type": "text is wanted here: put it in quotes",
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
    "int_type": "a whole number is wanted",
    "int_parsing": "a whole number is wanted",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
}
"""What is wanted instead, by pydantic's name of the mistake, where its own sentence is jargon."""


def _all_keys(model: type[BaseModel]) -> set[str]:
    keys: set[str] = set()
    seen: set[type[BaseModel]] = set()
    waiting = [model]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for name, info in one.model_fields.items():
            keys.add(info.alias or name)
            waiting += [part for part in _parts(info.annotation) if part not in seen]
    return keys


def _parts(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - any type expression
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [one for arg in getattr(annotation, "__args__", ()) for one in _parts(arg)]


def is_parameter(name: str) -> bool:
    """Whether `name` has the form of a policy parameter."""
    return PARAMETER.match(name) is not None
