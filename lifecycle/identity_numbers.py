"""Identity numbers are seen in order to be refused: no rule needs them (rulebook F8)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from stdnum.cn import uscc

from lifecycle.errors import IdentityNumberError

_LONG_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{15,18}|\d{17}[Xx])(?![\dA-Za-z])")
"""What may be such a number of the present or the former kind, whatever it begins with."""


def may_be_identity_number(typed: str) -> bool:
    """Whether somebody may have typed an identity number, of fifteen digits or eighteen.

    Stricter than with a list, where whole columns tell what they hold: every run of 15 to 18
    digits is refused that is no valid credit code.
    """
    plain = "".join(unicodedata.normalize("NFKC", typed).split()).replace("-", "")
    return any(not uscc.is_valid(one[0].upper()) for one in _LONG_NUMBER.finditer(plain))


def refuse_identity_numbers(*typed: object) -> None:
    """Lets texts pass in which no identity number may stand.

    Raises:
        IdentityNumberError: in one of them one may.
    """
    if any(may_be_identity_number(one) for one in typed if isinstance(one, str)):
        raise IdentityNumberError
