"""Setting a parameter: a value as somebody types it, read as its type and stored with its day."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.errors import LifecycleError
from lifecycle.store.tables import parameter_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from lifecycle.policy import Dated, Parameter, ParameterValue


class ParameterValueError(LifecycleError):
    """A value that is not of its parameter's type; `wanted` says what is."""

    def __init__(self, parameter: Parameter, text: str, wanted: str) -> None:
        self.parameter = parameter.id
        self.text = text
        self.wanted = wanted
        super().__init__(f"{parameter.id} ({parameter.name}) is {wanted}, not {text!r}")


WANTED: Mapping[str, str] = {
    "count": "a whole number from 0",
    "days": "a whole number from 0",
    "months": "a whole number from 0",
    "years": "a whole number from 0",
    "cny": "a whole number from 0",
    "date": "a day such as 2027-01-01",
    "month_day": "a month and day of every year such as 12-31",
    "flag": "true or false",
    "choice": "",
    "day_list": "days such as -30,-7,0,7",
    "month_list": "three numbers of months, each larger than the one before, such as 12,24,36",
}
"""Every type of parameter, and what a value of it looks like; choices name their own."""

STAGES = 3
"""The programme has three stages, so a list of months has three."""


def read_value(parameter: Parameter, text: str) -> ParameterValue:
    """A value as somebody types it, as the type of its parameter.

    Raises:
        ParameterValueError: it is not of that type.
    """
    wanted = WANTED.get(parameter.type) or " / ".join(parameter.choices)
    try:
        value = _READERS.get(parameter.type, _whole)(text.strip())
    except ValueError:
        raise ParameterValueError(parameter, text, wanted) from None
    if not fits(parameter.type, value, parameter.choices):
        raise ParameterValueError(parameter, text, wanted)
    return value


def fits(kind: str, value: object, choices: Sequence[str] = ()) -> bool:
    """Whether a value is one of that type of parameter.

    >>> fits("days", 30), fits("days", True), fits("month_day", "02-29")
    (True, False, False)
    """
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "date":
        return isinstance(value, date)
    if kind == "choice":
        return value in choices
    if kind == "month_day":
        return isinstance(value, str) and _is_month_day(value)
    if kind in {"day_list", "month_list"}:
        return isinstance(value, tuple) and _is_list(kind, value)
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_month_day(text: str) -> bool:
    """A day that every year has: 29 February is none."""
    try:
        date.fromisoformat(f"2001-{text}")
    except ValueError:
        return False
    return True


def _is_list(kind: str, value: tuple[object, ...]) -> bool:
    numbers = [one for one in value if isinstance(one, int) and not isinstance(one, bool)]
    if kind == "day_list":
        return bool(value) and len(numbers) == len(value)
    growing = all(one < later for one, later in pairwise([0, *numbers]))
    return len(numbers) == len(value) == STAGES and growing


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    if text not in _TRUTH:
        raise ValueError(text)
    return _TRUTH[text]


_TRUTH = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.replace("，", ",").split(","))


_READERS: Mapping[str, Callable[[str], ParameterValue]] = {
    "date": date.fromisoformat,
    "month_day": str,
    "choice": str,
    "flag": _flag,
    "day_list": _numbers,
    "month_list": _numbers,
}


def set_value(
    connection: Connection,
    parameter: str,
    dated: Dated,
    recorded: tuple[datetime, str],
) -> None:
    """Stores what a jurisdiction (or, without a unit, everybody) sets; nothing is overwritten."""
    recorded_at, recorded_by = recorded
    value = dated.value
    connection.execute(
        sa.insert(parameter_value).values(
            parameter=parameter,
            unit_id=dated.unit_id,
            from_on=dated.from_on,
            value=value.isoformat() if isinstance(value, date) else value,
            recorded_at=recorded_at,
            recorded_by=recorded_by,
        )
    )
