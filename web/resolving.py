"""Names in the fields of an event at the desk: what is outside is suggested to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lifecycle.errors import CaseNotFoundError, SubjectNotFoundError
from wording.references import resolved_by
from wording.teller import as_called
from wording.usage import UsageError
from workflows.contacts import names_in_sight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lifecycle.definition import Transition
    from web.sitting import Sitting


def resolved_in_sight(
    connection: Connection,
    sitting: Sitting,
    rows: Sequence[Transition],
    fields: Mapping[str, str],
) -> dict[str, str]:
    """The fields of some rows of a definition with every name as its number.

    Raises:
        SubjectNotFoundError: nobody, or more than one, answers; only what the reader sees is near.
        CaseNotFoundError: a case that somebody named is another's, and not the reader's.
        UsageError: it is another's.
    """
    try:
        return resolved_by(sitting.teller, connection, rows, fields)
    except SubjectNotFoundError as error:
        near = names_in_sight(connection, sitting.scope, error.nearest)
        raise SubjectNotFoundError(error.words, near) from None
    except UsageError as error:
        if sitting.names_outside(connection, error):
            raise CaseNotFoundError(as_called(str(error.values["wrong"]))) from None
        raise
