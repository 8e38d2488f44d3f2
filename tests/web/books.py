"""What the tests of lists and figures share: workbooks read back, and who took what away."""

from __future__ import annotations

from io import BytesIO
from json import loads
from typing import TYPE_CHECKING, Any

import openpyxl
import sqlalchemy as sa

from lifecycle.store.tables import case, entry
from workflows.remarks import EXPORTED

if TYPE_CHECKING:
    from tests.web.town import Town


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    """The cells of every sheet, row by row."""
    book = openpyxl.load_workbook(BytesIO(content))
    return {page.title: [tuple(row) for row in page.iter_rows(values_only=True)] for page in book}


def noted_exports(town: Town) -> list[dict[str, Any]]:
    """The entries of exports: at which unit, by whom, of what."""
    statement = (
        sa.select(case.c.subject_type, case.c.subject_id, entry.c.body)
        .join(case, case.c.id == entry.c.case_id)
        .where(entry.c.event == EXPORTED)
        .order_by(entry.c.id)
    )
    found = []
    for kind, number, body in town.rows(statement):
        told = loads(bytes(body))
        who = told["actor"]["id"]
        found.append({"at": (kind, number), "who": who, **told["details"]})
    return found
