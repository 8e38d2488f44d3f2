"""Identity numbers are seen in order to be left out: no rule needs them, a hash can be guessed."""

from __future__ import annotations

import re
from typing import Final

from stdnum.cn import uscc

from workflows.intake.words import squeezed

_IDENTITY_NUMBER: Final = re.compile(
    r"(?<!\d)[1-8]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\dA-Za-z])"
)
"""A resident identity number: a place, a birth date, a serial number and a check character."""

_LONG_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{15,18}|\d{17}[Xx])(?![\dA-Za-z])")
"""What may be such a number of the present or the former kind, whatever it begins with."""

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


def may_be_identity_number(typed: str) -> bool:
    """Whether somebody may have typed an identity number, of fifteen digits or eighteen.

    Stricter than with a list, where whole columns tell what they hold: every run of 15 to 18
    digits is refused that is no valid credit code.
    """
    for one in _LONG_NUMBER.finditer(squeezed(typed).replace("-", "")):
        if not uscc.is_valid(one[0].upper()):
            return True
    return False
