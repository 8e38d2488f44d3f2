"""The list of organizations as it is taken away: the columns of the screen, every page of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from web.translations import translations
from web.views.organizations import KINDS, asked_of, row_of
from web.views.sheets import MOST
from web.views.worklist_export import Taken, unit_named
from workflows.lists import organizations_in_sight

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from web.sitting import Sitting
    from web.views.organizations import Conditions


def taken_list(connection: Connection, sitting: Sitting, conditions: Conditions) -> Taken:
    """The organizations that the conditions ask for, as many as are handed out at once."""
    asked = replace(asked_of(sitting, conditions), limit=MOST + 1, offset=0)
    found = organizations_in_sight(connection, sitting.scope, asked)
    shown = [row_of(sitting, one) for one in found[:MOST]]
    rows = [(r.name, r.kind, r.coverage, r.unit, r.registered, r.code, r.ended) for r in shown]
    heads = _columns(sitting.language)
    width = len(heads) if conditions.ended else len(heads) - 1
    return Taken(
        columns=heads[:width],
        rows=[row[:width] for row in rows],
        conditions=_told(connection, sitting, conditions),
        cut=len(found) > MOST,
    )


def _columns(language: str) -> tuple[str, ...]:
    """The heads of the columns as the page has them; the last where what has ended is listed."""
    told = translations(language).gettext
    return (
        told("Name"),
        told("Kind"),
        told("Coverage"),
        told("Unit in charge"),
        told("Registered on"),
        told("Credit code"),
        told("Ended on"),
    )


def _told(
    connection: Connection, sitting: Sitting, conditions: Conditions
) -> list[tuple[str, str]]:
    """The conditions in the words of the page."""
    told, words = translations(sitting.language).gettext, sitting.teller.words
    return [
        (told("Name or credit code"), conditions.text.strip()),
        (told("Kind"), words.value(conditions.kind) if conditions.kind in KINDS else ""),
        (told("Unit and below"), unit_named(connection, sitting, conditions.unit)),
        (told("no longer on the register"), words("yes") if conditions.ended else ""),
    ]
