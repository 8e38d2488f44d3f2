"""The form of a correction: what an entry says, and what later steps could say otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from lifecycle.cases import EntryKind
from lifecycle.correcting import Correction
from lifecycle.correcting.steps import ERASED, personal_values, steps_of
from lifecycle.engine import REGISTER
from lifecycle.errors import CaseNotFoundError, CorrectionImpossibleError, CorrectionProblem
from lifecycle.history import bodies_of, day_of
from lifecycle.register import RegisterAct
from web.resolving import resolved_in_sight
from web.views.form import Input, inputs_of
from wording.rendering import event_label, finding_line, value_of
from wording.usage import UsageError
from workflows.remarks import COMMENTED, LOOKS
from workflows.visibility import Sight, sight_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView
    from lifecycle.correcting.reenacting import Impossible
    from lifecycle.history import Body
    from lifecycle.work import Work
    from web.sitting import Sitting

LEAVE, CORRECT, WITHDRAW = "", "correct", "withdraw"
PERSONAL_TABLES: Final = frozenset({"person", "party_status", "formal_relation", "engagement"})


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form says about one entry."""

    ref: str
    seq: int
    version: str = ""
    how: str = CORRECT
    on: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The entry's number."""
        return f"{self.ref}/{self.seq}"

    @property
    def day(self) -> date | None:
        """The day that is typed.

        Raises:
            UsageError: it is no day.
        """
        try:
            return date.fromisoformat(self.on) if self.on else None
        except ValueError:
            raise UsageError("bad_date", text=self.on[:40]) from None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it stands, as far as the reader may see it."""

    view: CaseView
    body: Body
    label: str
    values: Mapping[str, str]
    """What is recorded, as a form shows it."""
    hidden: frozenset[str]
    """Personal values that are there and not shown."""
    told: Mapping[str, str]
    """What is recorded, in words."""
    only_withdrawn: bool
    """What was set aside is not changed, only withdrawn."""


def recorded(work: Work, sitting: Sitting, ref: str, seq: int) -> Recorded:
    """The entry of that number in a case that is in sight.

    Raises:
        CaseNotFoundError: there is no such case, or it is not the reader's.
        CorrectionImpossibleError: there is no such entry, or it says nothing of its own.
    """
    view = sitting.case(work, ref)
    body = _body(work.connection, view, seq)
    words = sitting.teller.words
    workflow = work.registry.book_of(view.workflow_text_id).workflow
    named = sight_at(sitting.seat, view.unit_id) is Sight.NAMED
    is_file = view.workflow == REGISTER
    entered = _listed(work, view, body) if is_file else _said(work, view, body)
    personal = _personal_names(body, entered, is_file=is_file)
    hidden = {name for name in personal if not named or entered.get(name) == ERASED}
    shown = {name: value for name, value in entered.items() if name not in hidden}
    scene = sitting.scene(work.connection, view)
    return Recorded(
        view,
        body,
        event_label(words, workflow, body["event"]) or body["event"],
        {name: _plain(value) for name, value in shown.items()},
        frozenset(hidden),
        {name: value_of(scene, name, value) for name, value in shown.items() if value is not None},
        body["kind"] == EntryKind.WAIVED,
    )


def _body(connection: Connection, view: CaseView, seq: int) -> Body:
    body = next((one for one in bodies_of(connection, view.id) if one["seq"] == seq), None)
    ref = f"{view.ref}/{seq}"
    if body is None or body["event"] in LOOKS:  # who looked is not told, nor that somebody did
        last = f"{view.ref}/{view.version}"
        raise CorrectionImpossibleError(ref, CorrectionProblem.NO_ENTRY, last)
    listed = view.workflow == REGISTER and body["register"]
    if not listed and not steps_of(connection, view.id, [body]):
        taken_over = body["kind"] == EntryKind.TAKEN_OVER
        problem = CorrectionProblem.TAKEN_OVER if taken_over else CorrectionProblem.BY_RULE
        raise CorrectionImpossibleError(ref, problem)
    if body["event"] == COMMENTED:
        raise CorrectionImpossibleError(ref, CorrectionProblem.NOTED)
    return body


def _said(work: Work, view: CaseView, body: Body) -> dict[str, Any]:
    """What somebody said in a case, by field."""
    return dict(steps_of(work.connection, view.id, [body])[0].entered)


def _listed(work: Work, view: CaseView, body: Body) -> dict[str, Any]:
    """What an entry of a file put into the register, by table and column."""
    secret = personal_values(work.connection, view.id, [body]).get(body["seq"], {})
    found: dict[str, Any] = {}
    for number, one in enumerate(body["register"]):
        if one["act"] == RegisterAct.PUT:
            prefix = f"register.{number}."
            own = {n.removeprefix(prefix): v for n, v in secret.items() if n.startswith(prefix)}
            values = {**one["values"], **own}
            found |= {f"{one['table']}.{column}": value for column, value in values.items()}
    return found


def _personal_names(body: Body, entered: Mapping[str, Any], *, is_file: bool) -> set[str]:
    """The names of the values that are about a person."""
    if not is_file:
        fields = {one.removeprefix("field.") for one in body["personal"]}
        return fields & set(entered)
    tables = [one["table"] for one in body["register"]]
    places = [one.split(".", 2) for one in body["personal"] if one.startswith("register.")]
    committed = {f"{tables[int(number)]}.{column}" for _, number, column in places}
    about = {name for name in entered if name.partition(".")[0] in PERSONAL_TABLES}
    return committed | about


def _plain(value: Any) -> str:  # noqa: ANN401 - any recorded value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def inputs_for(work: Work, sitting: Sitting, was: Recorded, typed: Typed | None) -> list[Input]:
    """The fields of the entry with what is recorded, or with what has been typed instead."""
    if was.only_withdrawn:
        return []
    given = {} if typed is None else typed.fields
    if was.view.workflow == REGISTER:
        names = sorted({*was.values, *was.hidden})
        made = [
            Input(one, sitting.teller.words.value(one.partition(".")[2]), "text_line", False, "", (), "", one in was.hidden)  # noqa: E501, FBT003
            for one in names
        ]  # fmt: skip
    else:
        then = replace(was.view, state=was.body["from"] or was.view.state)
        made = inputs_of(work, sitting, then, was.body["event"], {})
    return [_with_recorded(sitting, one, was, given) for one in made]


def _with_recorded(sitting: Sitting, one: Input, was: Recorded, given: Mapping[str, str]) -> Input:
    words = sitting.teller.words
    value = given.get(one.name, was.values.get(one.name, ""))
    hint = ""
    if one.name in was.hidden:
        hint = words("correct_hidden")
    elif one.name in was.told and (one.widget == "named" or value != was.values[one.name]):
        hint = words("correct_was", value=was.told[one.name])
    return replace(one, value=value, hint=hint or one.hint, required=False)


def correction_of(work: Work, sitting: Sitting, was: Recorded, typed: Typed) -> Correction:
    """What the form asks for: only what differs from what is recorded."""
    if typed.how == WITHDRAW:
        return Correction(was.view.id, was.body["seq"], withdraw=True)
    day = typed.day
    changed = {
        name: text
        for name, text in typed.fields.items()
        if text.replace("\r\n", "\n") != was.values.get(name, "")
        and (text or name not in was.hidden)
    }
    if was.view.workflow != REGISTER:
        book = work.registry.book_of(was.view.workflow_text_id)
        rows = [one for one in book.workflow.transitions if one.event == was.body["event"]]
        changed = resolved_in_sight(work.connection, sitting, rows, changed)
    on = None if day == day_of(was.body) else day
    return Correction(was.view.id, was.body["seq"], on, changed)


@dataclass(frozen=True, slots=True)
class Later:
    """A later step that could not have been taken, and what could be said of it instead."""

    key: str
    head: str
    findings: tuple[str, ...]
    own: bool
    """It is the very entry that is being corrected: its form stands above."""
    version: int
    how: str
    on: str
    inputs: tuple[Input, ...]


def later_steps(
    work: Work,
    sitting: Sitting,
    main: str,
    impossible: Sequence[Impossible],
    also: Sequence[Typed],
) -> tuple[list[Later], int]:
    """The steps that are in the way or put right too; and how many lie outside the reader's units.

    Args:
        work: a reading unit of work.
        sitting: who reads.
        main: number of the entry that is being corrected.
        impossible: the steps that the correction makes impossible.
        also: what the form says already about other entries.
    """
    typed = {one.key: one for one in also}
    against = {f"{one.ref}/{one.seq}": one for one in impossible}
    found, outside = [], 0
    for key in dict.fromkeys([*against, *typed]):
        ref, _, seq = key.rpartition("/")
        try:
            sitting.case(work, ref)
        except CaseNotFoundError:
            # Of what only the form names it is not told whether there is such a case at all.
            outside += key in against
            continue
        was = recorded(work, sitting, ref, int(seq))
        found.append(_later(work, sitting, was, main, against.get(key), typed.get(key)))
    return found, outside


def _later(
    work: Work,
    sitting: Sitting,
    was: Recorded,
    main: str,
    step: Impossible | None,
    typed: Typed | None,
) -> Later:
    words = sitting.teller.words
    scene = sitting.scene(work.connection, was.view)
    key = f"{was.view.ref}/{was.body['seq']}"
    inputs = [
        replace(one, name=f"{key}:{one.name}") for one in inputs_for(work, sitting, was, typed)
    ]
    lines = []
    if step is not None:
        lines.append(words("correct_state_then", state=_state(sitting, was.view, step.state)))
        lines += [finding_line(scene, one) for one in step.findings if not one.met]
    return Later(
        key,
        words("correct_step", entry=key, event=was.label, on=day_of(was.body)),
        tuple(lines),
        key == main,
        was.view.version,
        typed.how if typed else LEAVE,
        (typed.on if typed else "") or day_of(was.body).isoformat(),
        tuple(inputs),
    )


def _state(sitting: Sitting, view: CaseView, state: str) -> str:
    states = sitting.teller.registry.book_of(view.workflow_text_id).workflow.states
    return sitting.teller.words.label(states[state].label) if state in states else state
