"""One case as a page shows it: where it stands, what can be done and why not, what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from json import loads
from typing import TYPE_CHECKING, Any

from lifecycle import engine
from lifecycle.access import ACTING, ActorSource, Role
from lifecycle.accounts.people import names_by_login
from lifecycle.caseload.holding import Holder, holder_of
from lifecycle.cases import BY_TIME_OR_RULE, EntryKind, Subject
from lifecycle.definition import SAME
from lifecycle.store import queries
from lifecycle.waiving import WAIVED, waivable
from web.views.recipients import recipients_named
from web.views.sights import case_sight
from wording.citations import cited
from wording.rendering import finding_line, light, reconciled, value_of
from workflows.files import organization_of
from workflows.naming import name_seen, names_of
from workflows.remarks import LOOKS, Remark, remarks_on
from workflows.subjects import UNIT
from workflows.visibility import PERSON_TYPES, Sight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from lifecycle.cases import CaseView, DeadlineView
    from lifecycle.guards import Finding
    from lifecycle.history import Body
    from lifecycle.store.hot import Record
    from lifecycle.work import Work
    from web.sitting import Sitting
    from wording.rendering import Scene
    from wording.words import Words


@dataclass(frozen=True, slots=True)
class Action:
    """An event that can follow: whether the reader may record it, and everything that it lacks."""

    event: str
    label: str
    roles: str
    targets: str
    mine: bool
    """The reader holds one of the roles that record it."""
    open: bool
    """Nothing is missing but what its form asks for."""
    missing: tuple[str, ...]
    met: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of the timeline."""

    ref: str
    seq: int
    on: str
    at: datetime
    what: str
    state: str
    who: str
    """Login names, for programs."""
    called: str
    """The names of their accounts, for readers."""
    clause: str
    system: bool
    taken_back_by: str
    fields: tuple[tuple[str, str], ...]
    can_be_corrected: bool


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A deadline with its light."""

    id: int
    rule: str
    label: str
    due: str
    light: str
    status: str
    provisional: bool
    running: bool


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a case through its workflow: where it came from, stands, and can go."""

    past: tuple[str, ...]
    now: str
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything on the page of a case."""

    view: CaseView
    workflow: str
    subject: str
    about: str
    """The page of what the case is about, or of the organization around it."""
    person_id: int | None
    """Whose file it is: opening it is noted."""
    unit: str
    state: str
    since: str
    version: str
    closed: str
    fields: tuple[tuple[str, str], ...]
    way: Way
    deadlines: tuple[DeadlineRow, ...]
    actions: tuple[Action, ...]
    timeline: tuple[Row, ...]
    notices: tuple[dict[str, Any], ...]
    remarks: Sequence[Remark]
    holder: Holder | None
    waivable: tuple[str, ...]


def case_page(work: Work, sitting: Sitting, view: CaseView) -> CasePage:
    """The page of a case that is in sight."""
    connection, teller = work.connection, sitting.teller
    scene = sitting.scene(connection, view)
    unit = Subject(UNIT, view.unit_id or 0)
    names = names_of(connection, [unit])
    sight, person_id = case_sight(connection, sitting, view)
    entries = [row for row in queries.timeline(connection, view.id) if row["event"] not in LOOKS]
    words = teller.words
    return CasePage(
        view=view,
        workflow=words.label(scene.workflow.label),
        subject=name_seen(connection, view.subject, sight),
        about=page_about(connection, view.subject, person_id),
        person_id=person_id,
        unit=names.get(unit, words("unit_none")),
        state=words.label(scene.workflow.states[view.state].label),
        since=str(view.state_since_on or ""),
        version=scene.workflow.version,
        closed=str(view.closed_on or ""),
        fields=tuple(field_pairs(scene, view.fields, scene.workflow.fields)),
        way=_way(scene, view, entries),
        deadlines=tuple(deadline_rows(sitting, scene, view)),
        actions=() if view.closed_on else tuple(actions(work, sitting, scene, view)),
        timeline=tuple(_rows(scene, sitting, view, entries, names_of_actors(connection, entries))),
        notices=tuple(_notices(connection, sitting, scene, view)),
        remarks=remarks_shown(connection, view, words, sight),
        holder=holder_of(connection, view.id),
        waivable=tuple(_waivable(work, sitting, view)),
    )


def page_about(connection: Connection, subject: Subject, person_id: int | None) -> str:
    """The address of the file of what a case is about; empty where it has none."""
    if person_id is not None:
        return f"/people/{person_id}"
    number = organization_of(connection, subject)
    return "" if number is None else f"/organizations/{number}"


def field_pairs(scene: Scene, fields: Any, specs: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """What is recorded, with its labels."""
    for name, value in fields.items():
        if value is not None:
            label = scene.words.label(specs[name].label) if name in specs else name
            yield label, value_of(scene, name, value)


def _way(scene: Scene, view: CaseView, entries: Sequence[Record]) -> Way:
    """The states that living entries led through, and those to which people or rules lead on."""
    gone = {seq for row in entries for seq in row["supersedes"]}
    past: list[str] = []
    for row in entries:
        if row["seq"] not in gone and (not past or past[-1] != row["to_state"]):
            past.append(row["to_state"])
    if past and past[-1] == view.state:
        past.pop()
    onward = dict.fromkeys(
        row.target
        for row in scene.workflow.exits(view.state)
        if row.target not in {SAME, view.state}
    )
    label = _state_label(scene)
    return Way(tuple(map(label, past)), label(view.state), tuple(map(label, onward)))


def _state_label(scene: Scene) -> Any:  # noqa: ANN401 - a function of a state
    def label(state: str) -> str:
        return scene.words.label(scene.workflow.states[state].label)

    return label


def deadline_rows(sitting: Sitting, scene: Scene, view: CaseView) -> Iterator[DeadlineRow]:
    """The deadlines of a case, the running ones first."""
    ordered = sorted(view.deadlines, key=lambda one: (not one.is_running, one.due_on, one.id))
    for row in ordered:
        yield _deadline_row(sitting, scene, row)


def _deadline_row(sitting: Sitting, scene: Scene, row: DeadlineView) -> DeadlineRow:
    words = scene.words
    rest = sitting.teller.registry.rest_days
    return DeadlineRow(
        id=row.id,
        rule=row.rule,
        label=words.label(scene.workflow.deadlines[row.rule].label),
        due=words.dated(row.due_on),
        light=light(words, row.kind, row.status.value, row.due_on, sitting.today, rest),
        status=words.value(row.status.value),
        provisional=row.provisional,
        running=row.is_running,
    )


def actions(work: Work, sitting: Sitting, scene: Scene, view: CaseView) -> Iterator[Action]:
    """Every event that somebody can record from here: the reader's own first."""
    book = work.registry.book_of(view.workflow_text_id)
    rows = [row for row in book.workflow.exits(view.state) if row.by_person]
    # Read at once: event by event each would be a round trip.
    work.read(view.subject, book.facts_for(rows), work.today)
    found = [
        _action(scene, sitting, view, event, findings)
        for event, findings in engine.explain(work, view.id)
    ]
    yield from sorted(found, key=lambda one: (not one.mine, not one.open))


def _action(
    scene: Scene, sitting: Sitting, view: CaseView, event: str, findings: Sequence[Finding]
) -> Action:
    rows = scene.rows(view.state, event)
    roles = list(dict.fromkeys(role for row in rows for role in row.by))
    states = dict.fromkeys(view.state if row.target == SAME else row.target for row in rows)
    known = reconciled(findings)
    in_form = [one for one in known if not one.met and is_for_form(one)]
    told = [one for one in known if one not in in_form]
    targets = {one.target for one in known}
    blocked = {one.target for one in told if not (one.met or one.advisory)}
    is_open = not targets or bool(targets - blocked)
    if is_open:
        # Where one way is open, what the others lack is no reason against the step.
        told = [one for one in told if one.target not in blocked]
    held = sitting.seat.roles_at(view.unit_id)
    return Action(
        event=event,
        label=scene.words.label(rows[0].label),
        roles="/".join(scene.words.role(one) for one in roles),
        targets=" / ".join(scene.words.label(scene.workflow.states[one].label) for one in states),
        mine=bool(held & set(roles)) or (not roles and bool(held & ACTING)),
        open=is_open,
        missing=_lines(scene, [one for one in told if not one.met], roles),
        met=_lines(scene, [one for one in told if one.met], roles),
    )


def is_for_form(finding: Finding) -> bool:
    """Whether filling in the form is all that it takes."""
    return finding.kind == "field" or set(finding.supplied_by) == {"form"}


def _lines(scene: Scene, findings: Sequence[Finding], roles: Sequence[str]) -> tuple[str, ...]:
    """Findings in words; two that read alike, such as the ends of a span, are said once."""
    return tuple(dict.fromkeys(finding_line(scene, one, roles) for one in findings))


def names_of_actors(connection: Connection, entries: Sequence[Record]) -> dict[str, str]:
    """What to call who recorded the entries, and for whom they acted."""
    actors = [loads(bytes(row["body"]))["actor"] for row in entries]
    return names_by_login(connection, {one[part] or "" for one in actors for part in ("id", "for")})


def remarks_shown(
    connection: Connection, view: CaseView, words: Words, sight: Sight
) -> list[Remark]:
    """The remarks on a case, with the names of those who made them.

    What is said of a person is read by those alone who see the name (rulebook F11).
    """
    found = remarks_on(connection, view)
    names = names_by_login(connection, {one.who for one in found}) if found else {}
    told = [replace(one, who=names.get(one.who, one.who)) for one in found]
    if view.subject.type not in PERSON_TYPES or sight is Sight.NAMED:
        return told
    return [replace(one, text=words("text_hidden") if one.text else "") for one in told]


def _who(words: Words, actor: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Who acted, and for whom: by name where there is an account."""
    who, absent = actor["id"], actor["for"]
    if not absent:
        return names.get(who, str(who))
    return words("acting_for", who=names.get(who, who), absent=names.get(absent, absent))


def _rows(
    scene: Scene,
    sitting: Sitting,
    view: CaseView,
    entries: Sequence[Record],
    names: Mapping[str, str],
) -> Iterator[Row]:
    """The entries of the case, the latest first."""
    words = scene.words
    taken_back = {seq: row["seq"] for row in entries for seq in row["supersedes"]}
    for row in reversed(entries):
        body = loads(bytes(row["body"]))
        by_rule = row["kind"] in {EntryKind.AUTOMATIC, EntryKind.TIME, EntryKind.DEADLINE}
        by_system = by_rule or body["actor"]["source"] == ActorSource.SYSTEM
        by = taken_back.get(row["seq"])
        system = words("by_system") if by_system else ""
        specs = {
            name: spec for each in scene.workflow.transitions for name, spec in each.fields.items()
        }
        yield Row(
            ref=f"{view.ref}/{row['seq']}",
            seq=row["seq"],
            on=str(row["effective_on"]),
            at=row["recorded_at"],
            what=scene.event(row["event"]),
            state=words.label(scene.workflow.states[row["to_state"]].label),
            who=system or _who(words, body["actor"], {}),
            called=system or _who(words, body["actor"], names),
            clause=cited(body["cite"], words("practice")),
            system=by_system,
            taken_back_by=f"{view.ref}/{by}" if by else "",
            fields=tuple(field_pairs(scene, body["fields"], specs)),
            can_be_corrected=not by and _is_said(body) and sitting.may(*ACTING),
        )


def _is_said(body: Body) -> bool:
    """Whether somebody said it: what lists, rules and time wrote follows from elsewhere."""
    unsaid = {*BY_TIME_OR_RULE, EntryKind.TAKEN_OVER, EntryKind.ERASED}
    return body["kind"] not in unsaid and body["actor"]["source"] != ActorSource.SYSTEM


def _notices(
    connection: Connection, sitting: Sitting, scene: Scene, view: CaseView
) -> Iterator[dict[str, Any]]:
    words = scene.words
    found = queries.list_notices(connection, sitting.scope, case_id=view.id, limit=20)
    named = recipients_named(connection, sitting, {row["recipient"] for row in found})
    for row in found:
        rule = scene.workflow.notices.get(row["notice"])
        yield {
            "id": row["id"],
            "notice": row["notice"],
            "label": words.label(rule.label) if rule else "",
            "stage": words.value(row["stage"]),
            "recipient": named[row["recipient"]],
            "owed": str(row["owed_on"]),
            "status": words.value(row["status"]),
        }


def _waivable(work: Work, sitting: Sitting, view: CaseView) -> Sequence[str]:
    """The conditions that the reader, as an approver, may set aside."""
    if view.closed_on or Role.APPROVER not in sitting.seat.roles_at(view.unit_id):
        return ()
    return waivable(work.registry.book_of(view.workflow_text_id), view)


__all__ = ["WAIVED", "Action", "CasePage", "case_page"]
