"""One cell at a time: what it means, and what had to be put right or is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from stdnum import exceptions
from stdnum.cn import uscc

from workflows.intake.words import is_blank_word, meanings, squeezed, word_set

if TYPE_CHECKING:
    from workflows.intake.layouts import Cell

T = TypeVar("T")

MAX_TEXT: Final = 200
MAX_COUNT: Final = 1_000_000
CODE_LENGTH: Final = 18

_CONTROLS: Final = re.compile(
    r"[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)
_SPACES: Final = re.compile(r"\s+")
_SPACE_IN_CHINESE: Final = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_ERRORS: Final = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|GETTING_DATA)", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"([+-]?\d[\d,]*(?:\.\d+)?)(.*)", re.DOTALL)
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?E\+?\d+")
_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A cell as it was understood."""

    value: T | None
    codes: tuple[str, ...] = ()
    """What was put right, or the one thing that is wrong."""


def read_text(cell: Cell) -> Read[str]:
    """The text without stray spaces and invisible characters; blank words mean nothing stated."""
    if cell is None:
        return Read(None)
    if isinstance(cell, bool | date):
        return Read(None, ("text_unreadable",))
    raw = str(cell)
    if _ERRORS.fullmatch(raw.strip()):
        return Read(None, ("cell_error",))
    plain = _SPACES.sub(" ", _CONTROLS.sub("", _SPACES.sub(" ", raw))).strip()
    plain = _SPACE_IN_CHINESE.sub("", plain)
    if not plain:
        return Read(None)
    if len(plain) > MAX_TEXT:
        return Read(None, ("text_too_long",))
    codes = ("trimmed",) if plain != raw else ()
    return Read(None) if is_blank_word(plain) else Read(plain, codes)


def read_word(cell: Cell, group: str, unknown: str) -> Read[str]:
    """The meaning of a word of a vocabulary; `unknown` is the code for a word outside it."""
    read = read_text(cell)
    if read.value is None:
        return read
    meaning = meanings(group).get(squeezed(read.value))
    return Read(meaning, read.codes) if meaning else Read(None, (unknown,))


def read_code(cell: Cell) -> Read[str]:
    """A unified social credit code in half width and upper case, its check character verified."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Read(None, ("uscc_numeric",))
    read = read_text(cell)
    if read.value is None:
        return read if read.codes else Read(None, ("uscc_missing",))
    half = unicodedata.normalize("NFKC", read.value)
    plain = half.replace(" ", "").replace("-", "")
    code = plain.upper()
    if _SCIENTIFIC.fullmatch(code):
        return Read(None, ("uscc_numeric",))
    wrong = _code_fault(code)
    if wrong:
        return Read(None, (wrong,))
    done = [("full_width", half != read.value), ("lower_case", code != plain)]
    done.append(("trimmed", bool(read.codes) or plain != half))
    return Read(code, tuple(name for name, was_done in done if was_done))


REGISTRARS = "123456789ANY"
"""What a code may begin with: the department that registers (GB 32100-2015, table 1)."""


def _code_fault(code: str) -> str | None:
    try:
        uscc.validate(code)
    except exceptions.InvalidLength:
        return "uscc_length"
    except exceptions.InvalidChecksum:
        return "uscc_check_digit"
    except exceptions.ValidationError:
        return "uscc_characters"
    if len(code) != CODE_LENGTH:
        return "uscc_length"
    return None if code[0] in REGISTRARS else "uscc_characters"


def read_count(cell: Cell) -> Read[int]:
    """A number of people or members: whole, not negative; a unit behind it is taken off."""
    if cell is None:
        return Read(None)
    if isinstance(cell, bool | date):
        return Read(None, ("count_unreadable",))
    if isinstance(cell, int | float):
        return _counted(float(cell), ())
    read = read_text(cell)
    if read.value is None:
        stated = ("placeholder",) if cell.strip() else ()
        return Read(None, read.codes or stated)
    return _count_in(read.value)


def _count_in(text: str) -> Read[int]:
    half = unicodedata.normalize("NFKC", text).replace("−", "-").replace(" ", "")
    found = _NUMBER.fullmatch(half)
    if not found or (found[2] and found[2] not in word_set("count_units")):
        return Read(None, ("count_unreadable",))
    digits = found[1]
    if "," in digits and not re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", digits):
        return Read(None, ("count_unreadable",))
    done = [("unit_suffix", bool(found[2])), ("full_width", half != text.replace(" ", ""))]
    return _counted(float(digits.replace(",", "")), tuple(name for name, was in done if was))


def _counted(number: float, codes: tuple[str, ...]) -> Read[int]:
    if number < 0:
        return Read(None, ("negative_count",))
    if number > MAX_COUNT:
        return Read(None, ("count_out_of_range",))
    if not number.is_integer():
        return Read(None, ("count_fraction",))
    return Read(int(number), codes)


def read_mail(cell: Cell) -> Read[str]:
    """One mail address; an unreadable one is left out with a warning."""
    read = read_text(cell)
    if read.value is None:
        return Read(None, ("mail_unreadable",)) if read.codes else read
    text = unicodedata.normalize("NFKC", read.value)
    if not _MAIL.fullmatch(text) or ".." in text:
        return Read(None, ("mail_unreadable",))
    return Read(text, (*read.codes, *(("full_width",) if text != read.value else ())))


def age_on(birth_on: date, day: date) -> int:
    """Completed years between the birth date and the day."""
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def as_date(cell: date) -> date:
    """The day of a date or datetime cell."""
    return cell.date() if isinstance(cell, datetime) else cell
