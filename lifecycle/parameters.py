"""Setting a parameter: a value as somebody types it, read as its type and stored with its day."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lifecycle.errors import LifecycleError
from lifecycle.store.tables import parameter_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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


def read_value(parameter: Parameter, text: str) -> ParameterValue:
    """A value as somebody types it, as the type of its parameter.

    Raises:
        ParameterValueError: it is not of that type.
    """
    wanted, read = _READERS.get(parameter.type, ("a whole number from 0", _whole))
    if parameter.type == "choice":
        wanted, read = " / ".join(parameter.choices), partial(_chosen, parameter.choices)
    try:
        return read(text.strip())
    except ValueError:
        raise ParameterValueError(parameter, text, wanted) from None


def _chosen(choices: tuple[str, ...], text: str) -> str:
    if text not in choices:
        raise ValueError(text)
    return text


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _flag(text: str) -> bool:
    if text not in _TRUTH:
        raise ValueError(text)
    return _TRUTH[text]


_TRUTH = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


def _month_day(text: str) -> str:
    date.fromisoformat(f"2000-{text}")
    return text


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(","))


_READERS: Mapping[str, tuple[str, Callable[[str], ParameterValue]]] = {
    "date": ("a day such as 2027-01-01", date.fromisoformat),
    "month_day": ("a month and day such as 12-31", _month_day),
    "flag": ("yes or no", _flag),
    "day_list": ("days such as -30,-7,0,7", _numbers),
    "month_list": ("months such as 12,24,36", _numbers),
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
