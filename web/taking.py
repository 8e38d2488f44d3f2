"""Taking a list away: the reason it needs, the entry it leaves, the file that is sent.

Every file that is handed out is noted, also the same one again (rulebook F12): unlike other acts
an export is therefore not bound to the number of its form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.responses import Response

from lifecycle.access import OFFICERS
from lifecycle.cases import Subject
from lifecycle.entered import LONGEST_TEXT
from lifecycle.identity_numbers import refuse_identity_numbers
from web.sitting import form_of
from wording.usage import UsageError
from workflows.remarks import note_export
from workflows.subjects import UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection
    from starlette.requests import Request

    from web.sitting import Sitting

EXCEL: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def reason_of(request: Request) -> str:
    """Why a list is taken away.

    Raises:
        UsageError: nothing is said, or too much.
        IdentityNumberError: an identity number may stand in it.
    """
    reason = str(form_of(request).get("reason", "")).strip()
    if not reason:
        raise UsageError("export_why")
    if len(reason) > LONGEST_TEXT:
        raise UsageError("reason_too_long", limit=LONGEST_TEXT)
    refuse_identity_numbers(reason)
    return reason


def note(sitting: Sitting, what: str, why: str, rows: int, conditions: Mapping[str, str]) -> None:
    """Notes an export in the files of the units at which the reader's roles were granted."""
    given = {name: text for name, text in conditions.items() if text}
    details = {"list": what, "rows": rows, "conditions": given}

    def write(connection: Connection) -> None:
        tops = answerable_units(sitting)
        work = sitting.teller.work(connection, sitting.actor_at(tops[0] if tops else None))
        for one in tops:
            note_export(work, Subject(UNIT, one), why, details)

    sitting.desk.write(write)


def answerable_units(sitting: Sitting) -> list[int]:
    """The units at which roles were granted; the root of the tree for one that holds everywhere."""
    parents = sitting.teller.registry.policy.parents
    roots = sorted(one for one, above in parents.items() if above is None)
    held = [one for one in sitting.seat.holdings if one.role in OFFICERS]
    if any(one.granted_at is None for one in held):
        return roots[:1]
    return sorted({one.granted_at for one in held if one.granted_at is not None})


def download(content: bytes, name: str) -> Response:
    """A workbook to be saved under a name."""
    plain = name.encode("ascii", "ignore").decode() or "export.xlsx"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=EXCEL, headers={"Content-Disposition": disposition})
