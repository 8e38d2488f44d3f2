"""Identity numbers are seen in order to be left out: no rule needs them, a hash can be guessed."""

from __future__ import annotations

import re
from typing import Final

from stdnum.cn import uscc

from lifecycle.identity_numbers import may_be_identity_number
from workflows.intake.words import squeezed

_IDENTITY_NUMBER: Final = re.compile(
    r"(?<!\d)[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
"""A resident identity number: a place, a birth date, a serial number and a check character."""

_EIGHTEEN_DIGITS: Final = 10**17


def holds_identity_number(cell: object) -> bool:
    """Whether a resident identity number stands in the cell, as text or as a number.

    A credit code made of digits alone can look like one; a valid code is a code.
    """
    if isinstance(cell, bool):
        return False
    if isinstance(cell, int | float):
        if not _EIGHTEEN_DIGITS <= cell < 10 * _EIGHTEEN_DIGITS:
            return False
        text = str(int(cell))
    elif isinstance(cell, str):
        text = squeezed(cell).replace("-", "")
    else:
        return False
    return bool(_IDENTITY_NUMBER.search(text)) and not uscc.is_valid(text)


__all__ = ["holds_identity_number", "may_be_identity_number"]
