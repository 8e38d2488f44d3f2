"""The form of an event, made from what its definition asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lifecycle.definition import FieldType
from lifecycle.waiving import WAIVED, WAIVER_FIELDS, waivable
from web.typed import without_identity_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lifecycle.cases import CaseView
    from lifecycle.definition import Field_, Transition
    from lifecycle.work import Work
    from web.sitting import Sitting

WIDGETS: Final[Mapping[FieldType, str]] = {
    FieldType.TEXT: "text",
    FieldType.REFERENCE: "reference",
    FieldType.DATE: "date",
    FieldType.COUNT: "number",
    FieldType.YES_NO: "choice",
    FieldType.CHOICE: "choice",
    FieldType.ID: "named",
    FieldType.ID_LIST: "named",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form."""

    name: str
    label: str
    widget: str
    required: bool
    value: str
    choices: tuple[tuple[str, str], ...]
    hint: str
    personal: bool


def inputs_of(
    work: Work, sitting: Sitting, view: CaseView, event: str, typed: Mapping[str, str]
) -> list[Input]:
    """The fields of an event from the case's state, with what has been typed or is usual.

    What may be an identity number is not shown again.
    """
    typed = without_identity_numbers(typed)
    book = work.registry.book_of(view.workflow_text_id)
    if event == WAIVED:
        made = _inputs(work, sitting, dict(WAIVER_FIELDS), view.unit_id, typed)
        labels = {
            guard.id: sitting.teller.words.label(book.vocabulary.label_of(guard))
            for row in book.workflow.exits(view.state)
            for guard in row.guards
            if guard.override
        }
        choices = tuple((one, labels[one]) for one in waivable(book, view))
        return [_replace_choices(one, choices) if one.name == "guard" else one for one in made]
    # Where the case has moved on meanwhile, what was typed is still shown.
    elsewhere = [one for one in book.workflow.transitions if one.event == event]
    rows = book.workflow.rows(view.state, event) or elsewhere
    return inputs_of_rows(work, sitting, rows, view.unit_id, typed)


def inputs_of_rows(
    work: Work,
    sitting: Sitting,
    rows: Iterable[Transition],
    unit_id: int | None,
    typed: Mapping[str, str],
) -> list[Input]:
    """The fields of those of the rows that people record, for something that the unit has."""
    specs: dict[str, Field_] = {}
    for row in rows:
        if row.by_person:
            specs |= {name: _wider(specs.get(name), one) for name, one in row.fields.items()}
    return _inputs(work, sitting, specs, unit_id, typed)


def _inputs(
    work: Work,
    sitting: Sitting,
    specs: Mapping[str, Field_],
    unit_id: int | None,
    typed: Mapping[str, str],
) -> list[Input]:
    parameters = work.registry.policy.at(work.today, unit_id)
    made = []
    for name, spec in specs.items():
        usual: Any = parameters[spec.default_from] if spec.default_from else spec.default
        made.append(_input(sitting, name, spec, typed.get(name, _plain(usual))))
    return made


def _wider(known: Field_ | None, spec: Field_) -> Field_:
    """A field of several rows offers the choices of each."""
    if known is None or not spec.choices:
        return spec
    return spec.model_copy(update={"choices": {**known.choices, **spec.choices}})


def _replace_choices(one: Input, choices: Sequence[tuple[str, str]]) -> Input:
    return Input(
        one.name, one.label, "choice", one.required, one.value, tuple(choices), "", one.personal
    )


def _plain(value: Any) -> str:  # noqa: ANN401 - any field's value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _input(sitting: Sitting, name: str, spec: Field_, value: str) -> Input:
    words = sitting.teller.words
    if spec.type is FieldType.YES_NO:
        choices: tuple[tuple[str, str], ...] = (("true", words("yes")), ("false", words("no")))
    else:
        choices = tuple((key, words.label(one)) for key, one in spec.choices.items())
    hint = ""
    if spec.refers_to:
        several = spec.type is FieldType.ID_LIST
        hint = words("hint_several" if several else f"hint_{spec.refers_to}")
    elif spec.is_personal or spec.type is FieldType.TEXT:
        hint = words("hint_text")
    return Input(
        name=name,
        label=words.label(spec.label),
        widget=WIDGETS[spec.type],
        required=spec.required,
        value=value,
        choices=choices,
        hint=hint,
        personal=spec.is_personal,
    )
