"""Reading forms: days, texts, reasons."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from starlette.datastructures import FormData

from lifecycle.entered import LONGEST_TEXT
from lifecycle.identity_numbers import refuse_identity_numbers
from wording.usage import UsageError

LONGEST: Final = 2000
"""No field of these pages is longer."""


def as_typed(form: FormData) -> FormData:
    """A form whose lines end as they do on the page, which counts a line's end as one character.

    Browsers send two for it (CR LF), so that a text would be longer than its field allows.
    """
    return FormData(
        [
            (name, value.replace("\r\n", "\n") if isinstance(value, str) else value)
            for name, value in form.multi_items()
        ]
    )


def text_of(form: FormData, name: str, longest: int = LONGEST) -> str:
    """What was typed, without the blanks around it; a file is no text."""
    given = form.get(name, "")
    return given.strip()[:longest] if isinstance(given, str) else ""


def day_of(form: FormData, name: str) -> date | None:
    """The day that was chosen; None where none was.

    Raises:
        UsageError: it is no day.
    """
    return read_day(text_of(form, name))


def read_day(text: str) -> date | None:
    """The same of a text.

    Raises:
        UsageError: it is no day.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("bad_date", text=text) from None


def reason_of(form: FormData) -> str:
    """Why something is done, as short as every free text (rulebook F14).

    Raises:
        UsageError: nothing was given, or too much.
        IdentityNumberError: an identity number may stand in it.
    """
    reason = text_of(form, "reason")
    if not reason:
        raise UsageError("reason_empty")
    if len(reason) > LONGEST_TEXT:
        raise UsageError("comment_too_long", longest=LONGEST_TEXT)
    refuse_identity_numbers(reason)
    return reason


def period_of(form: FormData, today: date) -> tuple[date, date | None]:
    """From which day (today, where none is chosen) to before which: the last day counts in full.

    Raises:
        UsageError: a day cannot be read, or the last lies before the first.
    """
    since, last = day_of(form, "since") or today, day_of(form, "until")
    if last is not None and last < since:
        raise UsageError("bad_days", first=since, last=last)
    return since, None if last is None else last + timedelta(days=1)
