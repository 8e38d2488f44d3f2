"""Catalogue, templates and workflows fit together, and say so when they do not."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

import workflows
from lifecycle.definition import NoticeRule, Reminder, Stage
from notices import catalogue
from notices.catalogue import CATALOGUE, check_catalogue, owed_stages
from notices.render import RenderError, names_used, render

if TYPE_CHECKING:
    from lifecycle.registry import Registry

LAW = workflows.load_all()


def with_workflow(**changes: object) -> Registry:
    """A registry of one workflow: member relations, changed."""
    workflow = LAW.book("member_relation").workflow.model_copy(update=changes)
    book = SimpleNamespace(workflow=workflow)
    return cast("Registry", SimpleNamespace(rulebooks={"member_relation": book}))


def test_the_law_that_ships_fits() -> None:
    assert check_catalogue(LAW) == ()


def test_reminders_are_owed_by_deadlines() -> None:
    owed = owed_stages(LAW.book("member_relation").workflow)

    assert {Stage.REMINDER, Stage.OVERDUE, Stage.DUE, Stage.DONE, Stage.WITHDRAWN} == owed["N11"]


def test_a_notice_that_nobody_has_written_is_named() -> None:
    rule = LAW.book("member_relation").workflow.deadlines["D8"]
    unknown = {"reminder": (Reminder(notice="N99"),)}
    changed = with_workflow(deadlines={"D8": rule.model_copy(update=unknown)})

    assert any("N99" in one for one in check_catalogue(changed))


def test_a_stage_without_template_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CATALOGUE, "N11", replace(CATALOGUE["N11"], stages=(Stage.DUE,)))

    assert any("N11 overdue" in one for one in check_catalogue(LAW))


def test_a_value_that_a_workflow_does_not_carry_is_named() -> None:
    rules = dict(LAW.book("member_relation").workflow.notices)
    rules["N12"] = NoticeRule(label=rules["N12"].label, to=("home_branch",), values=("surname",))

    complaints = check_catalogue(with_workflow(notices=rules))

    assert any("N12 does not carry D10" in one for one in complaints)


def test_a_template_that_asks_for_too_much_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    poor = replace(CATALOGUE["N11"], values=frozenset({"surname"}))
    monkeypatch.setitem(CATALOGUE, "N11", poor)

    assert any("uses D29" in one for one in check_catalogue(LAW))


def test_a_missing_template_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "LANGUAGES", ("zh", "fr"))

    assert any("fr/N1.due.txt.j2: the template is missing" in one for one in check_catalogue(LAW))


def test_rendering_what_does_not_exist_is_refused() -> None:
    with pytest.raises(RenderError, match=r"N11\.due"):
        render("N11", Stage.DUE, "fr", {})


def test_an_error_names_no_value() -> None:
    values = {"surname": "王", "organization_name": "门诊部", "D8": 4711}

    with pytest.raises(RenderError) as refused:
        render("N11", Stage.DUE, "zh", values)

    assert "4711" not in str(refused.value)
    assert "王" not in str(refused.value)


def test_the_html_escapes_what_values_carry() -> None:
    values = {"surname": "<b>", "organization_name": "a & b", "D8": "2026-02-24"}

    html = render("N11", Stage.DUE, "zh", values).html

    assert "&lt;b&gt;" in html
    assert "a &amp; b" in html


def test_every_template_takes_the_frame() -> None:
    assert {"case", "framed", "escalation"} <= names_used("zh/N11.due.txt.j2")
