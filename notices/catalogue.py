"""Every notice that can be owed: its stages, its urgency, and the values that its texts may use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.definition import Stage
from lifecycle.workdays import OVERDUE_KINDS
from notices.render import LANGUAGES, TEXT_PARTS, names_used, template_name, templates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lifecycle.definition import Workflow
    from lifecycle.registry import Registry

COMMON = frozenset({"case", "subject", "effective_on", "state", "deadline", "due_on", "escalation"})
"""What the engine puts into every notice, whatever its workflow says."""

ADDED = frozenset({"framed", "workflow_label", "duties"})
"""What rendering adds to the values; beside it, `x_label` for any value `x`."""

_LABEL = re.compile(r"_label$")

_DUE, _REMINDER, _OVERDUE, _DONE, _WITHDRAWN = (
    Stage.DUE,
    Stage.REMINDER,
    Stage.OVERDUE,
    Stage.DONE,
    Stage.WITHDRAWN,
)
_DUTY = (_DUE, _REMINDER, _OVERDUE, _DONE, _WITHDRAWN)
_DUTY_OPTION = (_DUE, _REMINDER, _DONE, _WITHDRAWN)
_RESULT = (_DUE, _REMINDER, _OVERDUE, _DONE)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of the catalogue."""

    id: str
    stages: tuple[Stage, ...]
    values: frozenset[str]
    """What every workflow that owes it has to give."""
    optional: frozenset[str] = frozenset()
    """What its texts show when the workflow gives it."""
    urgent: bool = False
    """Whether it goes out at once when nobody says otherwise."""

    @property
    def names(self) -> frozenset[str]:
        """Every name that its templates may use, without labels."""
        return self.values | self.optional | COMMON


def _notice(
    name: str, stages: tuple[Stage, ...], values: str, optional: str = "", *, urgent: bool = False
) -> Notice:
    return Notice(name, stages, frozenset(values.split()), frozenset(optional.split()), urgent)


_CRITERIA = "leading_team member_ranks working_mechanism development_results public_response"

CATALOGUE: dict[str, Notice] = {
    one.id: one
    for one in (
        _notice("N1", (_DUE,), "organization_name kind priority counted threshold full_time"),
        _notice("N2", (_DUE, _DONE), "organization_name", "stage_date stage_on"),
        _notice("N3", (_DUE, _DONE), "organization_name missing_components work_stage_on"),
        _notice("N4", (_DUE,), "", "programme_stage as_of rows"),
        _notice("N5", _RESULT, "organization_name", "body affiliated_body_name route D4 D28"),
        _notice("N6", _RESULT, "organization_name occasion D13 inspection_year"),
        _notice("N7", _DUTY, "organization_name formal_full_members D5 D16"),
        _notice("N8", _DUTY_OPTION, "organization_name served joint_basis joint_limit D31"),
        _notice("N9", _DUTY, "organization_name", "surname D6 D27"),
        _notice("N10", _DUTY, "organization_name members_counted D5 D7"),
        _notice("N11", _DUTY, "surname organization_name D8 D29"),
        _notice("N12", _DUTY, "surname organization_name D9 D10"),
        _notice("N13", (_REMINDER, _OVERDUE, _DONE), "organization_name", "route D25"),
        _notice(
            "N14",
            (_DUE, _OVERDUE, _DONE, _WITHDRAWN),
            "organization_name",
            "planned_notice_on superior_consent_on unit_consent_on refused_by",
            urgent=True,
        ),
        _notice("N15", _RESULT, "", "unit_name D11 planned_on audience_missing audience"),
        _notice("N16", _RESULT, "organization_name", "inquiry_on"),
        _notice("N17", _RESULT, "organization_name D30"),
        _notice("N18", _RESULT, "", f"body_name organization_name D19 {_CRITERIA}"),
        _notice("N19", _RESULT, "organization_name D12"),
        _notice("N20", (_DUE, _DONE), "organization_name", "requested_cny purpose sum_cny"),
        _notice("N21", _RESULT, "organization_name year members", "amount_cny vouchers_cny D14"),
        _notice("N22", (_DUE,), "surname organization_name reason_code D15 D8 D10", urgent=True),
        _notice("N23", _RESULT, "organization_name body_members D18", urgent=True),
        _notice("N24", (_REMINDER, _OVERDUE, _DONE), "organization_name D17"),
        _notice(
            "N25",
            (_DUE, _DONE, _WITHDRAWN),
            "organization_name",
            "relations_open own_body_in_force",
        ),
        _notice("N26", (_DUE,), "", "as_of files rows options"),
    )
}
"""The notices of the rulebook (B.7) that the workflows in force use."""


def check_catalogue(registry: Registry) -> tuple[str, ...]:
    """Every way in which workflows, catalogue and templates do not fit; empty when all is well."""
    complaints = list(_template_complaints())
    for book in registry.rulebooks.values():
        complaints += _workflow_complaints(book.workflow)
    return tuple(dict.fromkeys(complaints))


def owed_stages(workflow: Workflow) -> dict[str, set[Stage]]:
    """The notices that a workflow can owe, each with the stages in which it can."""
    owed: dict[str, set[Stage]] = {}
    for row in workflow.transitions:
        for use in row.notices:
            owed.setdefault(use.notice, set()).add(use.stage)
    for rule in workflow.deadlines.values():
        for reminder in rule.reminder:
            stages = owed.setdefault(reminder.notice, set())
            stages.add(Stage.REMINDER)
            if rule.kind in OVERDUE_KINDS:
                stages.add(Stage.OVERDUE)
    return owed


def _workflow_complaints(workflow: Workflow) -> Iterator[str]:
    for name, stages in sorted(owed_stages(workflow).items()):
        notice = CATALOGUE.get(name)
        if notice is None:
            yield f"{workflow.workflow} owes {name}, which the catalogue of notices lacks"
            continue
        for stage in sorted(stages - set(notice.stages)):
            yield f"{workflow.workflow} owes {name} {stage}, a stage that has no template"
        rule = workflow.notices.get(name)
        for value in sorted(notice.values - set(rule.values if rule else ())):
            yield f"{workflow.workflow}: {name} does not carry {value}, which its texts use"


def _template_complaints() -> Iterator[str]:
    present = templates()
    for notice in CATALOGUE.values():
        for stage in notice.stages:
            for language in LANGUAGES:
                for part in TEXT_PARTS:
                    name = template_name(notice.id, stage, language, part)
                    if name not in present:
                        yield f"{name}: the template is missing"
                    else:
                        yield from _stray(name, notice, names_used(name))


def _stray(template: str, notice: Notice, used: Iterable[str]) -> Iterator[str]:
    for name in sorted(used):
        if name not in notice.names | ADDED and _LABEL.sub("", name) not in notice.names:
            yield f"{template} uses {name}, which {notice.id} does not carry"
