"""The indicators as a page shows them: the figures of a unit, of the units below, the rows behind.

Nothing is computed here: `workflows.indicators` does that, for one unit or for many from the same
reading of the register.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from web.views.places import below, day_asked, unit_asked, unit_names
from web.views.sheets import MOST
from web.views.worklist import units_in_sight
from workflows.indicators.definitions import reasons
from workflows.indicators.drilling import drill, in_charge, reference_names
from workflows.indicators.places import places_in
from workflows.indicators.reporting import report, reports
from workflows.indicators.snapshots import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from web.sitting import Sitting
    from workflows.indicators.drilling import DrillRow
    from workflows.indicators.figures import Indicator, Report
    from workflows.indicators.snapshots import Snapshot

PAGE: Final = 100
COMPARED: Final = ("I1", "I3", "I4", "I5", "I6")
"""The figures by which units are put side by side: those with targets."""
PARTS: Final = ("numerator", "missing", "beside")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, as text."""

    as_of: str = ""
    unit: str = ""

    def as_query(self) -> dict[str, object]:
        """What stands in the address."""
        return {"as_of": self.as_of, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in words."""

    id: str
    label: str
    is_part: bool
    """Shown beside another one: I4a, I3.priority_orgs."""
    numerator: str
    denominator: str
    percent: str
    target: str
    verdict: str
    verdict_word: str
    clause: str
    beside: tuple[tuple[str, str, int], ...]
    """Reason, its words, how many."""
    counted: str
    among: str


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """The figures of a unit on a day."""

    asked: Asked
    unit: str
    as_of: str
    since: str
    stages: Sequence[str]
    figures: Sequence[Figure]
    units: Sequence[tuple[int, str]]
    below: Sequence[tuple[int, str, tuple[Figure, ...]]]
    """The units below: number, name, the figures that are compared."""
    frozen: Sequence[Snapshot]
    is_whole: bool


def figures_page(connection: Connection, sitting: Sitting, asked: Asked) -> FiguresPage:
    """The figures that are asked for, and those of the units below."""
    unit_id, places = unit_asked(sitting, asked.unit), places_in(connection)
    lower = below(sitting, unit_id, places.only_city)
    day = day_asked(asked.as_of, sitting.today)
    found, *others = reports(connection, sitting.teller.registry, day, [unit_id, *lower])
    names = unit_names(connection, [unit_id, *lower])
    frozen_for = places.only_city if unit_id is None else unit_id
    return FiguresPage(
        asked=Asked(found.as_of.isoformat(), "" if unit_id is None else str(unit_id)),
        unit=place(sitting, names, unit_id),
        as_of=str(found.as_of),
        since=str(found.period.first),
        stages=[str(one) for one in found.stages],
        figures=[told(sitting, one) for one in found.figures],
        units=units_in_sight(connection, sitting),
        below=[_compared(sitting, names, one) for one in others],
        frozen=frozen(connection, frozen_for) if frozen_for is not None else (),
        is_whole=sitting.scope.unit_ids is None,
    )


def _compared(
    sitting: Sitting, names: Mapping[int, str], found: Report
) -> tuple[int, str, tuple[Figure, ...]]:
    number = found.unit_id or 0
    return number, names.get(number, ""), tuple(told(sitting, found[one]) for one in COMPARED)


def place(sitting: Sitting, names: Mapping[int, str], unit_id: int | None) -> str:
    """What the jurisdiction is called."""
    if unit_id is None:
        return sitting.teller.words("everywhere")
    return names.get(unit_id, "")


def report_asked(connection: Connection, sitting: Sitting, asked: Asked) -> Report:
    """The figures that are asked for, of one unit that is in sight."""
    day = day_asked(asked.as_of, sitting.today)
    return report(connection, sitting.teller.registry, day, unit_asked(sitting, asked.unit))


def told(sitting: Sitting, one: Indicator) -> Figure:
    """A figure in the reader's words; what does not apply has no percentage and no number."""
    words, target = sitting.teller.words, one.target
    aimed = ""
    if target is not None:
        sign = "%" if target.percent else ""
        aimed = f"{target.value}{sign} {target.on or ''}".strip()
    measure = words(f"figure_{one.unit}") if one.unit in {"cny", "days"} else ""
    of = one.definition
    return Figure(
        id=one.id,
        label=words.label(one.label),
        is_part="." in one.id or one.id[-1].isalpha(),
        numerator="" if one.numerator is None else f"{one.numerator} {measure}".strip(),
        denominator="" if one.denominator is None else f"{one.denominator} {measure}".strip(),
        percent=f"{one.percent}%" if one.percent else "",
        target=aimed,
        verdict=one.verdict or "",
        verdict_word=words(f"verdict_{one.verdict}") if one.verdict else "",
        clause=" ".join(one.cite),
        beside=tuple(
            (why, words.label(reasons()[why]), len(listed)) for why, listed in one.listed().items()
        ),
        counted=words.label(of.numerator),
        among=words.label(of.denominator) if of.denominator else "",
    )


def seen_by(
    connection: Connection, sitting: Sitting, figures: Sequence[Indicator]
) -> Callable[[str], bool]:
    """Whether the row of a reference is in the reader's sight: the unit in charge decides.

    A figure of a jurisdiction also counts those that lie in it and are in another unit's charge.
    """
    scope, registry = sitting.scope, sitting.teller.registry
    if scope.unit_ids is None and scope.person_unit_ids is None:
        return bool
    codes = {book.workflow.code: name for name, book in registry.rulebooks.items()}
    kinds = {one.definition.rows for one in figures}
    charge = in_charge(connection, kinds, codes)

    def is_seen(reference: str) -> bool:
        found = charge.get(reference)
        return found is not None and scope.sees(*found)

    return is_seen


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row behind a figure."""

    number: str
    """Of an organization, body or unit its bare number; of a case its whole reference."""
    address: str
    name: str
    counted: bool
    reasons: str


@dataclass(frozen=True, slots=True)
class TakenRows:
    """The rows behind a figure as they are taken away."""

    figure: Figure
    unit: str
    as_of: str
    rows: Sequence[RowShown]
    cut: bool


@dataclass(frozen=True, slots=True)
class RowsPage:
    """The rows behind a figure, page by page."""

    asked: Asked
    figure: Figure
    unit: str
    as_of: str
    part: str
    rows: Sequence[RowShown]
    total: int
    elsewhere: int
    """How many are counted and in another unit's charge."""
    page: int
    more: bool


def rows_page(
    connection: Connection, sitting: Sitting, asked: Asked, name: str, part: str, page: int
) -> RowsPage:
    """The rows behind one figure that are in sight.

    Raises:
        HTTPException: 404, there is no such figure.
    """
    found, behind, seen = _rows_asked(connection, sitting, asked, name, part)
    one = found[name]
    shown = seen[(page - 1) * PAGE : page * PAGE]
    names = reference_names(connection, {row.reference for row in shown})
    places = unit_names(connection, [found.unit_id])
    return RowsPage(
        asked=Asked(found.as_of.isoformat(), asked.unit),
        figure=told(sitting, one),
        unit=place(sitting, places, found.unit_id),
        as_of=str(found.as_of),
        part=part,
        rows=[_row(sitting, row, names) for row in shown],
        total=len(seen),
        elsewhere=len(behind) - len(seen),
        page=page,
        more=len(seen) > page * PAGE,
    )


def taken_rows(
    connection: Connection, sitting: Sitting, asked: Asked, name: str, part: str
) -> TakenRows:
    """The rows behind a figure as they are taken away: as many as are handed out at once.

    Raises:
        HTTPException: 404, there is no such figure.
    """
    found, _, seen = _rows_asked(connection, sitting, asked, name, part)
    names = reference_names(connection, {row.reference for row in seen[:MOST]})
    places = unit_names(connection, [found.unit_id])
    return TakenRows(
        figure=told(sitting, found[name]),
        unit=place(sitting, places, found.unit_id),
        as_of=str(found.as_of),
        rows=[_row(sitting, row, names) for row in seen[:MOST]],
        cut=len(seen) > MOST,
    )


def _rows_asked(
    connection: Connection, sitting: Sitting, asked: Asked, name: str, part: str
) -> tuple[Report, list[DrillRow], list[DrillRow]]:
    """The figures, the rows behind one of them, and those that are in sight.

    Raises:
        HTTPException: 404, there is no such figure.
    """
    found = report_asked(connection, sitting, asked)
    if name not in found.by_id:
        raise HTTPException(404)
    behind = [row for row in drill(found[name]) if _is_of(row, part)]
    is_seen = seen_by(connection, sitting, [found[name]])
    return found, behind, [row for row in behind if is_seen(row.reference)]


def _is_of(row: DrillRow, part: str) -> bool:
    """Whether a row is of a part of the figure, or is named beside it for a reason."""
    match part:
        case "":
            return True
        case "numerator":
            return row.counted
        case "missing":
            return not row.counted
        case "beside":
            return bool(row.reasons)
        case _:
            return part in row.reasons


def _row(sitting: Sitting, row: DrillRow, names: Mapping[str, str]) -> RowShown:
    words = sitting.teller.words
    kind, _, number = row.reference.partition(":")
    address = f"/organizations/{number}" if kind == "organization" else ""
    if not number:
        address = f"/cases/{row.reference}"
    return RowShown(
        number=number or row.reference,
        address=address,
        name=names.get(row.reference, ""),
        counted=row.counted,
        reasons=words.listed(words.label(reasons()[one]) for one in row.reasons),
    )
