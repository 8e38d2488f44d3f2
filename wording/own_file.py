"""A person's own file in the reader's language, as text that can be printed and handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.access import SYSTEM
from lifecycle.cases import Subject
from lifecycle.moments import ZONE, local_day
from wording.citations import cited
from wording.rendering import event_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from lifecycle.definition import Workflow
    from wording.teller import Teller
    from workflows.own_file import Held, OwnCase, OwnEntry, OwnFile, OwnNotice


def own_file_lines(teller: Teller, connection: Connection, file: OwnFile) -> list[str]:
    """The whole file, one line of text each; a blank line before every part."""
    words = teller.words
    parts = {
        "own_identity": [_identity(teller, one) for one in file.identities],
        "own_held": [_held(teller, one) for one in file.held],
        "own_notices": [_notice(teller, connection, one) for one in file.notices],
        "own_waiting": [_pairs(teller, None, "", one) for one in file.waiting],
        "own_mentions": [words("own_mention", entry=ref, text=text) for ref, text in file.mentions],
    }
    lines = [words("own_head", person=f"{file.person.type}:{file.person.id}", clause="E31")]
    for key in ("own_identity", "own_held"):
        lines += _part(teller, key, parts[key])
    for one in file.cases:
        lines += _case(teller, one)
    for key in ("own_notices", "own_waiting", "own_mentions"):
        lines += _part(teller, key, parts[key])
    if file.shared_name:
        lines += ["", words("own_shared")]
    return [*lines, "", words("own_rights")]


def _part(teller: Teller, key: str, lines: list[str]) -> list[str]:
    told = lines or [teller.words("own_nothing")]
    return ["", teller.words(key), *(f"  {one}" for one in told)]


def _identity(teller: Teller, one: Any) -> str:  # noqa: ANN401 - an identity
    words = teller.words
    return words(
        "own_person",
        number=one.number,
        name=one.name,
        born=words.value(one.birth_on),
        admitted=words.value(one.admitted_on),
    )


def _held(teller: Teller, one: Held) -> str:
    words = teller.words
    value = words.value(one.value) if one.value else ""
    told = words(
        "own_row",
        what=" ".join(
            part for part in (words.section("own_tables")[one.table], value, one.place) if part
        ),
        since=one.from_on,
        until=one.until_on or words("own_open"),
    )
    return told if one.stands else f"{told} {words('own_corrected')}"


def _case(teller: Teller, one: OwnCase) -> Iterator[str]:
    """A case with its entries and deadlines."""
    words, view = teller.words, one.view
    workflow = teller.registry.book_of(view.workflow_text_id).workflow
    yield ""
    yield words(
        "own_case",
        ref=view.ref,
        workflow=words.label(workflow.label),
        state=words.label(workflow.states[view.state].label),
        opened=view.state_since_on,
    )
    for entry in one.entries:
        yield f"  {_entry(teller, workflow, entry)}"
    for row in view.deadlines:
        yield "  " + words(
            "own_deadline",
            rule=row.rule,
            label=words.label(workflow.deadlines[row.rule].label),
            due=row.due_on,
            status=words.value(row.status.value),
        )


def _entry(teller: Teller, workflow: Workflow, one: OwnEntry) -> str:
    words = teller.words
    told = words(
        "own_entry",
        ref=one.reference,
        on=one.on,
        event=event_label(words, workflow, one.event) or one.event,
        who=words("by_system") if one.actor == SYSTEM.id else one.actor,
        at=f"{one.recorded_at.astimezone(ZONE):%Y-%m-%d %H:%M}",
        clause=cited(one.cite, words("practice")),
    )
    values = _pairs(teller, workflow, one.event, one.values)
    return f"{told}: {values}" if values else told


def _pairs(teller: Teller, workflow: Workflow | None, event: str, values: Mapping[str, Any]) -> str:
    """Values with their labels; those that nobody entered are left out."""
    words = teller.words
    rows = [row for row in workflow.transitions if row.event == event] if workflow else []
    specs = {name: spec for row in rows for name, spec in row.fields.items()}
    own = words.section("own_columns")
    told = []
    for name, value in values.items():
        spec = specs.get(name)
        label = words.label(spec.label) if spec else own.get(name, name)
        choice = spec.choices.get(str(value)) if spec else None
        if value is not None:
            told.append(f"{label} {words.label(choice) if choice else words.value(value)}")
    return "; ".join(told)


def _notice(teller: Teller, connection: Connection, one: OwnNotice) -> str:
    words = teller.words
    kind, _, number = one.recipient.partition(":")
    known = number.isdecimal() and kind in {"unit", "organization", "party_body"}
    whom = teller.subject_name(connection, Subject(kind, int(number))) if known else ""
    return words(
        "own_notice",
        case=one.case,
        notice=one.notice,
        stage=words.value(one.stage),
        owed=one.owed_on,
        recipient=whom or one.recipient,
        sent=words("own_sent", on=local_day(one.sent_at)) if one.sent_at else words("own_unsent"),
        subject=one.subject,
    ).strip()
