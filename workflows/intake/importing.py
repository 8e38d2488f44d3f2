"""One `import` command: files read and checked, good rows stored, cases opened in one last step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from lifecycle.access import Actor, ActorSource, Role
from lifecycle.cases import BY_TIME_OR_RULE, Subject
from lifecycle.engine import begin
from lifecycle.errors import LifecycleError
from lifecycle.store.tables import case
from lifecycle.takeover import TakenOver, take_over
from workflows.intake.comparing import Comparison, Difference
from workflows.intake.layouts import Layout, RecognisedSheet
from workflows.intake.listing import owe_lists
from workflows.intake.reading import read_workbooks
from workflows.intake.resolving import resolve
from workflows.intake.rows import (
    CheckedRow,
    Known,
    MemberRow,
    Outcome,
    SurveyRow,
    check_sheet,
    known_after,
)
from workflows.intake.store import RowStore
from workflows.register import (
    intake_waiting,
    organization,
    organization_profile,
    person_at_organization,
)
from workflows.subjects import ORGANIZATION, PLACE

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from lifecycle.clock import Clock
    from lifecycle.registry import Registry
    from lifecycle.work import Work

Run = Callable[[Callable[["Connection"], Any]], Any]
"""How work reaches the database: in a transaction of its own."""

IMPORTER = Actor("import", frozenset({Role.CASE_OFFICER}), source=ActorSource.IMPORT)

WAITS = "unknown_organization"
_WAITING_ROWS: dict[str, TypeAdapter[Any]] = {
    Layout.SURVEY: TypeAdapter(SurveyRow),
    Layout.MEMBERS: TypeAdapter(MemberRow),
}


class AsOfError(LifecycleError):
    """A list cannot be taken over as of a day that has not come."""


class _DryRunEndsError(Exception):
    """Carries the report out of a transaction that must not be kept."""


@dataclass(slots=True)
class FileReport:
    """What became of one file."""

    sheet: RecognisedSheet
    rows: list[CheckedRow]
    stored: int = 0
    differences: list[Difference] = field(default_factory=list)
    """Rows that say otherwise than officers have recorded."""

    @property
    def rejected(self) -> list[CheckedRow]:
        """The rows that come back with a reason."""
        return [row for row in self.rows if row.outcome is Outcome.REJECTED]


@dataclass(slots=True)
class ImportReport:
    """What became of one command."""

    as_of: date
    files: list[FileReport] = field(default_factory=list)
    taken_over: TakenOver = field(default_factory=TakenOver)
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By code of the workflow and event: what followed in cases that were there before."""
    lists_owed: int = 0
    waiting: int = 0
    differences: list[Difference] = field(default_factory=list)
    """What the lists leave open for officers to look at."""

    @property
    def rejected(self) -> list[CheckedRow]:
        """Every row that comes back, of all files."""
        return [row for report in self.files for row in report.rejected]


def import_files(
    paths: Sequence[Path],
    *,
    run: Run,
    registry: Registry,
    clock: Clock,
    as_of: date | None = None,
    dry_run: bool = False,
    actor: Actor = IMPORTER,
) -> ImportReport:
    """Takes over workbooks: each file's good rows in one transaction, then the cases in one.

    Raises:
        UnreadableFileError: a file cannot be used; nothing of any file was stored.
        AsOfError: `as_of` lies after today.
    """
    sheets = [one for path in paths for one in read_workbooks(path)]
    return import_sheets(
        sheets,
        run=run,
        registry=registry,
        clock=clock,
        as_of=as_of,
        dry_run=dry_run,
        actor=actor,
    )


def import_sheets(
    sheets: Iterable[RecognisedSheet],
    *,
    run: Run,
    registry: Registry,
    clock: Clock,
    as_of: date | None = None,
    dry_run: bool = False,
    actor: Actor = IMPORTER,
) -> ImportReport:
    """Takes over sheets that have been read: each one's good rows first, then the cases.

    Raises:
        AsOfError: `as_of` lies after today.
    """
    sheets = sorted(sheets, key=_order)
    command = _Command(sheets, registry, clock, actor, as_of)
    if not dry_run:
        for sheet in sheets:
            run(partial(command.store, sheet=sheet))
        run(command.finish)
        return command.report

    def rehearse(connection: Connection) -> None:
        for sheet in sheets:
            command.store(connection, sheet)
        command.finish(connection)
        raise _DryRunEndsError

    with suppress(_DryRunEndsError):
        run(rehearse)
    return command.report


def check_sheets(
    connection: Connection, sheets: Iterable[RecognisedSheet], as_of: date
) -> list[FileReport]:
    """What would become of every row, in the order in which sheets are taken over; only reads."""
    known = known_organizations(connection)
    found = []
    for sheet in sorted(sheets, key=_order):
        rows = check_sheet(sheet, as_of, known)
        known = known_after(known, rows)
        found.append(FileReport(sheet, rows))
    return found


def _order(sheet: RecognisedSheet) -> int:
    return list(Layout).index(sheet.layout)


@dataclass(slots=True)
class _Command:
    """The state of one command across its transactions."""

    sheets: Sequence[RecognisedSheet]
    registry: Registry
    clock: Clock
    actor: Actor
    given_as_of: date | None
    report: ImportReport = field(init=False)
    touched: set[Subject] = field(default_factory=set)

    def __post_init__(self) -> None:
        """A report without rows yet; the day is fixed with the first transaction."""
        self.report = ImportReport(self.given_as_of or date.min)

    def _begin(self, connection: Connection, part: str) -> Work:
        work = begin(connection, self.registry, self.clock, self.actor)
        as_of = self.given_as_of or work.today
        if as_of > work.today:
            msg = f"the lists cannot be taken over as of {as_of}: today is {work.today}"
            raise AsOfError(msg)
        self.report.as_of = as_of
        work.silent = True
        work.taken_over_on = as_of
        work.request_id = f"import:{part}:{work.request_id}"
        return work

    def store(self, connection: Connection, sheet: RecognisedSheet) -> None:
        """Checks a sheet and stores its good rows."""
        work = self._begin(connection, sheet.raw.digest[:12])
        known = known_organizations(connection)
        as_of = self.report.as_of
        report = FileReport(sheet, check_sheet(sheet, as_of, known))
        store = RowStore(work, as_of)
        for row in report.rows:
            if row.values is not None:
                report.stored += store.store(row)
        report.differences = store.differences
        self._keep_waiting(connection, sheet, report.rows, known)
        # A whole unit that is repeated must not count twice.
        self.report.files = [one for one in self.report.files if one.sheet is not sheet]
        self.report.files.append(report)
        self.touched |= work.touched

    def _keep_waiting(
        self,
        connection: Connection,
        sheet: RecognisedSheet,
        rows: Sequence[CheckedRow],
        known: Known,
    ) -> None:
        """Rows whose organization no register has named yet wait for one that does."""
        if sheet.layout not in _WAITING_ROWS:
            return
        unknown = {row.row for row in rows if WAITS in {one.code for one in row.reasons}}
        if not unknown:
            return
        codes = {str(row.cells.get("credit_code", "")): row.name for row in rows}
        pretended = Known({**codes, **known.organizations})
        w = intake_waiting.c
        for row in check_sheet(sheet, self.report.as_of, pretended):
            if row.row not in unknown or not isinstance(row.values, SurveyRow | MemberRow):
                continue
            code = row.values.credit_code
            values = TypeAdapter(dict[str, Any]).dump_python(asdict(row.values), mode="json")
            waits = sa.select(w["values"]).where(
                w.layout == row.layout.value, w.credit_code == code
            )
            if values not in connection.execute(waits).scalars():
                connection.execute(
                    sa.insert(intake_waiting).values(
                        layout=row.layout.value,
                        credit_code=code,
                        digest=row.digest,
                        file=row.file,
                        row=row.row,
                        as_of=self.report.as_of,
                        values=values,
                    )
                )

    def finish(self, connection: Connection) -> None:
        """Names become things, then every case that the lists concern is opened or classified."""
        work = self._begin(connection, "cases")
        self.report.waiting = self._take_waiting(work)
        resolve(work)
        self.registry.refresh_policy(connection)
        touched = self.touched | work.touched | _without_case(connection)
        self.report.taken_over = take_over(work, touched, self.report.as_of)
        files = [sheet.raw.file for sheet in self.sheets]
        cases = self.report.taken_over.touched
        self.report.lists_owed = owe_lists(work, cases, self.report.as_of, files)
        self.report.moved = Counter(
            (one.ref.partition("-")[0], one.event)
            for one in work.written
            if one.kind in BY_TIME_OR_RULE
        )
        rows = [row for report in self.report.files for row in report.rows]
        compared = Comparison(connection, self.registry, self.report.as_of).differences(rows)
        noted = [one for report in self.report.files for one in report.differences]
        self.report.differences = [*noted, *compared]

    def _take_waiting(self, work: Work) -> int:
        """Stores the waiting rows whose organization is known now; how many still wait."""
        w = intake_waiting.c
        connection = work.connection
        rows = connection.execute(
            sa.select(intake_waiting, organization.c.id.label("organization_id"))
            .join(organization, organization.c.credit_code == w.credit_code)
            .order_by(w.id)
        ).all()
        store = RowStore(work, self.report.as_of)
        # Surveys bring the bodies to which members belong.
        for row in sorted(rows, key=lambda one: (one.layout != Layout.SURVEY, one.id)):
            values = _WAITING_ROWS[row.layout].validate_python(row.values)
            store.store(
                CheckedRow(
                    row.file,
                    row.digest,
                    row.row,
                    Layout(row.layout),
                    "",
                    Outcome.ACCEPTED,
                    values=values,
                )
            )
            connection.execute(sa.delete(intake_waiting).where(w.id == row.id))
        return connection.execute(
            sa.select(sa.func.count()).select_from(intake_waiting)
        ).scalar_one()


def known_organizations(connection: Connection) -> Known:
    """The organizations on the register: code and name."""
    p, o = organization_profile.c, organization.c
    rows = connection.execute(
        sa.select(o.credit_code, p.name)
        .join(organization_profile, p.organization_id == o.id)
        .where(p.known_until.is_(None))
    )
    return Known({row.credit_code: row.name for row in rows})


def _without_case(connection: Connection) -> set[Subject]:
    """What an interrupted command left without its case: this one takes care of it."""
    found: set[Subject] = set()
    for table, workflow, kind in (
        (organization, "organization_coverage", ORGANIZATION),
        (person_at_organization, "member_relation", PLACE),
    ):
        has = sa.exists().where(
            case.c.workflow == workflow,
            case.c.subject_type == kind,
            case.c.subject_id == table.c.id,
        )
        ids: Iterable[int] = connection.execute(sa.select(table.c.id).where(sa.not_(has))).scalars()
        found |= {Subject(kind, one) for one in ids}
    return found
