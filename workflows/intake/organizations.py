"""The rules of the lists that say which units and organizations there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.intake.cells import read_text
from workflows.intake.divisions import Division, county_of, longest_match
from workflows.intake.values import IntermediaryRow, RegisterRow, UnitRow
from workflows.intake.words import squeezed, words

if TYPE_CHECKING:
    from workflows.intake.context import Context
    from workflows.intake.reader import RowReader

INTERMEDIARY = "intermediary_organization"


def check_unit(row: RowReader, context: Context) -> UnitRow:
    """A unit: named once, with a level and a kind."""
    values = UnitRow(
        name=row.needed_text("name", "name_missing"),
        level=row.needed_word("level", "levels", "level_unknown", "level_missing"),
        parent_name=row.text("parent_name"),
        kind=row.needed_word("kind", "unit_kinds", "type_unknown", "type_missing"),
        mail=row.mail(),
    )
    if values.name and context.repeats(squeezed(values.name)):
        row.add("duplicate_unit", "name")
    return values


def check_register(row: RowReader, context: Context) -> RegisterRow:
    """An organization of the register; one that has ended is accepted and marked so."""
    name, code = row.needed_text("name", "name_missing"), row.credit_code()
    registrar = row.text("registrar")
    supervisor = row.text("supervisor")
    registered_on = row.needed_date("registered_on")
    standing = row.needed_word("standing", "standings", "standing_unknown", "standing_missing")
    kind = row.needed_word("kind", "kinds", "type_unknown", "type_missing")
    county, township = _place(row, read_text(row.cell("address")).value, registrar)
    _compare(row, context, name, code)
    if row.is_sound("credit_code", "kind") and _contradicts(code, kind):
        row.add("kind_contradicts_code", "kind")
    if standing in ("deregistered", "revoked"):
        row.add("deregistered", "standing")
    return RegisterRow(
        name, code, registrar, supervisor, registered_on, standing, kind, county, township
    )


def check_intermediary(row: RowReader, context: Context) -> IntermediaryRow:
    """An intermediary; its code is not that of an association or private non-enterprise unit."""
    name, code = row.needed_text("name", "name_missing"), row.credit_code()
    supervisor = row.text("supervisor")
    registered_on = row.needed_date("registered_on")
    county, township = _place(row, None, supervisor)
    employees = row.count("employees")
    _compare(row, context, name, code)
    if row.is_sound("credit_code") and _contradicts(code, INTERMEDIARY):
        row.add("kind_contradicts_code", "credit_code")
    return IntermediaryRow(name, code, supervisor, registered_on, county, township, employees)


def _compare(row: RowReader, context: Context, name: str, code: str) -> None:
    """One code, one organization.

    A changed name is a warning, except in a returned row: there the same code under another
    name is the duplicate that was sent back, still uncorrected.
    """
    if not row.is_sound("credit_code"):
        return
    if context.repeats(code):
        row.add("duplicate_uscc", "credit_code")
        return
    before = context.organizations.get(code)
    if before and name and squeezed(before) != squeezed(name):
        if row.is_returned:
            row.add("duplicate_uscc", "credit_code")
        else:
            row.add("name_differs", "name")


def _contradicts(code: str, kind: str) -> bool:
    """Whether the first characters of the code speak of another kind of organization."""
    spoken: str | None = words()["prefixes"].get(code[:2])
    if kind == INTERMEDIARY:
        return spoken is not None
    return spoken != kind


def _place(row: RowReader, address: str | None, unit: str | None) -> tuple[str | None, str | None]:
    """County and township by name: from their own columns, the address or a unit's name."""
    stated_county, stated_township = row.text("county"), row.text("township")
    county = county_of(stated_county) or county_of(address) or county_of(unit)
    if stated_county and not county_of(stated_county):
        row.add("county_unknown", "county")
    township = longest_match(stated_township, county) or longest_match(
        _behind(address, county), county
    )
    if stated_township and not longest_match(stated_township, county):
        row.add("township_unknown", "township")
    return county.name if county else None, township.name if township else None


def _behind(address: str | None, county: Division | None) -> str | None:
    """The part of the address behind the county, so that its name is not taken for a township's."""
    if not address or county is None:
        return address
    return address.partition(county.name)[2] or address
