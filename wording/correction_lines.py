"""A correction and what follows from it, as an officer reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.cases import Subject
from lifecycle.history import StateSpan, bodies_of, day_of
from wording.rendering import event_label, field_of, finding_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from lifecycle.correcting import Correction
    from lifecycle.correcting.consequences import (
        CaseChange,
        Consequences,
        DeadlinePicture,
        NoticeTold,
    )
    from lifecycle.correcting.reenacting import Impossible
    from wording.teller import Teller
    from workflows.aftermath import Aftermath
    from workflows.indicators.figures import Indicator


def correction_line(teller: Teller, connection: Connection, wanted: Correction) -> str:
    """What is put right: the entry, the day or the values."""
    words = teller.words
    view = teller.work(connection).case(wanted.case_id)
    body = next((one for one in bodies_of(connection, view.id) if one["seq"] == wanted.seq), None)
    workflow = teller.registry.book_of(view.workflow_text_id).workflow
    event = body["event"] if body else ""
    label = event_label(words, workflow, event)
    told = {"entry": f"{view.ref}/{wanted.seq}", "event": words.named(event, label)}
    if body is None or wanted.withdraw:
        return words("correction_withdrawn", **told, on=day_of(body) if body else "")
    parts = []
    if wanted.on is not None:
        parts.append(words("correction_moved", **told, before=day_of(body), after=wanted.on))
    if wanted.fields:
        named = {name: field_of(workflow, name) for name in wanted.fields}
        labels = {name: words.label(one.label) if one else "" for name, one in named.items()}
        fields = words.listed(
            f"{words.named(name, labels[name])} = {value}" for name, value in wanted.fields.items()
        )
        parts.append(words("correction_value", **told, fields=fields))
    return "; ".join(parts)


def consequence_lines(teller: Teller, connection: Connection, found: Consequences) -> Iterator[str]:
    """Cases that come out otherwise, with their deadlines, and the notices concerned."""
    words = teller.words
    yield words("correction_cases" if found.cases else "correction_none")
    names = {
        one.after.subject: teller.subject_name(connection, one.after.subject) for one in found.cases
    }
    for one in found.cases:
        yield "  " + _case_line(teller, one, names[one.after.subject])
        yield from ("      " + line for line in _field_lines(teller, one))
        yield from ("      " + line for line in _deadline_lines(teller, one))
    for key, notices in (("correction_wrong", found.wrong), ("correction_owed", found.owed)):
        if notices:
            yield words(key)
            yield from ("  " + _notice_line(teller, connection, one) for one in notices)


def _case_line(teller: Teller, one: CaseChange, subject: str) -> str:
    words = teller.words
    told = {"ref": one.after.ref, "subject": subject}
    if one.before is None:
        # Its number is given when it is saved: a preview on a server has used up another one.
        told["ref"] = one.after.ref.partition("-")[0]
        return words("correction_new_case", **told, state=_since(teller, one, one.after.spans))
    before, after = _different(one.before.spans, one.after.spans)
    if before or after:
        # Where only something was added, it followed the state that the case was in.
        before = before or list(one.before.spans[-1:])
        return words(
            "correction_state",
            **told,
            before=_since(teller, one, before),
            after=_since(teller, one, after),
        )
    state = _state(teller, one, one.after.state)
    return words("correction_same_state", **told, state=state)


def _different(
    before: Sequence[StateSpan], after: Sequence[StateSpan]
) -> tuple[list[StateSpan], list[StateSpan]]:
    """The states that begin on another day, or are no more, or are new."""
    old = [(one.state, one.from_on) for one in before]
    new = [(one.state, one.from_on) for one in after]
    return (
        [one for one in before if (one.state, one.from_on) not in new],
        [one for one in after if (one.state, one.from_on) not in old],
    )


def _since(teller: Teller, one: CaseChange, spans: Sequence[StateSpan]) -> str:
    words = teller.words
    if not spans:
        return words("correction_no_deadline")
    return words.listed(
        words("correction_since", on=span.from_on, state=_state(teller, one, span.state))
        for span in spans
    )


def _state(teller: Teller, one: CaseChange, state: str) -> str:
    workflow = teller.workflow(one.after.workflow)
    label = workflow.states[state].label if state in workflow.states else None
    return teller.words.named(state, teller.words.label(label) if label else "")


def _field_lines(teller: Teller, one: CaseChange) -> Iterator[str]:
    """What the case remembers otherwise; of a new one everything is new."""
    words, declared = teller.words, teller.workflow(one.after.workflow).fields
    for name, before, after in one.fields() if one.before else ():
        spec = declared.get(name)
        label = words.label(spec.label) if spec else name
        told = (words.value(before), words.value(after))
        yield words("correction_deadline", rule=label, before=told[0], after=told[1])


def _deadline_lines(teller: Teller, one: CaseChange) -> Iterator[str]:
    words, workflow = teller.words, teller.workflow(one.after.workflow)
    for rule, before, after in one.deadlines():
        label = words.label(workflow.deadlines[rule].label)
        yield words(
            "correction_deadline",
            rule=f"{rule} {label}",
            before=_deadline(teller, before),
            after=_deadline(teller, after),
        )


def _deadline(teller: Teller, picture: DeadlinePicture | None) -> str:
    words = teller.words
    if picture is None:
        return words("correction_no_deadline")
    status = words.value(picture.status)
    return words("correction_deadline_is", due=words.dated(picture.due_on), status=status)


def _notice_line(teller: Teller, connection: Connection, one: NoticeTold) -> str:
    words = teller.words
    kind, _, number = one.recipient.partition(":")
    known = number.isdecimal() and teller.subject_name(connection, Subject(kind, int(number)))
    named = known or one.recipient
    stage = words.value(one.stage)
    return words(
        "correction_notice", notice=one.notice, stage=stage, recipient=named, on=one.owed_on
    )


def aftermath_lines(teller: Teller, connection: Connection, after: Aftermath) -> Iterator[str]:
    """Obligations that begin or end, and figures that change."""
    words = teller.words
    if after.owed or after.settled:
        yield words("correction_duties")
        for key, rows in (
            ("correction_duty_new", after.owed),
            ("correction_duty_gone", after.settled),
        ):
            for rule, subject in rows:
                name = teller.subject_name(connection, subject)
                yield "  " + words(key, rule=rule, subject=name)
    if after.figures:
        yield words("correction_figures")
        for old, new in after.figures:
            yield "  " + words(
                "correction_figure",
                id=new.id,
                label=words.label(new.label),
                before=_figure(old),
                after=_figure(new),
            )


def _figure(figure: Indicator) -> str:
    if figure.denominator is None:
        return str(figure.numerator)
    return f"{figure.numerator}/{figure.denominator}"


def refused_lines(
    teller: Teller, connection: Connection, impossible: Sequence[Impossible]
) -> Iterator[str]:
    """The steps that could not have been taken, each with what would be missing."""
    words = teller.words
    yield words("correction_refused")
    for one in impossible:
        book = teller.book(one.ref.partition("-")[0])
        view = teller.work(connection).case(teller.case_id(connection, one.ref))
        scene = teller.scene(connection, view)
        label = event_label(words, book.workflow, one.event)
        yield "  " + words(
            "correction_step",
            ref=one.ref,
            seq=one.seq,
            event=words.named(one.event, label),
            on=one.on,
            state=scene.state(one.state),
        )
        for finding in one.findings:
            if not finding.met:
                yield "      " + finding_line(scene, finding)
